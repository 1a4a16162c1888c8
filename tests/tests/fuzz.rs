//! The corpus of the fuzzers, replayed, and what the fuzz targets stand on.
//!
//! The corpus is what `fuzz/corpus` keeps: pieces of our own rules, and what the fuzzers found that
//! reaches more of the code. Whatever once made a stage fall over is among it for good (`fixed-…`).

#![expect(clippy::unwrap_used, reason = "the corpus is read from disk")]
#![expect(clippy::print_stdout, reason = "says which input is at fault, and is captured otherwise")]

use std::fmt::Write as _;
use std::fs;
use std::panic::catch_unwind;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use heng_dsl::builtins::BUILTINS;
use heng_tests::fuzz::{TARGETS, mutated};

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// The inputs of a target, by name.
fn inputs(target: &str) -> Vec<(String, Vec<u8>)> {
    let folder = repository().join("tests/fuzz-corpus").join(target);
    let entries = fs::read_dir(folder).unwrap().map(|it| it.unwrap());
    let input =
        |it: fs::DirEntry| (it.file_name().into_string().unwrap(), fs::read(it.path()).unwrap());
    let mut inputs: Vec<_> = entries.map(input).collect();
    inputs.sort();
    inputs
}

/// Calls a target with its corpus. Some of it has to get through: a corpus that is refused at the first
/// step would show nothing.
fn replay(target: &str) {
    let (_, body) = TARGETS.iter().find(|it| it.0 == target).unwrap();
    let inputs = inputs(target);
    let through = inputs.iter().filter(|(name, bytes)| {
        println!("{target}/{name}");
        body(bytes)
    });
    let (through, all) = (through.count(), inputs.len());
    assert!(all >= 30 && through * 10 >= all, "{through} of {all} get through {target}");
}

#[test]
fn reading_holds_over_the_corpus() {
    replay("parse");
}

#[test]
fn formatting_holds_over_the_corpus() {
    replay("format");
}

#[test]
fn checking_holds_over_the_corpus() {
    replay("check");
}

#[test]
fn evaluating_holds_over_the_corpus() {
    replay("evaluate");
}

/// Inputs numbered `HENG_FUZZ_FROM` to `HENG_FUZZ_TO`, made of the corpus, through a target
/// (`HENG_FUZZ_TARGET`) or all; for when there is no time to build the fuzzers. What breaks something is
/// written to fuzz/artifacts.
#[test]
#[ignore = "takes as long as one likes"]
fn what_is_made_of_the_corpus_holds() {
    let setting = |name: &str| std::env::var(format!("HENG_FUZZ_{name}")).ok();
    let number = |name: &str| setting(name).and_then(|it| it.parse::<u64>().ok());
    let (from, to) = (number("FROM").unwrap_or(0), number("TO").unwrap_or(1_000));
    let words = words();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let mut broken = 0;
    for (target, body) in TARGETS {
        if setting("TARGET").is_some_and(|it| it != target) {
            continue;
        }
        let corpus: Vec<Vec<u8>> = inputs(target).into_iter().map(|it| it.1).collect();
        let (mut through, mut longest) = (0, (Duration::ZERO, 0));
        for number in from..to {
            let input = mutated(number, &corpus, &words);
            let start = Instant::now();
            match catch_unwind(|| body(&input)) {
                Ok(it) => through += u32::from(it),
                Err(_) => {
                    broken += 1;
                    let folder = repository().join("fuzz/artifacts").join(target);
                    fs::create_dir_all(&folder).unwrap();
                    fs::write(folder.join(format!("mutated-{number}")), &input).unwrap();
                }
            }
            longest = longest.max((start.elapsed(), number));
        }
        println!("{target}: {from}..{to}, {through} went through, the longest took {longest:?}");
    }
    assert_eq!(broken, 0, "see fuzz/artifacts");
}

#[test]
fn the_corpus_stays_small() {
    let sizes = TARGETS.iter().flat_map(|it| inputs(it.0)).map(|it| it.1.len());
    let (number, bytes) = sizes.fold((0, 0), |(number, bytes), it| (number + 1, bytes + it));
    assert!(number <= 600 && bytes <= 2 << 20, "{number} files, {bytes} bytes");
}

/// The words of the language, as the table of keywords and that of functions have them, with what
/// stands between them.
fn words() -> Vec<String> {
    let table = fs::read_to_string(repository().join("dsl/src/syntax/keywords.rs")).unwrap();
    let rows = table.lines().filter(|it| it.starts_with("    k_") && it.ends_with(';'));
    let keywords = rows.flat_map(|it| it.split('"').skip(1).step_by(2));
    let mut words: Vec<&str> = keywords.chain(BUILTINS.iter().flat_map(|it| it.names)).collect();
    assert!(words.len() > 300, "the table of keywords was not read");
    words.extend([
        "「",
        "」",
        "：",
        "；",
        "，",
        "（",
        "）",
        "\n  ",
        "\n    ",
        "\n=== a/a.heng\n",
        "@",
    ]);
    words.sort_unstable();
    words.dedup();
    words.into_iter().map(str::to_owned).collect()
}

fn dictionary() -> String {
    let mut text = "# Written by `write_the_dictionary` in tests/tests/fuzz.rs.\n".to_owned();
    for word in words() {
        let bytes = word.bytes().fold(String::new(), |mut out, it| {
            let _ = write!(out, "\\x{it:02X}");
            out
        });
        let _ = writeln!(text, "# {}\n\"{bytes}\"", word.escape_debug());
    }
    text
}

#[test]
fn the_fuzzers_know_the_words_of_the_language() {
    let kept = fs::read_to_string(repository().join("fuzz/heng.dict")).unwrap();
    let how = "cargo test --workspace --test fuzz -- --ignored write_the_dictionary";
    assert!(kept == dictionary(), "fuzz/heng.dict is not what it should be: {how}");
}

#[test]
#[ignore = "writes fuzz/heng.dict"]
fn write_the_dictionary() {
    fs::write(repository().join("fuzz/heng.dict"), dictionary()).unwrap();
}

/// Every target has its binary, and every binary its target.
#[test]
fn every_target_can_be_fuzzed() {
    let mut found: Vec<String> = fs::read_dir(repository().join("fuzz/targets"))
        .unwrap()
        .map(|it| it.unwrap().path().file_stem().unwrap().to_string_lossy().into_owned())
        .collect();
    found.sort();
    let mut names = TARGETS.map(|it| it.0);
    names.sort_unstable();
    assert_eq!(found, names);
}
