//! Milo over HTTP, as a client sees it: a server on a port of its own with everything in memory.

mod support;

mod flaws;
mod journey;
mod rush;
mod walk;
