//! The city's texts, and edits of them that all speak of the texts as they were: so they have no order, and
//! every note says where something stood.

#![expect(
    clippy::unused_self,
    clippy::struct_field_names,
    reason = "edits of one text are asked of that text, whether or not it is looked at"
)]

use super::{Files, Note, Sides, What};
use crate::diff::{Aspect, Diff, as_copied};
use crate::source::SourceMap;
use crate::span::Span;
use crate::syntax::ast::{self, AttrKind, Decl, DeclKind, LineKind};
use crate::syntax::parse;

/// The texts with their trees.
pub(super) struct Texts {
    files: Vec<Text>,
    /// What the province renamed: the old name and the new one.
    renamed: Vec<(String, String)>,
}

/// A file.
pub(super) struct Text {
    /// Its path.
    pub(super) path: String,
    /// What stands in it.
    pub(super) text: String,
    /// Its tree; without declarations where it is no rule file.
    pub(super) tree: ast::File,
}

/// A piece of a text that is replaced.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Edit {
    /// The number of the file.
    pub(super) file: usize,
    /// From this byte.
    pub(super) start: usize,
    /// To the one before this.
    pub(super) end: usize,
    /// By this.
    pub(super) text: String,
    /// What it does.
    pub(super) what: What,
}

/// A declaration of the city, and the number of its file.
pub(super) type Declared<'t> = (usize, &'t Decl);

impl Texts {
    /// Reads the files.
    pub(super) fn read(files: &Files, sides: Sides<'_>) -> Self {
        let mut sources = SourceMap::default();
        let read = files.iter().map(|(path, text)| {
            let text = text.strip_prefix('\u{feff}').unwrap_or(text).to_owned();
            let is_rules = std::path::Path::new(path)
                .extension()
                .is_some_and(|it| it.eq_ignore_ascii_case("heng"));
            let file = sources.add(crate::source::SourceFile::new(path.clone(), ""));
            let tree = if is_rules { parse(file, &text).0 } else { ast::File::default() };
            Text { path: path.clone(), text, tree }
        });
        Self { files: read.collect(), renamed: renamed(sides) }
    }

    /// What the province calls something by now that the city calls so.
    pub(super) fn now<'n>(&'n self, name: &'n str) -> &'n str {
        self.renamed.iter().find(|it| it.0 == name).map_or(name, |it| &it.1)
    }

    /// All declarations, with the numbers of their files.
    pub(super) fn decls(&self) -> impl Iterator<Item = Declared<'_>> {
        let all = self.files.iter().enumerate();
        all.flat_map(|(at, it)| it.tree.decls.iter().filter(|it| !it.broken).map(move |d| (at, d)))
    }

    /// The text of a file.
    pub(super) fn text(&self, file: usize) -> &str {
        self.files.get(file).map_or("", |it| it.text.as_str())
    }

    /// What stands in a span of a file.
    pub(super) fn at(&self, file: usize, span: Span) -> &str {
        self.text(file).get(span.start as usize..span.end as usize).unwrap_or("")
    }

    /// The number of the file that a rule file names, by its path beside it.
    pub(super) fn named(&self, from: usize, name: &str) -> Option<usize> {
        let path = self.files.get(from)?.path.rsplit_once('/').map_or("", |it| it.0);
        let path = if path.is_empty() { name.to_owned() } else { format!("{path}/{name}") };
        self.files.iter().position(|it| it.path == path)
    }

    /// An edit of what stands in a span.
    pub(super) fn replace(&self, file: usize, span: Span, text: String, what: What) -> Edit {
        Edit { file, start: span.start as usize, end: span.end as usize, text, what }
    }

    /// Leaves out whole lines; `what` says why.
    pub(super) fn without(&self, file: usize, span: Span, why: super::Why) -> Edit {
        let text = self.text(file);
        let (start, end) = (span.start as usize, span.end as usize);
        let first = self.at(file, span).lines().next().unwrap_or("").trim().to_owned();
        let what = What::Dropped { text: first, why };
        let begins = text.get(..start).unwrap_or("").rfind('\n').map_or(0, |it| it + 1);
        if !text.get(begins..start).unwrap_or("").trim().is_empty() {
            // It stands behind something on its line.
            let start = text.get(..start).unwrap_or("").trim_end().len();
            return Edit { file, start, end, text: String::new(), what };
        }
        let behind = text.get(end..).unwrap_or("");
        let rest = behind.find('\n').map_or(behind.len(), |it| it + 1);
        Edit { file, start: begins, end: end + rest, text: String::new(), what }
    }

    /// Leaves out a declaration with the comment that stands right above it, and one of the empty lines
    /// around it.
    pub(super) fn without_decl(&self, (file, decl): Declared<'_>, why: super::Why) -> Edit {
        let mut edit = self.without(file, decl.span, why);
        let text = self.text(file);
        loop {
            let above = text.get(..edit.start).unwrap_or("").trim_end_matches('\n');
            let line = above.rfind('\n').map_or(0, |it| it + 1);
            let adjoins = above.len() + 1 == edit.start;
            let comment = text.get(line..edit.start).unwrap_or("").trim_start();
            if !adjoins || !comment.starts_with('#') || comment.starts_with("##") {
                break;
            }
            edit.start = line;
        }
        let before = text.get(..edit.start).unwrap_or("");
        let behind = text.get(edit.end..).unwrap_or("");
        let empty =
            behind.find('\n').filter(|it| behind.get(..*it).is_some_and(|it| it.trim().is_empty()));
        if let (true, Some(line)) = (before.is_empty() || before.ends_with("\n\n"), empty) {
            edit.end += line + 1;
        }
        edit
    }

    /// Is the piece part of one that an edit replaces already?
    pub(super) fn covers(&self, edits: &[Edit], it: &Edit) -> bool {
        let meets =
            |other: &&Edit| other.file == it.file && other.start < it.end && it.start < other.end;
        let mut all = edits.iter().filter(meets);
        all.any(|other| other.start <= it.start && it.end <= other.end)
    }

    /// The files with these edits; of two that meet, the wider one counts.
    pub(super) fn with(&self, edits: &[Edit]) -> Files {
        let kept = self.kept(edits);
        let mut out = Files::new();
        for (at, file) in self.files.iter().enumerate() {
            let (mut text, mut from) = (String::new(), 0);
            for it in kept.iter().filter(|it| it.file == at) {
                text.push_str(file.text.get(from..it.start).unwrap_or(""));
                text.push_str(&it.text);
                from = it.end;
            }
            text.push_str(file.text.get(from..).unwrap_or(""));
            out.insert(file.path.clone(), text);
        }
        out
    }

    /// What the edits do, by file and line.
    pub(super) fn notes(&self, edits: &[Edit]) -> Vec<Note> {
        let note = |it: &&Edit| {
            let file = self.files.get(it.file)?;
            let before = file.text.get(..it.start)?;
            // A removal begins with the comment above.
            let skipped = match &it.what {
                What::Dropped { text, .. } => {
                    file.text.get(it.start..it.end)?.find(text.as_str()).unwrap_or(0)
                }
                _ => 0,
            };
            let inside = file.text.get(it.start..it.start + skipped)?;
            let line = before.matches('\n').count() + inside.matches('\n').count() + 1;
            let line = u32::try_from(line).unwrap_or(u32::MAX);
            Some(Note { file: file.path.clone(), line, what: it.what.clone() })
        };
        let mut notes: Vec<Note> = self.kept(edits).iter().filter_map(note).collect();
        notes.dedup();
        notes
    }

    /// The edits that count, in order.
    fn kept<'e>(&self, edits: &'e [Edit]) -> Vec<&'e Edit> {
        let mut all: Vec<&Edit> = edits.iter().collect();
        all.sort_by_key(|it| (it.file, std::cmp::Reverse(it.end - it.start), it.start));
        let mut kept: Vec<&Edit> = Vec::new();
        for it in all {
            let meets = |other: &&Edit| {
                other.file == it.file && other.start < it.end && it.start < other.end
            };
            if !kept.iter().any(meets) {
                kept.push(it);
            }
        }
        kept.sort_by_key(|it| (it.file, it.start));
        kept
    }
}

/// The city pins a version: from now on the new one.
pub(super) fn versions(texts: &Texts, sides: Sides<'_>) -> Vec<Edit> {
    let (from, to) = (&sides.base.version, &sides.province.version);
    let mut out = Vec::new();
    for (file, decl) in texts.decls() {
        let uses = matches!(decl.kind, DeclKind::Extends | DeclKind::Use);
        if !uses || decl.name.text != *sides.base.id || from == to {
            continue;
        }
        for attr in &decl.attrs {
            let AttrKind::Version(version) = &attr.kind else { continue };
            if version.text != **from {
                continue;
            }
            let written = texts.at(file, version.span).replacen(&**from, to, 1);
            let what = What::Version { from: from.to_string(), to: to.to_string() };
            out.push(texts.replace(file, version.span, written, what));
        }
    }
    out
}

/// What the province renamed: the old name and the new one.
fn renamed(sides: Sides<'_>) -> Vec<(String, String)> {
    let old = as_copied(sides.base, sides.city);
    let new = as_copied(sides.province, sides.city);
    let diff = Diff::certain(&old, &new);
    let names = diff.changes().iter().filter(|it| it.aspect == Aspect::Id);
    let both = names.filter_map(|it| Some((it.thing.was.as_ref()?, &it.thing.name)));
    both.map(|it| (it.0.to_string(), it.1.to_string())).collect()
}

/// What the province renamed is called by its new name, wherever the city speaks of it.
pub(super) fn names(texts: &Texts) -> Vec<Edit> {
    let mut out = Vec::new();
    for (file, text) in texts.files.iter().enumerate().filter(|it| !it.1.tree.decls.is_empty()) {
        for (from, to) in &texts.renamed {
            for start in words(text, from) {
                let what = What::Name { from: from.clone(), to: to.clone() };
                let (end, text) = (start + from.len(), to.clone());
                out.push(Edit { file, start, end, text, what });
            }
        }
    }
    out
}

/// Where a word stands by itself, outside comments and quotation marks.
fn words(text: &Text, word: &str) -> Vec<usize> {
    let part = |it: char| it.is_alphanumeric() || it == '_';
    let quiet = |at: usize| {
        let comments = text.tree.comments.iter().map(|it| it.span);
        let mut comments = comments.map(|it| it.start as usize..it.end as usize);
        let line = text.text.get(..at).unwrap_or("").rfind('\n').map_or(0, |it| it + 1);
        let before = text.text.get(line..at).unwrap_or("");
        comments.any(|it| it.contains(&at)) || before.matches('"').count() % 2 == 1
    };
    let found = text.text.match_indices(word).map(|it| it.0);
    let alone = |at: &usize| {
        let before = text.text.get(..*at).unwrap_or("").chars().next_back();
        let behind = text.text.get(at + word.len()..).unwrap_or("").chars().next();
        !before.is_some_and(part) && !behind.is_some_and(part)
    };
    found.filter(alone).filter(|it| !quiet(*it)).collect()
}

/// Is it a line that says what something is worth, and not why?
pub(super) fn is_said(it: &LineKind) -> bool {
    !matches!(it, LineKind::Text(word, _) if *word != ast::TextWord::Reason)
}
