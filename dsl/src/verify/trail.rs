//! What makes a range: the parts of a sum, each with its own range, and the row that gives most.
//!
//! A finding about a number is understood by whoever sees where the number comes from:
//! `0 至 940 分 = 基本情况 0 至 120 分 + 监管信息 0 至 450 分 + …`.

use super::range::Range;
use super::reach::{Reach, Scope};
use super::{Finding, NodePath, Owner, Part, TableAt, show};
use crate::diag::Words;
use crate::model::{Content, Decl, Expr, Let, Mode, Node, ProductOp, Ref, Table, Unit, Version};
use crate::value::{Decimal, Value};

/// Parts that are named in one line, and places that are shown.
const MAX_NAMED: usize = 8;
const MAX_PLACES: usize = 6;

/// Where a range comes from.
#[derive(Default)]
pub(super) struct Trail {
    /// One line: the range, and the parts that add up to it; empty where it has none.
    pub(super) words: Words,
    /// The places of the parts, with a few words each.
    pub(super) places: Vec<(NodePath, Words)>,
}

/// One part of a sum.
struct Piece {
    negative: bool,
    name: Words,
    range: Range,
    unit: Unit,
    place: Option<NodePath>,
}

impl Trail {
    /// Puts the line under the place of a finding, and the places behind it.
    pub(super) fn add(self, finding: Finding) -> Finding {
        let finding = if self.words.zh.is_empty() { finding } else { finding.label(self.words) };
        self.places.into_iter().fold(finding, |finding, (at, words)| finding.related(at, words))
    }

    /// What makes the range of a version of a declaration. `path` is the version's own.
    pub(super) fn of_version(
        (slot, decl): (usize, &Decl),
        version: &Version,
        path: &NodePath,
        reach: &Reach<'_>,
    ) -> Self {
        let scope = reach.scope(&version.lets);
        let unit = unit_of(&decl.ty);
        let whole = show::range(reach.bounded(slot, version), &unit);
        match &version.content {
            Content::Parts => {
                sum(&whole, &parts(reach, slot), version.bounds.base.map(|it| (it, unit)))
            }
            Content::Formula(it) => sum(&whole, &terms(reach, it, &version.lets, &scope), None),
            Content::Table(it) => most((it, TableAt::Content), path, reach, &scope),
            Content::Each(it) if it.mode == Mode::Highest => {
                most((&it.table, TableAt::Content), path, reach, &scope)
            }
            _ => Self::default(),
        }
    }

    /// What makes the range of an expression: that of the declaration that it names, or of its terms.
    pub(super) fn of_expr(expr: &Expr, lets: &[Let], reach: &Reach<'_>, scope: &Scope<'_>) -> Self {
        let Node::Decl(named) = &bare(expr).node else {
            let whole = show::range(reach.number(expr, scope), &unit_of(&expr.ty));
            return sum(&whole, &terms(reach, expr, lets, scope), None);
        };
        let decl = reach.linked.decl(named.slot.index());
        let (Some(at), Some(version)) = (reach.version_of(decl), reach.in_force(decl)) else {
            return Self::default();
        };
        let path = NodePath::new(Owner::Decl(decl.id.clone()), at, Part::Header);
        let mut trail = Self::of_version((named.slot.index(), decl), version, &path, reach);
        if named.package.is_some() {
            // Its places belong to another package, and only the words can be shown here.
            trail.places.clear();
        } else if !decl.ty.optional && decl.kind != crate::model::DeclKind::Total {
            let range = reach.of_decl(named.slot.index()).unwrap_or(Range::OPEN);
            trail.places.insert(0, (path, show::range(range, &unit_of(&decl.ty))));
        }
        trail
    }
}

/// `0 至 940 分 = 基本情况 0 至 120 分 + …`
fn sum(whole: &Words, pieces: &[Piece], base: Option<(Decimal, Unit)>) -> Trail {
    if pieces.is_empty() {
        return Trail::default();
    }
    let mut terms = Vec::new();
    terms.extend(base.map(|(base, unit)| (false, show::number(base, &unit))));
    for it in pieces.iter().take(MAX_NAMED) {
        let range = show::range(it.range, &it.unit);
        // A number is its own name.
        let words = if it.name == range {
            range
        } else {
            show::join(&["", " ", ""], &["", " ", ""], &[it.name.clone(), range])
        };
        terms.push((it.negative, words));
    }
    if let Some(more) = pieces.len().checked_sub(MAX_NAMED).filter(|it| *it > 0) {
        terms.push((false, Words::both(format!("另外{more}项"), format!("{more} more"))));
    }
    let places =
        pieces.iter().filter_map(|it| Some((it.place.clone()?, show::range(it.range, &it.unit))));
    let words = terms.iter().enumerate().fold(whole.clone(), |words, (at, (negative, term))| {
        let sign = match (at, negative) {
            (0, false) => " = ",
            (0, true) => " = − ",
            (_, false) => " + ",
            (_, true) => " − ",
        };
        show::join(&["", sign, ""], &["", sign, ""], &[words, term.clone()])
    });
    Trail { words, places: places.take(MAX_PLACES).collect() }
}

/// The parts of a dimension or of 总分.
fn parts(reach: &Reach<'_>, slot: usize) -> Vec<Piece> {
    let linked = reach.linked;
    let own = linked.package_of(slot);
    let each = reach.parts(slot).into_iter().map(|it| {
        let decl = linked.decl(it.slot);
        let mut name = Words::from(decl.name.to_string());
        if let Some(weight) = it.weight.and_then(Range::single) {
            let weight = show::number(weight, &Unit::Ratio);
            name = show::join(&["", " × ", ""], &["", " × ", ""], &[name, weight]);
        }
        let place = reach.version_of(decl).filter(|_| linked.package_of(it.slot) == own);
        let place = place.map(|at| NodePath::new(Owner::Decl(decl.id.clone()), at, Part::Header));
        Piece { negative: it.negative, name, range: it.range, unit: unit_of(&decl.ty), place }
    });
    each.collect()
}

/// The terms of a sum; none where the expression is not one.
fn terms(reach: &Reach<'_>, expr: &Expr, lets: &[Let], scope: &Scope<'_>) -> Vec<Piece> {
    let Node::Sum(terms) = &bare(expr).node else { return Vec::new() };
    let each = terms.iter().enumerate().map(|(at, term)| {
        let number = at + 1;
        let name = name(reach, lets, &term.expr)
            .unwrap_or_else(|| Words::both(format!("第{number}项"), format!("term {number}")));
        let place = match &bare(&term.expr).node {
            Node::Decl(it) if it.package.is_none() => place(reach, it),
            _ => None,
        };
        let (range, unit) = (reach.number(&term.expr, scope), unit_of(&term.expr.ty));
        Piece { negative: term.negative, name, range, unit, place }
    });
    each.collect()
}

fn place(reach: &Reach<'_>, named: &Ref) -> Option<NodePath> {
    let decl = reach.linked.decl(named.slot.index());
    let version = reach.version_of(decl)?;
    Some(NodePath::new(Owner::Decl(decl.id.clone()), version, Part::Header))
}

/// A term in words: a name, or a product of names and numbers.
fn name(reach: &Reach<'_>, lets: &[Let], expr: &Expr) -> Option<Words> {
    match &bare(expr).node {
        Node::Const(Value::Number(it)) => Some(show::number(*it, &unit_of(&expr.ty))),
        Node::Product { op, left, right } => {
            let sign = if *op == ProductOp::Multiply { " × " } else { " ÷ " };
            let sides = [name(reach, lets, left)?, name(reach, lets, right)?];
            Some(show::join(&["", sign, ""], &["", sign, ""], &sides))
        }
        Node::Decl(it) => {
            let own = reach.linked.decl(it.slot.index()).name.to_string();
            Some(match &it.package {
                Some(package) => format!("{package}.{own}").into(),
                None => own.into(),
            })
        }
        _ => show::name(reach.linked, lets, expr),
    }
}

/// What is inside rounding and a substitute for what is missing.
fn bare(expr: &Expr) -> &Expr {
    match &expr.node {
        Node::Round(it, _) => bare(it),
        Node::IfMissing(it, _) => bare(it),
        _ => expr,
    }
}

fn unit_of(ty: &crate::model::Ty) -> Unit {
    ty.as_number().map_or(Unit::Plain, |it| it.unit.clone())
}

/// The row that gives most, where one row counts.
fn most(
    (table, at): (&Table, TableAt),
    path: &NodePath,
    reach: &Reach<'_>,
    scope: &Scope<'_>,
) -> Trail {
    if table.mode == Mode::Sum || table.mode == Mode::Lowest {
        return Trail::default();
    }
    let rows = table.rows.iter().enumerate();
    let ranges = rows.filter_map(|(row, it)| Some((row, reach.result(table, it, scope)?)));
    let highest = ranges.max_by(|(one, a), (other, b)| {
        let open = |it: &Range| (it.high.is_none(), it.high);
        open(a).cmp(&open(b)).then(other.cmp(one))
    });
    let Some((row, range)) = highest else { return Trail::default() };
    let words = match range.high {
        Some(high) => {
            let high = show::number(high, &Unit::Points);
            show::join(&["这一行最多：", ""], &["the most that a row gives: ", ""], &[high])
        }
        None => Words::both("这一行没有上界", "this row has no upper bound"),
    };
    Trail { words: "".into(), places: vec![(path.with(Part::Row(at, row)), words)] }
}
