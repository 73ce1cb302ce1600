//! How many seats of a showtime can still be had.

use std::collections::BTreeMap;
use std::sync::Arc;

use futures_util::future::try_join_all;

use super::{CatalogService, ShowtimeView};
use crate::domain::{ScreenId, Showtime, ShowtimeId};
use crate::ports::PortError;

impl CatalogService<'_> {
    /// Adds to each showtime how many of its seats are neither held nor sold: one call to the lock store for all of
    /// them. Only a showtime that the lock store does not know yet, or a lock store that is down, costs calls to the
    /// store of record; holds are not counted then.
    pub(super) async fn with_availability(
        &self,
        showtimes: Vec<Arc<Showtime>>,
    ) -> Result<Vec<ShowtimeView>, PortError> {
        let ports = &self.core.ports;
        let ids: Vec<ShowtimeId> = showtimes.iter().map(|showtime| showtime.id).collect();
        let tallies = match ports.locks.tally(&ids).await {
            Ok(tallies) => tallies,
            Err(error) if error.may_retry() => {
                tracing::warn!(%error, "the seat locks do not answer; counting sold seats only");
                vec![None; ids.len()]
            }
            Err(error) => return Err(error),
        };
        let mut screens: BTreeMap<ScreenId, u32> = BTreeMap::new();
        for showtime in &showtimes {
            if let std::collections::btree_map::Entry::Vacant(entry) = screens.entry(showtime.screen) {
                let screen = ports.catalog.screen(showtime.screen).await?;
                entry.insert(screen.map_or(0, |screen| screen.capacity));
            }
        }
        let claimed = try_join_all(ids.iter().zip(tallies).map(|(showtime, tally)| async move {
            match tally {
                Some(tally) => Ok::<u32, PortError>(tally.held.saturating_add(tally.taken)),
                None => self.count_and_warm(*showtime).await,
            }
        }))
        .await?;
        Ok(showtimes
            .into_iter()
            .zip(claimed)
            .map(|(showtime, claimed)| {
                let capacity = screens.get(&showtime.screen).copied().unwrap_or(0);
                ShowtimeView {
                    seats_available: capacity.saturating_sub(claimed),
                    showtime,
                }
            })
            .collect())
    }

    async fn count_and_warm(&self, showtime: ShowtimeId) -> Result<u32, PortError> {
        let taken = self.core.ports.bookings.taken_seats(showtime).await?;
        // Courtesy: the next reader finds it warm. Whoever holds a seat warms it, or fails, by itself.
        let _ = self.core.ports.locks.warm(showtime, &taken).await;
        Ok(u32::try_from(taken.len()).unwrap_or(u32::MAX))
    }
}
