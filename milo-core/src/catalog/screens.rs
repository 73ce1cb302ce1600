//! Keeping screens.

use std::sync::Arc;

use super::movies::set;
use super::{CatalogReadError, CatalogService, CatalogWriteError, added, checked, decide_again};
use crate::domain::{
    Admin, IdempotencyKey, Page, PageRequest, PlaceName, Screen, ScreenDetails, ScreenId, ScreenKind, TheaterId,
    Version,
};

/// What to change about a screen: what is none stays.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ScreenPatch {
    /// Its name.
    pub name: Option<PlaceName>,
    /// What it is built for.
    pub kind: Option<ScreenKind>,
    /// Whether new showtimes may be scheduled on it.
    pub is_active: Option<bool>,
}

impl ScreenPatch {
    fn apply(self, details: &mut ScreenDetails) {
        set(&mut details.name, self.name);
        set(&mut details.kind, self.kind);
        set(&mut details.is_active, self.is_active);
    }
}

impl CatalogService<'_> {
    /// Adds a screen, without seats as yet. The same key again gives the same screen as it stands now.
    ///
    /// # Errors
    /// See [`CatalogWriteError`].
    pub async fn add_screen(
        &self,
        admin: Admin,
        theater: TheaterId,
        details: ScreenDetails,
        key: Option<&IdempotencyKey>,
    ) -> Result<Arc<Screen>, CatalogWriteError> {
        self.theater(theater).await?;
        let id = ScreenId(self.new_id(admin, "screen", key));
        let screen = Screen {
            id,
            theater,
            version: Version::FIRST,
            details,
            capacity: 0,
        };
        if added(self.core.ports.catalog.add_screen(&screen).await, "theater_id")? {
            return Ok(Arc::new(screen));
        }
        Ok(self.screen(id).await?)
    }

    /// One screen.
    ///
    /// # Errors
    /// See [`CatalogReadError`].
    pub async fn screen(&self, screen: ScreenId) -> Result<Arc<Screen>, CatalogReadError> {
        self.core
            .ports
            .catalog
            .screen(screen)
            .await?
            .ok_or(CatalogReadError::NotFound)
    }

    /// The screens of a theater by name.
    ///
    /// # Errors
    /// See [`CatalogReadError`].
    pub async fn screens(&self, theater: TheaterId, page: &PageRequest) -> Result<Page<Arc<Screen>>, CatalogReadError> {
        self.theater(theater).await?;
        Ok(self.core.ports.catalog.screens(theater, page).await?)
    }

    /// Changes a screen, if it still is at `expected`.
    ///
    /// # Errors
    /// See [`CatalogWriteError`].
    pub async fn change_screen(
        &self,
        _admin: Admin,
        screen: ScreenId,
        patch: ScreenPatch,
        expected: Option<Version>,
    ) -> Result<Arc<Screen>, CatalogWriteError> {
        for attempt in 1.. {
            let mut next = Arc::unwrap_or_clone(self.screen(screen).await?);
            let version = checked(expected, next.version)?;
            patch.clone().apply(&mut next.details);
            next.version = version.next();
            match self.core.ports.catalog.change_screen(&next, version).await {
                Ok(()) => return Ok(Arc::new(next)),
                Err(error) if decide_again(expected, attempt, &error) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(CatalogWriteError::Stale)
    }

    /// Removes a screen on which nothing was ever reserved.
    ///
    /// # Errors
    /// See [`CatalogWriteError`].
    pub async fn remove_screen(
        &self,
        _admin: Admin,
        screen: ScreenId,
        expected: Option<Version>,
    ) -> Result<(), CatalogWriteError> {
        for attempt in 1.. {
            let version = checked(expected, self.screen(screen).await?.version)?;
            match self.core.ports.catalog.remove_screen(screen, version).await {
                Err(error) if decide_again(expected, attempt, &error) => {}
                done => return Ok(done?),
            }
        }
        Err(CatalogWriteError::Stale)
    }
}
