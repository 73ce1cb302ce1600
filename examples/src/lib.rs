//! What the examples share: waiting for a payment, a lock store of one's own, and a rush of buyers.

pub mod rush;
pub mod sharded_seat_locks;
mod waiting;

pub use waiting::settled;
