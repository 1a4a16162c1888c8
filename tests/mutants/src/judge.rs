//! Runs tests with each mutant awake, and says which mutants no test noticed.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};
use std::{fs, io};

/// How often a running test is looked at.
const PAUSE: Duration = Duration::from_millis(20);

/// One line of standard input: `crates|folder|program argument argument`. The tests of `dsl` say nothing
/// about a mutant of the engine.
struct Tests {
    crates: Vec<String>,
    folder: String,
    program: String,
    arguments: Vec<String>,
    /// Longer means that it hangs, which is noticed like a failure.
    limit: Duration,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    Passed,
    Failed,
    Hung,
}

struct Listed {
    number: String,
    place: String,
    change: String,
}

/// Judges the mutants of `COPY/mutants.tsv`.
pub(crate) fn judge(copy: &Path) -> Result<(), String> {
    let list = fs::read_to_string(copy.join("mutants.tsv")).map_err(|it| it.to_string())?;
    let mutants: Vec<Listed> = list.lines().filter_map(listed).collect();
    let input = io::read_to_string(io::stdin()).map_err(|it| it.to_string())?;
    let mut tests: Vec<Tests> = input.lines().filter_map(command).collect();
    for it in &mut tests {
        let start = Instant::now();
        if it.run("0") != Verdict::Passed {
            return Err(format!("{} fails with no mutant awake", it.program));
        }
        it.limit = start.elapsed() * 10 + Duration::from_secs(20);
        eprintln!("{:>6} ms {} {:?}", start.elapsed().as_millis(), it.program, it.arguments);
    }
    let mut killers: BTreeMap<String, usize> = BTreeMap::new();
    let mut survivors = Vec::new();
    for it in &mutants {
        let killer = killer(it, &tests);
        eprintln!(
            "{:>4} {} {}: {}",
            it.number,
            it.place,
            it.change,
            killer.as_deref().unwrap_or("ALIVE")
        );
        match killer {
            Some(name) => *killers.entry(name).or_default() += 1,
            None => survivors.push(it),
        }
    }
    for (name, count) in &killers {
        println!("{count:>4} noticed by {name}");
    }
    for it in &survivors {
        println!("alive: {} {} {}", it.number, it.place, it.change);
    }
    let (all, killed) = (mutants.len(), mutants.len() - survivors.len());
    let tenths = (killed * 1_000).checked_div(all).unwrap_or_default();
    println!("{all} mutants, {killed} killed: {}.{} %", tenths / 10, tenths % 10);
    Ok(())
}

/// The first tests that notice a mutant.
fn killer(mutant: &Listed, tests: &[Tests]) -> Option<String> {
    let own = |it: &&Tests| it.crates.iter().any(|it| mutant.place.starts_with(it.as_str()));
    tests.iter().filter(own).find_map(|it| match it.run(&mutant.number) {
        Verdict::Passed => None,
        Verdict::Failed => Some(it.name()),
        Verdict::Hung => Some(format!("{} (hangs)", it.name())),
    })
}

fn listed(line: &str) -> Option<Listed> {
    let mut parts = line.split('\t').map(str::to_owned);
    Some(Listed { number: parts.next()?, place: parts.next()?, change: parts.next()? })
}

fn command(line: &str) -> Option<Tests> {
    let mut parts = line.split('|');
    let crates = parts.next()?.split(',').map(str::to_owned).collect();
    let folder = parts.next()?.to_owned();
    let mut words = parts.next()?.split_whitespace().map(str::to_owned);
    let program = words.next()?;
    let limit = Duration::from_secs(600);
    Some(Tests { crates, folder, program, arguments: words.collect(), limit })
}

impl Tests {
    /// The file of the program without the folder and the hash.
    fn name(&self) -> String {
        let file = self.program.rsplit('/').next().unwrap_or("");
        let name = file.split('-').next().unwrap_or(file);
        [&[name.to_owned()], self.arguments.as_slice()].concat().join(" ")
    }

    fn run(&self, mutant: &str) -> Verdict {
        let child = Command::new(&self.program)
            .args(&self.arguments)
            .current_dir(&self.folder)
            .env("HENG_MUTANT", mutant)
            .env("INSTA_UPDATE", "no")
            .env("RUST_BACKTRACE", "0")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        // Tests that cannot be started say nothing, and the run without a mutant shows it.
        let Ok(mut child) = child else { return Verdict::Failed };
        let start = Instant::now();
        loop {
            match child.try_wait() {
                Ok(Some(status)) if status.success() => return Verdict::Passed,
                Ok(Some(_)) | Err(_) => return Verdict::Failed,
                Ok(None) if start.elapsed() > self.limit => {
                    let _ = child.kill();
                    let _ = child.wait();
                    return Verdict::Hung;
                }
                Ok(None) => sleep(PAUSE),
            }
        }
    }
}
