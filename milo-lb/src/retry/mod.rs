//! Which request may be sent again, and how many may be.

mod budget;
mod rules;

pub use budget::RetryBudget;
pub use rules::may_repeat;
