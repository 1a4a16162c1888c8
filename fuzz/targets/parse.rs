//! See `heng_tests::fuzz::parse`.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    heng_tests::fuzz::parse(bytes);
});
