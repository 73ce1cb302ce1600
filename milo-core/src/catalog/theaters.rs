//! Keeping theaters.

use std::sync::Arc;

use super::movies::set;
use super::{CatalogReadError, CatalogService, CatalogWriteError, added, checked, decide_again};
use crate::domain::{
    Address, Admin, City, IdempotencyKey, Page, PageRequest, PlaceName, PostalCode, Region, Theater, TheaterDetails,
    TheaterFilter, TheaterId, Version, ZoneName,
};
use crate::ports::PortError;

/// What to change about a theater: what is none stays.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TheaterPatch {
    /// Its name.
    pub name: Option<PlaceName>,
    /// Its street address.
    pub address: Option<Address>,
    /// Its city.
    pub city: Option<City>,
    /// Its state, province or region.
    pub state: Option<Region>,
    /// Its postal code.
    pub postal_code: Option<PostalCode>,
    /// Where its days begin and end.
    pub time_zone: Option<ZoneName>,
    /// Whether new showtimes may be scheduled in it.
    pub is_active: Option<bool>,
}

impl TheaterPatch {
    fn apply(self, details: &mut TheaterDetails) {
        set(&mut details.name, self.name);
        set(&mut details.address, self.address);
        set(&mut details.city, self.city);
        set(&mut details.state, self.state);
        set(&mut details.postal_code, self.postal_code);
        set(&mut details.time_zone, self.time_zone);
        set(&mut details.is_active, self.is_active);
    }
}

impl CatalogService<'_> {
    /// Adds a theater. The same key again gives the same theater as it stands now.
    ///
    /// # Errors
    /// See [`CatalogWriteError`].
    pub async fn add_theater(
        &self,
        admin: Admin,
        details: TheaterDetails,
        key: Option<&IdempotencyKey>,
    ) -> Result<Arc<Theater>, CatalogWriteError> {
        let id = TheaterId(self.new_id(admin, "theater", key));
        let theater = Theater {
            id,
            version: Version::FIRST,
            details,
        };
        if added(self.core.ports.catalog.add_theater(&theater).await, "id")? {
            return Ok(Arc::new(theater));
        }
        Ok(self.theater(id).await?)
    }

    /// One theater.
    ///
    /// # Errors
    /// See [`CatalogReadError`].
    pub async fn theater(&self, theater: TheaterId) -> Result<Arc<Theater>, CatalogReadError> {
        self.core
            .ports
            .catalog
            .theater(theater)
            .await?
            .ok_or(CatalogReadError::NotFound)
    }

    /// Theaters by name.
    ///
    /// # Errors
    /// See [`PortError`].
    pub async fn theaters(&self, filter: &TheaterFilter, page: &PageRequest) -> Result<Page<Arc<Theater>>, PortError> {
        self.core.ports.catalog.theaters(filter, page).await
    }

    /// Changes a theater, if it still is at `expected`.
    ///
    /// # Errors
    /// See [`CatalogWriteError`].
    pub async fn change_theater(
        &self,
        _admin: Admin,
        theater: TheaterId,
        patch: TheaterPatch,
        expected: Option<Version>,
    ) -> Result<Arc<Theater>, CatalogWriteError> {
        for attempt in 1.. {
            let mut next = Arc::unwrap_or_clone(self.theater(theater).await?);
            let version = checked(expected, next.version)?;
            patch.clone().apply(&mut next.details);
            next.version = version.next();
            match self.core.ports.catalog.change_theater(&next, version).await {
                Ok(()) => return Ok(Arc::new(next)),
                Err(error) if decide_again(expected, attempt, &error) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(CatalogWriteError::Stale)
    }

    /// Removes a theater in which nothing was ever reserved.
    ///
    /// # Errors
    /// See [`CatalogWriteError`].
    pub async fn remove_theater(
        &self,
        _admin: Admin,
        theater: TheaterId,
        expected: Option<Version>,
    ) -> Result<(), CatalogWriteError> {
        for attempt in 1.. {
            let version = checked(expected, self.theater(theater).await?.version)?;
            match self.core.ports.catalog.remove_theater(theater, version).await {
                Err(error) if decide_again(expected, attempt, &error) => {}
                done => return Ok(done?),
            }
        }
        Err(CatalogWriteError::Stale)
    }
}
