//! `heng test --accept`: writes what comes out into cases that leave it open, after showing it.
//!
//! An expectation that is there is never changed unless `--overwrite` says so. Only the values are
//! written, in the spelling of the file; its byte order mark and line ends stay.

use std::collections::BTreeMap;
use std::io::{IsTerminal as _, Write as _};
use std::path::Path;

use heng_dsl::diag::{Lang, Words, plural};
use heng_dsl::model::Case;
use heng_dsl::syntax::answer::{Answer, answered, lang};
use heng_dsl::written::case::CaseText;
use heng_engine::cases::answers;
use heng_engine::output::Writing;

use super::super::prepare::Ready;
use crate::args::Test;
use crate::exit::Exit;
use crate::terminal::{Terminal, harmless};

/// What is to be written into one file.
struct File {
    /// The text that was read, with its byte order mark.
    text: String,
    answers: Vec<Answer>,
}

/// Shows what would be written and writes it; then says how many outcomes were.
pub(super) fn run(args: &Test, ready: &Ready, terminal: Terminal) -> Result<(), Exit> {
    let files = gather(args, ready, terminal)?;
    let count: usize = files.values().map(|it| it.answers.len()).sum();
    if count == 0 {
        terminal.tell(terminal.pick("没有待填写的期望", "no expectation is open"));
        return Ok(());
    }
    for (path, file) in &files {
        show(path, file, terminal);
    }
    if !agreed(args, count, terminal)? {
        return Ok(());
    }
    for (path, file) in &files {
        write(path, file).map_err(|why| {
            let why = why.of(terminal.lang).to_owned();
            terminal.complain(match terminal.lang {
                Lang::Zh => format!("“{}”没有改：{why}", harmless(path)),
                Lang::En => format!("“{}” was not changed: {why}", harmless(path)),
            });
            Exit::Problems
        })?;
    }
    terminal.tell(match terminal.lang {
        Lang::Zh => format!("写入{count}处期望，{}个文件", files.len()),
        Lang::En => {
            format!("wrote {} to {}", plural(count, "expectation"), plural(files.len(), "file"))
        }
    });
    Ok(())
}

/// The answers by file.
fn gather(args: &Test, ready: &Ready, terminal: Terminal) -> Result<BTreeMap<String, File>, Exit> {
    let mut files: BTreeMap<String, File> = BTreeMap::new();
    for package in &ready.roots {
        let Some(set) = ready.program.linked().packages.get(*package) else { continue };
        let wanted =
            |it: &&Case| args.filter.as_deref().is_none_or(|filter| it.title.contains(filter));
        for case in set.cases.iter().filter(wanted) {
            let found = answers(&ready.program, *package, case, args.overwrite);
            if found.is_empty() {
                continue;
            }
            let Some(place) = &case.origin.place else {
                terminal.complain(terminal.pick(
                    "规则数据没有用例的文字可以写入",
                    "stored rules have no text to write to",
                ));
                return Err(Exit::Usage);
            };
            let file = match files.entry(place.file.clone()) {
                std::collections::btree_map::Entry::Occupied(it) => it.into_mut(),
                std::collections::btree_map::Entry::Vacant(it) => {
                    let text = std::fs::read_to_string(&place.file).map_err(|why| {
                        terminal.complain(format!("{}: {why}", harmless(&place.file)));
                        Exit::Problems
                    })?;
                    it.insert(File { text, answers: Vec::new() })
                }
            };
            let words = CaseText::new(ready.program.linked(), lang(plain(&file.text)));
            for it in found {
                let outcomes: Option<Vec<_>> =
                    it.outcomes.iter().map(|it| words.expectation(it)).collect();
                match outcomes {
                    Some(outcomes) => {
                        let title = case.title.clone();
                        file.answers.push(Answer { title, number: it.number, outcomes });
                    }
                    None => unwritable(case, terminal),
                }
            }
        }
    }
    files.retain(|_, it| !it.answers.is_empty());
    Ok(files)
}

fn unwritable(case: &Case, terminal: Terminal) {
    let title = harmless(&case.title);
    terminal.tell(match terminal.lang {
        Lang::Zh => format!("“{title}”有一处得到错误，不能作为期望写入"),
        Lang::En => format!("“{title}” comes to an error, which cannot be expected"),
    });
}

fn show(path: &str, file: &File, terminal: Terminal) {
    terminal.out(harmless(path));
    let mut title = None;
    for answer in &file.answers {
        if title.replace(&answer.title) != Some(&answer.title) {
            let head = terminal.pick("用例", "case");
            terminal.out(harmless(&format!("  {head} \"{}\"", answer.title)));
        }
        for outcome in &answer.outcomes {
            let word = terminal.pick("期望", "expect");
            let line = format!("    {word} {}", outcome.join(terminal.pick("：", ": ")));
            terminal.out(harmless(&line));
        }
    }
}

/// Asks, unless `--yes` answers; without a terminal there is nobody to ask.
fn agreed(args: &Test, count: usize, terminal: Terminal) -> Result<bool, Exit> {
    if args.yes {
        return Ok(true);
    }
    if !std::io::stdin().is_terminal() {
        terminal.complain(terminal.pick(
            "没有写入：不在终端里，请加 --yes",
            "nothing was written: this is no terminal; add --yes",
        ));
        return Err(Exit::Usage);
    }
    terminal.tell(match terminal.lang {
        Lang::Zh => format!("写入这{count}处？[y/N]"),
        Lang::En => format!("write these {count}? [y/N]"),
    });
    let mut line = String::new();
    let read = std::io::stdin().read_line(&mut line);
    Ok(read.is_ok() && matches!(line.trim(), "y" | "Y" | "yes" | "是"))
}

/// Writes the file, if it still says what was read.
fn write(path: &str, file: &File) -> Result<(), Words> {
    let said = |it: std::io::Error| Words::from(it.to_string());
    let now = std::fs::read_to_string(path).map_err(said)?;
    let changed = || Words::both("文件在运行之后变了", "the file has changed since the cases ran");
    if now != file.text {
        return Err(changed());
    }
    let text = answered(plain(&file.text), &file.answers).map_err(|_| changed())?;
    let mark = file.text.strip_suffix(plain(&file.text)).unwrap_or("");
    let mut to = Writing::begin(Path::new(path)).map_err(said)?;
    to.write_all(mark.as_bytes()).and_then(|()| to.write_all(text.as_bytes())).map_err(said)?;
    to.finish().map_err(said)
}

/// The text without its byte order mark.
fn plain(text: &str) -> &str {
    text.strip_prefix('\u{feff}').unwrap_or(text)
}
