//! The race matrix in memory.

use crate::race_matrix::race_matrix;
use crate::stage::Memory;

race_matrix!(Memory::new());
