//! What the examples share: people, waiting for a payment, a lock store of one's own, and a rush of buyers.

mod people;
pub mod rush;
pub mod sharded_seat_locks;
mod waiting;

pub use people::two_people;
pub use waiting::settled;
