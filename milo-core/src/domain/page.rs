//! Keyset paging: stable under inserts, and as fast on the last page as on the first.

use uuid::Uuid;

use super::Invalid;

/// Where the next page begins: after the row with this sort key and this id.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub struct Cursor {
    /// The sort key of the last row seen, in the listing's own form.
    pub key: String,
    /// The id of the last row seen; breaks ties between equal keys.
    pub id: Uuid,
}

impl Cursor {
    /// The longest sort key of a cursor, in bytes.
    pub const KEY_BYTES_MAX: usize = 1024;

    /// The opaque text that clients pass back: hexadecimal digits.
    pub fn encode(&self) -> String {
        let mut bytes = Vec::with_capacity(16 + self.key.len());
        bytes.extend_from_slice(self.id.as_bytes());
        bytes.extend_from_slice(self.key.as_bytes());
        super::secret::hex(&bytes)
    }

    /// Reads what [`encode`](Self::encode) wrote.
    ///
    /// # Errors
    /// `invalid_cursor` for anything else.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let wrong = || Invalid::new("invalid_cursor", "must be a next_cursor from the page before");
        let even = text.len().is_multiple_of(2) && (32..=2 * (16 + Self::KEY_BYTES_MAX)).contains(&text.len());
        if !even || !text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')) {
            return Err(wrong());
        }
        let nibble = |byte: u8| if byte <= b'9' { byte - b'0' } else { byte - b'a' + 10 };
        let bytes: Vec<u8> = text
            .as_bytes()
            .chunks_exact(2)
            .map(|pair| nibble(pair[0]) << 4 | nibble(pair[1]))
            .collect();
        let id = Uuid::from_slice(&bytes[..16]).map_err(|_| wrong())?;
        let key = String::from_utf8(bytes[16..].to_vec()).map_err(|_| wrong())?;
        Ok(Self { key, id })
    }
}

/// How many rows, and after which.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct PageRequest {
    limit: u32,
    /// The row to begin after; none for the first page.
    pub after: Option<Cursor>,
}

impl PageRequest {
    /// The rows of a page when nobody says.
    pub const LIMIT_DEFAULT: u32 = 50;
    /// The most rows of a page.
    pub const LIMIT_MAX: u32 = 200;

    /// A page of `limit` rows.
    ///
    /// # Errors
    /// `out_of_range` unless `limit` is from 1 to 200.
    pub fn parse(limit: u32, after: Option<Cursor>) -> Result<Self, Invalid> {
        if (1..=Self::LIMIT_MAX).contains(&limit) {
            Ok(Self { limit, after })
        } else {
            Err(Invalid::new("out_of_range", "must be from 1 to 200"))
        }
    }

    /// The first page, of the default size.
    pub fn first() -> Self {
        Self {
            limit: Self::LIMIT_DEFAULT,
            after: None,
        }
    }

    /// The most rows of the page.
    pub fn limit(&self) -> usize {
        self.limit as usize
    }
}

/// One page, and where the next one begins if there is one.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Page<T> {
    /// The rows, in the listing's order.
    pub items: Vec<T>,
    /// Pass it back for the next page; none on the last.
    pub next: Option<Cursor>,
}

impl<T> Page<T> {
    /// Cuts a page from at most `limit + 1` rows: one more than asked means that another page follows.
    pub fn cut(mut rows: Vec<T>, limit: usize, cursor: impl Fn(&T) -> Cursor) -> Self {
        let more = rows.len() > limit;
        rows.truncate(limit);
        let next = if more { rows.last().map(cursor) } else { None };
        Self { items: rows, next }
    }
}
