use std::time::Duration;

use futures_util::FutureExt;
use milo_core::domain::{Currency, PaymentKind, PaymentMethod, PaymentToken, ReservationId, ShowtimeId};
use milo_core::ports::Failure;
use uuid::Uuid;

use super::*;
use crate::gateway::GatewayOperation;

const PAYMENT: PaymentId = PaymentId(Uuid::from_u128(1));

fn dollars(cents: i64) -> Money {
    Money::parse(cents, Currency::USD).unwrap()
}

fn price() -> Money {
    dollars(1250)
}

fn asking(token: &str) -> Authorization {
    Authorization {
        payment: PAYMENT,
        key: GatewayOperation::Authorize.key(PAYMENT),
        amount: price(),
        method: PaymentMethod {
            kind: PaymentKind::CreditCard,
            token: PaymentToken::parse(token).unwrap(),
        },
        reservation: ReservationId(Uuid::from_u128(2)),
        showtime: ShowtimeId(Uuid::from_u128(3)),
    }
}

/// The code of a certain refusal.
fn refusal<T: std::fmt::Debug>(answer: Result<T, GatewayError>) -> String {
    match answer.unwrap_err() {
        GatewayError::Refused(failure) => failure.as_str().to_owned(),
        GatewayError::Port(error) => panic!("not a refusal: {error}"),
    }
}

fn failure<T: std::fmt::Debug>(answer: Result<T, GatewayError>) -> Failure {
    match answer.unwrap_err() {
        GatewayError::Port(error) => error.failure,
        GatewayError::Refused(failure) => panic!("a refusal: {}", failure.as_str()),
    }
}

/// Asks until the answer is certain; says how many failures came first.
async fn authorize(gateway: &SimulatedGateway, token: &str) -> usize {
    for failures in 0..100 {
        if gateway.authorize(&asking(token)).await.is_ok() {
            return failures;
        }
    }
    panic!("never authorized");
}

async fn pay(gateway: &SimulatedGateway, token: &str) {
    authorize(gateway, token).await;
    gateway.capture(PAYMENT, price()).await.unwrap();
}

mod money {
    use super::*;

    #[tokio::test]
    async fn only_a_capture_takes_it_and_a_refund_gives_it_back() {
        let gateway = SimulatedGateway::new();

        gateway.authorize(&asking("tok_ok")).await.unwrap();
        assert_eq!(gateway.balance(PAYMENT), 0);
        gateway.capture(PAYMENT, price()).await.unwrap();
        assert_eq!(gateway.balance(PAYMENT), 1250);
        gateway.refund(PAYMENT, price()).await.unwrap();
        assert_eq!(gateway.balance(PAYMENT), 0);
        assert_eq!(gateway.lookup(PAYMENT).await.unwrap(), GatewayStatus::Refunded);
    }

    #[tokio::test]
    async fn every_operation_has_one_effect_however_often_it_is_asked() {
        let gateway = SimulatedGateway::new();
        for _ in 0..3 {
            gateway.authorize(&asking("tok_ok")).await.unwrap();
        }
        for _ in 0..3 {
            gateway.capture(PAYMENT, price()).await.unwrap();
        }
        for _ in 0..3 {
            gateway.refund(PAYMENT, price()).await.unwrap();
        }

        assert_eq!(gateway.ledger().len(), 9);
        for operation in [
            GatewayOperation::Authorize,
            GatewayOperation::Capture,
            GatewayOperation::Refund,
        ] {
            assert_eq!(gateway.effects(&operation.key(PAYMENT)), 1, "{operation:?}");
        }
    }

    #[tokio::test]
    async fn it_is_not_taken_without_an_authorization_nor_given_back_without_a_capture() {
        let gateway = SimulatedGateway::new();

        assert_eq!(refusal(gateway.capture(PAYMENT, price()).await), "not_authorized");
        assert_eq!(refusal(gateway.refund(PAYMENT, price()).await), "nothing_captured");
        gateway.authorize(&asking("tok_ok")).await.unwrap();
        assert_eq!(refusal(gateway.refund(PAYMENT, price()).await), "nothing_captured");
        assert_eq!(gateway.balance(PAYMENT), 0);
    }

    #[tokio::test]
    async fn another_amount_than_the_reserved_one_moves_nothing() {
        let gateway = SimulatedGateway::new();
        gateway.authorize(&asking("tok_ok")).await.unwrap();
        assert_eq!(refusal(gateway.capture(PAYMENT, dollars(1)).await), "amount_mismatch");
        gateway.capture(PAYMENT, price()).await.unwrap();

        assert_eq!(
            refusal(gateway.refund(PAYMENT, dollars(99999)).await),
            "amount_mismatch"
        );
        assert_eq!(gateway.balance(PAYMENT), 1250);
    }

    #[tokio::test]
    async fn a_key_that_was_used_for_another_amount_is_refused() {
        let gateway = SimulatedGateway::new();
        gateway.authorize(&asking("tok_ok")).await.unwrap();
        let mut other = asking("tok_ok");
        other.amount = dollars(1);

        assert_eq!(refusal(gateway.authorize(&other).await), "authorization_mismatch");
    }
}

mod closing {
    use super::*;

    #[tokio::test]
    async fn a_closed_payment_refuses_a_later_authorization_and_a_later_capture() {
        let gateway = SimulatedGateway::new();
        gateway.close(PAYMENT).await.unwrap();

        assert_eq!(refusal(gateway.authorize(&asking("tok_ok")).await), "closed");
        assert_eq!(refusal(gateway.capture(PAYMENT, price()).await), "closed");
        assert_eq!(gateway.lookup(PAYMENT).await.unwrap(), GatewayStatus::Closed);
    }

    #[tokio::test]
    async fn closing_gives_reserved_money_back_and_may_be_repeated() {
        let gateway = SimulatedGateway::new();
        gateway.authorize(&asking("tok_ok")).await.unwrap();

        gateway.close(PAYMENT).await.unwrap();
        gateway.close(PAYMENT).await.unwrap();

        let key = GatewayOperation::Close.key(PAYMENT);
        let closings: Vec<_> = gateway.ledger().into_iter().filter(|entry| entry.key == key).collect();
        assert_eq!(closings[0].amount, Some(price()));
        assert_eq!(gateway.effects(&key), 1);
        assert_eq!(refusal(gateway.capture(PAYMENT, price()).await), "closed");
    }

    #[tokio::test]
    async fn a_captured_payment_cannot_be_closed() {
        let gateway = SimulatedGateway::new();
        pay(&gateway, "tok_ok").await;

        assert_eq!(refusal(gateway.close(PAYMENT).await), "already_captured");
        assert_eq!(gateway.balance(PAYMENT), 1250);
    }

    #[tokio::test]
    async fn a_declined_payment_can_be_closed() {
        let gateway = SimulatedGateway::new();
        gateway.authorize(&asking("tok_declined")).await.unwrap_err();

        gateway.close(PAYMENT).await.unwrap();
    }
}

mod tokens {
    use super::*;

    #[tokio::test]
    async fn declined_and_unknown_tokens_are_refused_every_time() {
        for (token, code) in [("tok_declined", "card_declined"), ("tok_nonsense", "invalid_token")] {
            let gateway = SimulatedGateway::new();
            for _ in 0..2 {
                assert_eq!(refusal(gateway.authorize(&asking(token)).await), code);
            }
            assert_eq!(gateway.lookup(PAYMENT).await.unwrap(), GatewayStatus::Declined);
        }
    }

    #[tokio::test]
    async fn a_flaky_authorization_fails_n_times_without_effect() {
        let gateway = SimulatedGateway::new();
        for _ in 0..3 {
            assert_eq!(
                failure(gateway.authorize(&asking("tok_flaky_3")).await),
                Failure::Transient
            );
            assert_eq!(gateway.lookup(PAYMENT).await.unwrap(), GatewayStatus::Unknown);
        }

        pay(&gateway, "tok_flaky_3").await;

        assert_eq!(gateway.balance(PAYMENT), 1250);
    }

    #[tokio::test]
    async fn a_gateway_that_is_down_can_still_close() {
        let gateway = SimulatedGateway::new();
        for _ in 0..50 {
            assert_eq!(
                failure(gateway.authorize(&asking("tok_down")).await),
                Failure::Transient
            );
        }

        gateway.close(PAYMENT).await.unwrap();

        assert_eq!(gateway.lookup(PAYMENT).await.unwrap(), GatewayStatus::Closed);
        assert_eq!(refusal(gateway.authorize(&asking("tok_down")).await), "closed");
    }

    #[tokio::test]
    async fn lost_answers_come_after_the_effect_of_each_operation() {
        let gateway = SimulatedGateway::new();

        assert_eq!(
            failure(gateway.authorize(&asking("tok_lost_1")).await),
            Failure::OutcomeUnknown
        );
        assert_eq!(gateway.lookup(PAYMENT).await.unwrap(), GatewayStatus::Authorized);
        gateway.authorize(&asking("tok_lost_1")).await.unwrap();

        assert_eq!(
            failure(gateway.capture(PAYMENT, price()).await),
            Failure::OutcomeUnknown
        );
        assert_eq!(gateway.balance(PAYMENT), 1250);
        gateway.capture(PAYMENT, price()).await.unwrap();

        assert_eq!(failure(gateway.refund(PAYMENT, price()).await), Failure::OutcomeUnknown);
        gateway.refund(PAYMENT, price()).await.unwrap();
        assert_eq!(gateway.balance(PAYMENT), 0);
    }

    #[tokio::test]
    async fn a_lost_closing_has_closed() {
        let gateway = SimulatedGateway::new();
        authorize(&gateway, "tok_lost_2").await;

        assert_eq!(failure(gateway.close(PAYMENT).await), Failure::OutcomeUnknown);
        assert_eq!(gateway.lookup(PAYMENT).await.unwrap(), GatewayStatus::Closed);
    }

    #[tokio::test]
    async fn a_refused_capture_leaves_money_that_closing_gives_back() {
        let gateway = SimulatedGateway::new();
        authorize(&gateway, "tok_capture_refused").await;

        for _ in 0..2 {
            assert_eq!(refusal(gateway.capture(PAYMENT, price()).await), "capture_refused");
        }
        gateway.close(PAYMENT).await.unwrap();
        assert_eq!(gateway.balance(PAYMENT), 0);
    }

    #[tokio::test]
    async fn a_flaky_refund_fails_n_times_and_then_gives_the_money_back_once() {
        let gateway = SimulatedGateway::new();
        pay(&gateway, "tok_refund_flaky_2").await;
        for _ in 0..2 {
            assert_eq!(failure(gateway.refund(PAYMENT, price()).await), Failure::Transient);
            assert_eq!(gateway.balance(PAYMENT), 1250);
        }

        gateway.refund(PAYMENT, price()).await.unwrap();

        assert_eq!(gateway.balance(PAYMENT), 0);
    }
}

mod slow {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn an_authorization_is_decided_when_its_time_has_come() {
        let gateway = SimulatedGateway::new();
        let began = Instant::now();

        gateway.authorize(&asking("tok_slow_250")).await.unwrap();

        assert_eq!(began.elapsed(), Duration::from_millis(250));
        assert_eq!(gateway.effects(&GatewayOperation::Authorize.key(PAYMENT)), 1);
    }

    #[tokio::test(start_paused = true)]
    async fn it_goes_on_when_its_caller_goes_away() {
        let gateway = SimulatedGateway::new();
        assert!(gateway.authorize(&asking("tok_slow_250")).now_or_never().is_none());
        assert_eq!(gateway.lookup(PAYMENT).await.unwrap(), GatewayStatus::Unknown);

        tokio::time::advance(Duration::from_millis(250)).await;

        assert_eq!(gateway.lookup(PAYMENT).await.unwrap(), GatewayStatus::Authorized);
        let again = gateway.authorize(&asking("tok_slow_250")).now_or_never();
        again.expect("answers at once").unwrap();
        assert_eq!(gateway.effects(&GatewayOperation::Authorize.key(PAYMENT)), 1);
    }

    #[tokio::test(start_paused = true)]
    async fn closed_before_its_time_it_is_refused() {
        let gateway = SimulatedGateway::new();
        let asking = asking("tok_slow_250");
        let mut slow = gateway.authorize(&asking);
        assert!((&mut slow).now_or_never().is_none());

        gateway.close(PAYMENT).await.unwrap();

        assert_eq!(refusal(slow.await), "closed");
        assert_eq!(gateway.lookup(PAYMENT).await.unwrap(), GatewayStatus::Closed);
    }
}

mod memory {
    use super::*;

    #[tokio::test]
    async fn calls_without_an_effect_do_not_pile_up_and_effects_stay() {
        let gateway = SimulatedGateway::new();
        pay(&gateway, "tok_ok").await;
        for _ in 0..1000 {
            gateway.capture(PAYMENT, price()).await.unwrap();
        }

        assert_eq!(gateway.ledger().len(), 2 + LedgerEntry::OTHERS_MAX);
        assert_eq!(gateway.balance(PAYMENT), 1250);
    }

    #[tokio::test]
    async fn an_old_finished_payment_shrinks_to_its_final_state_and_a_live_one_does_not() {
        let gateway = SimulatedGateway::new();
        let live = PaymentId(Uuid::from_u128(9));
        let mut other = asking("tok_ok");
        other.payment = live;
        gateway.authorize(&other).await.unwrap();
        gateway.capture(live, price()).await.unwrap();
        gateway.authorize(&asking("tok_ok")).await.unwrap();
        gateway.close(PAYMENT).await.unwrap();

        gateway.state().forget_beyond(0);

        assert!(gateway.ledger().iter().all(|entry| entry.payment == live));
        assert_eq!(gateway.balance(live), 1250);
        assert_eq!(gateway.lookup(PAYMENT).await.unwrap(), GatewayStatus::Closed);
        assert_eq!(refusal(gateway.authorize(&asking("tok_ok")).await), "closed");
        gateway.close(PAYMENT).await.unwrap();
    }

    #[tokio::test]
    async fn strangers_leave_no_trace() {
        let gateway = SimulatedGateway::new();
        gateway.capture(PAYMENT, price()).await.unwrap_err();
        gateway.lookup(PAYMENT).await.unwrap();

        assert!(gateway.ledger().is_empty());
        assert!(gateway.state().accounts.is_empty());
    }
}

#[tokio::test]
async fn the_ledger_says_what_money_is_for_and_never_from_where() {
    let gateway = SimulatedGateway::new();
    pay(&gateway, "tok_ok").await;

    let ledger = gateway.ledger();

    assert_eq!(ledger.iter().map(|entry| entry.sequence).collect::<Vec<_>>(), [1, 2]);
    assert!(ledger.iter().all(|entry| entry.effect && entry.amount == Some(price())));
    assert_eq!(ledger[1].reservation, Some(ReservationId(Uuid::from_u128(2))));
    assert_eq!(ledger[1].showtime, Some(ShowtimeId(Uuid::from_u128(3))));
    assert!(!format!("{gateway:?}").contains("tok_ok"));
}
