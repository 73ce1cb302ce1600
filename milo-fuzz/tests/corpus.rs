//! Every target holds on its committed corpus, and on some thousand inputs made of it with a fixed seed.

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;

use milo_fuzz::{TARGETS, Target};

/// How many inputs are made for each target.
const MUTATIONS: u64 = 2_000;
/// The longest input that is made, in bytes.
const BYTES_MAX: usize = 4096;

fn corpus(target: &str) -> Vec<(String, Vec<u8>)> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../fuzz/corpus")
        .join(target);
    let files = fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut all: Vec<_> = files
        .map(|file| {
            let path = file.unwrap().path();
            (path.display().to_string(), fs::read(&path).unwrap())
        })
        .collect();
    all.sort();
    all
}

/// SplitMix64: small, and the same everywhere.
struct Dice(u64);

impl Dice {
    fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.roll() % u64::try_from(end.max(1)).unwrap()).unwrap()
    }
}

/// Bytes that parsers care about.
const TELLING: [&[u8]; 16] = [
    b"\r\n",
    b"\0",
    b"\n",
    b"\"",
    b":",
    b",",
    b"0",
    b"9223372036854775808",
    b"-1",
    b"\xff",
    b"\xf0\x9f\x8e\xac",
    b"{",
    b"}",
    b" ",
    b"%00",
    b"\r\n\r\n",
];

fn mutated(seeds: &[(String, Vec<u8>)], dice: &mut Dice) -> Vec<u8> {
    let mut input = seeds[dice.below(seeds.len())].1.clone();
    for _ in 0..=dice.below(4) {
        let at = dice.below(input.len() + 1);
        match dice.below(6) {
            0 if at < input.len() => input[at] ^= 1 << dice.below(8),
            1 => {
                let end = at + dice.below(input.len() + 1 - at);
                input.drain(at..end);
            }
            2 => {
                let telling = TELLING[dice.below(TELLING.len())];
                input.splice(at..at, telling.iter().copied());
            }
            3 => {
                let end = at + dice.below(input.len() + 1 - at);
                let twice = input[at..end].to_vec();
                input.splice(at..at, twice);
            }
            4 => {
                let other = &seeds[dice.below(seeds.len())].1;
                let from = dice.below(other.len() + 1);
                input.truncate(at);
                input.extend_from_slice(&other[from..]);
            }
            _ => input.insert(at, u8::try_from(dice.below(256)).unwrap()),
        }
    }
    input.truncate(BYTES_MAX);
    input
}

fn holds(Target { name, run }: Target, what: &str, input: &[u8]) {
    let held = catch_unwind(AssertUnwindSafe(|| run(input)));
    assert!(
        held.is_ok(),
        "{name} does not hold on {what}: {:?}",
        input.escape_ascii().to_string()
    );
}

fn target(name: &str) -> Target {
    *TARGETS.iter().find(|target| target.name == name).unwrap()
}

macro_rules! targets {
    ($($name:ident)+) => {
        $(#[test]
        fn $name() {
            let target = target(stringify!($name));
            let seeds = corpus(target.name);
            assert!(!seeds.is_empty());
            for (file, input) in &seeds {
                holds(target, file, input);
            }
            let mut dice = Dice(1);
            for count in 0..MUTATIONS {
                let input = mutated(&seeds, &mut dice);
                holds(target, &format!("mutation {count}"), &input);
            }
        })+

        #[test]
        fn every_target_is_run_here_and_by_the_fuzzer() {
            let known = [$(stringify!($name)),+];
            let targets = TARGETS.map(|target| target.name);
            assert_eq!(known, targets);
            for name in targets {
                let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(format!("../fuzz/fuzz_targets/{name}.rs"));
                let source = fs::read_to_string(path).unwrap();
                assert!(source.contains(&format!("milo_fuzz::run(\"{name}\"")), "{name}");
            }
        }
    };
}

targets! {
    access_token signing_key json_body query scalars forwarded request_head request_framing amqp_payload redis_reply
    seat_map lb_config settings values
}
