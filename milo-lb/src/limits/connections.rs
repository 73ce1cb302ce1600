//! How many connections there may be.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use super::Client;

/// Counts connections, of each client and in all.
#[derive(Debug)]
pub struct ConnectionLimiter(Mutex<Counts>);

#[derive(Debug)]
struct Counts {
    per_client_max: usize,
    total_max: usize,
    clients: HashMap<Client, usize>,
    total: usize,
}

/// Which limit was reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Full {
    /// That of one client.
    Client,
    /// That of all.
    Total,
}

/// One connection's place, given back when it is dropped.
#[derive(Debug)]
pub struct ConnectionPermit {
    limiter: Arc<ConnectionLimiter>,
    client: Client,
}

impl ConnectionLimiter {
    /// So many of one client, or any number if 0; and so many in all.
    #[must_use]
    pub fn new(per_client_max: usize, total_max: usize) -> Self {
        Self(Mutex::new(Counts {
            per_client_max,
            total_max,
            clients: HashMap::new(),
            total: 0,
        }))
    }

    fn with<T>(&self, act: impl FnOnce(&mut Counts) -> T) -> T {
        act(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Goes on with other numbers. Connections that are too many by now stay.
    pub fn set(&self, per_client_max: usize, total_max: usize) {
        self.with(|counts| (counts.per_client_max, counts.total_max) = (per_client_max, total_max));
    }

    /// A place for one connection more.
    ///
    /// # Errors
    /// Says which limit was reached; nothing was counted.
    pub fn admit(self: &Arc<Self>, client: Client) -> Result<ConnectionPermit, Full> {
        self.with(|counts| {
            if counts.total >= counts.total_max {
                return Err(Full::Total);
            }
            let of_client = counts.clients.get(&client).copied().unwrap_or(0);
            if counts.per_client_max > 0 && of_client >= counts.per_client_max {
                return Err(Full::Client);
            }
            counts.clients.insert(client, of_client + 1);
            counts.total += 1;
            Ok(())
        })?;
        Ok(ConnectionPermit {
            limiter: self.clone(),
            client,
        })
    }

    /// Connections in all.
    #[must_use]
    pub fn len(&self) -> usize {
        self.with(|counts| counts.total)
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Clients that have a connection.
    #[must_use]
    pub fn clients(&self) -> usize {
        self.with(|counts| counts.clients.len())
    }
}

impl Drop for ConnectionPermit {
    fn drop(&mut self) {
        self.limiter.with(|counts| {
            counts.total -= 1;
            if let Some(count) = counts.clients.get_mut(&self.client) {
                *count -= 1;
                if *count == 0 {
                    counts.clients.remove(&self.client);
                }
            }
        });
    }
}
