//! The scripts of the seat locks, one an act.

use std::sync::LazyLock;

use crate::redis::request::{Script, script};

type Act = LazyLock<Script>;

pub(super) static ACQUIRE: Act = script!(
    "shared/clock.lua",
    "shared/showtime.lua",
    "shared/holds.lua",
    "acquire.lua"
);
pub(super) static FIND: Act = script!(
    "shared/clock.lua",
    "shared/showtime.lua",
    "shared/holds.lua",
    "find.lua"
);
pub(super) static PROMOTE: Act = script!(
    "shared/clock.lua",
    "shared/showtime.lua",
    "shared/holds.lua",
    "promote.lua"
);
pub(super) static EXTEND: Act = script!(
    "shared/clock.lua",
    "shared/showtime.lua",
    "shared/holds.lua",
    "extend.lua"
);
pub(super) static RELEASE: Act = script!(
    "shared/clock.lua",
    "shared/showtime.lua",
    "shared/holds.lua",
    "release.lua"
);
pub(super) static TAKE: Act = script!(
    "shared/clock.lua",
    "shared/showtime.lua",
    "shared/holds.lua",
    "shared/reservations.lua",
    "take.lua",
);
pub(super) static SETTLE: Act = script!(
    "shared/clock.lua",
    "shared/showtime.lua",
    "shared/reservations.lua",
    "settle.lua",
);
pub(super) static FREE: Act = script!(
    "shared/clock.lua",
    "shared/showtime.lua",
    "shared/reservations.lua",
    "free.lua",
);
pub(super) static WARM: Act = script!(
    "shared/clock.lua",
    "shared/showtime.lua",
    "shared/reservations.lua",
    "warm.lua",
);
pub(super) static SNAPSHOT: Act = script!("shared/clock.lua", "shared/showtime.lua", "snapshot.lua");
pub(super) static TALLY: Act = script!("shared/clock.lua", "shared/showtime.lua", "tally.lua");
pub(super) static SWEEP: Act = script!("shared/clock.lua", "shared/showtime.lua", "sweep.lua");
pub(super) static SWEEP_INDEX: Act = script!("shared/clock.lua", "shared/showtime.lua", "sweep_index.lua");
