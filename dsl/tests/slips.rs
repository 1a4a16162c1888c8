//! Slips of the pen in rule files: each entry of the corpus makes one in a rule set that checks cleanly.
//!
//! `== title | mark` begins an entry; lines with `-` stand in the base and are replaced by those with `+`.
//! The slip is on the first `+` line; else `@ line` says which line next to the change it is, and `@ >line`
//! the last of the new lines that reads so. The marks:
//!
//! * none: one error on the line of the slip, and nothing that follows from it;
//! * `修`: and making the offered changes gives back the base, but for blanks and the width of marks;
//! * `改`: and making them gives a rule set that checks, though not the base;
//! * `提醒`: a warning only;
//! * `无`: this is no slip, and nothing is said;
//! * `多：why`: more than one problem, for a reason.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "a broken corpus file stops the test, and the corpus is read from disk"
)]

use std::fmt::Write;

use heng_dsl::check::{Checked, check};
use heng_dsl::diag::{Diagnostic, Fix, Lang, Severity};
use heng_dsl::model::linked::LinkTable;
use heng_dsl::world::MemoryWorld;

const BASE: &str = include_str!("slips/base.heng");

#[test]
fn the_base_has_no_slips() {
    let checked = look(&files(BASE));
    let said: Vec<_> = checked.diagnostics.iter().map(|it| it.message(Lang::Zh)).collect();
    assert_eq!(said, Vec::<String>::new());
}

#[test]
fn corpus() {
    let mut wrong = String::new();
    insta::glob!("slips/*.slips", |path| {
        let text = std::fs::read_to_string(path).unwrap();
        let mut out = String::new();
        for entry in text.split("\n== ").skip(1) {
            let slip = Slip::read(entry);
            let found = slip.judge(&mut out);
            for it in found {
                let _ = writeln!(wrong, "{}: {it}", slip.title);
            }
        }
        insta::assert_snapshot!(out);
    });
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn the_corpus_is_large() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/slips");
    let mut count = 0;
    for it in std::fs::read_dir(folder).unwrap() {
        let path = it.unwrap().path();
        if path.extension().is_some_and(|it| it == "slips") {
            count += std::fs::read_to_string(path).unwrap().matches("\n== ").count();
        }
    }
    assert!(count >= 200, "{count}");
}

/// One entry of the corpus.
struct Slip<'t> {
    title: &'t str,
    mark: &'t str,
    /// The whole text with the slip in it.
    text: String,
    /// The file and line of the slip.
    place: (String, u32),
}

impl<'t> Slip<'t> {
    fn read(entry: &'t str) -> Self {
        let mut lines = entry.lines();
        let head = lines.next().unwrap();
        let (title, mark) = head.split_once(" | ").unwrap_or((head, ""));
        let (mut old, mut new, mut at) = (Vec::new(), Vec::new(), None);
        for line in lines.filter(|it| !it.is_empty() && !it.starts_with('#')) {
            let (sign, rest) = line.split_at(1);
            let rest = rest.strip_prefix(' ').unwrap_or(rest);
            match sign {
                "-" => old.push(rest),
                "+" => new.push(rest),
                "@" => at = Some(rest),
                _ => panic!("{title}: {line}"),
            }
        }
        let block: String = old.iter().flat_map(|it| [it, "\n"]).collect();
        assert_eq!(BASE.matches(&format!("\n{block}")).count(), 1, "{title}: {block}");
        let start = BASE.find(&format!("\n{block}")).unwrap() + 1;
        let fresh: String = new.iter().flat_map(|it| [it, "\n"]).collect();
        let mut text = BASE.to_owned();
        text.replace_range(start..start + block.len(), &fresh);
        let first = text.get(..start).unwrap().matches('\n').count();
        let all: Vec<&str> = text.lines().collect();
        let line = match at {
            None => first,
            Some(it) => match it.strip_prefix('>') {
                Some(it) => first + new.iter().rposition(|line| *line == it).unwrap(),
                None => {
                    let same = all.iter().enumerate().filter(|line| *line.1 == it).map(|it| it.0);
                    same.min_by_key(|it| it.abs_diff(first)).unwrap()
                }
            },
        };
        let head = all.iter().take(line).rposition(|it| it.starts_with("=== ")).unwrap();
        let path = all.get(head).and_then(|it| it.strip_prefix("=== ")).unwrap().to_owned();
        Self { title, mark, place: (path, u32::try_from(line - head).unwrap()), text }
    }

    /// Writes what is said of the slip; gives what is not as it should be.
    fn judge(&self, out: &mut String) -> Vec<String> {
        let mut wrong = Vec::new();
        let files = files(&self.text);
        let checked = look(&files);
        let (path, line) = &self.place;
        let text = files.iter().find(|it| it.0 == *path).unwrap();
        let line_text = text.1.lines().nth(*line as usize - 1).unwrap_or_default();
        let _ = writeln!(out, "== {}\n{path}:{line} {line_text}", self.title);
        checked.diagnostics.iter().for_each(|it| said(&checked, it, out));
        if self.mark == "无" {
            if !checked.diagnostics.is_empty() {
                wrong.push("something is said of what is right".to_owned());
            }
            return wrong;
        }
        let Some(first) = checked.diagnostics.first() else {
            return vec!["nothing is said".to_owned()];
        };
        let place = checked.sources.place(first.primary.span);
        if (place.0, place.1) != (path.as_str(), *line) {
            wrong.push(format!("said at {}:{} instead of line {line}", place.0, place.1));
        }
        if checked.diagnostics.len() > 1 && !self.mark.starts_with("多：") {
            wrong.push(format!("{} problems", checked.diagnostics.len()));
        }
        if (first.severity() == Severity::Warning) != (self.mark == "提醒") {
            wrong.push("not as bad as it should be".to_owned());
        }
        if matches!(self.mark, "修" | "改") {
            wrong.extend(self.mended(files, &checked));
        }
        wrong
    }

    /// Makes the changes that are offered, until there are none.
    fn mended(&self, mut files: Vec<(String, String)>, first: &Checked) -> Option<String> {
        let base = tidy(&self::files(BASE));
        let mut again = None;
        for _ in 0..4 {
            let checked = again.as_ref().unwrap_or(first);
            if checked.diagnostics.is_empty() {
                let same = self.mark == "改";
                return (!same).then(|| "the changes do not give back the base".to_owned());
            }
            let fixes: Vec<&Fix> =
                checked.diagnostics.iter().rev().filter_map(|it| it.fix.as_ref()).collect();
            if fixes.is_empty() {
                break;
            }
            let mut from = None;
            for fix in fixes {
                if from.is_some_and(|it| fix.span.end >= it) {
                    continue;
                }
                let path = &checked.sources.file(fix.span.file).unwrap().path;
                let text = &mut files.iter_mut().find(|it| it.0 == *path).unwrap().1;
                text.replace_range(fix.span.start as usize..fix.span.end as usize, &fix.text);
                from = Some(fix.span.start);
            }
            // What says the same as the base needs no second look.
            if tidy(&files) == base {
                return None;
            }
            again = Some(look(&files));
        }
        let left = again.as_ref().unwrap_or(first);
        let left = left.diagnostics.first().map(|it| it.message(Lang::Zh));
        Some(format!("the changes do not help: {}", left.unwrap_or_default()))
    }
}

/// Paths and texts of the files behind their `=== path` lines.
fn files(text: &str) -> Vec<(String, String)> {
    let parts = text.split("=== ").skip(1);
    parts
        .map(|it| it.split_once('\n').unwrap())
        .map(|it| (it.0.to_owned(), it.1.to_owned()))
        .collect()
}

fn look(files: &[(String, String)]) -> Checked {
    let mut world = MemoryWorld::default();
    for (path, text) in files {
        world = world.with(path, text);
    }
    check(&world, &["city".to_owned()], &LinkTable::new())
}

/// What is written, without blanks and with every mark in its half-width form.
fn tidy(files: &[(String, String)]) -> Vec<String> {
    let half = |it: char| match it {
        '\u{FF01}'..='\u{FF5E}' => char::from_u32(u32::from(it) - 0xFEE0).unwrap_or(it),
        '“' | '”' => '"',
        other => other,
    };
    let form = |text: &str| text.chars().filter(|it| !it.is_whitespace()).map(half).collect();
    files.iter().map(|it| form(&it.1)).collect()
}

fn said(checked: &Checked, it: &Diagnostic, out: &mut String) {
    let (_, line, column) = checked.sources.place(it.primary.span);
    let text = checked.sources.text(it.primary.span).replace('\n', "⏎");
    let code = it.code.record().name;
    let _ = writeln!(out, "  {code} {line}:{column} 「{text}」");
    let _ = writeln!(out, "    {}", it.message(Lang::Zh));
    let _ = writeln!(out, "    {}", it.message(Lang::En));
    if let Some(fix) = &it.fix {
        let (_, line, _) = checked.sources.place(fix.span);
        let old = checked.sources.text(fix.span);
        let title = (fix.title.of(Lang::Zh), fix.title.of(Lang::En));
        let _ = writeln!(out, "    {line} 「{old}」→「{}」 {} / {}", fix.text, title.0, title.1);
    }
}
