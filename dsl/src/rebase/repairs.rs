//! Edits that may bring a text to what it has to mean. Each is tried and checked by whoever asks.

use super::edits::{Declared, Edit, Texts};
use super::idle::droppable;
use super::rows::{numbered, table, written};
use super::{Reached, Sides, What, Why};
use crate::check::agree;
use crate::model::Table;
use crate::span::Span;
use crate::syntax::ast::{DeclKind, Def, LineKind};

/// Edits of whatever speaks of what differs; where it is not known what does, of what the province changed.
pub(super) fn of(texts: &Texts, sides: Sides<'_>, now: &Reached) -> Vec<Edit> {
    let names = now.names();
    let concerned = |it: &Declared<'_>| {
        let name = it.1.name.text.as_str();
        match &names {
            Some(names) => names.contains(&name) || names.contains(&texts.now(name)),
            None => !agree(sides.base, sides.province, it.1.target, name),
        }
    };
    let amendments = texts.decls().filter(|it| it.1.kind == DeclKind::Amend && concerned(it));
    let mut out = Vec::new();
    for it in amendments {
        out.extend(tables(texts, it, sides));
        out.extend(droppable(texts, it, Why::Province));
        out.extend(numbers(texts, it, sides));
        out.extend(codes(texts, it, now));
        out.push(texts.without_decl(it, Why::Province));
    }
    out
}

/// A table that the city wrote as a whole, with the rows that it has in the merged set.
fn tables(texts: &Texts, (file, decl): Declared<'_>, sides: Sides<'_>) -> Option<Edit> {
    let name = decl.name.text.as_str();
    let of = |(set, name)| table(set, decl.target, name);
    let now = texts.now(name);
    let def = decl.lines.iter().find_map(|it| match &it.kind {
        LineKind::Score { def: Def::Table(it), .. } | LineKind::Def(Def::Table(it)) => Some(it),
        _ => None,
    })?;
    let (first, last) = (def.rows.first()?.span, def.rows.last()?.span);
    let parents: Vec<Table> = [(sides.city, name), (sides.province, now), (sides.base, name)]
        .into_iter()
        .filter_map(of)
        .collect();
    let rows = written(&of((sides.merged, now))?, &parents)?;
    let start = first.start as usize;
    let text = texts.text(file);
    let line = text.get(..start)?.rfind('\n').map_or(0, |it| it + 1);
    let blanks = text.get(line..start).filter(|it| it.trim().is_empty())?;
    let rows = rows.join(&format!("\n{blanks}"));
    let span = Span { end: last.end, ..first };
    Some(texts.replace(file, span, rows, What::Table { of: name.to_owned() }))
}

/// Every other row that an edit of a numbered row may be about.
fn numbers(texts: &Texts, (file, decl): Declared<'_>, sides: Sides<'_>) -> Vec<Edit> {
    let name = decl.name.text.as_str();
    let rows = table(sides.province, decl.target, texts.now(name)).map_or(0, |it| it.rows.len());
    let edits = decl.lines.iter().filter_map(|it| match &it.kind {
        LineKind::Row(edit) => Some(edit),
        _ => None,
    });
    let all = |edit| (1..=rows).filter_map(move |to| numbered(texts, file, name, edit, to));
    edits.flat_map(all).collect()
}

/// Rows of a file of codes that the province decides.
fn codes(texts: &Texts, (file, decl): Declared<'_>, now: &Reached) -> Vec<Edit> {
    if decl.target != Some(DeclKind::Codes) {
        return Vec::new();
    }
    let differ = now.codes(&decl.name.text);
    let files = decl.lines.iter().filter_map(|it| match &it.kind {
        LineKind::File(name) => texts.named(file, &name.text),
        _ => None,
    });
    let mut out = Vec::new();
    for at in files {
        let mut start = 0;
        for line in texts.text(at).split_inclusive('\n') {
            let code = line.split(',').next().unwrap_or("").trim().trim_matches('"');
            if differ.contains(&code) {
                let (text, end) = (line.trim().to_owned(), start + line.len());
                let what = What::Dropped { text, why: Why::Province };
                out.push(Edit { file: at, start, end, text: String::new(), what });
            }
            start += line.len();
        }
    }
    out
}
