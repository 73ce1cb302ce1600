//! Values of the domain: what is read is within its rules, and reads the same when it is written.

use milo_core::domain::*;

use crate::split::choice;

/// The first byte says what the rest should be.
pub(crate) fn values(input: &[u8]) {
    let (kind, rest) = choice(input);
    let Ok(text) = std::str::from_utf8(rest) else { return };
    match kind % 14 {
        0 => same(EmailAddress::parse(text), |email| EmailAddress::parse(email.as_str())),
        1 => same(Phone::parse(text), |phone| Phone::parse(phone.as_str())),
        2 => same(BookingCode::parse(text), |code| BookingCode::parse(code.as_str())),
        3 => same(RowLabel::parse(text), |label| RowLabel::parse(label.as_str())),
        4 => same(Cursor::parse(text), |cursor| Cursor::parse(&cursor.encode())),
        5 => same(IdempotencyKey::parse(text), |key| IdempotencyKey::parse(key.as_str())),
        6 => same(Currency::parse(text), |currency| Currency::parse(currency.as_str())),
        7 => same(DisplayName::parse(text), |name| DisplayName::parse(name.as_str())),
        8 => same(PaymentFailure::parse(text), |failure| {
            PaymentFailure::parse(failure.as_str())
        }),
        9 => same(text.parse::<SeatId>(), |id| id.to_string().parse()),
        10 => money(text),
        11 => layout(text),
        12 => token(text),
        _ => drop(Password::parse(text)),
    }
}

fn same<T: PartialEq + std::fmt::Debug>(parsed: Result<T, Invalid>, again: impl FnOnce(&T) -> Result<T, Invalid>) {
    match parsed {
        Ok(value) => assert_eq!(
            again(&value).as_ref(),
            Ok(&value),
            "what is read reads the same when it is written"
        ),
        Err(flaw) => assert!(!flaw.code.is_empty() && !flaw.message.is_empty()),
    }
}

fn money(text: &str) {
    if let Ok(amount) = text.parse::<i64>() {
        let money = Money::parse(amount, Currency::USD);
        assert_eq!(money.is_ok(), (0..=Money::AMOUNT_MAX).contains(&amount));
    }
    if let Ok(money) = serde_json::from_str::<Money>(text) {
        let written = serde_json::to_string(&money).expect("money can be written");
        assert_eq!(serde_json::from_str::<Money>(&written).ok(), Some(money));
    }
}

fn layout(text: &str) {
    if let Ok(pattern) = RowPattern::parse(text) {
        assert_eq!(RowPattern::parse(pattern.as_str()).ok(), Some(pattern));
    }
}

fn token(text: &str) {
    if let Ok(token) = PaymentToken::parse(text) {
        assert_eq!(token.expose(), text, "a token is kept as it came");
        assert!(text.bytes().all(|byte| byte.is_ascii_graphic()));
    }
}
