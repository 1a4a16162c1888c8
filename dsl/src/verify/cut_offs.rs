//! Cut-offs against what they cut: members of the grade that nothing leads to, and a scale that is
//! written longer than the score is.

use super::axis::{self, Ask, Piece};
use super::range::{Range, steps_at_least, steps_at_most};
use super::reach::Reach;
use super::table::View;
use super::trail::Trail;
use super::{Finding, Findings, NodePath, Part, TableAt, show};
use crate::diag::{Code, Words};
use crate::model::{Content, DecideEffect, Decl, DeclKind, Expr, Node, RowKey, Table, Version};
use crate::value::{Date, Value};

/// Looks at the cut-offs of one version of a classification.
pub(super) fn check(
    (slot, decl): (usize, &Decl),
    version: &Version,
    path: &NodePath,
    views: &[View<'_>],
    out: &mut Findings,
) {
    let (DeclKind::Classify { grade }, Content::Table(table)) = (&decl.kind, &version.content)
    else {
        return;
    };
    let Some(view) = views.first() else { return };
    let members = &view.reach.linked.enumeration(grade.slot.index()).members;
    if let Some(given) = given((slot, members.len()), table, view.reach) {
        for (member, _) in members.iter().zip(&given).filter(|(_, given)| !**given) {
            let finding = Finding::new(Code::E0435, path.with(Part::Table(TableAt::Content)));
            let finding = finding.arg("member", member.name.to_string());
            out.push(trail(table, version, view).add(finding));
        }
    }
    scale(version, table, path, views, out);
}

/// What the number that is cut is made of.
fn trail(table: &Table, version: &Version, view: &View<'_>) -> Trail {
    match table.columns.as_slice() {
        [column] if column.ty.as_number().is_some() => {
            Trail::of_expr(column, &version.lets, view.reach, view.scope)
        }
        _ => Trail::default(),
    }
}

/// Which members the rows and the direct determinations may lead to; `None` where a row gives
/// something that is not known.
fn given((slot, count): (usize, usize), table: &Table, reach: &Reach<'_>) -> Option<Vec<bool>> {
    let mut given = vec![false; count];
    let give = |given: &mut Vec<bool>, member: usize| {
        given.get_mut(member).is_some_and(|it| !std::mem::replace(it, true))
    };
    for result in table.rows.iter().flat_map(|it| &it.results).flatten() {
        match &result.node {
            Node::Const(Value::Member(it)) => give(&mut given, usize::from(*it)),
            _ => return None,
        };
    }
    let effects = reach.linked.decides(slot).flat_map(|it| it.versions.iter().map(|it| &it.0));
    let effects: Vec<&DecideEffect> = effects.collect();
    // A shift may follow a shift where they add up, so all that shifts can reach is taken as given.
    let mut more = true;
    while more {
        more = false;
        for effect in &effects {
            for from in (0..count).filter(|it| given.get(*it) == Some(&true)).collect::<Vec<_>>() {
                more |= give(&mut given, led_to(effect, from, count));
            }
        }
        for effect in &effects {
            if let DecideEffect::Set(it) = effect {
                more |= give(&mut given, usize::from(*it));
            }
        }
    }
    Some(given)
}

/// Where an effect leads from a member.
fn led_to(effect: &DecideEffect, from: usize, count: usize) -> usize {
    let limit = |it: &Option<u16>| it.map(usize::from);
    match effect {
        DecideEffect::Set(it) => usize::from(*it),
        DecideEffect::Raise { by, limit: most, .. } => {
            let to = (from + usize::from(*by)).min(count.saturating_sub(1));
            limit(most).map_or(to, |most| to.min(most.max(from)))
        }
        DecideEffect::Lower { by, limit: least, .. } => {
            let to = from.saturating_sub(usize::from(*by));
            limit(least).map_or(to, |least| to.max(least.min(from)))
        }
    }
}

/// The outermost cut-offs lie within what can be reached.
fn scale(
    version: &Version,
    table: &Table,
    path: &NodePath,
    views: &[View<'_>],
    out: &mut Findings,
) {
    let ([column], Some(view)) = (table.columns.as_slice(), views.first()) else { return };
    let Some(ty) = column.ty.as_number() else { return };
    for upper in [false, true] {
        let mut ends = views.iter().map(|it| outside(column, table, upper, it));
        let Some((row, bound)) = ends.next().flatten().filter(|_| ends.all(|it| it.is_some()))
        else {
            continue;
        };
        if views.iter().any(|it| falls_short(column, it.reach)) {
            // What is promised is not filled: that is said where it is promised.
            return;
        }
        let name = show::name(view.reach.linked, &version.lets, column);
        let range = view.reach.number(column, view.scope);
        let finding = Finding::new(Code::E0437, path.with(Part::Row(TableAt::Content, row)))
            .arg("bound", show::steps(view.reach.linked, &column.ty, bound))
            .arg("column", name.unwrap_or_else(|| Words::both("这个数", "the number")))
            .arg("reach", show::range(range, &ty.unit));
        out.push(trail(table, version, view).add(finding));
    }
}

/// The outermost cut-off and its row, where the column never gets to it. It does get into the band: a band
/// that lies outside as a whole is reported for itself, and its cut-offs with it.
fn outside(column: &Expr, table: &Table, upper: bool, view: &View<'_>) -> Option<(usize, i128)> {
    let places = column.ty.as_number()?.places;
    let Range { low, high } = view.reach.number(column, view.scope);
    let low = low.and_then(|it| steps_at_least(it, places));
    let high = high.and_then(|it| steps_at_most(it, places));
    let as_of = view.reach.period.from.or(Date::new(2024, 1, 1))?;
    let ask = Ask { reach: view.reach, scope: view.scope, as_of, relative: false };
    let mut outermost: Option<(usize, i128, bool)> = None;
    for (row, it) in table.rows.iter().enumerate() {
        let RowKey::Cells(cells) = &it.key else { continue };
        for piece in axis::pieces(cells.first()?, &column.ty, ask)? {
            let Piece::Between(from, to) = piece else { continue };
            let end = if upper { to? } else { from? };
            let live = from.is_none_or(|from| high.is_none_or(|high| from <= high))
                && to.is_none_or(|to| low.is_none_or(|low| low <= to));
            if outermost.is_none_or(|it| if upper { it.1 < end } else { end < it.1 }) {
                outermost = Some((row, end, live));
            }
        }
    }
    let (row, end, _) = outermost.filter(|it| it.2)?;
    let beyond = if upper {
        high.is_some_and(|high| high < end)
    } else {
        // Zero is where a scale begins, whatever the least score is.
        end != 0 && low.is_some_and(|low| end < low)
    };
    beyond.then_some((row, end))
}

/// Is there a 满分 in what the column sums up that nothing fills?
fn falls_short(column: &Expr, reach: &Reach<'_>) -> bool {
    let Node::Decl(it) = &column.node else { return false };
    let mut open = vec![it.slot.index()];
    while let Some(slot) = open.pop() {
        let decl = reach.linked.decl(slot);
        let Some(version) = reach.in_force(decl) else { continue };
        let promised = version.bounds.max;
        if promised.zip(reach.bounded(slot, version).high).is_some_and(|(max, high)| high < max) {
            return true;
        }
        open.extend(reach.linked.parts(slot));
    }
    false
}
