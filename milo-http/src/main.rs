//! The HTTP server as a process.

fn main() {}
