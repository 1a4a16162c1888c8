//! One column of a table, cut into atoms: stretches of values on which every cell answers alike.
//!
//! Numbers are counted in the smallest step of their type, dates in days, members by position, so
//! that "between" is exact. Text is cut by the texts and prefixes that the cells mention.

use std::collections::BTreeSet;

use super::cover::Set;
use super::range::{Range, steps_at_least, steps_at_most};
use super::reach::{Reach, Scope};
use super::{show, window};
use crate::diag::Words;
use crate::model::linked::Linked;
use crate::model::{Cell, CellBound, CompareOp, Expr, Node, Test, Ty, TyKind};
use crate::value::{Date, Decimal, Frequency, Value};

/// Values of one column that are named.
const MAX_NAMED: usize = 8;

/// A stretch of values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Atom {
    /// Numbers, dates, members, 否 and 是, both ends included.
    Between(Option<i128>, Option<i128>),
    /// This text.
    Text(String),
    /// A text that starts so, and is or starts with no longer one that is mentioned.
    OtherText(String),
    /// This frequency.
    Frequency(Frequency),
    /// Any other.
    OtherFrequency,
    /// 缺失
    Missing,
}

/// What a cell, or a part of it, asks of the value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Piece {
    /// No value can be so: `超过 50 至 30`.
    Never,
    Missing,
    Present,
    Between(Option<i128>, Option<i128>),
    Text(String),
    Starts(String),
    Frequency(Frequency),
    /// Another value, but not 缺失.
    Not(Box<Piece>),
}

/// Where the constants of a cell come from, and the as-of date of its windows.
#[derive(Clone, Copy)]
pub(super) struct Ask<'a> {
    pub(super) reach: &'a Reach<'a>,
    pub(super) scope: &'a Scope<'a>,
    pub(super) as_of: Date,
    /// Does a cell speak of windows? Otherwise the as-of date plays no part.
    pub(super) relative: bool,
}

/// A column that has been cut.
#[derive(Debug, Clone)]
pub(super) struct Axis {
    /// The atoms, in the order of the values, 缺失 last.
    pub(super) atoms: Vec<Atom>,
    ty: Ty,
}

impl Axis {
    /// Cuts a column by what its cells ask. Of `facts` every one holds for each value that comes here.
    pub(super) fn new(
        column: &Expr,
        cells: &[Vec<Piece>],
        facts: &[Vec<Piece>],
        ask: Ask<'_>,
    ) -> Self {
        let pieces = || cells.iter().chain(facts).flatten().map(bare);
        let mut atoms = match &column.ty.kind {
            TyKind::Text | TyKind::Code(_) => texts(pieces()),
            TyKind::Frequency => frequencies(pieces()),
            TyKind::Bool
            | TyKind::Number(_)
            | TyKind::Date
            | TyKind::Member(_)
            | TyKind::Unknown => line(domain(column, ask), pieces()),
        };
        if let Some(known) = known_texts(ask.reach.linked, column) {
            atoms.retain(|atom| known.iter().any(|it| holds_text(atom, it, pieces())));
        }
        if column.ty.optional {
            atoms.push(Atom::Missing);
        }
        atoms.retain(|atom| facts.iter().all(|fact| holds(fact, atom)));
        Self { atoms, ty: column.ty.clone() }
    }

    /// The atoms for which one of the pieces holds.
    pub(super) fn set(&self, pieces: &[Piece]) -> Set {
        Set::of(self.atoms.len(), |at| self.atoms.get(at).is_some_and(|atom| holds(pieces, atom)))
    }

    /// 缺失 alone.
    pub(super) fn missing(&self) -> Set {
        Set::of(self.atoms.len(), |at| self.atoms.get(at) == Some(&Atom::Missing))
    }

    /// All atoms, or all but 缺失.
    pub(super) fn full(&self, missing: bool) -> Set {
        Set::of(self.atoms.len(), |at| missing || self.atoms.get(at) != Some(&Atom::Missing))
    }

    /// One value of an atom, the least if there is one.
    pub(super) fn sample(&self, linked: &Linked, at: usize) -> Words {
        match self.atoms.get(at) {
            Some(Atom::Between(low, high)) => match low.or(*high) {
                Some(it) => show::steps(linked, &self.ty, it),
                None => Words::both("任何值", "any value"),
            },
            _ => self.words(linked, at),
        }
    }

    /// The value that [`Axis::sample`] names; none of a text or frequency that is only known not to be another.
    pub(super) fn value(&self, at: usize) -> Option<Value> {
        Some(match self.atoms.get(at)? {
            Atom::Between(low, high) => {
                let at = low.or(*high).unwrap_or(0);
                match &self.ty.kind {
                    TyKind::Bool => Value::Bool(at == 1),
                    TyKind::Number(of) => Value::Number(Decimal::new(at, of.places)?),
                    TyKind::Date => Value::Date(Date::from_epoch_days(i64::try_from(at).ok()?)?),
                    TyKind::Member(_) => Value::Member(u16::try_from(at).ok()?),
                    TyKind::Text | TyKind::Code(_) | TyKind::Frequency | TyKind::Unknown => {
                        return None;
                    }
                }
            }
            Atom::Text(it) => Value::text(it),
            Atom::OtherText(start) => Value::text(&format!("{start}示例")),
            Atom::Frequency(it) => Value::Frequency(it.clone()),
            Atom::OtherFrequency => return None,
            Atom::Missing => Value::Missing,
        })
    }

    /// How many of its atoms are stretches of one line, each beside the next.
    pub(super) fn line(&self) -> usize {
        match self.ty.kind {
            TyKind::Number(_) | TyKind::Date => {
                self.atoms.iter().filter(|it| **it != Atom::Missing).count()
            }
            _ => 0,
        }
    }

    /// The values of some atoms: neighbours as one stretch, members one by one.
    pub(super) fn set_words(&self, linked: &Linked, set: &Set) -> Words {
        let mut all: Vec<Words> = Vec::new();
        let mut open: Option<(Option<i128>, Option<i128>)> = None;
        let close = |open: &mut Option<(Option<i128>, Option<i128>)>, all: &mut Vec<Words>| {
            let Some((low, high)) = open.take() else { return };
            match (&self.ty.kind, low, high) {
                (TyKind::Member(_) | TyKind::Bool, Some(low), Some(high)) => {
                    all.extend((low..=high).map(|it| show::steps(linked, &self.ty, it)));
                }
                _ => all.push(show::stretch(linked, &self.ty, low, high)),
            }
        };
        for (at, atom) in self.atoms.iter().enumerate().filter(|it| set.has(it.0)) {
            match (atom, open) {
                (Atom::Between(low, high), Some((from, Some(to))))
                    if low.is_some_and(|low| low - 1 == to) =>
                {
                    open = Some((from, *high));
                }
                (Atom::Between(low, high), _) => {
                    close(&mut open, &mut all);
                    open = Some((*low, *high));
                }
                _ => {
                    close(&mut open, &mut all);
                    all.push(self.words(linked, at));
                }
            }
        }
        close(&mut open, &mut all);
        let more = all.len().saturating_sub(MAX_NAMED);
        all.truncate(MAX_NAMED);
        if more > 0 {
            all.push(Words::both(format!("另外{more}种"), format!("{more} more")));
        }
        all.into_iter()
            .reduce(|a, b| show::join(&["", "或", ""], &["", " or ", ""], &[a, b]))
            .unwrap_or_default()
    }

    /// All values of an atom.
    pub(super) fn words(&self, linked: &Linked, at: usize) -> Words {
        match self.atoms.get(at) {
            Some(Atom::Between(low, high)) => show::stretch(linked, &self.ty, *low, *high),
            Some(Atom::Text(it)) => format!("“{it}”").into(),
            Some(Atom::OtherText(it)) if it.is_empty() => Words::both("其他文本", "any other text"),
            Some(Atom::OtherText(it)) => Words::both(
                format!("“{it}”开头的其他文本"),
                format!("another text that starts with “{it}”"),
            ),
            Some(Atom::Frequency(it)) => show::frequency(it),
            Some(Atom::OtherFrequency) => Words::both("其他频次", "any other frequency"),
            Some(Atom::Missing) | None => Words::both("缺失", "missing"),
        }
    }
}

fn bare(piece: &Piece) -> &Piece {
    match piece {
        Piece::Not(it) => bare(it),
        other => other,
    }
}

/// Does one of the pieces hold for the atom?
pub(super) fn holds(pieces: &[Piece], atom: &Atom) -> bool {
    pieces.iter().any(|piece| match (piece, atom) {
        (Piece::Missing, atom) => *atom == Atom::Missing,
        (_, Atom::Missing) | (Piece::Never, _) => false,
        (Piece::Present, _) => true,
        (Piece::Between(low, high), Atom::Between(from, to)) => {
            let after = low.is_none_or(|low| from.is_some_and(|from| low <= from));
            after && high.is_none_or(|high| to.is_some_and(|to| to <= high))
        }
        (Piece::Text(it), Atom::Text(atom)) => it == atom,
        (Piece::Starts(it), Atom::Text(atom) | Atom::OtherText(atom)) => {
            atom.starts_with(it.as_str())
        }
        (Piece::Frequency(it), Atom::Frequency(atom)) => it == atom,
        (Piece::Not(it), atom) => !holds(std::slice::from_ref(it), atom),
        _ => false,
    })
}

/// The values that a column can have at all.
fn domain(column: &Expr, ask: Ask<'_>) -> (Option<i128>, Option<i128>) {
    match &column.ty.kind {
        TyKind::Bool => (Some(0), Some(1)),
        TyKind::Number(ty) => {
            let Range { low, high } = ask.reach.number(column, ask.scope);
            let low = low.and_then(|it| steps_at_least(it, ty.places));
            (low, high.and_then(|it| steps_at_most(it, ty.places)))
        }
        TyKind::Date if ask.relative && ask.reach.is_past(column) => {
            (None, Some(i128::from(ask.as_of.epoch_days())))
        }
        TyKind::Member(it) => {
            let count = ask.reach.linked.enumeration(it.slot.index()).members.len();
            (Some(0), i128::try_from(count).ok().map(|it| it - 1))
        }
        TyKind::Date | TyKind::Text | TyKind::Code(_) | TyKind::Frequency | TyKind::Unknown => {
            (None, None)
        }
    }
}

/// Cuts a line at both ends of every stretch.
fn line<'p>(
    (low, high): (Option<i128>, Option<i128>),
    pieces: impl Iterator<Item = &'p Piece>,
) -> Vec<Atom> {
    let mut starts = BTreeSet::new();
    for piece in pieces {
        if let Piece::Between(from, to) = piece {
            starts.extend(*from);
            starts.extend(to.and_then(|it| it.checked_add(1)));
        }
    }
    let inside = |it: &i128| low.is_none_or(|low| low < *it) && high.is_none_or(|high| *it <= high);
    let mut atoms = Vec::new();
    let mut from = low;
    for start in starts.into_iter().filter(inside) {
        atoms.push(Atom::Between(from, Some(start - 1)));
        from = Some(start);
    }
    if low.zip(high).is_none_or(|(low, high)| low <= high) {
        atoms.push(Atom::Between(from, high));
    }
    atoms
}

fn texts<'p>(pieces: impl Iterator<Item = &'p Piece>) -> Vec<Atom> {
    let mut exact = BTreeSet::new();
    let mut prefixes = BTreeSet::from([String::new()]);
    for piece in pieces {
        match piece {
            Piece::Text(it) => {
                exact.insert(it.clone());
            }
            Piece::Starts(it) => {
                prefixes.insert(it.clone());
            }
            _ => {}
        }
    }
    let others = prefixes.into_iter().map(Atom::OtherText);
    exact.into_iter().map(Atom::Text).chain(others).collect()
}

fn frequencies<'p>(pieces: impl Iterator<Item = &'p Piece>) -> Vec<Atom> {
    let mut known = Vec::new();
    for piece in pieces {
        if let Piece::Frequency(it) = piece
            && !known.contains(&Atom::Frequency(it.clone()))
        {
            known.push(Atom::Frequency(it.clone()));
        }
    }
    known.push(Atom::OtherFrequency);
    known
}

/// The texts that a column of a code table holds, if the column is one.
fn known_texts(linked: &Linked, column: &Expr) -> Option<BTreeSet<String>> {
    let Node::Code { column: of, .. } = &column.node else { return None };
    if column.ty.kind != TyKind::Text {
        return None;
    }
    let codes = linked.code_table(of.table.slot.index());
    let default = codes.columns.get(of.slot.index()).and_then(|it| it.default.as_ref());
    let values = codes.rows.iter().filter_map(|it| it.values.get(of.slot.index())).chain(default);
    let texts = values.filter_map(|it| match it {
        Value::Text(it) => Some(it.to_string()),
        _ => None,
    });
    Some(texts.collect())
}

/// Does the text belong to the atom?
fn holds_text<'p>(atom: &Atom, text: &str, pieces: impl Iterator<Item = &'p Piece>) -> bool {
    match atom {
        Atom::Text(it) => it == text,
        Atom::OtherText(prefix) => {
            let longest = pieces.filter_map(|it| match it {
                Piece::Text(it) if it == text => Some(usize::MAX),
                Piece::Starts(it) if text.starts_with(it.as_str()) => Some(it.len()),
                _ => None,
            });
            text.starts_with(prefix.as_str()) && longest.max().unwrap_or(0) == prefix.len()
        }
        _ => false,
    }
}

/// What a cell asks; `None` where a value in it is not the same for every household.
pub(super) fn pieces(cell: &Cell, ty: &Ty, ask: Ask<'_>) -> Option<Vec<Piece>> {
    match cell {
        Cell::Any => Some(vec![Piece::Present, Piece::Missing]),
        Cell::OneOf(tests) => tests.iter().map(|it| piece(it, ty, ask)).collect(),
    }
}

fn piece(test: &Test, ty: &Ty, ask: Ask<'_>) -> Option<Piece> {
    let equals = |it: &Expr| equal(&ask.reach.constant(it, ask.scope)?, ty);
    match test {
        Test::Missing if ty.optional => Some(Piece::Missing),
        Test::Missing => Some(Piece::Never),
        Test::Range { low, high } => between(low.as_ref(), high.as_ref(), ty, ask),
        Test::Equals(it) => equals(it),
        Test::Differs(it) => Some(Piece::Not(Box::new(equals(it)?))),
        Test::Starts(it) => match ask.reach.constant(it, ask.scope)? {
            Value::Text(it) => Some(Piece::Starts(it.to_string())),
            _ => None,
        },
        Test::Window(it) => {
            let (from, until) = window::days(it, ask.as_of, ask.reach, ask.scope)?;
            let days = |it: Date| Some(i128::from(it.epoch_days()));
            Some(if from <= until { Piece::Between(days(from), days(until)) } else { Piece::Never })
        }
    }
}

fn equal(value: &Value, ty: &Ty) -> Option<Piece> {
    match value {
        Value::Text(it) => Some(Piece::Text(it.to_string())),
        Value::Frequency(it) => Some(Piece::Frequency(it.clone())),
        other => {
            let (from, until) = line_value(other, ty)?;
            Some(if from == until { Piece::Between(Some(from), Some(from)) } else { Piece::Never })
        }
    }
}

/// Where a value lies on the line of its type: the first step at or above it and the last at or
/// below, which differ where the type has no such number.
fn line_value(value: &Value, ty: &Ty) -> Option<(i128, i128)> {
    let one = |it: i128| Some((it, it));
    match value {
        Value::Bool(it) => one(i128::from(*it)),
        Value::Member(it) => one(i128::from(*it)),
        Value::Date(it) => one(i128::from(it.epoch_days())),
        Value::Number(it) => {
            let places = ty.as_number()?.places;
            Some((steps_at_least(*it, places)?, steps_at_most(*it, places)?))
        }
        _ => None,
    }
}

fn between(
    low: Option<&CellBound>,
    high: Option<&CellBound>,
    ty: &Ty,
    ask: Ask<'_>,
) -> Option<Piece> {
    let value = |it: &CellBound| line_value(&ask.reach.constant(&it.value, ask.scope)?, ty);
    let from = match low {
        None => None,
        Some(bound) => {
            let (above, below) = value(bound)?;
            Some(if bound.inclusive { above } else { below + 1 })
        }
    };
    let to = match high {
        None => None,
        Some(bound) => {
            let (above, below) = value(bound)?;
            Some(if bound.inclusive { below } else { above - 1 })
        }
    };
    let empty = from.zip(to).is_some_and(|(from, to)| from > to);
    Some(if empty { Piece::Never } else { Piece::Between(from, to) })
}

/// What a condition that holds says about a column; nothing where it speaks of something else.
pub(super) fn facts(condition: &Expr, column: &Expr, ask: Ask<'_>, out: &mut Vec<Vec<Piece>>) {
    let constant = |it: &Expr| ask.reach.constant(it, ask.scope);
    match &condition.node {
        Node::And(all) => all.iter().for_each(|it| facts(it, column, ask, out)),
        Node::Compare { op, left, right } if **left == *column => {
            let piece = constant(right).and_then(|it| compared(*op, &it, &column.ty));
            out.extend(piece.map(|it| vec![it]));
        }
        Node::In { negated: false, item, set } if **item == *column => {
            let each = set.iter().map(|it| equal(&constant(it)?, &column.ty));
            out.extend(each.collect::<Option<Vec<Piece>>>());
        }
        Node::Within { date, window } if **date == *column => {
            out.extend(piece(&Test::Window(window.clone()), &column.ty, ask).map(|it| vec![it]));
        }
        Node::Present { negated: false, item } if **item == *column => {
            out.push(vec![Piece::Present]);
        }
        Node::Not(it) if **it == *column => out.push(vec![Piece::Between(Some(0), Some(0))]),
        _ if *condition == *column => out.push(vec![Piece::Between(Some(1), Some(1))]),
        _ => {}
    }
}

fn compared(op: CompareOp, value: &Value, ty: &Ty) -> Option<Piece> {
    if matches!(op, CompareOp::Equal | CompareOp::NotEqual) {
        let equal = equal(value, ty)?;
        return Some(if op == CompareOp::Equal { equal } else { Piece::Not(Box::new(equal)) });
    }
    let (above, below) = line_value(value, ty)?;
    Some(match op {
        CompareOp::Less => Piece::Between(None, Some(above - 1)),
        CompareOp::LessOrEqual => Piece::Between(None, Some(below)),
        CompareOp::Greater => Piece::Between(Some(below + 1), None),
        CompareOp::GreaterOrEqual | CompareOp::Equal | CompareOp::NotEqual => {
            Piece::Between(Some(above), None)
        }
    })
}
