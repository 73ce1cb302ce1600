//! Payments and their state machine.

use jiff::Timestamp;

use super::{Invalid, Money, PaymentId, PaymentToken};

/// Where a payment stands.
///
/// ```text
/// created ── Authorize ──▶ authorizing ── Capture ──▶ capturing ── Captured ──▶ captured
///    └─ Drop ─▶ dropped      │      └─ Void ─▶ voiding ◀─ Void ─┘                  │ Refund
///                  declined ◀┘ Decline           └─ Voided ─▶ voided      refunding ─ Refunded ─▶ refunded
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PaymentStatus {
    /// Nobody has asked the gateway for anything yet.
    Created,
    /// The gateway is asked to reserve the money, and its answer is not known for certain.
    Authorizing,
    /// The money is reserved; the gateway is asked to take it. From here on the seats will be sold.
    Capturing,
    /// The money was taken.
    Captured,
    /// The gateway is asked to close the payment for good.
    Voiding,
    /// Closed without money taken; final.
    Voided,
    /// The gateway refused for certain; final.
    Declined,
    /// The reservation ended before the payment began; final.
    Dropped,
    /// The money is on its way back.
    Refunding,
    /// The money is back; final.
    Refunded,
}

/// A step of a payment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PaymentMove {
    /// Begin to ask the gateway.
    Authorize,
    /// The reservation ended first.
    Drop,
    /// The gateway refused for certain; never a time-out.
    Decline,
    /// The gateway has reserved the money: the point of no return.
    Capture,
    /// The gateway has taken the money.
    Captured,
    /// Give up: close the payment at the gateway.
    Void,
    /// The gateway has closed the payment.
    Voided,
    /// Give the money back.
    Refund,
    /// The gateway has given the money back.
    Refunded,
}

/// A step that the state does not allow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a payment that is {} cannot {step:?}", .from.as_str())]
pub struct IllegalPaymentMove {
    /// The state.
    pub from: PaymentStatus,
    /// The step.
    pub step: PaymentMove,
}

impl PaymentMove {
    /// Every step.
    pub const ALL: [Self; 9] = [
        Self::Authorize,
        Self::Drop,
        Self::Decline,
        Self::Capture,
        Self::Captured,
        Self::Void,
        Self::Voided,
        Self::Refund,
        Self::Refunded,
    ];
}

impl PaymentStatus {
    /// Every state.
    pub const ALL: [Self; 10] = [
        Self::Created,
        Self::Authorizing,
        Self::Capturing,
        Self::Captured,
        Self::Voiding,
        Self::Voided,
        Self::Declined,
        Self::Dropped,
        Self::Refunding,
        Self::Refunded,
    ];

    /// The state after `step`.
    ///
    /// # Errors
    /// [`IllegalPaymentMove`] for every pair that is not drawn above; final states allow none.
    pub fn after(self, step: PaymentMove) -> Result<Self, IllegalPaymentMove> {
        use PaymentMove as Move;
        match (self, step) {
            (Self::Created, Move::Authorize) => Ok(Self::Authorizing),
            (Self::Created, Move::Drop) => Ok(Self::Dropped),
            (Self::Authorizing, Move::Decline) => Ok(Self::Declined),
            (Self::Authorizing, Move::Capture) => Ok(Self::Capturing),
            (Self::Authorizing | Self::Capturing, Move::Void) => Ok(Self::Voiding),
            (Self::Voiding, Move::Voided) => Ok(Self::Voided),
            (Self::Capturing, Move::Captured) => Ok(Self::Captured),
            (Self::Captured, Move::Refund) => Ok(Self::Refunding),
            (Self::Refunding, Move::Refunded) => Ok(Self::Refunded),
            (from, step) => Err(IllegalPaymentMove { from, step }),
        }
    }

    /// Whether the gateway still has to be asked for something. A worker has a little more to do than that:
    /// [`Booking::needs_work`](super::Booking::needs_work).
    pub fn needs_work(self) -> bool {
        matches!(
            self,
            Self::Created | Self::Authorizing | Self::Capturing | Self::Voiding | Self::Refunding
        )
    }

    /// The published name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Authorizing => "authorizing",
            Self::Capturing => "capturing",
            Self::Captured => "captured",
            Self::Voiding => "voiding",
            Self::Voided => "voided",
            Self::Declined => "declined",
            Self::Dropped => "dropped",
            Self::Refunding => "refunding",
            Self::Refunded => "refunded",
        }
    }
}

/// How somebody pays.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PaymentKind {
    /// A credit card.
    CreditCard,
    /// A debit card.
    DebitCard,
    /// A PayPal account.
    Paypal,
    /// A bank transfer.
    BankTransfer,
    /// A wallet on a telephone.
    MobilePayment,
}

impl PaymentKind {
    /// Every kind.
    pub const ALL: [Self; 5] = [
        Self::CreditCard,
        Self::DebitCard,
        Self::Paypal,
        Self::BankTransfer,
        Self::MobilePayment,
    ];

    /// The published name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::CreditCard => "credit_card",
            Self::DebitCard => "debit_card",
            Self::Paypal => "paypal",
            Self::BankTransfer => "bank_transfer",
            Self::MobilePayment => "mobile_payment",
        }
    }
}

/// How a reservation is paid: the kind, and what the provider gave the client for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PaymentMethod {
    /// The kind.
    pub kind: PaymentKind,
    /// The provider's token.
    pub token: PaymentToken,
}

impl PaymentMethod {
    /// Pays with what a provider gave for a `kind` of payment.
    pub fn new(kind: PaymentKind, token: PaymentToken) -> Self {
        Self { kind, token }
    }
}

/// Why a payment failed, as a gateway's short code such as `card_declined`: 1 to 64 of `[a-z0-9_]`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PaymentFailure(String);

impl PaymentFailure {
    /// The most characters.
    pub const CHARS_MAX: usize = 64;

    /// Reads a code.
    ///
    /// # Errors
    /// `invalid_failure`.
    pub fn parse(code: &str) -> Result<Self, Invalid> {
        let known = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
        if (1..=Self::CHARS_MAX).contains(&code.len()) && code.bytes().all(known) {
            Ok(Self(code.to_owned()))
        } else {
            Err(Invalid::new("invalid_failure", "must be 1 to 64 of a-z, 0-9 and _"))
        }
    }

    /// The gateway gave no certain answer before the deadline or the last attempt.
    pub fn gateway_unavailable() -> Self {
        Self("gateway_unavailable".to_owned())
    }

    /// Somebody cancelled while the payment was under way.
    pub fn cancelled() -> Self {
        Self("cancelled".to_owned())
    }

    /// The showtime started or was cancelled before the money was taken.
    pub fn showtime_closed() -> Self {
        Self("showtime_closed".to_owned())
    }

    /// The code.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for PaymentFailure {
    type Error = Invalid;

    fn try_from(code: String) -> Result<Self, Invalid> {
        Self::parse(&code)
    }
}

impl From<PaymentFailure> for String {
    fn from(failure: PaymentFailure) -> Self {
        failure.0
    }
}

/// The one payment of a reservation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Payment {
    /// The payment; every key at the gateway is derived from it.
    pub id: PaymentId,
    /// Where it stands.
    pub status: PaymentStatus,
    /// The reservation's total.
    pub amount: Money,
    /// How it is paid.
    pub method: PaymentMethod,
    /// How often the gateway was asked to authorize.
    pub attempts: u32,
    /// How often the present operation was tried without a certain answer; a new operation begins at 0.
    pub tries: u32,
    /// Why it failed, once it has.
    pub failure: Option<PaymentFailure>,
    /// When the first authorization began, on the store's clock.
    pub began_at: Option<Timestamp>,
    /// When a worker should look at it next, on the store's clock; none if there is nothing to do.
    pub next_attempt_at: Option<Timestamp>,
    /// Somebody should look at it: the gateway gives no certain answer. It is asked on, at the slowest pace.
    pub needs_review: bool,
}
