//! Single tokens of the shipped rule sets changed, and what is known of each change over all households.
//!
//! `cargo run --release --locked -p heng-engine --example prove_mutations -- 500 7`, from the top of the
//! repository: so many changes, chosen by a seed; `… -- all` tries every one. A change that does not check is
//! no version and is left out. What is open is listed.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a program that shows figures")]
#![expect(clippy::disallowed_methods, reason = "an example is a program and reads files")]

#[path = "shared/linked.rs"]
mod linked;
#[path = "shared/sets.rs"]
mod sets;

use std::path::Path;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use heng_dsl::diag::Lang;
use heng_dsl::model::DeclKind;
use heng_dsl::value::Date;
use heng_dsl::world::MemoryWorld;
use heng_engine::program::Program;
use heng_engine::prove::{Budget, Tier, Verdict, compare};

use linked::program;
use sets::{add, read};

/// The rule sets whose files are changed.
const SETS: [&str; 5] = ["general", "food", "drugs", "special-equipment", "metering"];

/// Words that stand for one another by mistake.
const WORDS: [(&str, &str); 6] = [
    (" 以上", " 以下"),
    ("不满 ", "超过 "),
    (" 且 ", " 或 "),
    ("存在(", "无("),
    ("近 12 个月", "近 24 个月"),
    ("近 36 个月", "近 12 个月"),
];

/// One changed token of a file.
struct Mutation {
    set: &'static str,
    file: String,
    line: usize,
    text: String,
    told: String,
}

fn main() -> ExitCode {
    let mut args = std::env::args().skip(1);
    let most = args.next().unwrap_or_else(|| "500".to_owned());
    let seed = args.next().and_then(|it| it.parse().ok()).unwrap_or(7);
    match run(&most, seed) {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("{why}");
            ExitCode::FAILURE
        }
    }
}

fn run(most: &str, seed: u64) -> Result<(), String> {
    let folder = Path::new("indicator-sets");
    let world = add(MemoryWorld::default(), folder, "sets")?;
    let mut all = Vec::new();
    for set in SETS {
        mutations(set, &folder.join(set), &mut all)?;
    }
    let found = all.len();
    if let Ok(most) = most.parse::<usize>() {
        shuffle(&mut all, seed);
        all.truncate(most);
    }
    println!("{found} single tokens, {} looked at (seed {seed})", all.len());
    let mut tally = Tally::default();
    for mutation in &all {
        let old = program(&world, &format!("sets/{}", mutation.set))?;
        let path = format!("sets/{}/{}", mutation.set, mutation.file);
        let changed = world.clone().with(&path, &mutation.text);
        let Ok(new) = program(&changed, &format!("sets/{}", mutation.set)) else {
            tally.refused += 1;
            continue;
        };
        one(&old, &new, mutation, &mut tally)?;
    }
    tally.show();
    Ok(())
}

#[derive(Default)]
struct Tally {
    refused: usize,
    same: usize,
    equal: usize,
    moves: usize,
    part: usize,
    nothing: usize,
    times: Vec<Duration>,
}

impl Tally {
    fn show(mut self) {
        self.times.sort();
        let at = |share: usize| self.times.get(self.times.len() * share / 100).copied();
        let decided = self.same + self.equal + self.moves;
        let proved = decided + self.part + self.nothing;
        println!(
            "{} do not check; of {proved} grades of the others {decided} decided:",
            self.refused
        );
        println!("  {} equal normal forms, {} equal otherwise", self.same, self.equal);
        println!("  {} with every possible change shown", self.moves);
        println!("not decided: {} with changes shown, {} without", self.part, self.nothing);
        println!(
            "time: half under {:.1?}, nine of ten under {:.1?}, at most {:.1?}",
            at(50).unwrap_or_default(),
            at(90).unwrap_or_default(),
            self.times.last().copied().unwrap_or_default()
        );
    }
}

fn one(old: &Program, new: &Program, it: &Mutation, tally: &mut Tally) -> Result<(), String> {
    let as_of: Date = "2025-06-30".parse().map_err(|_| "a date")?;
    let linked = new.linked();
    let Some(package) = linked.packages.len().checked_sub(1) else { return Ok(()) };
    for (slot, decl) in linked.decls().enumerate() {
        let graded = matches!(decl.kind, DeclKind::Classify { .. } | DeclKind::Overlay { .. });
        if !graded || linked.package_of(slot) != package {
            continue;
        }
        let name = linked.name_of(package);
        let start = Instant::now();
        let Ok(proof) = compare(old, new, (&name, &decl.id), as_of, Budget::default()) else {
            tally.nothing += 1;
            continue;
        };
        tally.times.push(start.elapsed());
        match (proof.verdict, proof.tier) {
            (Verdict::Equal, Tier::SameMeaning) => tally.same += 1,
            (Verdict::Equal, _) => tally.equal += 1,
            (Verdict::Transitions, _) => tally.moves += 1,
            (Verdict::NotDecided | Verdict::Follows, _) => {
                if proof.possible.is_empty() {
                    tally.nothing += 1;
                } else {
                    tally.part += 1;
                }
                println!("{}/{}:{} {}", it.set, it.file, it.line, it.told);
                proof.summary(Lang::En).iter().for_each(|it| println!("  {it}"));
            }
        }
    }
    Ok(())
}

/// Every single token that is changed, in the files of a set that hold rules.
fn mutations(set: &'static str, folder: &Path, out: &mut Vec<Mutation>) -> Result<(), String> {
    let mut files: Vec<String> = std::fs::read_dir(folder)
        .map_err(|it| it.to_string())?
        .filter_map(|it| it.ok()?.file_name().into_string().ok())
        .filter(|it| {
            Path::new(it).extension().is_some_and(|it| it == "heng") && !it.starts_with("cases")
        })
        .collect();
    files.sort();
    for file in files {
        let text = read(&folder.join(&file))?;
        let mut start = 0;
        for (number, line) in text.split_inclusive('\n').enumerate() {
            let words =
                ["依据", "缘由", "说明", "#", "保证", "条款", "编入", "人工", "规则集", "落实"];
            if !words.iter().any(|it| line.trim_start().starts_with(it)) {
                for (at, length, to) in tokens(line) {
                    let mut changed = text.clone();
                    changed.replace_range(start + at..start + at + length, &to);
                    let told = format!("{} → {to}", line.get(at..at + length).unwrap_or_default());
                    let told = format!("{} ({told})", line.trim());
                    let file = file.clone();
                    out.push(Mutation { set, file, line: number + 1, text: changed, told });
                }
            }
            start += line.len();
        }
    }
    Ok(())
}

/// What is changed in a line: where, how long, and into what.
fn tokens(line: &str) -> Vec<(usize, usize, String)> {
    let mut out = Vec::new();
    let bytes = line.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        let digits = bytes.iter().skip(at).take_while(|it| it.is_ascii_digit()).count();
        let quoted = line.get(..at).is_some_and(|it| it.matches(['"', '“', '「']).count() % 2 == 1);
        if digits > 0 && !quoted {
            let number = line.get(at..at + digits).and_then(|it| it.parse::<u64>().ok());
            if let Some(number) = number {
                out.push((at, digits, (number + 1).to_string()));
            }
        }
        at += digits.max(1);
    }
    for (a, b) in WORDS {
        for (from, to) in [(a, b), (b, a)] {
            out.extend(line.match_indices(from).map(|(at, it)| (at, it.len(), to.to_owned())));
        }
    }
    out
}

/// Another order, the same for the same seed (`SplitMix64`).
fn shuffle(all: &mut [Mutation], seed: u64) {
    let mut state = seed;
    for at in (1..all.len()).rev() {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut it = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        it = (it ^ (it >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        let other = usize::try_from((it ^ (it >> 31)) >> 33).unwrap_or(0) % (at + 1);
        all.swap(at, other);
    }
}
