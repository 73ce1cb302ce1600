use std::fmt::Debug;

use jiff::Timestamp;

/// The time of this process. It only drives what one process decides by itself; whatever several processes compare is
/// judged by a store's own clock.
pub trait Clock: Debug + Send + Sync {
    /// Now, in whole microseconds (the precision that every store keeps).
    fn now(&self) -> Timestamp;
}
