use jiff::Timestamp;
use jiff_sqlx::ToSqlx;

/// The earliest time that every part of Postgres can name, the first of January 4713 BC; those before it were nobody's.
const EARLIEST: Timestamp = Timestamp::constant(-210_863_520_000, 0);

/// A time as Postgres keeps it: in whole microseconds.
pub(super) fn stored(time: Timestamp) -> jiff_sqlx::Timestamp {
    time.max(EARLIEST).to_sqlx()
}

/// A time that Postgres kept.
pub(super) fn read(time: jiff_sqlx::Timestamp) -> Timestamp {
    time.to_jiff()
}

/// A time as a sort key: RFC 3339 in UTC with six decimals, so that the order of the bytes is that of the times.
pub(super) fn time_key(time: Timestamp) -> String {
    format!("{time:.6}")
}
