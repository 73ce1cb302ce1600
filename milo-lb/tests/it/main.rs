//! The load balancer from outside: its pure parts by their rules, and the whole through real sockets.

mod admin;
mod budget;
mod failover;
mod framing;
mod health;
mod limits;
mod policies;
mod process;
mod reload;
mod retries;
mod rolling;
mod settings;
mod slow;
mod smuggling;
mod spoofing;
mod streams;
mod support;
mod tls;
