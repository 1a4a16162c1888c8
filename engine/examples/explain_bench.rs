//! What it takes to explain one household of a snapshot: to find it, to work it out and to tell why, and beside that to
//! look ahead, at when its grades change by themselves and what it can do about them.
//!
//! `cargo run --release --locked -p heng-engine --example explain_bench -- RULES SNAPSHOT AS-OF KEY…`, from anywhere. Rules
//! and snapshot are opened before the watch is started; each household is explained once in each way, in the order of the
//! keys, and the least, the median and the greatest time are shown.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a program that shows figures")]
#![expect(clippy::disallowed_methods, reason = "an example is a program and reads files")]

#[path = "shared/linked.rs"]
mod linked;
#[path = "shared/sets.rs"]
mod sets;

use std::path::Path;
use std::process::ExitCode;
use std::time::Instant;

use heng_dsl::diag::Lang;
use heng_dsl::world::MemoryWorld;
use heng_engine::columnar;
use heng_engine::data::Unread;
use heng_engine::explain::{Asked, ExplainOptions, explain_one};
use heng_engine::run::RunOptions;
use heng_engine::snapshot::Stored;
use heng_engine::source::Source as _;

use linked::program;
use sets::add;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match explained(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("{why}");
            ExitCode::FAILURE
        }
    }
}

fn explained(arguments: &[String]) -> Result<(), String> {
    let [rules, snapshot, as_of, keys @ ..] = arguments else {
        return Err("RULES SNAPSHOT AS-OF KEY…".to_owned());
    };
    let as_of = as_of.parse().map_err(|_| "the as-of date is written 2024-12-01".to_owned())?;
    let program = program(&add(MemoryWorld::default(), Path::new(rules), "rules")?, "rules")?;
    let opened = Stored::open(program.linked(), (Path::new(snapshot), &Unread::default()), &|_| {});
    let opened = opened.map_err(|it| format!("{it:?}"))?.register;
    let options = RunOptions { as_of, threads: None, progress: None, reasons: false };
    for (what, present_only) in [("found, worked out and told", true), ("and looked ahead", false)]
    {
        let mut times = Vec::new();
        for key in keys {
            let start = Instant::now();
            let found = opened.household(key).map_err(|it| it.to_string())?;
            let (number, household) = found.ok_or_else(|| format!("nobody has the key {key}"))?;
            let population = columnar::population(&program, &opened, &options);
            let population = population.map_err(|_| "what the register comes to".to_owned())?;
            let (household, population, cutoff) = (&household, &population, opened.cutoff());
            let asked = Asked { household, number, population, as_of, cutoff };
            let how = ExplainOptions { present_only, ..ExplainOptions::default() };
            let text = explain_one(&program, asked, &how).to_text(Lang::Zh);
            times.push(start.elapsed());
            if text.is_empty() {
                return Err(format!("nothing is said about {key}"));
            }
        }
        times.sort_unstable();
        let middle = times.get(times.len() / 2);
        if let (Some(least), Some(middle), Some(most)) = (times.first(), middle, times.last()) {
            let count = times.len();
            println!(
                "{what}: {count} households, least {least:?}, median {middle:?}, most {most:?}"
            );
        }
    }
    Ok(())
}
