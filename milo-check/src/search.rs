//! Whether calls that overlapped can be put in one order that a simple thing could have followed: the search of Wing and
//! Gong with Lowe's memory of what was tried, one thing (one seat) at a time.

use std::collections::hash_map::Entry;
use std::hash::Hash;

use rustc_hash::FxHashMap;

/// The end of time.
pub(crate) const NEVER: u64 = u64::MAX;

/// When something happened: not before `from`, not after `to`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Window {
    pub(crate) from: u64,
    pub(crate) to: u64,
}

/// A simple thing: what calls do to it, and what it does by itself.
pub(crate) trait Thing {
    type State: Clone + Eq + Hash;

    fn start(&self) -> Self::State;

    /// What the call makes of the state, if it could have been answered so in it. A thing with calls that change nothing
    /// has nothing [by itself](Thing::by_itself) that must be over at some time.
    fn call(&self, state: &Self::State, call: usize) -> Option<Self::State>;

    /// What may happen without a call: the state after it, and when it may.
    fn by_itself(&self, state: &Self::State) -> Vec<(Self::State, Window)>;
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    /// There is such an order.
    Yes,
    /// There is none.
    No,
    /// The search was given up.
    GaveUp,
}

/// The most states that one search looks at.
const STATES_MAX: usize = 2_000_000;

/// A point of the search: which calls are in order already, and what that makes of the thing.
#[derive(Clone)]
struct Point<S> {
    progress: Progress,
    state: S,
    /// Nothing more can happen before.
    now: u64,
}

/// The calls that are in order: all before `whole`, and those of `beyond`.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Progress {
    whole: usize,
    beyond: Vec<usize>,
}

impl Progress {
    fn with(&self, call: usize) -> Self {
        let mut next = self.clone();
        if let Err(place) = next.beyond.binary_search(&call) {
            next.beyond.insert(place, call);
        }
        while next.beyond.first() == Some(&next.whole) {
            next.beyond.remove(0);
            next.whole += 1;
        }
        next
    }
}

/// Every call of `windows` happened at one moment of its window. Is there an order of them that `thing` allows?
///
/// The windows come ascending by `from`.
pub(crate) fn order_exists<T: Thing>(thing: &T, windows: &[Window]) -> Answer {
    let mut tried: FxHashMap<(Progress, T::State), u64> = FxHashMap::default();
    let mut open = vec![Point {
        progress: Progress {
            whole: 0,
            beyond: Vec::new(),
        },
        state: thing.start(),
        now: 0,
    }];
    let mut candidates = Vec::new();
    while let Some(point) = open.pop() {
        let deadline = next_calls(&point.progress, windows, &mut candidates);
        if candidates.is_empty() {
            return Answer::Yes;
        }
        // An earlier moment allows all that a later one does.
        match tried.entry((point.progress.clone(), point.state.clone())) {
            Entry::Occupied(known) if *known.get() <= point.now => continue,
            known => known.insert_entry(point.now),
        };
        if tried.len() > STATES_MAX {
            return Answer::GaveUp;
        }
        // The last that is pushed is looked at first: the call that was answered first.
        candidates.sort_unstable_by_key(|call| std::cmp::Reverse(windows[*call].to));
        let after = |call: usize, state| Point {
            progress: point.progress.with(call),
            state,
            now: point.now.max(windows[call].from),
        };
        let called: Vec<_> = candidates
            .iter()
            .filter_map(|call| Some((*call, thing.call(&point.state, *call)?)))
            .collect();
        // A call that could be answered now and changes nothing is best put here.
        if let Some((call, state)) = called.iter().find(|(_, state)| *state == point.state) {
            open.push(after(*call, state.clone()));
            continue;
        }
        for (state, window) in thing.by_itself(&point.state) {
            if window.from <= deadline && point.now <= window.to {
                open.push(Point {
                    progress: point.progress.clone(),
                    state,
                    now: point.now.max(window.from),
                });
            }
        }
        open.extend(called.into_iter().map(|(call, state)| after(call, state)));
    }
    Answer::No
}

/// The calls that can come next; gives the moment by which one of them must have happened.
fn next_calls(progress: &Progress, windows: &[Window], candidates: &mut Vec<usize>) -> u64 {
    candidates.clear();
    let mut deadline = NEVER;
    let mut beyond = progress.beyond.iter().peekable();
    for (call, window) in windows.iter().enumerate().skip(progress.whole) {
        if window.from > deadline {
            break;
        }
        if beyond.next_if(|done| **done == call).is_some() {
            continue;
        }
        deadline = deadline.min(window.to);
        candidates.push(call);
    }
    candidates.retain(|call| windows[*call].from <= deadline);
    deadline
}

/// Leaves out of `parts` whatever is not needed for `proves` to stay true; what remains needs each of its parts.
pub(crate) fn smallest<P: Clone>(mut parts: Vec<P>, mut proves: impl FnMut(&[P]) -> bool) -> Vec<P> {
    let mut chunk = parts.len().div_ceil(2);
    while chunk > 0 {
        let mut begin = 0;
        while begin < parts.len() {
            let end = (begin + chunk).min(parts.len());
            let fewer: Vec<P> = parts[..begin].iter().chain(&parts[end..]).cloned().collect();
            if proves(&fewer) {
                parts = fewer;
            } else {
                begin = end;
            }
        }
        chunk = if chunk == 1 { 0 } else { chunk.div_ceil(2) };
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A register that calls write and read.
    struct Register(Vec<Call>);

    enum Call {
        Write(u8),
        Read(u8),
    }

    impl Thing for Register {
        type State = u8;

        fn start(&self) -> u8 {
            0
        }

        fn call(&self, state: &u8, call: usize) -> Option<u8> {
            match self.0[call] {
                Call::Write(value) => Some(value),
                Call::Read(value) => (value == *state).then_some(value),
            }
        }

        fn by_itself(&self, _: &u8) -> Vec<(u8, Window)> {
            Vec::new()
        }
    }

    fn judge(calls: Vec<(u64, u64, Call)>) -> Answer {
        let windows: Vec<Window> = calls.iter().map(|&(from, to, _)| Window { from, to }).collect();
        order_exists(
            &Register(calls.into_iter().map(|(_, _, call)| call).collect()),
            &windows,
        )
    }

    #[test]
    fn a_read_may_see_a_write_that_overlaps_it() {
        assert_eq!(
            judge(vec![
                (0, 10, Call::Write(1)),
                (2, 4, Call::Read(1)),
                (3, 5, Call::Read(1))
            ]),
            Answer::Yes
        );
        assert_eq!(
            judge(vec![
                (0, 10, Call::Write(1)),
                (2, 4, Call::Read(0)),
                (5, 6, Call::Read(1))
            ]),
            Answer::Yes
        );
    }

    #[test]
    fn a_read_never_goes_back() {
        assert_eq!(
            judge(vec![
                (0, 10, Call::Write(1)),
                (2, 4, Call::Read(1)),
                (5, 6, Call::Read(0))
            ]),
            Answer::No
        );
        assert_eq!(judge(vec![(0, 1, Call::Write(1)), (2, 4, Call::Read(0))]), Answer::No);
    }

    #[test]
    fn touching_windows_overlap() {
        assert_eq!(judge(vec![(0, 2, Call::Write(1)), (2, 4, Call::Read(0))]), Answer::Yes);
    }

    #[test]
    fn the_end_of_time_is_a_time() {
        assert_eq!(
            judge(vec![
                (1, 2, Call::Write(1)),
                (NEVER, NEVER, Call::Read(1)),
                (NEVER, NEVER, Call::Read(1))
            ]),
            Answer::Yes
        );
        assert_eq!(
            judge(vec![
                (1, 2, Call::Write(1)),
                (NEVER, NEVER, Call::Read(1)),
                (NEVER, NEVER, Call::Read(0))
            ]),
            Answer::No
        );
    }

    #[test]
    fn what_is_not_needed_is_left_out() {
        let kept = smallest((0..100).collect(), |parts| parts.contains(&17) && parts.contains(&63));
        assert_eq!(kept, [17, 63]);
    }
}
