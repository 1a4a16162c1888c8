//! What the READMEs and the pages for authors show is what the program does: every command of a walk is
//! run, in order, and prints the lines shown below it. `…` stands for lines, or the rest of a line, left out;
//! the READMEs leave lines out without saying so, too.
//!
//! A walk begins beside a copy of the shipped files; that of the tutorial in an empty folder. What a page tells
//! the reader to write is written, from blocks fenced as `heng file PATH` (a whole file), `heng add PATH`
//! (lines behind the last) and `diff PATH` (lines that take the place of others), and the sentence before
//! each names that path.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on fails")]

mod folders;

use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use folders::copy;

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// An empty folder of one walk alone.
fn empty_folder(name: &str) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    folder
}

/// A copy of what the walks of the READMEs use.
fn copy_of_repository(name: &str) -> PathBuf {
    let folder = empty_folder(name);
    for part in ["examples", "indicator-sets"] {
        copy(&repository().join(part), &folder.join(part));
    }
    folder
}

/// Something that a reader does.
enum Step {
    /// A command, with the lines that are shown below it: `from` is the number of the first, counted from 0.
    Command { command: String, shown: Vec<String>, from: usize },
    /// A file is written.
    File { path: String, text: String },
    /// Lines are written behind the last one of a file.
    Add { path: String, text: String },
    /// Lines (`-`) give way to others (`+`).
    Change { path: String, lines: Vec<String> },
}

/// What a fence begins.
fn begun(fence: &str, before: &str, at: usize) -> Option<Step> {
    let path = |path: &str| {
        let named = before.contains(&format!("`{path}`"));
        assert!(named, "line {}: the text above does not name {path}", at + 1);
        path.to_owned()
    };
    match fence.split(' ').collect::<Vec<_>>().as_slice() {
        [_, "file", to] => Some(Step::File { path: path(to), text: String::new() }),
        [_, "add", to] => Some(Step::Add { path: path(to), text: String::new() }),
        ["diff", to] => Some(Step::Change { path: path(to), lines: Vec::new() }),
        [_] => None,
        _ => panic!("line {}: a fence of another kind: {fence}", at + 1),
    }
}

/// The steps in the fenced blocks of a text.
fn steps(text: &str) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    // Inside a block: the number of steps before it, and whether a line may still begin a command.
    let (mut block, mut before) = (None, "");
    for (at, line) in text.lines().enumerate() {
        let Some(first) = block else {
            if let Some(fence) = line.strip_prefix("```") {
                block = Some(steps.len());
                steps.extend(begun(fence, before, at));
            } else if !line.is_empty() {
                before = line;
            }
            continue;
        };
        if line.starts_with("```") {
            block = None;
            continue;
        }
        let command = line.strip_prefix("$ ");
        match steps.get_mut(first..).and_then(<[Step]>::last_mut) {
            Some(Step::File { text, .. } | Step::Add { text, .. }) => {
                *text = format!("{text}{line}\n");
            }
            Some(Step::Change { lines, .. }) => lines.push(line.to_owned()),
            Some(Step::Command { shown, .. }) if command.is_none() => shown.push(line.to_owned()),
            Some(Step::Command { .. }) | None => steps.extend(command.map(|it| Step::Command {
                command: it.to_owned(),
                shown: Vec::new(),
                from: at + 1,
            })),
        }
    }
    steps
}

/// Does a page say where it leaves lines out?
#[derive(Clone, Copy, PartialEq, Eq)]
enum Gaps {
    /// By `…`
    Said,
    /// Not everywhere
    Anywhere,
}

/// Someone who follows a text.
struct Walker {
    /// Where the walk began.
    start: PathBuf,
    /// Where it stands.
    here: PathBuf,
    locale: &'static str,
}

impl Walker {
    fn at(start: PathBuf, locale: &'static str) -> Self {
        Self { here: start.clone(), start, locale }
    }

    /// What a command prints, on standard output and standard error together.
    fn perform(&mut self, command: &str) -> String {
        let words = words(command);
        let args: Vec<&str> = words.iter().map(String::as_str).collect();
        match args.as_slice() {
            ["heng", args @ ..] | ["cargo", "run", "--release", "--", args @ ..] => self.heng(args),
            ["cd", folder] => {
                self.here.push(folder);
                String::new()
            }
            ["sed", "-i", script, file] => {
                edit(&self.here.join(file), script);
                String::new()
            }
            ["git", "checkout", part] => {
                copy(&repository().join(part), &self.start.join(part));
                String::new()
            }
            _ => panic!("a walk may not use: {command}"),
        }
    }

    fn heng(&self, args: &[&str]) -> String {
        let (mut reader, writer) = std::io::pipe().unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_heng"));
        command.current_dir(&self.here).args(args);
        command.env("LANG", self.locale).env("LC_ALL", self.locale);
        command.stdout(writer.try_clone().unwrap()).stderr(writer);
        let mut child = command.spawn().unwrap();
        // The ends that belong to the command go with it, so that reading ends when the child does.
        drop(command);
        let mut text = String::new();
        reader.read_to_string(&mut text).unwrap();
        child.wait().unwrap();
        text.replace('\\', "/")
    }

    /// Does what a step says; a command gives what it printed.
    fn go(&mut self, step: &Step) -> Option<String> {
        match step {
            Step::Command { command, .. } => return Some(self.perform(command)),
            Step::File { path, text } => {
                let path = self.here.join(path);
                assert!(!path.exists(), "{} is there already", path.display());
                fs::create_dir_all(path.parent().unwrap()).unwrap();
                fs::write(path, text).unwrap();
            }
            Step::Add { path, text } => {
                let path = self.here.join(path);
                let before = fs::read_to_string(&path).unwrap();
                fs::write(path, format!("{before}\n{text}")).unwrap();
            }
            Step::Change { path, lines } => change(&self.here.join(path), lines),
        }
        None
    }
}

/// Lines that begin with `-` give way to those behind them that begin with `+`; others stand as they are.
fn change(file: &Path, lines: &[String]) {
    let part = |sign: char| -> String {
        let kept = lines.iter().filter_map(|it| match it.chars().next() {
            Some(first) if first == sign || first == ' ' => Some(&it[1..]),
            _ => None,
        });
        kept.flat_map(|it| [it, "\n"]).collect()
    };
    let (old, new) = (part('-'), part('+'));
    let text = fs::read_to_string(file).unwrap();
    let found = text.matches(&old).count();
    assert_eq!(found, 1, "{} has this {found} times:\n{old}", file.display());
    fs::write(file, text.replace(&old, &new)).unwrap();
}

/// `s/this/that/` and `/lines with this/d`, with `^` for the start of a line.
fn edit(file: &Path, script: &str) {
    let text = fs::read_to_string(file).unwrap();
    let parts: Vec<&str> = script.split('/').collect();
    let holds = |line: &str, what: &str| match what.strip_prefix('^') {
        Some(what) => line.starts_with(what),
        None => line.contains(what),
    };
    let edited: Vec<String> = match parts.as_slice() {
        ["s", this, that, ""] => {
            let this_text = this.trim_start_matches('^');
            let line = |it: &str| {
                if holds(it, this) { it.replacen(this_text, that, 1) } else { it.to_owned() }
            };
            text.lines().map(line).collect()
        }
        ["", this, "d"] => text.lines().filter(|it| !holds(it, this)).map(str::to_owned).collect(),
        _ => panic!("an edit of another kind: {script}"),
    };
    let edited = edited.join("\n") + "\n";
    assert_ne!(edited, text, "the edit changes nothing: {script}");
    fs::write(file, edited).unwrap();
}

/// The words of a command; quotes of either kind keep blanks together.
fn words(command: &str) -> Vec<String> {
    let mut words = Vec::new();
    for (at, part) in command.split(['\'', '"']).enumerate() {
        if at % 2 == 1 {
            words.push(part.to_owned());
        } else {
            words.extend(part.split_whitespace().map(str::to_owned));
        }
    }
    words
}

/// Is the output what is shown, but for what `…` leaves out?
fn fits(shown: &[&str], output: &[&str]) -> bool {
    // After which numbers of lines of the output may we stand?
    let mut reached = vec![false; output.len() + 1];
    reached[0] = true;
    for wanted in shown {
        let mut next = vec![false; reached.len()];
        if *wanted == "…" {
            let first = reached.iter().position(|it| *it).unwrap_or(reached.len());
            next[first..].fill(true);
        } else {
            for (at, line) in output.iter().enumerate() {
                let same = match wanted.strip_suffix('…') {
                    Some(start) => line.starts_with(start),
                    None => line == wanted,
                };
                next[at + 1] = reached[at] && same;
            }
        }
        reached = next;
    }
    reached[output.len()]
}

/// The lines of a text but for the empty ones.
fn lines(text: &str) -> Vec<&str> {
    text.lines().map(str::trim_end).filter(|it| !it.is_empty()).collect()
}

/// Follows a text, and gives it back with what is printed in place of what is shown wrongly.
fn follow(document: &str, gaps: Gaps, mut walker: Walker) -> (String, String) {
    let text = fs::read_to_string(repository().join(document)).unwrap().replace("\r\n", "\n");
    let steps = steps(&text);
    assert!(steps.iter().any(|it| matches!(it, Step::Command { .. })), "{document} has no walk");
    let mut printed: Vec<String> = text.lines().map(str::to_owned).collect();
    // From the end, so that the numbers of lines hold.
    let mut wrong = Vec::new();
    for step in &steps {
        let output = walker.go(step);
        let (Step::Command { shown, from, .. }, Some(output)) = (step, output) else { continue };
        let all = shown.join("\n");
        let shown_lines = match gaps {
            Gaps::Said => lines(&all),
            Gaps::Anywhere => {
                let gapped = lines(&all).into_iter().flat_map(|it| ["…", it]);
                gapped.chain(["…"]).collect()
            }
        };
        if !fits(&shown_lines, &lines(&output)) {
            wrong.push((*from..*from + shown.len(), output));
        }
    }
    for (place, output) in wrong.into_iter().rev() {
        printed.splice(place, output.lines().map(|it| it.trim_end().to_owned()));
    }
    (text, printed.join("\n") + "\n")
}

fn compare(document: &str, text: &str, printed: &str) {
    if text != printed {
        let diff = similar::TextDiff::from_lines(text, printed);
        panic!("{document} shows (-) what is not printed (+):\n{}", diff.unified_diff());
    }
}

fn walk(document: &str, walker: Walker) {
    let (text, printed) = follow(document, Gaps::Anywhere, walker);
    compare(document, &text, &printed);
}

/// A page that is followed from the top, in the language of the one who follows it.
struct Page {
    document: &'static str,
    locale: &'static str,
    /// Does the walk begin beside the shipped rule sets, or in an empty folder?
    with_sets: bool,
}

const PAGES: [Page; 5] = [
    Page { document: "docs/tutorial.md", locale: "zh_CN.UTF-8", with_sets: false },
    Page { document: "docs/tutorial.en.md", locale: "en_US.UTF-8", with_sets: false },
    Page { document: "docs/from-excel.md", locale: "zh_CN.UTF-8", with_sets: true },
    Page { document: "docs/from-excel.en.md", locale: "en_US.UTF-8", with_sets: true },
    Page { document: "docs/review.md", locale: "zh_CN.UTF-8", with_sets: true },
];

impl Page {
    /// Follows the page; the copy of a test and that of the writer do not meet.
    /// Gives the folder of the walk, the text, and the text with what is printed.
    fn follow(&self, run: &str) -> (PathBuf, String, String) {
        let name = format!("{run}-{}", self.document.replace('/', "-"));
        let start = if self.with_sets { copy_of_repository(&name) } else { empty_folder(&name) };
        let walker = Walker::at(start.clone(), self.locale);
        let (text, printed) = follow(self.document, Gaps::Said, walker);
        (start, text, printed)
    }

    fn is_true(&self) -> PathBuf {
        let (start, text, printed) = self.follow("walk");
        compare(self.document, &text, &printed);
        start
    }
}

#[test]
fn the_readme_is_true() {
    walk("README.md", Walker::at(copy_of_repository("walk-readme"), "zh_CN.UTF-8"));
}

#[test]
fn the_walk_through_the_city_is_true() {
    let start = copy_of_repository("walk-chizhou");
    walk("examples/chizhou/README.md", Walker::at(start, "zh_CN.UTF-8"));
}

#[test]
fn a_newcomer_gets_from_an_empty_folder_to_the_end_of_the_tutorial() {
    PAGES[0].is_true();
}

#[test]
fn a_newcomer_gets_to_the_end_of_the_tutorial_in_english_too() {
    PAGES[1].is_true();
}

#[test]
fn an_indicator_table_becomes_a_rule_file() {
    PAGES[2].is_true();
}

#[test]
fn an_indicator_table_becomes_a_rule_file_in_english_too() {
    PAGES[3].is_true();
}

/// What the walk through a review makes, and `examples/review/saved` keeps.
const SAVED: [&str; 2] = ["通用.plan", "审查.html"];

#[test]
fn the_walk_through_a_review_is_true_and_makes_what_is_saved() {
    let made = PAGES[4].is_true().join("examples/review");
    for name in SAVED {
        let text = |folder: &Path| fs::read_to_string(folder.join(name)).unwrap();
        let (made, saved) = (text(&made), text(&repository().join("examples/review/saved")));
        compare(name, &saved.replace("\r\n", "\n"), &made);
    }
}

#[test]
#[ignore = "writes what is printed into the pages: run it after a change of output, and read them"]
fn write_the_walks() {
    for page in PAGES {
        let (start, _, printed) = page.follow("write");
        fs::write(repository().join(page.document), printed).unwrap();
        for name in SAVED {
            let made = start.join("examples/review").join(name);
            if made.exists() {
                fs::copy(made, repository().join("examples/review/saved").join(name)).unwrap();
            }
        }
    }
}

#[test]
fn a_line_that_is_not_printed_is_noticed() {
    assert!(fits(&["甲", "…", "丙"], &["甲", "乙", "丙"]));
    assert!(fits(&["乙…"], &["乙丙"]));
    assert!(!fits(&["甲", "丙"], &["甲", "乙", "丙"]));
    assert!(!fits(&["丙", "…"], &["甲", "乙", "丙"]));
    assert!(!fits(&["甲", "…", "丁"], &["甲", "乙", "丙"]));
    assert!(!fits(&["甲"], &["甲", "乙"]));
}

#[test]
fn what_a_text_says_to_write_is_a_step() {
    let text = "put this into `a.heng`:\n```heng file a.heng\nx\n```\nthen\n```\n$ heng check\nfine\n```\n\
                in `a.heng`\n```diff a.heng\n-x\n+y\n```\n";
    let kinds: Vec<&str> = steps(text)
        .iter()
        .map(|it| match it {
            Step::Command { shown, from: 7, .. } if shown == &["fine"] => "command",
            Step::Command { .. } => "another command",
            Step::File { text, .. } if text == "x\n" => "file",
            Step::File { .. } | Step::Add { .. } => "another file",
            Step::Change { lines, .. } => {
                if lines.len() == 2 {
                    "change"
                } else {
                    "another change"
                }
            }
        })
        .collect();
    assert_eq!(kinds, ["file", "command", "change"]);
}
