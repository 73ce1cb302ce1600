#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| milo_fuzz::run("signing_key", input));
