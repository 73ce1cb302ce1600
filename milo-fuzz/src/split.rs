//! One input in several parts.

/// The first byte, and the rest.
pub(crate) fn choice(input: &[u8]) -> (usize, &[u8]) {
    match input {
        [first, rest @ ..] => (usize::from(*first), rest),
        [] => (0, &[]),
    }
}

/// The parts between line feeds, at most `most`.
pub(crate) fn lines(input: &[u8], most: usize) -> impl Iterator<Item = &[u8]> {
    input.splitn(most, |byte| *byte == b'\n')
}
