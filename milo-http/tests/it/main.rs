//! Milo over HTTP, as a client sees it: a server on a port of its own with everything in memory.

mod support;

mod access;
mod accounts;
mod authorization;
mod bad_inputs;
mod bodies;
mod booking;
mod catalog;
mod conditions;
mod dead_letters;
mod deployment;
mod document;
mod finishing;
mod flaws;
mod idempotency;
mod journey;
mod operations;
mod paging;
mod problems;
mod process;
mod production;
mod reservations;
mod reviews;
mod router;
mod rush;
mod showtimes;
mod walk;
