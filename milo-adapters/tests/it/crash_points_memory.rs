//! The crash points in memory.

use crate::crash_points::crash_points;
use crate::stage::Memory;

crash_points!(Memory::new());
