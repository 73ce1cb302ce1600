//! What is done to a world from outside, and by its administrator.

use std::time::Duration;

use milo_core::conformance::samples;
use milo_core::domain::{Showtime, ShowtimeStatus};
use milo_core::ports::{Catalog, ChangeError};

use crate::history::PriceList;
use crate::house::{House, costs};
use crate::link::NETWORK;

/// How often it is looked for processes that died.
const WATCH: Duration = Duration::from_millis(50);

/// Starts everything that happens to the house.
pub(crate) fn unleash(house: &House) {
    let swarm = &house.swarm;
    spawn(house, watch(house.clone()));
    now_and_then(house, "killed", swarm.kills, |house| {
        if let Some(victim) = house.victim() {
            house.sim.kill(victim);
            house.lost(victim);
        }
    });
    now_and_then(house, "froze", swarm.freezes, |house| {
        if let Some(victim) = house.victim() {
            house.sim.freeze(
                victim,
                house.sim.between(Duration::from_millis(500), Duration::from_secs(15)),
            );
        }
    });
    now_and_then(house, "wiped the locks", swarm.wipes_of_locks, |house| {
        house.locks.wipe();
        let at = house.sim.timestamp();
        house.history.with(|seen| seen.wipes_of_locks.push(at));
    });
    now_and_then(house, "wiped the queue", swarm.wipes_of_queue, |house| {
        house.queue.wipe()
    });
    spawn(house, administer(house.clone()));
}

fn spawn(house: &House, task: impl Future<Output = ()> + Send + 'static) {
    house.sim.spawn(NETWORK, task);
}

fn now_and_then(house: &House, name: &'static str, every: Option<Duration>, act: impl Fn(&House) + Send + 'static) {
    let Some(every) = every else { return };
    let house = house.clone();
    house.sim.clone().spawn(NETWORK, async move {
        loop {
            house.sim.sleep(house.sim.between(every / 4, every * 2)).await;
            if house.weather.is_over() {
                return;
            }
            house.sim.note(|| format!("nemesis: {name}"), &[name]);
            house.history.count(format!("nemesis {name}"));
            act(&house);
        }
    });
}

/// Whatever died is started again, after a while.
async fn watch(house: House) {
    house.start_missing();
    loop {
        house.sim.sleep(WATCH).await;
        for fallen in house.weather.take_fallen() {
            house.lost(fallen);
        }
        let is_late = house.weather.is_over() || house.sim.happens(40);
        if is_late && !house.is_complete() {
            house.start_missing();
        }
    }
}

/// New prices, and a showtime that does not take place.
async fn administer(house: House) {
    let swarm = house.swarm.clone();
    if swarm.reprices {
        for cents in [1_200, 900, 1_500] {
            house
                .sim
                .sleep(house.sim.between(Duration::from_secs(5), swarm.storm / 2))
                .await;
            reprice(&house, cents).await;
        }
    }
    if swarm.cancels_showtime {
        house
            .sim
            .sleep(house.sim.between(Duration::from_secs(5), swarm.storm / 2))
            .await;
        let hall = &house.halls[house.sim.below(house.halls.len())];
        if change(&house, hall.showtime.id, samples::cancelled).await.is_some() {
            let at = house.sim.timestamp();
            house.history.count("showtime cancelled");
            house.history.with(|seen| {
                seen.cancelled_showtimes.entry(hall.showtime.id).or_insert(at);
            });
        }
    }
}

async fn reprice(house: &House, cents: i64) {
    let hall = &house.halls[house.sim.below(house.halls.len())];
    let Some(changed) = change(house, hall.showtime.id, |stored| samples::repriced(stored, cents)).await else {
        return;
    };
    let now = house.sim.timestamp();
    house.history.count("repriced");
    house.history.with(|seen| {
        for list in &mut seen.prices {
            if list.showtime == changed.id && list.until > now {
                list.until = now;
            }
        }
        seen.prices.push(PriceList {
            showtime: changed.id,
            costs: costs(&changed, &hall.layout),
            from: now,
            until: jiff::Timestamp::MAX,
        });
    });
}

/// Writes what `change` makes of a showtime that takes place.
async fn change(
    house: &House,
    id: milo_core::domain::ShowtimeId,
    change: impl Fn(&Showtime) -> Showtime,
) -> Option<Showtime> {
    let stored = house.store.showtime(id).await.ok()??;
    if stored.status == ShowtimeStatus::Cancelled || stored.starts_at <= house.sim.timestamp() {
        return None;
    }
    let changed = change(&stored);
    match house.store.change_showtime(&changed, stored.version).await {
        Ok(()) => Some(changed),
        Err(ChangeError::Stale) => None,
        Err(error) => {
            house
                .history
                .complain(format!("a showtime could not be changed: {error}"));
            None
        }
    }
}
