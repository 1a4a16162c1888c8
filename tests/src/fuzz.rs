//! What must hold of any bytes, stage by stage: the bodies of the fuzz targets.
//!
//! The fuzzers call these functions with what they invent, and `tests/tests/fuzz.rs` calls them with the
//! corpus that is kept in `tests/fuzz-corpus`. A function that finds something wrong panics, as the
//! stage itself might; it says by its result whether the input went all the way through, so that a
//! corpus of nothing but rubbish is noticed. Inputs over a size are passed over: how time grows with
//! size is the business of other tests.
//!
//! The bytes of [`check`] and [`evaluate`] are the files of packages: `=== folder/name.heng` begins a
//! file, and the folder of the first one is what is asked for. Bytes that do not begin so are one file.
//! What follows a zero byte makes up the data of [`evaluate`].

#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "these are tests: what does not hold stops them"
)]

mod evaluate;
pub mod household;
mod mutate;
#[path = "../../dsl/tests/tree/mod.rs"]
mod tree;

use std::borrow::Cow;

use heng_dsl::check::{self as checker, Checked};
use heng_dsl::diag::{Diagnostic, Lang};
use heng_dsl::model::linked::{LinkTable, Linked};
use heng_dsl::source::SourceMap;
use heng_dsl::span::{FileId, Span};
use heng_dsl::stored;
use heng_dsl::syntax::ast::File;
use heng_dsl::syntax::format::{Formatted, Options};
use heng_dsl::syntax::{self, Spelling};
use heng_dsl::world::MemoryWorld;

pub use self::evaluate::evaluate;
pub use self::mutate::mutated;

/// A target: its name, which is that of its folder in the corpus, and its body.
pub type Target = (&'static str, fn(&[u8]) -> bool);

/// All targets.
pub const TARGETS: [Target; 4] =
    [("parse", parse), ("format", format), ("check", check), ("evaluate", evaluate)];

/// Bytes of the longest text that is read or written.
const MAX_TEXT: usize = 16 << 10;

/// Bytes of the longest package that is checked or evaluated.
const MAX_PACKAGE: usize = 8 << 10;

/// Reading never fails: every place that the tree or a problem speaks of lies in the text, and every
/// problem has its sentence. True where the text was read without a problem.
///
/// # Panics
///
/// Where that does not hold, as the other targets do.
pub fn parse(bytes: &[u8]) -> bool {
    let Some(text) = text(bytes, MAX_TEXT) else { return false };
    let sources = one_file(&text);
    // Places are those of the text as it is kept, without a byte order mark.
    let text = sources.file(FileId::default()).map_or(text, |it| it.text.clone().into());
    let (tree, problems) = syntax::parse(FileId::default(), &text);
    lies_in(&format!("{tree:?}"), &text);
    problems.iter().for_each(|it| is_well_told(it, &sources));
    let (formula, of_formula) = syntax::parse_expression(FileId::default(), &text, 0);
    lies_in(&format!("{formula:?}"), &text);
    of_formula.iter().for_each(|it| is_well_told(it, &sources));
    match syntax::parse_edit(FileId::default(), &text) {
        Ok(edit) => lies_in(&format!("{edit:?}"), &text),
        Err(of_edit) => of_edit.iter().for_each(|it| is_well_told(it, &sources)),
    }
    problems.is_empty()
}

/// A file has one form in each spelling: written once more it stays, what cannot be read stays byte for
/// byte, and what can be read means the same and keeps its comments. True for such a file.
///
/// # Panics
///
/// Where that does not hold.
pub fn format(bytes: &[u8]) -> bool {
    let Some(text) = text(bytes, MAX_TEXT) else { return false };
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text).replace("\r\n", "\n");
    let (tree, problems) = syntax::parse(FileId::default(), &text);
    for spelling in [None, Some(Spelling::Chinese), Some(Spelling::English)] {
        let form = formatted(&text, spelling);
        assert_eq!(formatted(&form.text, spelling).text, form.text, "written once more\n{text}");
        for kept in &form.kept {
            let kept =
                text.get(kept.start as usize..kept.end as usize).expect("it lies in the text");
            assert!(form.text.contains(kept), "what cannot be read stays\n{text}");
        }
        if !problems.is_empty() {
            continue;
        }
        let (again, problems) = syntax::parse(FileId::default(), &form.text);
        assert!(problems.is_empty(), "{problems:?}\n{text}\n{}", form.text);
        assert_eq!(comments(&again, &form.text), comments(&tree, &text), "comments\n{text}");
        if spelling.is_none() {
            assert_eq!(meaning(&again), meaning(&tree), "the meaning\n{text}\n{}", form.text);
        } else {
            let [back, there] =
                [&form.text, &text].map(|it| formatted(it, Some(Spelling::Chinese)));
            assert_eq!(back.text, there.text, "the other spelling and back\n{text}\n{}", form.text);
        }
    }
    problems.is_empty()
}

/// Checking never fails, speaks of places that are there, and gives the same twice. Packages without an
/// error are the same bytes after they were stored and read. True for such packages.
///
/// # Panics
///
/// Where that does not hold.
pub fn check(bytes: &[u8]) -> bool {
    let Some(text) = text(bytes, MAX_PACKAGE) else { return false };
    let checked = checked(&text);
    let Some(linked) = &checked.linked else { return false };
    survives(linked, &checked.roots);
    true
}

/// The checked packages of a text; what is said of them is well told.
fn checked(text: &str) -> Checked {
    let (world, roots) = packages(text);
    let checked = checker::check(&world, &roots, &LinkTable::new());
    checked.diagnostics.iter().for_each(|it| is_well_told(it, &checked.sources));
    let again = checker::check(&world, &roots, &LinkTable::new());
    assert_eq!(again.diagnostics, checked.diagnostics, "checked twice\n{text}");
    checked
}

/// The files of a text, and the folder of the first one.
fn packages(text: &str) -> (MemoryWorld, Vec<String>) {
    let rest = text.strip_prefix("=== ").unwrap_or("");
    let mut roots = Vec::new();
    let mut world = MemoryWorld::default();
    for part in rest.split("\n=== ") {
        let (path, body) = part.split_once('\n').unwrap_or((part, ""));
        let Some((folder, _)) = path.trim().rsplit_once('/') else { continue };
        if roots.is_empty() {
            roots.push(folder.to_owned());
        }
        world = world.with(path.trim(), body);
    }
    if roots.is_empty() {
        return (MemoryWorld::default().with("a/a.heng", text), vec!["a".to_owned()]);
    }
    (world, roots)
}

/// Stored and read again, all together and one by one, it gives the same bytes.
fn survives(linked: &Linked, roots: &[usize]) {
    let closed = stored::linked(linked, roots);
    let read = stored::read("closed.json", closed.as_bytes()).expect("what we wrote is read");
    let found = stored::link(vec![read]).expect("what was checked is linked");
    assert_eq!(stored::linked(&found.linked, &found.roots), closed, "a closed file");
    let each: Vec<String> =
        (0..linked.packages.len()).filter_map(|it| stored::package(linked, it)).collect();
    let read = each.iter().map(|it| stored::read("one.json", it.as_bytes()));
    let read = read.collect::<Result<_, _>>().expect("what we wrote is read");
    let found = stored::link(read).expect("what was checked is linked").linked;
    for (at, text) in each.iter().enumerate() {
        assert_eq!(stored::package(&found, at).as_ref(), Some(text), "a file with one package");
    }
}

/// The text of the bytes, if it is short enough.
fn text(bytes: &[u8], most: usize) -> Option<Cow<'_, str>> {
    (bytes.len() <= most).then(|| String::from_utf8_lossy(bytes))
}

fn one_file(text: &str) -> SourceMap {
    let mut sources = SourceMap::default();
    sources.add(heng_dsl::source::SourceFile::new("text", text));
    sources
}

/// The places of a diagnostic lie in the texts, and it has a sentence in both languages.
fn is_well_told(it: &Diagnostic, sources: &SourceMap) {
    let fix = it.fix.iter().map(|it| it.span);
    let places =
        [it.primary.span].into_iter().chain(it.related.iter().map(|it| it.span)).chain(fix);
    for span in places.filter(|it| *it != Span::default()) {
        let file = sources.file(span.file).map(|it| it.text.as_str());
        let there = file.and_then(|it| it.get(span.start as usize..span.end as usize));
        assert!(there.is_some(), "{it:?} lies outside of\n{file:?}");
    }
    for lang in [Lang::Zh, Lang::En] {
        assert!(!it.message(lang).is_empty(), "{it:?} says nothing");
        it.help(lang);
    }
}

/// Every span of a tree lies in the text. The tree is looked at as it is shown for debugging, so that no
/// part of it can be forgotten.
fn lies_in(shown: &str, text: &str) {
    for part in shown.split("Span { file: FileId(0), start: ").skip(1) {
        let numbers = part.split_once(" }").and_then(|it| it.0.split_once(", end: "));
        let Some((start, end)) = numbers else { continue };
        let range =
            start.parse().ok().zip(end.parse().ok()).map(|(start, end): (usize, _)| start..end);
        let there = range.and_then(|it| text.get(it));
        assert!(there.is_some(), "{start}..{end} lies outside of\n{text}");
    }
}

fn formatted(text: &str, spelling: Option<Spelling>) -> Formatted {
    syntax::format::format(text, Options { spelling })
}

/// What a tree says, however it is spelt and in whatever order the lines of its declarations stand.
fn meaning(tree: &File) -> String {
    tree::in_chinese(&tree::sorted(tree))
}

/// The comments of a file, sorted: those of a declaration go with the lines that they stand at.
fn comments(tree: &File, text: &str) -> Vec<String> {
    let comment = |start: u32, end: u32| text.get(start as usize..end as usize).unwrap_or("");
    let comments = tree.comments.iter().map(|it| comment(it.span.start, it.span.end));
    let mut comments: Vec<String> =
        comments.map(|it| it.trim_end().replacen('＃', "#", 1)).collect();
    comments.sort_unstable();
    comments
}
