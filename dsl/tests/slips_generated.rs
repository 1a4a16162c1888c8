//! Slips made by rule over the rule sets that are shipped: what is said of each, and where.
//!
//! An ordinary run makes a few over the data standard with one seed and holds them to a floor. The figures
//! of `docs/slips.md` come from
//! `HENG_SLIPS=SEED,COUNT cargo test --release --test slips_generated -- --nocapture`,
//! which makes COUNT slips of each kind over all sets.

#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "the sets are read from disk, and a run prints its table"
)]

mod slip;

use std::fmt::Write;
use std::path::{Path, PathBuf};

use heng_dsl::check::{Checked, check};
use heng_dsl::diag::{Fix, Lang};
use heng_dsl::model::linked::LinkTable;
use heng_dsl::world::MemoryWorld;

use slip::{Chance, OPERATORS, Slipped};

/// The rule sets, each with the folders of what it uses.
const SETS: &[(&str, &[&str])] = &[
    ("indicator-sets/data-standard", &[]),
    ("indicator-sets/general", &["indicator-sets/data-standard"]),
    ("indicator-sets/food", &["indicator-sets/general", "indicator-sets/data-standard"]),
    ("indicator-sets/drugs", &["indicator-sets/general", "indicator-sets/data-standard"]),
    (
        "indicator-sets/special-equipment",
        &["indicator-sets/general", "indicator-sets/data-standard"],
    ),
    ("indicator-sets/metering", &["indicator-sets/general", "indicator-sets/data-standard"]),
    ("examples/chizhou/rules", &["indicator-sets/general", "indicator-sets/data-standard"]),
];

#[test]
fn a_slip_is_said_on_its_line() {
    let wanted = std::env::var("HENG_SLIPS").ok();
    let (seed, count, sets) = match wanted.as_deref().and_then(|it| it.split_once(',')) {
        Some((seed, count)) => (seed.parse().unwrap(), count.parse().unwrap(), SETS),
        None => (20_241_201, 3, &SETS[..1]),
    };
    let sets: Vec<Set> = sets.iter().map(|it| Set::read(it.0, it.1)).collect();
    let mut chance = Chance(seed);
    let mut tables = Vec::new();
    let mut examples = String::new();
    for (name, operator) in OPERATORS {
        let mut tally = Tally::default();
        // A file without a place for the slip is passed over.
        for _ in 0..count * 20 {
            if tally.made >= count {
                break;
            }
            let set = chance.one(&sets).unwrap();
            let rules: Vec<_> = set.files.iter().filter(|it| !it.0.ends_with("csv")).collect();
            let file = chance.one(&rules).unwrap();
            if let Some(slipped) = operator(&file.1, &mut chance) {
                set.judge(file, &slipped, &mut tally, (*name, &mut examples));
            }
        }
        tables.push((*name, tally));
    }
    let all = tables.iter().fold(Tally::default(), |sum, it| sum.plus(&it.1));
    println!("seed {seed}\n{}", table(&tables, &all));
    if std::env::var("HENG_SLIPS_SHOW").is_ok() {
        println!("{examples}");
    }
    assert!(all.said >= all.made / 2, "most slips are errors");
    assert!(all.on_line * 100 >= all.said * 90, "{examples}");
}

/// A rule set: its files, and those of what it uses.
struct Set {
    folder: &'static str,
    files: Vec<(String, String)>,
    used: Vec<(String, String)>,
}

impl Set {
    fn read(folder: &'static str, uses: &[&str]) -> Self {
        let used = uses.iter().flat_map(|it| files(it)).filter(|it| !is_cases(&it.0)).collect();
        Self { folder, files: files(folder), used }
    }

    /// The set with another text of one of its files. The cases in other files take long and say nothing about a
    /// slip in the rules; a slip among the cases is read with all of them, which build on each other.
    fn look(&self, path: &str, text: &str) -> Checked {
        let mut world = MemoryWorld::default().with(path, text);
        let needed = |it: &str| is_cases(path) || !is_cases(it);
        let others = self.files.iter().filter(|it| it.0 != path && needed(&it.0));
        for (path, text) in others.chain(&self.used) {
            world = world.with(path, text);
        }
        check(&world, &[self.folder.to_owned()], &LinkTable::new())
    }

    fn judge(
        &self,
        file: &(String, String),
        slipped: &Slipped,
        tally: &mut Tally,
        (name, examples): (&str, &mut String),
    ) {
        let (path, right) = file;
        if slipped.text == *right {
            return;
        }
        tally.made += 1;
        let checked = self.look(path, &slipped.text);
        let Some(first) = checked.diagnostics.first() else {
            tally.silent += 1;
            return;
        };
        tally.said += 1;
        let place = checked.sources.place(first.primary.span);
        let line = *slipped.lines.first().unwrap();
        let on_line = place.0 == path && slipped.lines.contains(&(place.1 as usize));
        tally.on_line += usize::from(on_line);
        tally.followed += usize::from(checked.diagnostics.len() > 1);
        if checked.diagnostics.iter().any(|it| it.fix.is_some()) {
            tally.offered += 1;
            let fixed = mended(self, path, &slipped.text, &checked);
            let back = plain(&fixed) == plain(right);
            tally.mended += usize::from(back);
            if !back {
                let _ = writeln!(examples, "[{name}] {path}:{line} not given back");
            }
        }
        if !on_line || checked.diagnostics.len() > 1 {
            let at = format!("{}:{}", place.0, place.1);
            let text = slipped.text.lines().nth(line - 1).unwrap_or_default();
            let _ = writeln!(examples, "[{name}] {path}:{line} {text}");
            for it in checked.diagnostics.iter().take(3) {
                let place = checked.sources.place(it.primary.span);
                let code = it.code.record().name;
                let _ = writeln!(
                    examples,
                    "    {code} {}:{} {}",
                    place.0,
                    place.1,
                    it.message(Lang::Zh)
                );
            }
            let _ = writeln!(examples, "    ({} in all, first at {at})", checked.diagnostics.len());
        }
    }
}

/// The text of the file with the changes that are offered.
fn mended(set: &Set, path: &str, text: &str, checked: &Checked) -> String {
    let mut text = text.to_owned();
    let mut fixes: Vec<Fix> = checked.diagnostics.iter().filter_map(|it| it.fix.clone()).collect();
    for round in 0..3 {
        let mut from = usize::MAX;
        fixes.sort_by_key(|it| it.span);
        for fix in fixes.iter().rev() {
            let range = fix.span.start as usize..fix.span.end as usize;
            if range.end < from && text.get(range.clone()).is_some() {
                text.replace_range(range, &fix.text);
                from = fix.span.start as usize;
            }
        }
        if round == 2 {
            break;
        }
        let own = |it: &Fix, checked: &Checked| {
            checked.sources.file(it.span.file).is_some_and(|it| it.path == path)
        };
        let again = set.look(path, &text);
        fixes = again.diagnostics.iter().filter_map(|it| it.fix.clone()).collect();
        fixes.retain(|it| own(it, &again));
        if fixes.is_empty() {
            break;
        }
    }
    text
}

/// The text without blanks and with marks in half width.
fn plain(text: &str) -> String {
    let half = |it: char| match it {
        '\u{FF01}'..='\u{FF5E}' => char::from_u32(u32::from(it) - 0xFEE0).unwrap_or(it),
        other => other,
    };
    text.chars().filter(|it| !it.is_whitespace()).map(half).collect()
}

fn is_cases(path: &str) -> bool {
    path.contains("/cases")
}

/// The rule files of a folder and the code tables in the folders below it.
fn files(folder: &str) -> Vec<(String, String)> {
    let root: PathBuf = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(folder);
    let mut out = Vec::new();
    for entry in std::fs::read_dir(root).unwrap() {
        let path = entry.unwrap().path();
        let name = format!("{folder}/{}", path.file_name().unwrap().to_string_lossy());
        if path.is_dir() {
            out.extend(files(&name));
        } else if [".heng", ".csv"].iter().any(|it| name.ends_with(it)) {
            out.push((name, std::fs::read_to_string(&path).unwrap()));
        }
    }
    out.sort();
    out
}

/// What became of the slips of one kind.
#[derive(Debug, Default, Clone, Copy)]
struct Tally {
    made: usize,
    /// The file is right, though it may mean something else.
    silent: usize,
    said: usize,
    on_line: usize,
    followed: usize,
    offered: usize,
    mended: usize,
}

impl Tally {
    fn plus(self, other: &Self) -> Self {
        Self {
            made: self.made + other.made,
            silent: self.silent + other.silent,
            said: self.said + other.said,
            on_line: self.on_line + other.on_line,
            followed: self.followed + other.followed,
            offered: self.offered + other.offered,
            mended: self.mended + other.mended,
        }
    }
}

fn table(rows: &[(&str, Tally)], all: &Tally) -> String {
    let mut out = String::from(
        "| kind | made | nothing said | said | on its line | follow-ups | fix offered | gives back the file |\n|---|---|---|---|---|---|---|---|\n",
    );
    for (name, it) in rows.iter().copied().chain([("all", *all)]) {
        let share = |part: usize| match it.said {
            0 => "–".to_owned(),
            said => format!("{part} ({}%)", part * 100 / said),
        };
        let _ = writeln!(
            out,
            "| {name} | {} | {} | {} | {} | {} | {} | {} |",
            it.made,
            it.silent,
            it.said,
            share(it.on_line),
            share(it.followed),
            it.offered,
            it.mended
        );
    }
    out
}
