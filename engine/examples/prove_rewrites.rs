//! What it costs to prove that rule sets written in another way mean the same.
//!
//! `cargo run --release --locked -p heng-engine --example prove_rewrites -- 100 7`, from the top of the
//! repository: so many random rule sets, rewritten by a seed. Checking and linking is done before the watch
//! is started.

#![expect(clippy::print_stdout, reason = "a program that shows figures")]
#![expect(clippy::expect_used, reason = "a rule set of its own that is wrong ends the program")]

#[expect(dead_code, reason = "its households are for the tests")]
#[path = "../tests/prove/card.rs"]
mod card;
#[path = "../tests/prove/ways.rs"]
mod ways;

use std::time::{Duration, Instant};

use heng_engine::prove::{Budget, Verdict, compare};

use card::{Random, as_of, program};
use ways::{WAYS, rewritten};

fn main() {
    let mut args = std::env::args().skip(1).filter_map(|it| it.parse::<u64>().ok());
    let (many, seed) = (args.next().unwrap_or(100), args.next().unwrap_or(7));
    let mut random = Random(seed);
    let mut used = [0usize; WAYS.len()];
    let mut times: Vec<Duration> = Vec::new();
    let mut equal = 0;
    for _ in 0..many {
        let (old, new) = rewritten(&mut random, &mut used);
        let (old, new) = (program(&old), program(&new));
        let start = Instant::now();
        let proof = compare(&old, &new, ("甲", "风险"), as_of(), Budget::default());
        times.push(start.elapsed());
        equal += usize::from(proof.is_ok_and(|it| it.verdict == Verdict::Equal));
    }
    times.sort();
    let at = |share: usize| times.get(times.len().saturating_sub(1) * share / 100).copied();
    println!("seed {seed}: {equal} of {many} proved equal, by way: {used:?}");
    println!(
        "time of a proof: half under {:.1?}, nine of ten under {:.1?}, at most {:.1?}",
        at(50).unwrap_or_default(),
        at(90).unwrap_or_default(),
        times.last().copied().unwrap_or_default()
    );
}
