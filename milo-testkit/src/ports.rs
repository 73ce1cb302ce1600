//! Ports of this host that nobody listens on.

use std::net::{Ipv4Addr, TcpListener};
use std::sync::Mutex;

/// A port that was free a moment ago, and that this process is given only once.
///
/// # Panics
/// If there is none.
pub fn free_port() -> u16 {
    static GIVEN: Mutex<Vec<u16>> = Mutex::new(Vec::new());
    let mut given = GIVEN.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    loop {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
        let port = listener.local_addr().expect("an address").port();
        // A Redis cluster also listens 10000 ports above.
        if port <= u16::MAX - 10_000 && !given.contains(&port) {
            given.push(port);
            return port;
        }
    }
}
