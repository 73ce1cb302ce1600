//! The suite of [`PaymentGateway`].

use std::sync::Arc;

use async_trait::async_trait;

use crate::domain::{Money, PaymentId};
use crate::ports::{Authorization, GatewayError, GatewayStatus, PaymentGateway};

use super::stamp::assert_is;
use super::{Spawn, at_once, samples};

/// A gateway that was never asked anything, and tokens that tell it how to behave.
#[async_trait]
pub trait PaymentGatewayFixture: Send + Sync {
    /// The gateway under test.
    fn gateway(&self) -> Arc<dyn PaymentGateway>;

    /// How often the operation with this key had an effect, by the gateway's own books.
    async fn effects(&self, key: &str) -> usize;

    /// What was taken and not given back, in minor units, by the gateway's own books.
    async fn balance(&self, payment: PaymentId) -> i64;

    /// A token that is accepted.
    fn accepted(&self) -> &'static str {
        "tok_ok"
    }

    /// A token that is declined.
    fn declined(&self) -> &'static str {
        "tok_declined"
    }

    /// A token whose first two authorizations fail without an answer.
    fn failing_twice(&self) -> &'static str {
        "tok_flaky_2"
    }

    /// A token that never gets an answer.
    fn unreachable(&self) -> &'static str {
        "tok_down"
    }
}

struct Counter {
    gateway: Arc<dyn PaymentGateway>,
    authorization: Authorization,
}

impl Counter {
    fn new(fixture: &impl PaymentGatewayFixture, token: &str) -> Self {
        let payment: PaymentId = samples::id();
        Self {
            gateway: fixture.gateway(),
            authorization: Authorization {
                payment,
                key: format!("milo:{payment}:auth"),
                amount: samples::dollars(2500),
                method: samples::method(token),
                reservation: samples::id(),
                showtime: samples::id(),
            },
        }
    }

    fn payment(&self) -> PaymentId {
        self.authorization.payment
    }

    fn amount(&self) -> Money {
        self.authorization.amount
    }

    async fn authorize(&self) -> Result<(), GatewayError> {
        self.gateway.authorize(&self.authorization).await
    }

    async fn capture(&self) -> Result<(), GatewayError> {
        self.gateway.capture(self.payment(), self.amount()).await
    }

    async fn close(&self) -> Result<(), GatewayError> {
        self.gateway.close(self.payment()).await
    }

    async fn refund(&self) -> Result<(), GatewayError> {
        self.gateway.refund(self.payment(), self.amount()).await
    }

    async fn status(&self) -> GatewayStatus {
        self.gateway.lookup(self.payment()).await.unwrap()
    }

    async fn effects(&self, fixture: &impl PaymentGatewayFixture, operation: &str) -> usize {
        fixture.effects(&format!("milo:{}:{operation}", self.payment())).await
    }
}

/// From nothing to taken and back, and the look-up tells each time.
pub async fn money_is_reserved_taken_and_given_back(fixture: &impl PaymentGatewayFixture) {
    let counter = Counter::new(fixture, fixture.accepted());
    assert_eq!(counter.status().await, GatewayStatus::Unknown);
    counter.authorize().await.unwrap();
    assert_eq!(
        (counter.status().await, fixture.balance(counter.payment()).await),
        (GatewayStatus::Authorized, 0)
    );
    counter.capture().await.unwrap();
    assert_eq!(
        (counter.status().await, fixture.balance(counter.payment()).await),
        (GatewayStatus::Captured, 2500)
    );
    counter.refund().await.unwrap();
    assert_eq!(
        (counter.status().await, fixture.balance(counter.payment()).await),
        (GatewayStatus::Refunded, 0)
    );
}

/// However often an operation is asked for, it has one effect and one answer.
pub async fn a_repeated_operation_has_one_effect(fixture: &impl PaymentGatewayFixture) {
    let counter = Counter::new(fixture, fixture.accepted());
    for _ in 0..3 {
        counter.authorize().await.unwrap();
    }
    for _ in 0..3 {
        counter.capture().await.unwrap();
    }
    assert_eq!(fixture.balance(counter.payment()).await, 2500);
    for _ in 0..3 {
        counter.refund().await.unwrap();
    }
    assert_eq!(fixture.balance(counter.payment()).await, 0);
    for operation in ["auth", "capture", "refund"] {
        assert_eq!(counter.effects(fixture, operation).await, 1, "{operation}");
    }
}

/// A late repeat of an earlier operation gives its answer again and moves nothing.
pub async fn a_late_repeat_moves_nothing(fixture: &impl PaymentGatewayFixture) {
    let counter = Counter::new(fixture, fixture.accepted());
    counter.authorize().await.unwrap();
    counter.capture().await.unwrap();
    counter.authorize().await.unwrap();
    assert_eq!(counter.status().await, GatewayStatus::Captured);
    counter.refund().await.unwrap();
    counter.capture().await.unwrap();
    assert_eq!(
        (counter.status().await, fixture.balance(counter.payment()).await),
        (GatewayStatus::Refunded, 0)
    );
}

/// A decline is certain and for ever, with the same reason each time, and no money can be taken.
pub async fn a_decline_is_for_ever(fixture: &impl PaymentGatewayFixture) {
    let counter = Counter::new(fixture, fixture.declined());
    let Err(GatewayError::Refused(first)) = counter.authorize().await else {
        panic!("the token is declined");
    };
    assert_is!(counter.authorize().await, Err(GatewayError::Refused(again)) if again == first);
    assert_eq!(counter.status().await, GatewayStatus::Declined);
    assert_is!(counter.capture().await, Err(GatewayError::Refused(_)));
    counter.close().await.expect("a declined payment was not captured");
    assert_is!(counter.authorize().await, Err(GatewayError::Refused(_)));
    assert_eq!(counter.effects(fixture, "auth").await, 0);
    assert_eq!(fixture.balance(counter.payment()).await, 0);
}

/// A failure is never a refusal: the same key tried again is authorized once.
pub async fn a_failure_is_tried_again_with_the_same_key(fixture: &impl PaymentGatewayFixture) {
    let counter = Counter::new(fixture, fixture.failing_twice());
    for _ in 0..2 {
        assert_is!(counter.authorize().await, Err(GatewayError::Port(error)) if error.may_retry());
        assert_eq!(counter.status().await, GatewayStatus::Unknown);
    }
    counter.authorize().await.unwrap();
    counter.authorize().await.unwrap();
    assert_eq!(counter.effects(fixture, "auth").await, 1);
    assert_eq!(counter.status().await, GatewayStatus::Authorized);
}

/// A payment without a certain answer can be closed; from then on the answer is certain.
pub async fn an_unanswered_payment_is_closed(fixture: &impl PaymentGatewayFixture) {
    let counter = Counter::new(fixture, fixture.unreachable());
    for _ in 0..5 {
        assert_is!(counter.authorize().await, Err(GatewayError::Port(error)) if error.may_retry());
    }
    counter.close().await.unwrap();
    assert_is!(counter.authorize().await, Err(GatewayError::Refused(_)));
    assert_eq!(counter.status().await, GatewayStatus::Closed);
}

/// Closed before it was ever asked for: an authorization that arrives later is refused.
pub async fn a_late_authorization_meets_a_closed_door(fixture: &impl PaymentGatewayFixture) {
    let counter = Counter::new(fixture, fixture.accepted());
    counter.close().await.unwrap();
    counter.close().await.unwrap();
    assert_is!(counter.authorize().await, Err(GatewayError::Refused(_)));
    assert_is!(counter.authorize().await, Err(GatewayError::Refused(_)));
    assert_is!(counter.capture().await, Err(GatewayError::Refused(_)));
    assert_eq!(counter.status().await, GatewayStatus::Closed);
    assert_eq!(counter.effects(fixture, "auth").await, 0);
}

/// Closing gives reserved money back, and nothing can be taken any more.
pub async fn an_authorized_payment_is_closed(fixture: &impl PaymentGatewayFixture) {
    let counter = Counter::new(fixture, fixture.accepted());
    counter.authorize().await.unwrap();
    counter.close().await.unwrap();
    counter.close().await.unwrap();
    assert_eq!(counter.effects(fixture, "close").await, 1);
    assert_is!(counter.capture().await, Err(GatewayError::Refused(_)));
    assert_is!(counter.authorize().await, Err(GatewayError::Refused(_)));
    assert_eq!(
        (counter.status().await, fixture.balance(counter.payment()).await),
        (GatewayStatus::Closed, 0)
    );
}

/// Taken money cannot be closed away, not even after it was given back.
pub async fn a_captured_payment_cannot_be_closed(fixture: &impl PaymentGatewayFixture) {
    let counter = Counter::new(fixture, fixture.accepted());
    counter.authorize().await.unwrap();
    counter.capture().await.unwrap();
    assert_is!(counter.close().await, Err(GatewayError::Refused(_)));
    assert_eq!(
        (counter.status().await, fixture.balance(counter.payment()).await),
        (GatewayStatus::Captured, 2500)
    );
    counter.refund().await.unwrap();
    assert_is!(counter.close().await, Err(GatewayError::Refused(_)));
    assert_eq!(counter.status().await, GatewayStatus::Refunded);
}

/// What was not reserved cannot be taken.
pub async fn an_unauthorized_payment_cannot_be_captured(fixture: &impl PaymentGatewayFixture) {
    let counter = Counter::new(fixture, fixture.accepted());
    assert_is!(counter.capture().await, Err(GatewayError::Refused(_)));
    assert_eq!(
        (counter.status().await, fixture.balance(counter.payment()).await),
        (GatewayStatus::Unknown, 0)
    );
}

/// What was not taken cannot be given back.
pub async fn an_uncaptured_payment_cannot_be_refunded(fixture: &impl PaymentGatewayFixture) {
    let unknown = Counter::new(fixture, fixture.accepted());
    let authorized = Counter::new(fixture, fixture.accepted());
    authorized.authorize().await.unwrap();
    let closed = Counter::new(fixture, fixture.accepted());
    closed.close().await.unwrap();
    for counter in [unknown, authorized, closed] {
        let before = counter.status().await;
        assert_is!(counter.refund().await, Err(GatewayError::Refused(_)));
        assert_eq!(counter.status().await, before);
        assert_eq!(fixture.balance(counter.payment()).await, 0);
    }
}

/// Payments do not meet.
pub async fn payments_do_not_meet(fixture: &impl PaymentGatewayFixture) {
    let (paid, closed) = (
        Counter::new(fixture, fixture.accepted()),
        Counter::new(fixture, fixture.accepted()),
    );
    paid.authorize().await.unwrap();
    closed.close().await.unwrap();
    paid.capture().await.unwrap();
    assert_eq!(
        (paid.status().await, closed.status().await),
        (GatewayStatus::Captured, GatewayStatus::Closed)
    );
    assert_eq!(fixture.balance(closed.payment()).await, 0);
}

/// Many repeats at once have one effect.
pub async fn repeats_at_once_have_one_effect(fixture: &impl PaymentGatewayFixture, spawn: &dyn Spawn) {
    let counter = Counter::new(fixture, fixture.accepted());
    let repeats = (0..32).map(|_| {
        let (gateway, authorization) = (counter.gateway.clone(), counter.authorization.clone());
        async move {
            gateway.authorize(&authorization).await.unwrap();
            gateway
                .capture(authorization.payment, authorization.amount)
                .await
                .unwrap();
        }
    });
    at_once(spawn, repeats).await;
    for operation in ["auth", "capture"] {
        assert_eq!(counter.effects(fixture, operation).await, 1, "{operation}");
    }
    assert_eq!(fixture.balance(counter.payment()).await, 2500);
}

/// Closing races with taking: one of them wins, and the other is refused.
pub async fn close_and_capture_at_once_agree(fixture: &impl PaymentGatewayFixture, spawn: &dyn Spawn) {
    let counter = Counter::new(fixture, fixture.accepted());
    counter.authorize().await.unwrap();
    let work = (0..20).map(|turn| {
        let (gateway, payment, amount) = (counter.gateway.clone(), counter.payment(), counter.amount());
        async move {
            match if turn % 2 == 0 {
                gateway.close(payment).await
            } else {
                gateway.capture(payment, amount).await
            } {
                Ok(()) => true,
                Err(GatewayError::Refused(_)) => false,
                Err(other) => panic!("{other:?}"),
            }
        }
    });
    let done = at_once(spawn, work).await;
    let captured = done[1];
    let expected: Vec<bool> = (0..20).map(|turn| (turn % 2 == 1) == captured).collect();
    assert_eq!(done, expected, "either every close was done, or every capture");
    let money = if captured {
        (GatewayStatus::Captured, 2500)
    } else {
        (GatewayStatus::Closed, 0)
    };
    assert_eq!(
        (counter.status().await, fixture.balance(counter.payment()).await),
        money
    );
}

/// Closing races with authorizing: whoever was first, it ends closed.
pub async fn close_and_authorize_at_once_end_closed(fixture: &impl PaymentGatewayFixture, spawn: &dyn Spawn) {
    let counter = Counter::new(fixture, fixture.accepted());
    let work = (0..20).map(|turn| {
        let (gateway, authorization) = (counter.gateway.clone(), counter.authorization.clone());
        async move {
            if turn % 2 == 0 {
                gateway.close(authorization.payment).await.unwrap();
            } else {
                assert_is!(
                    gateway.authorize(&authorization).await,
                    Ok(()) | Err(GatewayError::Refused(_))
                );
            }
        }
    });
    at_once(spawn, work).await;
    assert_eq!(counter.status().await, GatewayStatus::Closed);
    assert_is!(counter.authorize().await, Err(GatewayError::Refused(_)));
}

/// Stamps the suite of the payment gateway; takes a future that makes a
/// [`PaymentGatewayFixture`](crate::conformance::payment_gateway::PaymentGatewayFixture).
#[macro_export]
macro_rules! payment_gateway_conformance {
    ($fixture:expr) => {
        $crate::conformance_cases!(
            payment_gateway,
            $fixture,
            cases: [
                money_is_reserved_taken_and_given_back,
                a_repeated_operation_has_one_effect,
                a_late_repeat_moves_nothing,
                a_decline_is_for_ever,
                a_failure_is_tried_again_with_the_same_key,
                an_unanswered_payment_is_closed,
                a_late_authorization_meets_a_closed_door,
                an_authorized_payment_is_closed,
                a_captured_payment_cannot_be_closed,
                an_unauthorized_payment_cannot_be_captured,
                an_uncaptured_payment_cannot_be_refunded,
                payments_do_not_meet,
            ],
            at_once: [
                repeats_at_once_have_one_effect,
                close_and_capture_at_once_agree,
                close_and_authorize_at_once_end_closed,
            ],
        );
    };
}
