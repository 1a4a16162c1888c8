//! See `heng_tests::fuzz::format`.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    heng_tests::fuzz::format(bytes);
});
