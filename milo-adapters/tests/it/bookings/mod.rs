//! Whole bookings through the core, over the in-memory adapters.

mod every_step_fails_once;
mod flaws;
mod outbox;
mod payments;
mod races;
