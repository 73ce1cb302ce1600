//! The domain: values that cannot be wrong, records, and the two state machines. Pure; nothing here waits or reads a
//! clock.

mod account;
mod booking;
mod booking_code;
mod contact;
mod hold;
mod id;
mod idempotency;
mod invalid;
mod layout;
mod message;
mod money;
mod movie;
mod page;
mod payment;
mod reservation;
mod review;
mod seat;
mod secret;
mod showtime;
mod text;
mod theater;
mod version;

pub use account::*;
pub use booking::*;
pub use booking_code::*;
pub use contact::*;
pub use hold::*;
pub use id::*;
pub use idempotency::*;
pub use invalid::*;
pub use layout::*;
pub use message::*;
pub use money::*;
pub use movie::*;
pub use page::*;
pub use payment::*;
pub use reservation::*;
pub use review::*;
pub use seat::*;
pub(crate) use secret::hex;
pub use secret::*;
pub use showtime::*;
pub use text::*;
pub use theater::*;
pub use version::*;
