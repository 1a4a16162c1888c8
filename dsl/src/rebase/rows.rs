//! Rows of tables: where they stand in the new version, and how they are written.

use super::edits::{Declared, Edit, Texts};
use super::{Sides, What};
use crate::check::{part, split};
use crate::diff::partners;
use crate::model::normal::form;
use crate::model::{Cell, CellBound, Content, Expr, Node, Row, RowKey, RuleSet, Table, Test};
use crate::syntax::ast::{DeclKind, LineKind, RowAt, RowEdit};
use crate::value::Value;

/// The table of what is called so; of several periods the first.
pub(super) fn table(set: &RuleSet, target: Option<DeclKind>, name: &str) -> Option<Table> {
    let found = part(set, target, name)?;
    let content = found.decls.into_iter().next()?.versions.into_iter().next()?.content;
    match content {
        Content::Table(it) => Some(it),
        Content::Each(it) => Some(it.table),
        Content::Formula(_)
        | Content::Matrix(_)
        | Content::Condition(_)
        | Content::Source(_)
        | Content::Parts
        | Content::List(_) => None,
    }
}

/// Amended rows that stand elsewhere in the new version, or ask otherwise there.
pub(super) fn moved(texts: &Texts, sides: Sides<'_>) -> Vec<Edit> {
    let mut out = Vec::new();
    for (file, decl) in texts.decls().filter(|it| it.1.kind == DeclKind::Amend) {
        let name = decl.name.text.as_str();
        let named = [(sides.base, name), (sides.province, texts.now(name))];
        let tables = named.map(|it| table(it.0, decl.target, it.1));
        let [Some(old), Some(new)] = tables else { continue };
        let partners = partners(&old, &new);
        for line in &decl.lines {
            let LineKind::Row(edit) = &line.kind else { continue };
            out.extend(renumbered(texts, file, name, edit, &partners));
            out.extend(put_together(texts, (file, decl), sides, (edit, &partners)));
            out.extend(asked_anew(texts, file, name, edit, (&old, &new, &partners)));
        }
    }
    out
}

/// `第 2 行` is `第 3 行` from now on.
fn renumbered(
    texts: &Texts,
    file: usize,
    name: &str,
    edit: &RowEdit,
    partners: &[Option<usize>],
) -> Option<Edit> {
    let RowAt::Number(number, _) = &edit.at else { return None };
    let at = usize::try_from(*number).ok()?.checked_sub(1)?;
    let to = partners.get(at).copied().flatten()? + 1;
    if to == at + 1 { None } else { numbered(texts, file, name, edit, to) }
}

/// A numbered row with its condition, where the merged one has another: an edge of it is the province's.
fn put_together(
    texts: &Texts,
    (file, decl): Declared<'_>,
    sides: Sides<'_>,
    (edit, partners): (&RowEdit, &[Option<usize>]),
) -> Option<Edit> {
    let (RowAt::Number(number, _), Some(_)) = (&edit.at, &edit.key) else { return None };
    let name = decl.name.text.as_str();
    let (of, now) = (|set, name| table(set, decl.target, name), texts.now(name));
    let from = usize::try_from(*number).ok()?.checked_sub(1)?;
    let to = partners.get(from).copied().flatten()?;
    let city = of(sides.city, name)?;
    let (province, merged) = (of(sides.province, now)?, of(sides.merged, now)?);
    let (own, wanted) = (city.rows.get(from)?, merged.rows.get(to)?);
    if key_form(&own.key) == key_form(&wanted.key) {
        return None;
    }
    let known: Vec<&Row> = city.rows.iter().chain(&province.rows).collect();
    let row = row_text(wanted, &known)?;
    let row = if edit.results.is_empty() { split(&row).0.to_owned() } else { row };
    let number = numbered(texts, file, name, edit, to + 1)?.text;
    let text = format!("{} {row}", number.trim());
    let from = texts.at(file, edit.span).trim().to_owned();
    let what = What::Row { of: name.to_owned(), from, to: text.clone() };
    Some(texts.replace(file, edit.span, text, what))
}

/// The edit with the number of another row.
pub(super) fn numbered(
    texts: &Texts,
    file: usize,
    name: &str,
    edit: &RowEdit,
    to: usize,
) -> Option<Edit> {
    let RowAt::Number(_, span) = &edit.at else { return None };
    let written = texts.at(file, *span);
    let digits = |it: char| it.is_ascii_digit() || ('０'..='９').contains(&it);
    let start = written.find(digits)?;
    let rest = written.get(start..)?;
    let end = rest.find(|it| !digits(it)).unwrap_or(rest.len());
    let text = format!("{}{to}{}", written.get(..start)?, rest.get(end..)?);
    let (from, to) = (written.trim().to_owned(), text.trim().to_owned());
    Some(texts.replace(file, *span, text, What::Row { of: name.to_owned(), from, to }))
}

/// A row that is named by what it asks, where the province asks otherwise by now.
fn asked_anew(
    texts: &Texts,
    file: usize,
    name: &str,
    edit: &RowEdit,
    (old, new, partners): (&Table, &Table, &[Option<usize>]),
) -> Option<Edit> {
    let RowAt::Key(_) = &edit.at else { return None };
    let written = texts.at(file, edit.span);
    let key = written.split(['=', '＝']).next()?.trim_end();
    let words = |it: &str| it.split_whitespace().collect::<String>();
    let rows = old.rows.iter().enumerate();
    let mut same = rows.filter(|it| words(split(&it.1.text).0) == words(key)).map(|it| it.0);
    let (Some(at), None) = (same.next(), same.next()) else { return None };
    let to = split(&new.rows.get(partners.get(at).copied().flatten()?)?.text).0;
    if words(to) == words(key) {
        return None;
    }
    let mut span = edit.span;
    span.end = span.start + u32::try_from(key.len()).ok()?;
    let what = What::Row { of: name.to_owned(), from: key.to_owned(), to: to.to_owned() };
    Some(texts.replace(file, span, to.to_owned(), what))
}

/// The rows of a table as text: each as one of the parents wrote it, or put together of what both wrote.
pub(super) fn written(wanted: &Table, parents: &[Table]) -> Option<Vec<String>> {
    let known: Vec<&Row> = parents.iter().flat_map(|it| &it.rows).collect();
    wanted.rows.iter().map(|row| row_text(row, &known)).collect()
}

fn row_text(row: &Row, known: &[&Row]) -> Option<String> {
    let same_key = |it: &&&Row| key_form(&it.key) == key_form(&row.key);
    let same = known.iter().find(|it| same_key(it) && result_forms(it) == result_forms(row));
    if let Some(it) = same {
        return Some(it.text.clone());
    }
    let key = match known.iter().find(same_key) {
        Some(it) => split(&it.text).0.to_owned(),
        None => key_text(&row.key)?,
    };
    let results = (0..row.results.len()).map(|column| result_text(row, column, known));
    let results: Vec<String> = results.collect::<Option<_>>()?;
    let results = results.join(", ");
    Some(if key.is_empty() { format!("：{results}") } else { format!("{key}：{results}") })
}

/// What a column of the row is worth, as somebody wrote it.
fn result_text(row: &Row, column: usize, known: &[&Row]) -> Option<String> {
    let wanted = result_forms(row).get(column)?.clone();
    known.iter().find_map(|it| {
        let forms = result_forms(it);
        let all = columns(split(&it.text).1);
        let same = forms.len() == row.results.len() && all.len() == forms.len();
        let at =
            [column].into_iter().chain(0..forms.len()).find(|at| forms.get(*at) == Some(&wanted));
        at.filter(|_| same).and_then(|at| all.get(at).map(|it| it.trim().to_owned()))
    })
}

/// The results of a row, parted at commas outside brackets and quotation marks.
fn columns(text: &str) -> Vec<&str> {
    let (mut out, mut depth, mut quoted, mut from) = (Vec::new(), 0_i32, false, 0);
    for (at, sign) in text.char_indices() {
        match sign {
            '"' => quoted = !quoted,
            '(' | '（' | '[' if !quoted => depth += 1,
            ')' | '）' | ']' if !quoted => depth -= 1,
            ',' | '，' if !quoted && depth == 0 => {
                out.extend(text.get(from..at));
                from = at + sign.len_utf8();
            }
            _ => {}
        }
    }
    out.extend(text.get(from..));
    out
}

fn key_form(key: &RowKey) -> RowKey {
    match key {
        RowKey::Cells(all) => RowKey::Cells(all.iter().map(form).collect()),
        RowKey::When(it) => RowKey::When(form(it)),
        RowKey::Otherwise | RowKey::Always => key.clone(),
    }
}

fn result_forms(row: &Row) -> Vec<Option<Expr>> {
    row.results.iter().map(|it| it.as_ref().map(form)).collect()
}

/// A key that nobody wrote: a band with one edge of the province and one of the city.
fn key_text(key: &RowKey) -> Option<String> {
    let RowKey::Cells(cells) = key else { return None };
    let cells: Option<Vec<String>> = cells.iter().map(cell_text).collect();
    Some(cells?.join(", "))
}

fn cell_text(cell: &Cell) -> Option<String> {
    let Cell::OneOf(tests) = cell else { return Some("-".to_owned()) };
    let [Test::Range { low, high }] = tests.as_slice() else { return None };
    let texts = [low, high].map(|it| it.as_ref().and_then(bound_text));
    if [low, high].iter().zip(&texts).any(|(it, text)| it.is_some() != text.is_some()) {
        return None;
    }
    let [low, high] = texts;
    Some(match (low, high) {
        (Some((a, true)), Some((b, false))) => format!("{a} 以上不满 {b}"),
        (Some((a, false)), Some((b, true))) => format!("超过 {a} 至 {b}"),
        (Some((a, true)), Some((b, true))) => format!("{a} 至 {b}"),
        (Some((a, false)), Some((b, false))) => format!("({a}, {b})"),
        (Some((a, true)), None) => format!("{a} 以上"),
        (Some((a, false)), None) => format!("超过 {a}"),
        (None, Some((b, false))) => format!("不满 {b}"),
        (None, Some((b, true))) => format!("{b} 以下"),
        (None, None) => return None,
    })
}

/// A bound, and whether it belongs to the band.
fn bound_text(it: &CellBound) -> Option<(String, bool)> {
    Some((value_text(&it.value)?, it.inclusive))
}

/// A bare number takes the unit of the column.
fn value_text(it: &Expr) -> Option<String> {
    match &it.node {
        Node::Const(Value::Number(it)) => Some(it.trimmed().to_string()),
        Node::Const(Value::Date(it)) => Some(it.to_string()),
        Node::Decl(it) if it.package.is_none() => Some(it.id.to_string()),
        _ => None,
    }
}
