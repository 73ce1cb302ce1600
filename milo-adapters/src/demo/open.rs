use milo_core::Milo;
use milo_core::catalog::CatalogWriteError;
use milo_core::domain::{Fingerprint, IdempotencyKey, KeyedRequest, MovieFilter, PageRequest, TheaterFilter, UserId};
use milo_core::ports::{KeyState, PortError, StoredAnswer};
use uuid::Uuid;

use super::{Accounts, Demo, OpenAccountsError, known, seed};

/// What became of the demo at a start.
#[derive(Debug)]
pub enum Opened {
    /// It was made now.
    Made {
        /// Who can sign in.
        accounts: Accounts,
        /// What is on sale.
        demo: Box<Demo>,
    },
    /// There is a catalogue already, or another process makes the demo at this moment.
    There,
}

/// Why the demo was not made.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// See [`OpenAccountsError`].
    #[error(transparent)]
    Accounts(#[from] OpenAccountsError),
    /// See [`CatalogWriteError`].
    #[error("the demo catalogue was not made")]
    Catalogue(#[from] CatalogWriteError),
    /// See [`PortError`].
    #[error(transparent)]
    Port(#[from] PortError),
}

/// Makes the demo, with accounts of random passwords, if the catalogue is empty. Of several processes that start at once,
/// one makes it.
///
/// # Errors
/// See [`OpenError`]; what was made before the error stays, and no second demo is made beside it.
pub async fn open(milo: &Milo) -> Result<Opened, OpenError> {
    let (ports, policy) = (milo.ports(), milo.policy());
    let request = claim();
    let ticket: Uuid = ports.ids.next_id();
    let state = ports
        .idempotency
        .claim(NOBODY, &request, ticket, policy.idempotency_lease)
        .await?;
    let KeyState::Claimed(ticket) = state else {
        return Ok(Opened::There);
    };
    let opened = make(milo).await;
    match &opened {
        Ok(Opened::Made { .. }) => {
            // The catalogue says from here on that there is a demo; the key only spans the making.
            let done = StoredAnswer {
                status: 201,
                location: None,
                etag: None,
                body: Vec::new(),
            };
            let keep = policy.idempotency_ttl;
            ports
                .idempotency
                .finish(NOBODY, &request.key, ticket, &done, keep)
                .await?;
        }
        Ok(Opened::There) | Err(_) => ports.idempotency.abandon(NOBODY, &request.key, ticket).await?,
    }
    opened
}

/// The keys of accounts never meet this one.
const NOBODY: UserId = UserId(Uuid::nil());

fn claim() -> KeyedRequest {
    KeyedRequest {
        key: known(IdempotencyKey::parse("demo")),
        fingerprint: Fingerprint::of([b"demo".as_slice()]),
    }
}

async fn make(milo: &Milo) -> Result<Opened, OpenError> {
    if !is_empty(milo).await? {
        return Ok(Opened::There);
    }
    let accounts = Accounts::random(milo.ports().ids.as_ref());
    let opened = accounts.open(milo).await?;
    let demo = seed(milo, opened.admin, milo.ports().clock.now()).await?;
    if opened.are_new {
        let demo = Box::new(demo);
        Ok(Opened::Made { accounts, demo })
    } else {
        // Somebody else knows their passwords.
        Ok(Opened::There)
    }
}

async fn is_empty(milo: &Milo) -> Result<bool, PortError> {
    let (catalog, page) = (&milo.ports().catalog, PageRequest::first());
    let movies = catalog.movies(&MovieFilter::default(), &page).await?;
    let theaters = catalog.theaters(&TheaterFilter::default(), &page).await?;
    Ok(movies.items.is_empty() && theaters.items.is_empty())
}
