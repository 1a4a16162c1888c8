//! Promises about numbers: 满分, caps and floors, weights, shares.

use super::range::Range;
use super::reach::{Reach, Scope};
use super::table::View;
use super::trail::Trail;
use super::{
    Assignment, BoundWord, Finding, Findings, NodePath, Owner, Part, TableAt, example, show,
};
use crate::diag::{Code, Words};
use crate::model::{Content, Decl, DeclKind, Each, Expr, Node, Table, Unit, Version};
use crate::value::{Decimal, Value};

/// A share: 0% to 100%.
fn share() -> Range {
    Range::whole(0, 1)
}

fn within(inner: Range, outer: Range) -> bool {
    let low = outer.low.is_none_or(|it| inner.low.is_some_and(|inner| it <= inner));
    low && outer.high.is_none_or(|it| inner.high.is_some_and(|inner| inner <= it))
}

fn points(it: Decimal) -> Words {
    show::number(it, &Unit::Points)
}

/// Looks at the numbers of one version of a declaration.
pub(super) fn check(
    (slot, decl): (usize, &Decl),
    version: &Version,
    path: &NodePath,
    views: &[View<'_>],
    out: &mut Findings,
) {
    maximum((slot, decl), version, path, views, out);
    for view in views {
        limits(version, path, view, out);
        if let Some(weight) = &version.bounds.weight {
            let range = view.reach.number(weight, view.scope);
            if !within(range, share()) {
                let at = path.with(Part::Bound(BoundWord::Weight));
                out.push(Finding::new(Code::E0416, at).arg("value", odd(range)));
            }
        }
        shares(decl, version, path, view, out);
    }
}

/// 满分 is never exceeded, and can be reached; an indicator can score at all.
fn maximum(
    (slot, decl): (usize, &Decl),
    version: &Version,
    path: &NodePath,
    views: &[View<'_>],
    out: &mut Findings,
) {
    let ranges: Vec<Range> = views.iter().map(|it| it.reach.bounded(slot, version)).collect();
    let score = matches!(decl.kind, DeclKind::Indicator { .. });
    if score
        && !ranges.is_empty()
        && ranges.iter().all(|it| it.single().is_some_and(Decimal::is_zero))
    {
        let at = path.with(Part::Header);
        out.push(Finding::new(Code::E0440, at).arg("name", decl.name.to_string()));
        return;
    }
    let Some(max) = version.bounds.max else { return };
    let finding = |code, reach: &Reach<'_>, reached: Option<Decimal>| {
        let at = path.with(Part::Bound(BoundWord::Max));
        let finding = Finding::new(code, at).arg("name", decl.name.to_string());
        let finding = finding.arg("max", max.trimmed().to_string());
        let finding = finding.shown_by(reached.and_then(|it| reaching(slot, it, reach)));
        let finding = match reached {
            Some(it) => finding.arg("reach", points(it)),
            None => finding,
        };
        Trail::of_version((slot, decl), version, path, reach).add(finding)
    };
    let mut best: Option<(Decimal, &Reach<'_>)> = None;
    for (view, range) in views.iter().zip(ranges) {
        let Some(high) = range.high else {
            out.push(finding(Code::E0412, view.reach, None));
            return;
        };
        if high > max {
            out.push(finding(Code::E0411, view.reach, Some(high)));
            return;
        }
        if best.is_none_or(|it| it.0 < high) {
            best = Some((high, view.reach));
        }
    }
    if let Some((best, reach)) = best.filter(|it| it.0 < max) {
        out.push(finding(Code::E0413, reach, Some(best)));
    }
}

/// Values with which a declaration may reach its most: the most of each of its parts.
fn reaching(slot: usize, most: Decimal, reach: &Reach<'_>) -> Option<Assignment> {
    let mut values = Vec::new();
    best(slot, most, reach, &mut values)?;
    let shown = vec![(example::decl(reach.linked, slot), Value::Number(most))];
    Assignment::of(reach.period, values, shown)
}

fn best(slot: usize, most: Decimal, reach: &Reach<'_>, out: &mut Vec<(Expr, Value)>) -> Option<()> {
    let parts = reach.linked.parts(slot);
    if parts.is_empty() {
        out.push((example::decl(reach.linked, slot), Value::Number(most)));
    }
    for part in parts {
        // What is not in force gives nothing.
        let Some(range) = reach.of_decl(*part) else { continue };
        let deducts =
            matches!(reach.linked.decl(*part).kind, DeclKind::Indicator { deduct: true, .. });
        best(*part, if deducts { range.low } else { range.high }?, reach, out)?;
    }
    Some(())
}

/// No floor lies above a cap.
fn limits(version: &Version, path: &NodePath, view: &View<'_>, out: &mut Findings) {
    let fixed = [
        (false, version.bounds.floor, BoundWord::Floor),
        (true, version.bounds.cap, BoundWord::Cap),
    ];
    let fixed = fixed.into_iter().filter_map(|(cap, value, word)| {
        Some((cap, Range::point(value?), Part::Bound(word), None))
    });
    let conditional = version.conditional.iter().enumerate().map(|(at, it)| {
        (it.cap, view.reach.number(&it.value, view.scope), Part::Conditional(at), Some(&it.when))
    });
    let all: Vec<(bool, Range, Part, Option<&Expr>)> = fixed.chain(conditional).collect();
    for (_, cap, at, when) in all.iter().filter(|it| it.0) {
        for (_, floor, place, condition) in all.iter().filter(|it| !it.0) {
            let apart = when
                .zip(*condition)
                .is_some_and(|(a, b)| super::exclusive::apart(view.reach, a, b));
            let (Some(cap), Some(floor)) = (cap.low, floor.high) else { continue };
            if floor > cap && !apart {
                let finding = Finding::new(Code::E0417, path.with(*at));
                let finding = finding.arg("floor", points(floor)).arg("cap", points(cap));
                out.push(finding.related(path.with(*place), Words::both("下限", "the floor")));
            }
        }
    }
}

/// 折减, quotas and the ratios of a measure.
fn shares(decl: &Decl, version: &Version, path: &NodePath, view: &View<'_>, out: &mut Findings) {
    let lets = version.lets.iter().enumerate().map(|(at, it)| (TableAt::LetFade(at), &it.content));
    for (at, content) in lets.chain([(TableAt::Fade, &version.content)]) {
        if let Content::Each(Each { fade: Some(fade), .. }) = content {
            results(fade, 0, (at, path), view, out, Code::E0418);
        }
    }
    if let Content::List(list) = &version.content {
        let ratio = |it: &&crate::model::Quota| is_ratio(&it.top);
        if let Some(quota) = list.quota.as_ref().filter(ratio) {
            let range = view.reach.number(&quota.top, view.scope);
            if !within(range, share()) {
                let at = path.with(Part::Table(TableAt::Content));
                out.push(Finding::new(Code::E0418, at).arg("value", odd(range)));
            }
        }
    }
    if let (DeclKind::Measure { columns }, Content::Table(table)) = (&decl.kind, &version.content) {
        for (column, it) in columns.iter().enumerate() {
            if it.ty.as_number().is_some_and(|it| it.unit == Unit::Ratio) {
                results(table, column, (TableAt::Content, path), view, out, Code::E0419);
            }
        }
    }
}

fn is_ratio(expr: &Expr) -> bool {
    expr.ty.as_number().is_some_and(|it| it.unit == Unit::Ratio)
}

/// The results of a column are shares.
fn results(
    table: &Table,
    column: usize,
    (at, path): (TableAt, &NodePath),
    view: &View<'_>,
    out: &mut Findings,
    code: Code,
) {
    for (row, it) in table.rows.iter().enumerate() {
        let Some(Some(result)) = it.results.get(column) else { continue };
        if result.ty.as_number().is_none() {
            continue;
        }
        let range = view.reach.number(result, view.scope);
        let open = range.low.is_none() || range.high.is_none();
        // A ratio that is computed may well be fine although its formula does not say so.
        let excused = within(range, share()) || (open && code == Code::E0419);
        if !excused {
            out.push(
                Finding::new(code, path.with(Part::Result(at, row, column)))
                    .arg("value", odd(range)),
            );
        }
    }
}

/// The end of a range that is not within 0% to 100%.
fn odd(range: Range) -> Words {
    let ratio = |it: Decimal| show::number(it, &Unit::Ratio);
    match (range.low, range.high) {
        (Some(low), _) if low.is_negative() => ratio(low),
        (_, Some(high)) if high > Decimal::from(1) => ratio(high),
        (None, _) => Words::both("负数", "negative"),
        _ => Words::both("任意大的数", "any large number"),
    }
}

/// The weights of the dimensions of one whole: all or none, and together 100%.
pub(super) fn weights(whole: usize, reach: &Reach<'_>, package: usize, out: &mut Findings) {
    let linked = reach.linked;
    let dimensions = linked.parts(whole).iter().map(|slot| (*slot, linked.decl(*slot)));
    let mut weighted: Vec<(NodePath, &Expr)> = Vec::new();
    let mut bare = Vec::new();
    for (slot, decl) in dimensions {
        if !matches!(decl.kind, DeclKind::Dimension { .. }) || linked.package_of(slot) != package {
            continue;
        }
        let Some(version) = reach.in_force(decl) else { continue };
        let number = decl.versions.iter().position(|it| std::ptr::eq(it, version)).unwrap_or(0);
        let owner = Owner::Decl(decl.id.clone());
        match &version.bounds.weight {
            Some(it) => {
                weighted.push((NodePath::new(owner, number, Part::Bound(BoundWord::Weight)), it));
            }
            None => bare.push((NodePath::new(owner, number, Part::Header), decl)),
        }
    }
    let Some((first, _)) = weighted.first() else { return };
    for (at, decl) in bare {
        let finding = Finding::new(Code::E0415, at).arg("name", decl.name.to_string());
        out.push(
            finding.related(first.clone(), Words::both("这里有权重", "this one has a weight")),
        );
    }
    if let Some((sum, place)) = wrong_sum(&weighted, reach) {
        let mut finding =
            Finding::new(Code::E0414, first.clone()).arg("sum", sum).arg("where", place);
        for (at, _) in &weighted[1..] {
            finding = finding.related(at.clone(), "");
        }
        out.push(finding);
    }
}

/// A sum of the weights that is not 100%, and for which code.
fn wrong_sum(weighted: &[(NodePath, &Expr)], reach: &Reach<'_>) -> Option<(Words, Words)> {
    let one = Decimal::from(1);
    let add = |sum: Option<Decimal>, it: Option<Decimal>| sum?.checked_add(it?);
    let ratio = |it: Decimal| show::number(it, &Unit::Ratio);
    let scope = Scope::default();
    let fixed = weighted.iter().map(|(_, it)| reach.number(it, &scope).single());
    if let Some(sum) = fixed.fold(Some(Decimal::ZERO), add) {
        return (sum != one).then(|| (ratio(sum), "".into()));
    }
    let Some((table, key)) = weighted.iter().find_map(|(_, it)| code_key(it)) else {
        return Some((Words::both("不固定的数", "a number that is not fixed"), "".into()));
    };
    let codes = reach.linked.code_table(table);
    let defaults = codes.columns.iter().map(|it| it.default.clone().unwrap_or(Value::Missing));
    let defaults: Vec<Value> = defaults.collect();
    let named = |values: &[Value]| match codes.key().and_then(|it| values.get(it)) {
        Some(Value::Text(it)) => Words::both(format!("（代码 {it}）"), format!(" (code {it})")),
        _ => Words::both("（表中没有的代码）", " (a code that is not in the table)"),
    };
    for values in codes.rows.iter().map(|it| &it.values).chain([&defaults]) {
        let each = weighted.iter().map(|(_, it)| match code_key(it) {
            Some((own, by)) if own == table && by == key => match &it.node {
                Node::Code { column, .. } => match values.get(column.slot.index()) {
                    Some(Value::Number(it)) => Some(*it),
                    _ => None,
                },
                _ => None,
            },
            _ => reach.number(it, &scope).single(),
        });
        match each.fold(Some(Decimal::ZERO), add) {
            Some(sum) if sum == one => {}
            Some(sum) => return Some((ratio(sum), named(values))),
            None => {
                return Some((
                    Words::both("不固定的数", "a number that is not fixed"),
                    named(values),
                ));
            }
        }
    }
    None
}

/// The code table that a weight is looked up in, and by what.
fn code_key(expr: &Expr) -> Option<(usize, &Expr)> {
    match &expr.node {
        Node::Code { key, column } => Some((column.table.slot.index(), key)),
        _ => None,
    }
}
