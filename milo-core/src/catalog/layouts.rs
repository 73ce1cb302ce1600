//! Keeping seat layouts.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::{CatalogReadError, CatalogService, CatalogWriteError, checked, decide_again};
use crate::domain::{
    Admin, LayoutPlan, PageRequest, ScreenId, SeatClaim, SeatId, SeatLayout, ShowtimeFilter, ShowtimeStatus, Version,
};

impl CatalogService<'_> {
    /// A screen's layout; without rows while nobody has drawn one.
    ///
    /// # Errors
    /// See [`CatalogReadError`].
    pub async fn layout(&self, screen: ScreenId) -> Result<Arc<SeatLayout>, CatalogReadError> {
        match self.core.ports.catalog.layout(screen).await? {
            Some(layout) => Ok(layout),
            None => {
                self.screen(screen).await?;
                Ok(Arc::new(SeatLayout {
                    screen,
                    rows: Vec::new(),
                }))
            }
        }
    }

    /// Draws a screen's layout anew. Seats that are unchanged keep their ids.
    ///
    /// A seat that is sold in a showtime to come cannot vanish: the store decides that. A seat that is merely held is
    /// looked for beforehand; a hold that comes at the same moment finds at its reservation that the seat is gone.
    ///
    /// # Errors
    /// See [`CatalogWriteError`].
    pub async fn change_layout(
        &self,
        _admin: Admin,
        screen: ScreenId,
        plan: &LayoutPlan,
        expected: Option<Version>,
    ) -> Result<Arc<SeatLayout>, CatalogWriteError> {
        let ports = &self.core.ports;
        for attempt in 1.. {
            let version = checked(expected, self.screen(screen).await?.version)?;
            let before = self.layout(screen).await?;
            let after = plan.lay_out(screen, Some(&before), || SeatId(ports.ids.next_id()));
            let held = self.held_in_showtimes_to_come(screen, &before.vanished(&after)).await?;
            if !held.is_empty() {
                return Err(CatalogWriteError::SeatsInUse(held));
            }
            match ports.catalog.change_layout(&after, version).await {
                Ok(()) => return Ok(Arc::new(after)),
                Err(error) if decide_again(expected, attempt, &error) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(CatalogWriteError::Stale)
    }

    async fn held_in_showtimes_to_come(
        &self,
        screen: ScreenId,
        vanishing: &[SeatId],
    ) -> Result<Vec<SeatId>, CatalogWriteError> {
        let ports = &self.core.ports;
        let vanishing: BTreeSet<SeatId> = vanishing.iter().copied().collect();
        let mut held = BTreeSet::new();
        if vanishing.is_empty() {
            return Ok(Vec::new());
        }
        let filter = ShowtimeFilter {
            screen: Some(screen),
            from: Some(ports.clock.now()),
            ..Default::default()
        };
        let mut page = PageRequest::first();
        loop {
            let showtimes = ports.catalog.showtimes(&filter, &page).await?;
            for showtime in showtimes
                .items
                .iter()
                .filter(|showtime| showtime.status == ShowtimeStatus::Scheduled)
            {
                let Some(snapshot) = ports.locks.snapshot(showtime.id).await? else {
                    continue;
                };
                let claims = snapshot.claims.iter();
                held.extend(
                    claims
                        .filter(|(seat, claim)| matches!(claim, SeatClaim::Held { .. }) && vanishing.contains(seat))
                        .map(|(seat, _)| *seat),
                );
            }
            match showtimes.next {
                Some(cursor) => page.after = Some(cursor),
                None => return Ok(held.into_iter().collect()),
            }
        }
    }
}
