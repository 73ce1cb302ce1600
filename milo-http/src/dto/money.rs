use milo_core::domain::{Currency, Invalid, Money, Prices};
use salvo::oapi::ToSchema;
use serde::{Deserialize, Serialize};

use super::CurrencyCode;
use crate::problem::Violations;

/// An amount of money in minor units (cents of a dollar, whole yen), never a fraction.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[salvo(schema(name = "Money", example = json!({"amount": 1250, "currency": "USD"})))]
pub(crate) struct MoneyView {
    /// Minor units.
    amount: i64,
    /// ISO 4217.
    #[serde(serialize_with = "code")]
    #[salvo(schema(value_type = String, min_length = 3, max_length = 3))]
    currency: Currency,
}

fn code<S: serde::Serializer>(currency: &Currency, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(currency.as_str())
}

impl From<Money> for MoneyView {
    fn from(money: Money) -> Self {
        Self {
            amount: money.amount(),
            currency: money.currency(),
        }
    }
}

/// An amount of money in minor units (cents of a dollar, whole yen), never a fraction.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[salvo(schema(name = "MoneyInput", example = json!({"amount": 1250, "currency": "USD"})))]
pub(crate) struct MoneyBody {
    /// Minor units.
    #[salvo(schema(minimum = 1, maximum = 100_000_000))]
    amount: i64,
    /// ISO 4217.
    #[salvo(schema(value_type = CurrencyCode))]
    currency: String,
}

impl MoneyBody {
    /// Reads the price that stands at `field`.
    pub(super) fn parse(&self, field: &str, violations: &mut Violations) -> Option<Money> {
        let currency = violations.keep(format!("{field}.currency"), Currency::parse(&self.currency))?;
        let amount = if (1..=Prices::AMOUNT_MAX).contains(&self.amount) {
            Money::parse(self.amount, currency)
        } else {
            Err(Invalid::new("out_of_range", "must be from 1 to 100000000 minor units"))
        };
        violations.keep(format!("{field}.amount"), amount)
    }
}
