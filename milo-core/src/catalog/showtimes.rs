//! Scheduling and cancelling showtimes.

use std::sync::Arc;

use jiff::{RoundMode, SignedDuration, Timestamp, TimestampRound, Unit};

use super::{CatalogReadError, CatalogService, CatalogWriteError, added, checked, decide_again};
use crate::domain::{
    Admin, IdempotencyKey, MovieId, Page, PageRequest, Prices, ScreenId, Showtime, ShowtimeFilter, ShowtimeId,
    ShowtimeStatus, Version,
};
use crate::ports::{JobKind, PortError};

/// A showtime to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScheduleShowtime {
    /// The film.
    pub movie: MovieId,
    /// The screen.
    pub screen: ScreenId,
    /// When it starts.
    pub starts_at: Timestamp,
    /// What its seats cost.
    pub prices: Prices,
}

/// What to change about a showtime: what is none stays.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ShowtimePatch {
    /// When it starts. Only while nothing was ever reserved.
    pub starts_at: Option<Timestamp>,
    /// What its seats cost. Reservations that exist keep their prices.
    pub prices: Option<Prices>,
}

/// A showtime, and how many of its seats can still be had.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShowtimeView {
    /// The showtime.
    pub showtime: Arc<Showtime>,
    /// Seats that are neither held nor sold.
    pub seats_available: u32,
}

impl CatalogService<'_> {
    /// Schedules a showtime. The same key again gives the same showtime as it stands now.
    ///
    /// # Errors
    /// See [`CatalogWriteError`].
    pub async fn add_showtime(
        &self,
        admin: Admin,
        request: ScheduleShowtime,
        key: Option<&IdempotencyKey>,
    ) -> Result<ShowtimeView, CatalogWriteError> {
        let id = ShowtimeId(self.new_id(admin, "showtime", key));
        if key.is_some()
            && let Some(stored) = self.core.ports.catalog.showtime(id).await?
        {
            return Ok(self.view(stored).await?);
        }
        let unknown = |field| CatalogWriteError::invalid(field, "unknown", "must name something that exists");
        let catalog = &self.core.ports.catalog;
        let movie = catalog.movie(request.movie).await?.ok_or_else(|| unknown("movie_id"))?;
        let screen = catalog
            .screen(request.screen)
            .await?
            .ok_or_else(|| unknown("screen_id"))?;
        let theater = catalog
            .theater(screen.theater)
            .await?
            .ok_or_else(|| unknown("screen_id"))?;
        if !screen.details.is_active || !theater.details.is_active {
            return Err(CatalogWriteError::invalid(
                "screen_id",
                "inactive",
                "must be an active screen of an active theater",
            ));
        }
        let starts_at = kept(request.starts_at);
        self.check_start(starts_at)?;
        let showtime = Showtime {
            id,
            version: Version::FIRST,
            movie: request.movie,
            screen: request.screen,
            theater: screen.theater,
            starts_at,
            ends_at: self.end_of(starts_at, movie.details.duration)?,
            status: ShowtimeStatus::Scheduled,
            prices: request.prices,
            price_version: Version::FIRST,
        };
        if added(catalog.add_showtime(&showtime).await, "screen_id")? {
            return Ok(self.view(Arc::new(showtime)).await?);
        }
        Ok(self.showtime(id).await?)
    }

    /// One showtime.
    ///
    /// # Errors
    /// See [`CatalogReadError`].
    pub async fn showtime(&self, showtime: ShowtimeId) -> Result<ShowtimeView, CatalogReadError> {
        let found = self
            .core
            .ports
            .catalog
            .showtime(showtime)
            .await?
            .ok_or(CatalogReadError::NotFound)?;
        Ok(self.view(found).await?)
    }

    /// Showtimes by start. A filter that names something that does not exist matches nothing.
    ///
    /// # Errors
    /// See [`PortError`].
    pub async fn showtimes(
        &self,
        filter: &ShowtimeFilter,
        page: &PageRequest,
    ) -> Result<Page<ShowtimeView>, PortError> {
        let found = self.core.ports.catalog.showtimes(filter, page).await?;
        Ok(Page {
            items: self.with_availability(found.items).await?,
            next: found.next,
        })
    }

    /// Changes a showtime that is scheduled and has not started, if it still is at `expected`.
    ///
    /// # Errors
    /// See [`CatalogWriteError`].
    pub async fn change_showtime(
        &self,
        _admin: Admin,
        showtime: ShowtimeId,
        patch: ShowtimePatch,
        expected: Option<Version>,
    ) -> Result<ShowtimeView, CatalogWriteError> {
        let catalog = &self.core.ports.catalog;
        for attempt in 1.. {
            let stored = catalog.showtime(showtime).await?.ok_or(CatalogWriteError::NotFound)?;
            let version = checked(expected, stored.version)?;
            if !stored.is_on_sale(self.core.ports.clock.now()) {
                return Err(CatalogWriteError::ShowtimeClosed);
            }
            let mut next = Arc::unwrap_or_clone(stored);
            let starts_at = patch.starts_at.map(kept);
            if let Some(starts_at) = starts_at.filter(|starts_at| *starts_at != next.starts_at) {
                self.check_start(starts_at)?;
                let movie = catalog.movie(next.movie).await?.ok_or(CatalogWriteError::NotFound)?;
                next.starts_at = starts_at;
                next.ends_at = self.end_of(starts_at, movie.details.duration)?;
            }
            if let Some(prices) = patch.prices.clone().filter(|prices| *prices != next.prices) {
                next.prices = prices;
                next.price_version = next.price_version.next();
            }
            next.version = version.next();
            match catalog.change_showtime(&next, version).await {
                Ok(()) => return Ok(self.view(Arc::new(next)).await?),
                Err(error) if decide_again(expected, attempt, &error) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(CatalogWriteError::Stale)
    }

    /// Cancels a showtime: from this moment nothing can be reserved, and a job cancels and refunds what was. Cancelling
    /// it again changes nothing.
    ///
    /// # Errors
    /// See [`CatalogWriteError`]; one that has started cannot be cancelled.
    pub async fn cancel_showtime(
        &self,
        _admin: Admin,
        showtime: ShowtimeId,
        expected: Option<Version>,
    ) -> Result<ShowtimeView, CatalogWriteError> {
        let catalog = &self.core.ports.catalog;
        for attempt in 1.. {
            let stored = catalog.showtime(showtime).await?.ok_or(CatalogWriteError::NotFound)?;
            if stored.status == ShowtimeStatus::Cancelled {
                return Ok(self.view(stored).await?);
            }
            let version = checked(expected, stored.version)?;
            if !stored.is_on_sale(self.core.ports.clock.now()) {
                return Err(CatalogWriteError::ShowtimeClosed);
            }
            let mut next = Arc::unwrap_or_clone(stored);
            next.status = ShowtimeStatus::Cancelled;
            next.version = version.next();
            match catalog.change_showtime(&next, version).await {
                Ok(()) => {
                    self.core.ports.wakeup.wake(JobKind::ShowtimeCancellation);
                    return Ok(self.view(Arc::new(next)).await?);
                }
                Err(error) if decide_again(expected, attempt, &error) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(CatalogWriteError::Stale)
    }

    async fn view(&self, showtime: Arc<Showtime>) -> Result<ShowtimeView, PortError> {
        let mut views = self.with_availability(vec![Arc::clone(&showtime)]).await?;
        Ok(views.pop().unwrap_or(ShowtimeView {
            showtime,
            seats_available: 0,
        }))
    }

    fn check_start(&self, starts_at: Timestamp) -> Result<(), CatalogWriteError> {
        if starts_at > self.core.ports.clock.now() {
            Ok(())
        } else {
            Err(CatalogWriteError::invalid(
                "starts_at",
                "in_the_past",
                "must be a time to come",
            ))
        }
    }

    fn end_of(
        &self,
        starts_at: Timestamp,
        running_time: crate::domain::RunningTime,
    ) -> Result<Timestamp, CatalogWriteError> {
        let gap = SignedDuration::try_from(self.core.policy.cleaning_gap).unwrap_or(SignedDuration::MAX);
        Showtime::ends_at(starts_at, running_time, gap).map_err(|flaw| CatalogWriteError::Invalid {
            field: "starts_at",
            flaw,
        })
    }
}

/// A time as every store keeps it, in whole microseconds: what is answered now is what is read later.
fn kept(time: Timestamp) -> Timestamp {
    let microseconds = TimestampRound::new().smallest(Unit::Microsecond).mode(RoundMode::Trunc);
    time.round(microseconds).unwrap_or(time)
}
