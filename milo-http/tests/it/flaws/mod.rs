//! What was wrong with the program that Milo replaces: a test for each flaw, so that none comes back.
//!
//! | flaw | what it did | tests |
//! | --- | --- | --- |
//! | o1 | every caller owned every seat lock | [`seats`] |
//! | o2 | a lock was three calls, not one act | [`seats`] |
//! | o3 | a refusal at one seat left the seats before it locked | [`seats`] |
//! | o4 | owner, amount and lifetime came from the client | [`smuggling`] |
//! | o5 | messages were sent before the commit | [`payments`] |
//! | o6 | a failed payment lost its seats | [`payments`] |
//! | o7 | an error lost the payment | [`payments`] |
//! | o8 | a repeated message charged again and revived the cancelled | [`payments`] |
//! | o9 | a seat could be sold for one showtime only | [`seats`] |
//! | o10 | a job deleted what was sold; none expired what was not paid | [`history`] |
//! | o11 | the lists of a film and of a screen shared one cache key, and nothing was evicted | [`caching`] |
//! | o12 | anybody could be an administrator; keys, accounts and consoles were open | [`identity`] |
//! | o13 | anybody could unlock anything; ids were free text in keys | [`ownership`] |
//! | o15 | names were not unique, deletions took history along, only administrators wrote reviews | [`identity`], [`history`] |
//!
//! The missing number is the load balancer's.

mod caching;
mod history;
mod identity;
mod insides;
mod ownership;
mod payments;
mod seats;
mod smuggling;

use insides::Insides;
