//! The two means of proof held against each other on score sheets made at random, and against a third one that is
//! no part of this program.
//!
//! `cargo run --release --locked -p heng-engine --features linear --example prove_means -- 300 7`: so many pairs of
//! versions with 40 to 60 indicators and 1 to 40 edits, chosen by a seed. With a folder as third word each pair is
//! also written there, as a question in SMT-LIB with the answers of the exact means beside it; `tests/z3/compare.py`
//! asks Z3 the same questions. With a fourth word the sheets have so many indicators.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a program that shows figures")]

#[path = "shared/linked.rs"]
mod linked;
#[path = "shared/sheets.rs"]
mod sheets;

use std::fmt::Write as _;
use std::path::Path;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use heng_dsl::world::MemoryWorld;
use heng_engine::program::Program;
use heng_engine::prove::{Budget, Means, means};

use linked::program;
use sheets::{Random, Sheet};

fn main() -> ExitCode {
    let mut args = std::env::args().skip(1);
    let pairs = args.next().and_then(|it| it.parse().ok()).unwrap_or(300);
    let seed = args.next().and_then(|it| it.parse().ok()).unwrap_or(7);
    let folder = args.next();
    let indicators = args.next().and_then(|it| it.parse().ok());
    match run(pairs, seed, folder.as_deref().map(Path::new), indicators) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(why) => {
            eprintln!("{why}");
            ExitCode::FAILURE
        }
    }
}

#[derive(Default)]
struct Tally {
    questions: usize,
    agree: usize,
    unlike: usize,
    not_exact: usize,
    no_answer: usize,
    times: Vec<Duration>,
}

fn run(
    pairs: usize,
    seed: u64,
    folder: Option<&Path>,
    indicators: Option<usize>,
) -> Result<bool, String> {
    let as_of = "2025-06-30".parse().map_err(|_| "a date")?;
    let mut random = Random(seed);
    let mut tally = Tally::default();
    for number in 0..pairs {
        let many = indicators.unwrap_or_else(|| 40 + random.below(21));
        let old = Sheet::new(&mut random, many);
        let edits = 1 + random.below(40.min(many));
        let new = old.edited(&mut random, edits);
        let (old, new) = (set(&old)?, set(&new)?);
        let start = Instant::now();
        let found = means(&old, &new, ("卡", "风险"), as_of, Budget::default());
        let found = found.map_err(|_| "the two cannot be compared")?.ok_or("no plain sum")?;
        tally.times.push(start.elapsed());
        count(&found, &mut tally);
        if let Some(folder) = folder {
            write(folder, number, &found)?;
        }
    }
    tally.times.sort();
    let at = |share: usize| tally.times.get(tally.times.len() * share / 100).copied();
    println!(
        "{pairs} pairs (seed {seed}), {} questions: {} agree, {} do not; {} without an exact answer, {} without one of the solver",
        tally.questions, tally.agree, tally.unlike, tally.not_exact, tally.no_answer
    );
    println!(
        "both means, all questions of a pair: half under {:.1?}, nine of ten under {:.1?}, at most {:.1?}",
        at(50).unwrap_or_default(),
        at(90).unwrap_or_default(),
        tally.times.last().copied().unwrap_or_default()
    );
    Ok(tally.unlike == 0)
}

fn set(sheet: &Sheet) -> Result<Program, String> {
    program(&MemoryWorld::default().with("卡/卡.heng", &sheet.text()), "卡")
}

fn count(found: &Means, tally: &mut Tally) {
    for it in &found.questions {
        tally.questions += 1;
        match (it.exact, it.solver) {
            (Some(a), Some(b)) if a == b => tally.agree += 1,
            (Some(_), Some(_)) => {
                tally.unlike += 1;
                println!("not alike: {it:?}");
            }
            (None, _) => tally.not_exact += 1,
            (Some(_), None) => tally.no_answer += 1,
        }
    }
}

/// The questions of a pair, and the answers of the exact means.
fn write(folder: &Path, number: usize, found: &Means) -> Result<(), String> {
    let mut answers = String::new();
    for it in &found.questions {
        let _ = writeln!(
            answers,
            "{}",
            match it.exact {
                Some(true) => "sat",
                Some(false) => "unsat",
                None => "unknown",
            }
        );
    }
    std::fs::create_dir_all(folder).map_err(|it| it.to_string())?;
    for (ending, text) in [("smt2", &found.smt), ("answers", &answers)] {
        let path = folder.join(format!("pair-{number:04}.{ending}"));
        std::fs::write(&path, text).map_err(|it| it.to_string())?;
    }
    Ok(())
}
