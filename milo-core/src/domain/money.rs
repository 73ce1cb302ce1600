//! Money in integer minor units.

use super::Invalid;

/// An ISO 4217 currency code, such as `USD`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Currency([u8; 3]);

/// The active codes of ISO 4217 that name money people pay with (funds and metals are left out).
const ACTIVE: &str = "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD \
    CAD CDF CHF CLP CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD \
    HKD HNL HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD \
    MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG \
    QAR RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD \
    TZS UAH UGX USD UYU UZS VED VES VND VUV WST XAF XCD XCG XOF XPF YER ZAR ZMW ZWG";

impl Currency {
    /// The United States dollar, used by the demo catalogue.
    pub const USD: Self = Self(*b"USD");

    /// Reads an active ISO 4217 code in capitals.
    ///
    /// # Errors
    /// `invalid_currency` when the code is not one of them.
    pub fn parse(code: &str) -> Result<Self, Invalid> {
        let wrong = || {
            Invalid::new(
                "invalid_currency",
                "must be an active ISO 4217 code in capitals, such as USD",
            )
        };
        let bytes: [u8; 3] = code.as_bytes().try_into().map_err(|_| wrong())?;
        if Self::codes().any(|known| known == code) {
            Ok(Self(bytes))
        } else {
            Err(wrong())
        }
    }

    /// The three capitals of every active code.
    pub fn codes() -> impl Iterator<Item = &'static str> {
        ACTIVE.split_ascii_whitespace()
    }

    /// The three capitals.
    pub fn as_str(&self) -> &str {
        // Only ASCII capitals are ever stored.
        std::str::from_utf8(&self.0).unwrap_or("???")
    }
}

impl std::fmt::Display for Currency {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

impl std::fmt::Debug for Currency {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

impl TryFrom<String> for Currency {
    type Error = Invalid;

    fn try_from(code: String) -> Result<Self, Invalid> {
        Self::parse(&code)
    }
}

impl From<Currency> for String {
    fn from(currency: Currency) -> Self {
        currency.as_str().to_owned()
    }
}

/// A positive or zero amount in minor units (cents of a dollar, whole yen), with its currency.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(try_from = "RawMoney", into = "RawMoney")]
pub struct Money {
    amount: i64,
    currency: Currency,
}

#[derive(serde::Serialize, serde::Deserialize)]
struct RawMoney {
    amount: i64,
    currency: Currency,
}

impl Money {
    /// The largest amount of one value, in minor units: far above any ticket, far below overflow in a sum.
    pub const AMOUNT_MAX: i64 = 1_000_000_000_000;

    /// An amount of minor units from 0 to [`AMOUNT_MAX`](Self::AMOUNT_MAX).
    ///
    /// # Errors
    /// `out_of_range` when the amount lies outside.
    pub fn parse(amount: i64, currency: Currency) -> Result<Self, Invalid> {
        if (0..=Self::AMOUNT_MAX).contains(&amount) {
            Ok(Self { amount, currency })
        } else {
            Err(Invalid::new(
                "out_of_range",
                "must be from 0 to 1000000000000 minor units",
            ))
        }
    }

    /// Minor units.
    pub fn amount(&self) -> i64 {
        self.amount
    }

    /// The currency of the amount.
    pub fn currency(&self) -> Currency {
        self.currency
    }

    /// The sum of one or more amounts in one currency.
    ///
    /// # Errors
    /// `mixed_currencies`, `empty`, or `out_of_range` when the sum leaves the bounds.
    pub fn sum(amounts: impl IntoIterator<Item = Self>) -> Result<Self, Invalid> {
        let mut amounts = amounts.into_iter();
        let first = amounts
            .next()
            .ok_or_else(|| Invalid::new("empty", "must have at least one amount"))?;
        amounts.try_fold(first, |sum, next| {
            if sum.currency != next.currency {
                return Err(Invalid::new("mixed_currencies", "must all be in one currency"));
            }
            Self::parse(sum.amount.saturating_add(next.amount), sum.currency)
        })
    }
}

impl TryFrom<RawMoney> for Money {
    type Error = Invalid;

    fn try_from(raw: RawMoney) -> Result<Self, Invalid> {
        Self::parse(raw.amount, raw.currency)
    }
}

impl From<Money> for RawMoney {
    fn from(money: Money) -> Self {
        Self {
            amount: money.amount,
            currency: money.currency,
        }
    }
}

impl std::fmt::Display for Money {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.amount, self.currency)
    }
}
