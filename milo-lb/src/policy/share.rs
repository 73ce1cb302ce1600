//! What part of its turns a node takes.

/// From 1 to 1024 of 1024. A node in slow start has less than all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Share(u16);

impl Share {
    /// Every turn.
    pub const FULL: Self = Self(1024);
    pub(super) const SMALLEST: Self = Self(1);

    /// So many parts of 1024; at least one and at most all.
    #[must_use]
    pub const fn new(parts: u16) -> Self {
        Self(match parts {
            0 => 1,
            1..=1024 => parts,
            _ => 1024,
        })
    }

    /// Of 1024.
    #[must_use]
    pub const fn parts(self) -> u16 {
        self.0
    }

    /// Whether it is every turn.
    #[must_use]
    pub const fn is_full(self) -> bool {
        self.0 == Self::FULL.0
    }

    /// What part of another's turns it is, if not more than all.
    pub(super) const fn of(self, other: Self) -> Self {
        let parts = self.0 as u32 * Self::FULL.0 as u32 / other.0 as u32;
        Self::new(if parts > Self::FULL.0 as u32 {
            Self::FULL.0
        } else {
            parts as u16
        })
    }

    /// Whether the turn of this number, from 0, is among those taken: so many of each 1024, spread evenly.
    pub(super) const fn takes(self, turn: usize) -> bool {
        let turn = (turn % 1024) as u32;
        let parts = self.0 as u32;
        (turn + 1) * parts / 1024 > turn * parts / 1024
    }
}
