//! The payment queue on RabbitMQ: latency and an even load. What it loses costs time, never a payment.
//!
//! [`RabbitPaymentQueue`] keeps two connections, because a broker that is short of memory or disk stops reading from
//! those that publish, and acknowledgements must go on: one publishes, one consumes (from the first
//! [`receive`](milo_core::ports::PaymentQueue::receive) on). Each has one task that alone touches it, that waits for
//! nothing without a bound, and that builds everything anew from nothing when anything fails or stalls. The client
//! library's own recovery stays off: it waits without saying so, and without end.
//!
//! | file | idea |
//! | --- | --- |
//! | `topology` | every queue, exchange and argument |
//! | `wire` | one connection, and the certainty that it ends |
//! | `supervisor` | connect, serve, start again |
//! | `publisher`, `consumer`, `inbox` | what the two tasks do |
//! | `payload`, `letter` | what messages look like |
//! | `look` | looking through the dead letters |

mod broken;
mod consumer;
#[cfg(feature = "fuzzing")]
pub mod fuzzing;
mod inbox;
mod letter;
mod look;
mod payload;
mod publisher;
mod queue;
mod settings;
mod supervisor;
mod topology;
mod wire;

pub use queue::RabbitPaymentQueue;
pub use settings::RabbitSettings;

/// The name of the port in its errors.
const PORT: &str = "payment_queue";
