//! Mutation testing: does a test notice when the reference evaluator, a value or a date is wrong?
//!
//! `write SEED NUMBER COPY` chooses that many mutants of the files of [`FILES`] by the seed, and writes
//! them into the sources of COPY, a copy of the repository, all at once: a mutated expression stands
//! there as `if crate::mutant(17) { mutated } else { original }`, and the environment says which mutant
//! is awake. So one build serves all of them. `judge COPY` runs the tests, whose commands come from
//! standard input, with none awake and then with each, and says which mutants nobody noticed.
//!
//! What is never mutated: tests, constants and `const fn`, patterns, attributes and the insides of
//! macros, because the switch cannot stand there.

mod choose;
mod find;
mod judge;
mod render;

use std::path::Path;
use std::process::ExitCode;
use std::{env, fs};

use self::find::Mutation;

/// What is mutated: folders and files below the repository, with the crate that they belong to.
const FILES: &[(&str, &str)] = &[
    ("dsl/src/value.rs", "dsl"),
    ("dsl/src/value", "dsl"),
    ("engine/src/eval.rs", "engine"),
    ("engine/src/eval", "engine"),
];

/// The switch, which each of the crates gets.
const SWITCH: &str = r#"
/// Is this mutant awake?
#[doc(hidden)]
pub fn mutant(number: u32) -> bool {
    static AWAKE: std::sync::OnceLock<u32> = std::sync::OnceLock::new();
    let awake = || std::env::var("HENG_MUTANT").ok().and_then(|it| it.parse().ok()).unwrap_or(0);
    *AWAKE.get_or_init(awake) == number
}
"#;

/// A mutant that was chosen: its number from 1, its file, and the change.
struct Mutant {
    number: u32,
    path: String,
    change: Mutation,
}

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let done = match arguments[..] {
        ["write", seed, number, copy] => write(seed, number, Path::new(copy)),
        ["judge", copy] => judge::judge(Path::new(copy)),
        _ => Err("heng-mutants write SEED NUMBER COPY | judge COPY".to_owned()),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("{why}");
            ExitCode::FAILURE
        }
    }
}

/// Chooses mutants, writes them into the sources, and their list into `COPY/mutants.tsv`.
fn write(seed: &str, number: &str, copy: &Path) -> Result<(), String> {
    let seed: u64 = seed.parse().map_err(|_| format!("{seed} is no seed"))?;
    let number: usize = number.parse().map_err(|_| format!("{number} is no number"))?;
    // Places where the switch does not compile, by an earlier attempt.
    let refused = fs::read_to_string(copy.join("refused.txt")).unwrap_or_default();
    let refused: Vec<&str> = refused.lines().collect();
    let mut all = Vec::new();
    for path in files(copy)? {
        let text = read(&copy.join(&path))?;
        let found = find::mutations(&text).map_err(|why| format!("{path}: {why}"))?;
        let found = found.into_iter().map(|change| (path.clone(), change));
        all.extend(
            found.filter(|it| !refused.contains(&format!("{}:{}", it.0, it.1.line).as_str())),
        );
    }
    let possible = all.len();
    let chosen = choose::choose(all, number, seed);
    let numbered = chosen.into_iter().zip(1..);
    let chosen: Vec<Mutant> =
        numbered.map(|((path, change), number)| Mutant { number, path, change }).collect();
    for path in files(copy)? {
        let own: Vec<&Mutant> = chosen.iter().filter(|it| it.path == path).collect();
        let text = render::render(&read(&copy.join(&path))?, &own);
        // One that was lost among others would be told as alive.
        let lost = own.iter().find(|it| !text.contains(&format!("crate::mutant({})", it.number)));
        if let Some(lost) = lost {
            return Err(format!("mutant {} of {path} was not written", lost.number));
        }
        put(&copy.join(&path), &text)?;
    }
    for crate_ in ["dsl", "engine"] {
        let library = copy.join(crate_).join("src/lib.rs");
        put(&library, &(read(&library)? + SWITCH))?;
    }
    let rows: String = chosen.iter().map(row).collect();
    put(&copy.join("mutants.tsv"), &rows)?;
    println!("seed {seed}: {} of {possible} possible mutants", chosen.len());
    Ok(())
}

fn row(it: &Mutant) -> String {
    let Mutation { line, was, becomes, .. } = &it.change;
    format!("{}\t{}:{line}\t{was} → {becomes}\n", it.number, it.path)
}

/// The files that are mutated, sorted, by their path from the root.
fn files(root: &Path) -> Result<Vec<String>, String> {
    let mut found = Vec::new();
    for (path, _) in FILES {
        if !root.join(path).is_dir() {
            found.push((*path).to_owned());
            continue;
        }
        let entries = fs::read_dir(root.join(path)).map_err(|it| format!("{path}: {it}"))?;
        let names = entries.flatten().map(|it| it.file_name().to_string_lossy().into_owned());
        found.extend(names.filter(|it| it.ends_with(".rs")).map(|it| format!("{path}/{it}")));
    }
    found.sort();
    Ok(found)
}

fn read(path: &Path) -> Result<String, String> {
    fs::read_to_string(path).map_err(|it| format!("{}: {it}", path.display()))
}

fn put(path: &Path, text: &str) -> Result<(), String> {
    fs::write(path, text).map_err(|it| format!("{}: {it}", path.display()))
}
