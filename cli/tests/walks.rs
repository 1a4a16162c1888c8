//! What the READMEs show is what the program does: every command of their walks is run on a copy of
//! the shipped files, in order, and its output has to hold the lines shown, in order. `…` stands for
//! lines, or the rest of a line, that are left out.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on fails")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// A copy of what the walks use.
fn copy_of_repository(name: &str) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = fs::remove_dir_all(&folder);
    for part in ["examples", "indicator-sets"] {
        copy(&repository().join(part), &folder.join(part));
    }
    folder
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let to = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &to);
        } else {
            fs::copy(entry.path(), to).unwrap();
        }
    }
}

/// A command of a walk with the lines that are shown below it.
struct Step {
    command: String,
    shown: Vec<String>,
}

/// The commands (`$ …`) in the fenced blocks of a text.
fn steps(text: &str) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    let (mut inside, mut begun) = (false, 0);
    for line in text.lines() {
        if line.starts_with("```") {
            (inside, begun) = (!inside, steps.len());
        } else if let Some(command) = line.strip_prefix("$ ").filter(|_| inside) {
            steps.push(Step { command: command.to_owned(), shown: Vec::new() });
        } else if let Some(step) =
            steps.get_mut(begun..).and_then(<[Step]>::last_mut).filter(|_| inside)
        {
            step.shown.push(line.to_owned());
        }
    }
    steps
}

/// What a command of a walk prints, on standard output and standard error together.
fn perform(folder: &Path, command: &str) -> String {
    let words = words(command);
    let args: Vec<&str> = words.iter().map(String::as_str).collect();
    match args.as_slice() {
        ["heng", args @ ..] | ["cargo", "run", "--release", "--", args @ ..] => heng(folder, args),
        ["sed", "-i", script, file] => {
            edit(&folder.join(file), script);
            String::new()
        }
        ["git", "checkout", part] => {
            copy(&repository().join(part), &folder.join(part));
            String::new()
        }
        _ => panic!("a walk may not use: {command}"),
    }
}

fn heng(folder: &Path, args: &[&str]) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_heng"));
    command.current_dir(folder).args(args).env("LANG", "zh_CN.UTF-8").env("LC_ALL", "zh_CN.UTF-8");
    let output = command.output().unwrap();
    let text = [output.stderr, output.stdout].concat();
    String::from_utf8(text).unwrap().replace('\\', "/")
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

/// The words of a command; quotes keep blanks together.
fn words(command: &str) -> Vec<String> {
    let mut words = Vec::new();
    for (at, part) in command.split('\'').enumerate() {
        if at % 2 == 1 {
            words.push(part.to_owned());
        } else {
            words.extend(part.split_whitespace().map(str::to_owned));
        }
    }
    words
}

/// The first line shown that the output does not have where it should.
fn missing<'s>(shown: &'s [String], output: &str) -> Option<&'s str> {
    let mut lines = output.lines().map(str::trim_end);
    shown.iter().map(|it| it.trim_end()).filter(|it| !it.is_empty() && *it != "…").find(|wanted| {
        !match wanted.strip_suffix('…') {
            Some(start) => lines.any(|it| it.starts_with(start)),
            None => lines.any(|it| it == *wanted),
        }
    })
}

fn walk(readme: &str, name: &str) {
    let folder = copy_of_repository(name);
    let text = fs::read_to_string(repository().join(readme)).unwrap();
    let steps = steps(&text);
    assert!(!steps.is_empty(), "{readme} has no walk");
    for step in &steps {
        let output = perform(&folder, &step.command);
        if let Some(line) = missing(&step.shown, &output) {
            panic!("{readme}: $ {}\nshows\n{line}\nwhich is not in\n{output}", step.command);
        }
    }
}

#[test]
fn the_readme_is_true() {
    walk("README.md", "walk-readme");
}

#[test]
fn the_walk_through_the_city_is_true() {
    walk("examples/chizhou/README.md", "walk-chizhou");
}

#[test]
fn a_line_that_is_not_printed_is_noticed() {
    let shown = |lines: &[&str]| lines.iter().map(|it| (*it).to_owned()).collect::<Vec<_>>();
    assert_eq!(missing(&shown(&["甲", "…", "丙"]), "甲\n乙\n丙\n"), None);
    assert_eq!(missing(&shown(&["乙…"]), "甲\n乙丙\n"), None);
    assert_eq!(missing(&shown(&["丙", "甲"]), "甲\n乙\n丙\n"), Some("甲"));
    assert_eq!(missing(&shown(&["乙丙"]), "乙\n丙"), Some("乙丙"));
}
