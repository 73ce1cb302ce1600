//! Spans for every call, and what failed.

use std::future::Future;
use std::time::Instant;

use tracing::Instrument;
use tracing::field::Empty;

use super::{Layer, Layered, Operation, PortFailure};

/// A port whose calls leave spans.
pub type Traced<P> = Layered<P, Tracing>;

/// A span for every call, with the fields `port`, `operation` and `duration_us`, and one line when the port fails, both at
/// level debug: whoever handles a failure tells of it, once, and an engine that is away for a minute is no flood. A refusal
/// by the port's own rules (a seat is sold, a card is declined) is an answer, not a failure.
///
/// Neither names any value of the call or of its answer, so nothing secret or personal can leave this way; nor is an
/// error's source written, because drivers like to repeat values.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tracing;

impl Layer for Tracing {
    async fn around<T, E, Run, Answer>(&self, operation: Operation, run: Run) -> Result<T, E>
    where
        T: Send,
        E: PortFailure,
        Run: Fn() -> Answer + Send + Sync,
        Answer: Future<Output = Result<T, E>> + Send,
    {
        let span = tracing::debug_span!(
            "port",
            port = operation.port,
            operation = operation.name,
            duration_us = Empty
        );
        let began = Instant::now();
        let answer = run().instrument(span.clone()).await;
        let duration_us = u64::try_from(began.elapsed().as_micros()).unwrap_or(u64::MAX);
        span.record("duration_us", duration_us);
        if let Err(failed) = &answer
            && let Some(error) = failed.port_error()
        {
            tracing::debug!(
                parent: &span,
                port = operation.port,
                operation = operation.name,
                duration_us,
                failure = ?error.failure,
                error = %error,
                "a port failed"
            );
        }
        answer
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use milo_core::domain::{Currency, Money, PaymentFailure, PaymentId};
    use milo_core::ports::{GatewayError, MockPaymentGateway, PaymentGateway, PortError};
    use uuid::Uuid;

    use super::*;
    use crate::testing::logged;

    fn traced(answer: fn() -> Result<(), GatewayError>) -> Traced<dyn PaymentGateway> {
        let mut gateway = MockPaymentGateway::new();
        gateway.expect_capture().returning(move |_, _| answer());
        Traced::new(Arc::new(gateway), Tracing)
    }

    fn capture(gateway: &Traced<dyn PaymentGateway>) -> String {
        let amount = Money::parse(98_765, Currency::USD).unwrap();
        logged(async {
            let _answer = gateway.capture(PaymentId(Uuid::from_u128(0xCAFE)), amount).await;
        })
    }

    #[test]
    fn a_failure_of_the_port_is_written_once() {
        let gateway = traced(|| Err(PortError::transient("payment_gateway", "cannot be reached").into()));

        let log = capture(&gateway);

        assert_eq!(log.matches("a port failed").count(), 1, "{log}");
        for field in [
            "payment_gateway",
            "capture",
            "duration_us",
            "Transient",
            "cannot be reached",
        ] {
            assert!(log.contains(field), "{field} in {log}");
        }
    }

    #[test]
    fn a_refusal_is_an_answer() {
        let gateway = traced(|| Err(GatewayError::Refused(PaymentFailure::cancelled())));

        assert!(!capture(&gateway).contains("a port failed"));
    }

    #[test]
    fn every_call_leaves_a_span_and_no_value_of_it() {
        let gateway = traced(|| {
            Err(GatewayError::Port(
                PortError::transient("payment_gateway", "down").caused_by("key=98765"),
            ))
        });

        let log = capture(&gateway);

        assert!(log.contains("operation=\"capture\""), "{log}");
        assert!(!log.contains("98765") && !log.contains("cafe"), "{log}");
    }
}
