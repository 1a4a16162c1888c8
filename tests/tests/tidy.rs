//! The rules of the house as tests: what a review would otherwise have to notice every time.
//!
//! Everything is read as text. Each rule is a function from texts to complaints, so that the second
//! half of this file can show that it complains where it should.

use std::fs;
use std::path::{Path, PathBuf};

use heng_dsl::diag::CODES;

/// Lines of a file without its tests.
const MAX_LINES: usize = 500;

/// Files that are longer on purpose, with how long they may be and why.
const LONGER: &[(&str, usize, &str)] =
    &[("dsl/src/syntax/ast.rs", 980, "one tree, read from top to bottom")];

/// Packages in `Cargo.lock`.
const MAX_PACKAGES: usize = 350;

/// Words that may not occur in the two libraries, outside of comments, and why.
const FORBIDDEN: &[(&str, &[&str], &str)] = &[
    ("HashMap", &["dsl", "engine"], "its order is random; use BTreeMap or IndexMap"),
    ("HashSet", &["dsl", "engine"], "its order is random; use BTreeSet or IndexSet"),
    ("f64", &["dsl", "engine"], "scores and money are exact; use Decimal"),
    ("f32", &["dsl", "engine"], "scores and money are exact; use Decimal"),
    (
        "SystemTime",
        &["dsl", "engine", "cli"],
        "the as-of date is an input; nothing reads the clock",
    ),
    ("Instant", &["dsl", "engine"], "nothing reads the clock"),
    ("std::env", &["dsl", "engine"], "behaviour depends on inputs only"),
    ("std::fs", &["dsl"], "the language reaches files through World"),
    (
        "println!",
        &["dsl", "engine", "cli"],
        "output goes through one place that a broken pipe cannot crash",
    ),
    ("todo!", &["dsl", "engine", "cli"], "nothing may pretend to be done"),
    ("unimplemented!", &["dsl", "engine", "cli"], "nothing may pretend to be done"),
];

/// Where a forbidden word is meant: the word, the file, and why.
const MEANT: &[(&str, &str, &str)] = &[
    (
        "f64",
        "engine/src/ingest/sheet/workbook/value.rs",
        "a workbook stores binary fractions; they leave this file as decimals",
    ),
    (
        "f64",
        "engine/src/prove/linear/solver.rs",
        "a solver counts in binary fractions; what it finds is worked out again, what it excludes is told as its word",
    ),
    (
        "f32",
        "dsl/src/stored/canonical.rs",
        "what writes a model is asked for such numbers, and refuses",
    ),
    (
        "f64",
        "dsl/src/stored/canonical.rs",
        "what writes a model is asked for such numbers, and refuses",
    ),
    (
        "std::fs",
        "dsl/src/syntax/plain/tests.rs",
        "tests, which hold the quick reader against the shipped files",
    ),
    ("SystemTime", "cli/src/clock.rs", "a registry says when something was done; no result knows"),
];

/// Parts of a crate that only some files may use: what, in which crate, where it is allowed.
const DOORS: &[(&str, &str, &[&str])] = &[
    ("heng_dsl::syntax", "engine", &[]),
    ("heng_dsl::check", "engine", &[]),
    ("heng_dsl::syntax", "cli", &["cli/src/commands/fmt.rs", "cli/src/commands/test/accept.rs"]),
    ("heng_dsl::check", "cli", &["cli/src/rules.rs"]),
    ("use sled", "engine", &["engine/src/registry/index/on_disk.rs"]),
    ("annotate_snippets", "cli", &["cli/src/render.rs"]),
    ("comfy_table", "cli", &["cli/src/table.rs"]),
    ("clap::Parser", "cli", &["cli/src/lib.rs", "cli/src/args.rs"]),
];

/// A text file of the repository, by its path from the root with `/`.
struct Text {
    path: String,
    text: String,
}

impl Text {
    /// The code without the tests at its end and without comments.
    fn code(&self) -> impl Iterator<Item = (usize, &str)> {
        let lines = self.text.lines().enumerate();
        let lines = lines.take_while(|(_, line)| *line != "#[cfg(test)]");
        lines.filter(|(_, line)| !line.trim_start().starts_with("//"))
    }

    fn is_in(&self, folder: &str) -> bool {
        self.path.strip_prefix(folder).is_some_and(|it| it.starts_with('/'))
    }
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// All files below a folder whose name ends so, sorted.
fn texts(folder: &str, endings: &[&str]) -> Vec<Text> {
    let mut found = Vec::new();
    collect(&root().join(folder), folder, endings, &mut found);
    found.sort_by(|a, b| a.path.cmp(&b.path));
    found
}

fn collect(folder: &Path, name: &str, endings: &[&str], found: &mut Vec<Text>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let file = entry.file_name().to_string_lossy().into_owned();
        let path = format!("{name}/{file}");
        if entry.path().is_dir() {
            if file != "target" && !file.starts_with('.') {
                collect(&entry.path(), &path, endings, found);
            }
        } else if endings.iter().any(|it| file.ends_with(it)) {
            let text = fs::read(entry.path()).unwrap_or_default();
            found.push(Text { path, text: String::from_utf8_lossy(&text).into_owned() });
        }
    }
}

/// Does the name end so?
fn is(path: &str, ending: &str) -> bool {
    Path::new(path).extension().is_some_and(|it| it == ending)
}

/// The source of the three crates.
fn sources() -> Vec<Text> {
    let found: Vec<Text> =
        ["dsl/src", "engine/src", "cli/src"].iter().flat_map(|it| texts(it, &[".rs"])).collect();
    assert!(found.len() > 50, "the sources were not found");
    found
}

fn none(complaints: &[String]) {
    assert!(complaints.is_empty(), "\n{}\n", complaints.join("\n"));
}

// The rules.

fn no_purpose(files: &[Text]) -> Vec<String> {
    let silent = files.iter().filter(|it| !it.text.starts_with("//! "));
    silent
        .map(|it| format!("{}: the first line says what the file is for (//! …)", it.path))
        .collect()
}

fn too_long(files: &[Text]) -> Vec<String> {
    let complain = |it: &Text| {
        let lines = it.text.lines().take_while(|line| *line != "#[cfg(test)]").count();
        let allowed = LONGER.iter().find(|longer| longer.0 == it.path).map_or(MAX_LINES, |it| it.1);
        (lines > allowed).then(|| format!("{}: {lines} lines, {allowed} allowed", it.path))
    };
    files.iter().filter_map(complain).collect()
}

fn forbidden_words(files: &[Text]) -> Vec<String> {
    let mut complaints = Vec::new();
    for file in files {
        for (word, crates, why) in FORBIDDEN {
            let meant = MEANT.iter().any(|it| it.0 == *word && it.1 == file.path);
            if meant || !crates.iter().any(|it| file.is_in(it)) {
                continue;
            }
            let hits = file.code().filter(|(_, line)| has_word(line, word));
            complaints
                .extend(hits.map(|(at, _)| format!("{}:{}: {word}: {why}", file.path, at + 1)));
        }
    }
    complaints
}

/// Does the word stand in the line by itself, and not inside another one?
fn has_word(line: &str, word: &str) -> bool {
    let part = |it: Option<char>| it.is_some_and(|it| it.is_ascii_alphanumeric() || it == '_');
    line.match_indices(word).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        let after = line[at + word.len()..].chars().next();
        !part(before) && !part(after)
    })
}

fn wrong_doors(files: &[Text]) -> Vec<String> {
    let mut complaints = Vec::new();
    for file in files {
        for (what, within, allowed) in DOORS {
            let applies = file.is_in(within) && !allowed.contains(&file.path.as_str());
            let hits = file.code().filter(|(_, line)| applies && has_word(line, what));
            complaints.extend(hits.map(|(at, _)| {
                format!("{}:{}: {what} may only be used in {allowed:?}", file.path, at + 1)
            }));
        }
    }
    complaints
}

/// Codes that no test mentions. What counts: snapshots, files of corpora and of tests, and the tests
/// inside of source files.
fn untested_codes<'c>(codes: impl Iterator<Item = &'c str>, files: &[Text]) -> Vec<String> {
    let tests: Vec<&str> = files
        .iter()
        .filter_map(|it| {
            if it.path.contains("/src/") && is(&it.path, "rs") {
                it.text.find("#[cfg(test)]").and_then(|at| it.text.get(at..))
            } else {
                Some(it.text.as_str())
            }
        })
        .collect();
    let untested = codes.filter(|code| !tests.iter().any(|it| it.contains(code)));
    untested.map(|it| format!("{it}: no test shows this problem")).collect()
}

fn notes_to_self(files: &[Text]) -> Vec<String> {
    let marks = ["TODO", "FIXME", "XXX"];
    let mut complaints = Vec::new();
    for file in files.iter().filter(|it| !it.path.ends_with("tidy.rs")) {
        for (at, line) in file.text.lines().enumerate() {
            if marks.iter().any(|it| has_word(line, it)) {
                complaints.push(format!(
                    "{}:{}: a note to self; make it an issue",
                    file.path,
                    at + 1
                ));
            }
        }
    }
    complaints
}

/// Every `.snap` beside a corpus file has its input, where the snapshots of that folder are named so.
fn orphans(files: &[Text]) -> Vec<String> {
    let inputs: Vec<String> =
        files.iter().filter(|it| !is(&it.path, "snap")).map(|it| it.path.clone()).collect();
    let mut complaints = Vec::new();
    for snap in files.iter().filter(|it| is(&it.path, "snap")) {
        let header = snap.text.split("\n---\n").next().unwrap_or("");
        let input = header.lines().find_map(|it| it.strip_prefix("input_file: "));
        let there = |input: &str| {
            inputs.iter().any(|it| input.ends_with(it.as_str()) || it.ends_with(input))
        };
        if input.is_some_and(|it| !there(it)) {
            complaints.push(format!("{}: its input is gone", snap.path));
        }
    }
    complaints
}

// The house.

#[test]
fn every_source_file_says_what_it_is_for_and_stays_short() {
    let files = sources();
    none(&[no_purpose(&files), too_long(&files)].concat());
    for (path, _, why) in LONGER {
        assert!(
            files.iter().any(|it| it.path == *path),
            "{path} ({why}) is gone: take it off the list"
        );
    }
}

#[test]
fn the_libraries_touch_nothing_and_compute_exactly() {
    let files = sources();
    none(&forbidden_words(&files));
    for (word, path, why) in MEANT {
        let file = files.iter().find(|it| it.path == *path);
        let used = file.is_some_and(|it| it.code().any(|(_, line)| has_word(line, word)));
        assert!(used, "{word} ({why}) is gone from {path}: take it off the list");
    }
}

#[test]
fn each_door_has_one_file() {
    none(&wrong_doors(&sources()));
}

#[test]
fn every_diagnostic_code_has_a_test() {
    let folders = ["dsl", "engine", "cli", "tests"];
    let files: Vec<Text> = folders
        .iter()
        .flat_map(|it| texts(it, &[".rs", ".snap", ".heng", ".txt", ".md"]))
        .filter(|it| !it.path.ends_with("tidy.rs"))
        .collect();
    none(&untested_codes(CODES.iter().map(|it| it.name), &files));
}

#[test]
fn every_code_speaks_both_languages_with_the_same_placeholders() {
    let places = |text: &'static str| {
        // A brace in quotation marks is a word of the message, and no placeholder.
        let name = |it: &&str| it.chars().all(|it| it.is_ascii_alphanumeric() || it == '_');
        let parts = text.split('{').skip(1).filter_map(|it| Some(it.split_once('}')?.0));
        let mut found: Vec<&str> = parts.filter(name).collect();
        found.sort_unstable();
        found.dedup();
        found
    };
    for it in CODES {
        let [zh, en] = it.message;
        assert_eq!(places(zh), places(en), "{}", it.name);
        assert!(zh.chars().any(|it| it > '\u{2e80}'), "{}: {zh}", it.name);
        let letters = en.chars().filter(char::is_ascii_alphabetic).count();
        assert!(letters * 2 > en.chars().count(), "{}: {en}", it.name);
        assert!(!zh.ends_with('。') && !en.ends_with('.'), "{}: no full stop", it.name);
    }
}

#[test]
fn no_notes_to_self() {
    let folders = ["dsl", "engine", "cli", "tests", "indicator-sets", "examples"];
    let files: Vec<Text> =
        folders.iter().flat_map(|it| texts(it, &[".rs", ".heng", ".md", ".toml"])).collect();
    none(&notes_to_self(&files));
}

#[test]
fn every_snapshot_has_its_input() {
    let folders = ["dsl", "engine", "cli", "tests"];
    let files: Vec<Text> = folders.iter().flat_map(|it| texts(it, &[""])).collect();
    none(&orphans(&files));
}

#[test]
fn the_lock_file_does_not_grow_unseen() {
    let lock = fs::read_to_string(root().join("Cargo.lock")).unwrap();
    let packages = lock.lines().filter(|it| *it == "[[package]]").count();
    assert!(packages <= MAX_PACKAGES, "{packages} packages, {MAX_PACKAGES} allowed");
}

// The rules can fail.

fn text(path: &str, text: &str) -> Vec<Text> {
    vec![Text { path: path.to_owned(), text: text.to_owned() }]
}

#[test]
fn a_file_without_a_purpose_or_an_end_is_seen() {
    assert_eq!(no_purpose(&text("dsl/src/a.rs", "use x;")).len(), 1);
    assert_eq!(too_long(&text("dsl/src/a.rs", &"x\n".repeat(501))).len(), 1);
    assert_eq!(
        too_long(&text("dsl/src/a.rs", &format!("x\n#[cfg(test)]\n{}", "x\n".repeat(900)))).len(),
        0
    );
}

#[test]
fn forbidden_words_are_seen_in_code_and_not_in_comments_or_tests() {
    let seen = |path, code| forbidden_words(&text(path, code)).len();
    assert_eq!(seen("engine/src/a.rs", "let x: HashMap<u8, f64> = y;"), 2);
    assert_eq!(seen("cli/src/a.rs", "let x: f64 = y;"), 0);
    assert_eq!(seen("dsl/src/a.rs", "// f64\nlet xf64 = 1;\n#[cfg(test)]\nf64"), 0);
    assert_eq!(seen("cli/src/a.rs", "println!(\"x\")"), 1);
}

#[test]
fn a_wrong_door_is_seen() {
    assert_eq!(wrong_doors(&text("engine/src/a.rs", "use heng_dsl::syntax;")).len(), 1);
    assert_eq!(wrong_doors(&text("cli/src/rules.rs", "use heng_dsl::check;")).len(), 0);
    assert_eq!(wrong_doors(&text("cli/src/world.rs", "use heng_dsl::check;")).len(), 1);
}

#[test]
fn an_untested_code_is_seen() {
    let files = [
        text("dsl/src/a.rs", "Code::E0001\n#[cfg(test)]\nE0002"),
        text("dsl/tests/a.snap", "E0003"),
    ];
    let files = files.into_iter().flatten().collect::<Vec<_>>();
    let untested = untested_codes(["E0001", "E0002", "E0003"].into_iter(), &files);
    assert_eq!(untested, ["E0001: no test shows this problem"]);
}

#[test]
fn a_note_to_self_and_an_orphan_are_seen() {
    let mark = ["TO", "DO"].concat();
    assert_eq!(notes_to_self(&text("dsl/src/a.rs", &format!("// {mark}: later"))).len(), 1);
    let snap = text("tests/corpus/a.snap", "source: x\ninput_file: tests/corpus/a.heng\n---\nx");
    assert_eq!(orphans(&snap).len(), 1);
}
