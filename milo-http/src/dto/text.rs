//! What the texts of requests may be, as the OpenAPI document says it. They describe; the domain's types decide.

use std::marker::PhantomData;

use milo_core::domain::{Currency, EmailAddress, Password, PaymentToken, Phone, RowLabel, RowPattern, WebAddress};
use salvo::oapi::{Array, BasicType, Components, KnownFormat, Object, RefOr, Schema, SchemaFormat, ToSchema};

/// White space, which is dropped before and after a text.
const SPACE: &str = r"\t-\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000";
/// Control characters, and others that show nothing and could make a text read as another one.
const HIDDEN: &str = r"\u0000-\u001f\u007f-\u009f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060\u2066-\u2069\ufeff";

/// One line that is not blank.
pub(crate) struct Line<const MAX: usize>;

/// Several lines; blank only if `MIN` is 0.
pub(crate) struct Lines<const MIN: usize, const MAX: usize>;

/// A list in which nothing stands twice.
pub(crate) struct Distinct<T, const MIN: usize, const MAX: usize>(PhantomData<T>);

fn text() -> Object {
    Object::with_type(BasicType::String)
}

fn formatted(format: &str) -> Object {
    text().format(SchemaFormat::Custom(format.to_owned()))
}

/// One line for a parameter of a query. What is dropped around it does not count, so its length stands in the pattern.
pub(crate) fn line(max: usize) -> Object {
    text().pattern(format!("^[{SPACE}]*{}[{SPACE}]*$", shown(&format!("[^{HIDDEN}]"), max)))
}

fn lines(min: usize, max: usize) -> Object {
    let shown = shown(&format!(r"(?:[^{HIDDEN}]|\r\n|[\n\t])"), max);
    let optional = if min == 0 { "?" } else { "" };
    text().pattern(format!("^[{SPACE}]*(?:{shown}){optional}[{SPACE}]*$"))
}

/// At most `max` characters, of which the first and the last show.
fn shown(any: &str, max: usize) -> String {
    let within = max.saturating_sub(2);
    format!("[^{HIDDEN}{SPACE}](?:{any}{{0,{within}}}[^{HIDDEN}{SPACE}])?")
}

impl<const MAX: usize> ToSchema for Line<MAX> {
    fn to_schema(_: &mut Components) -> RefOr<Schema> {
        line(MAX).into()
    }
}

impl<const MIN: usize, const MAX: usize> ToSchema for Lines<MIN, MAX> {
    fn to_schema(_: &mut Components) -> RefOr<Schema> {
        lines(MIN, MAX).into()
    }
}

impl<T: ToSchema, const MIN: usize, const MAX: usize> ToSchema for Distinct<T, MIN, MAX> {
    fn to_schema(components: &mut Components) -> RefOr<Schema> {
        let items = T::to_schema(components);
        Array::new()
            .items(items)
            .unique_items(true)
            .min_items(MIN)
            .max_items(MAX)
            .into()
    }
}

macro_rules! texts {
    ($($(#[$doc:meta])+ $name:ident: $schema:expr;)+) => {$(
        $(#[$doc])+
        pub(crate) struct $name;

        impl ToSchema for $name {
            fn to_schema(_: &mut Components) -> RefOr<Schema> {
                $schema.into()
            }
        }
    )+};
}

texts! {
    /// An e-mail address.
    Email: text().format(SchemaFormat::KnownFormat(KnownFormat::Email)).max_length(EmailAddress::CHARS_MAX);
    /// A password to be.
    NewPassword: text()
        .format(SchemaFormat::KnownFormat(KnownFormat::Password))
        .min_length(Password::CHARS_MIN)
        .max_length(Password::CHARS_MAX);
    /// A telephone number: at least five digits.
    Telephone: text()
        .max_length(Phone::CHARS_MAX)
        .pattern(r"^\+?(?:[ ()./-]*[0-9]){5,}[ ()./-]*$");
    /// An absolute `http` or `https` address without credentials.
    Link: formatted("uri").max_length(WebAddress::CHARS_MAX);
    /// The name of an IANA time zone.
    ZoneId: formatted("iana-time-zone");
    /// An active code of ISO 4217.
    CurrencyCode: text().enum_values(Currency::codes());
    /// The label of a row.
    RowName: text().pattern(format!("^[A-Z0-9]{{1,{}}}$", RowLabel::CHARS_MAX));
    /// A row as it is drawn, with at least one seat.
    RowDrawing: text().max_length(RowPattern::COLUMNS_MAX).pattern("^_*[RPLWC][RPLWC_]*$");
    /// What stands for payment data.
    ProviderToken: text().max_length(PaymentToken::CHARS_MAX).pattern("^[!-~]+$");
}
