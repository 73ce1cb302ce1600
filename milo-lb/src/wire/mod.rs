//! What comes from a client, byte by byte, before hyper sees it.
//!
//! hyper reads leniently in places where two programs may read differently: line ends without CR, both lengths at once, odd transfer codings. A request
//! that can be read in two ways is how one client's request is smuggled into another's, so [`Strict`] passes on only what has one reading, and puts in the
//! place of any other head one that its service answers with the [`Refusal`].

mod alarm;
mod framing;
mod gather;
mod head;
mod refusal;
mod strict;
mod turn;

pub(crate) use alarm::Alarm;
#[cfg(feature = "fuzzing")]
pub(crate) use framing::Framer;
pub(crate) use framing::HeadLimits;
pub(crate) use gather::Gathering;
pub(crate) use refusal::Refusal;
pub(crate) use strict::{Pace, Strict};
pub(crate) use turn::Turn;
