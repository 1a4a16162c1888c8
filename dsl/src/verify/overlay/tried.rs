//! Tables and formulas over grades, worked out for every combination.
//!
//! What is read are the sides: grades and enumerations, and tags and fields that are yes or no. Each is tried
//! with every value it can have, 缺失 too where it may be missing. Anything else that is read (a number, a
//! date, a record) means that nothing is said, for its values hang together with the grades in a way that
//! trying them one by one does not see.

use super::{MAX_COMBINATIONS, Product, Side, members};
use crate::builtins::BuiltinId;
use crate::diag::Words;
use crate::model::linked::Linked;
use crate::model::{CompareOp, Content, Expr, Let, Node, Ref, RowKey, Table, TyKind, Version};
use crate::value::{Date, Value};
use crate::verify::axis::{self, Ask, Atom};
use crate::verify::table::View;
use crate::verify::{Part, TableAt, show};

/// How deep a formula is followed through local values.
const MAX_DEPTH: u32 = 40;

/// There are more combinations than are tried.
pub(super) struct TooMany;

/// What every combination gives; `None` where something else than grades is read.
pub(super) fn product(
    grade: &Ref,
    version: &Version,
    view: &View<'_>,
) -> Result<Option<Product>, TooMany> {
    let linked = view.reach.linked;
    let (Some(leaves), Some(grades)) = (leaves(version), members(linked, grade)) else {
        return Ok(None);
    };
    let sides = leaves.iter().map(|it| side(it, grade, &version.lets, linked));
    let Some(sides) = sides.collect::<Option<Vec<Side>>>().filter(|it| !it.is_empty()) else {
        return Ok(None);
    };
    let rows = match &version.content {
        Content::Table(it) => it.rows.len().max(1),
        _ => 1,
    };
    let count = sides.iter().try_fold(1_usize, |all, it| all.checked_mul(it.members.len() + 1));
    let count = count.filter(|it| it.checked_mul(rows).is_some_and(|it| it <= MAX_COMBINATIONS));
    let count = count.ok_or(TooMany)?;
    let mut product = Product { sides, results: Vec::new(), grades };
    for number in 0..count {
        let point = product.point(number);
        let values = leaves.iter().zip(&product.sides).zip(&point);
        let values: Vec<Option<Value>> =
            values.map(|((leaf, side), at)| value_of(leaf, side, *at)).collect();
        let Some(values) = values.into_iter().collect::<Option<Vec<Value>>>() else {
            // It is never missing.
            product.results.push(None);
            continue;
        };
        let tried = Tried { leaves: &leaves, values: &values, lets: &version.lets };
        let Some((result, part)) = tried.content(&version.content, view) else { return Ok(None) };
        product.results.push(match result {
            Value::Member(it) => Some((usize::from(it), part)),
            _ => None,
        });
    }
    let most = product.grades.len();
    let known = product.results.iter().flatten().all(|it| it.0 < most);
    Ok(known.then_some(product))
}

/// What is read, each once; `None` where it is not only such.
fn leaves(version: &Version) -> Option<Vec<Expr>> {
    let mut found = Found { lets: &version.lets, all: Vec::new() };
    match &version.content {
        Content::Formula(it) => found.expr(it, 0)?,
        Content::Table(table) => {
            table.columns.iter().try_for_each(|it| found.expr(it, 0))?;
            for row in &table.rows {
                if let RowKey::When(it) = &row.key {
                    found.expr(it, 0)?;
                }
                row.results.iter().flatten().try_for_each(|it| found.expr(it, 0))?;
            }
        }
        Content::Each(_)
        | Content::Matrix(_)
        | Content::Condition(_)
        | Content::Source(_)
        | Content::Parts
        | Content::List(_) => return None,
    }
    Some(found.all)
}

struct Found<'v> {
    lets: &'v [Let],
    all: Vec<Expr>,
}

impl Found<'_> {
    fn expr(&mut self, expr: &Expr, depth: u32) -> Option<()> {
        if depth > MAX_DEPTH {
            return None;
        }
        let mut each = |all: &[&Expr]| all.iter().try_for_each(|it| self.expr(it, depth + 1));
        match &expr.node {
            Node::Const(_) => Some(()),
            Node::Decl(_) | Node::Field(_) => {
                matches!(expr.ty.kind, TyKind::Member(_) | TyKind::Bool).then_some(())?;
                if !self.all.contains(expr) {
                    self.all.push(expr.clone());
                }
                Some(())
            }
            Node::Local(at) => self.expr(local(self.lets, *at)?, depth + 1),
            Node::Compare { left, right, .. } | Node::IfMissing(left, right) => {
                each(&[left, right])
            }
            Node::In { item, set, .. } => {
                each(&[item])?;
                set.iter().try_for_each(|it| self.expr(it, depth + 1))
            }
            Node::Present { item, .. } | Node::Not(item) => each(&[item]),
            Node::If(when, yes, no) => each(&[when, yes, no]),
            Node::And(all) | Node::Or(all) => {
                all.iter().try_for_each(|it| self.expr(it, depth + 1))
            }
            Node::Call { builtin: BuiltinId::Highest | BuiltinId::Lowest, args } => {
                args.iter().try_for_each(|it| self.expr(it, depth + 1))
            }
            _ => None,
        }
    }
}

/// The formula of a local value.
fn local(lets: &[Let], at: u32) -> Option<&Expr> {
    match &lets.get(usize::try_from(at).ok()?)?.content {
        Content::Formula(it) => Some(it),
        _ => None,
    }
}

fn side(leaf: &Expr, grade: &Ref, lets: &[Let], linked: &Linked) -> Option<Side> {
    let name = match &leaf.node {
        Node::Decl(it) => super::name(linked, it),
        _ => show::name(linked, lets, leaf)?,
    };
    Some(match &leaf.ty.kind {
        TyKind::Member(own) => {
            let of = linked.enumeration(own.slot.index());
            let members = of.members.iter().map(|it| it.name.to_string().into()).collect();
            let same = own.slot.index() == grade.slot.index();
            Side { name, members, ordered: of.ordered, same }
        }
        _ => {
            let members = vec![Words::both("否", "no"), Words::both("是", "yes")];
            Side { name, members, ordered: false, same: false }
        }
    })
}

/// The value of a leaf for a member of its side; `None` where it is never missing.
fn value_of(leaf: &Expr, side: &Side, at: usize) -> Option<Value> {
    if at >= side.members.len() {
        return leaf.ty.optional.then_some(Value::Missing);
    }
    Some(match leaf.ty.kind {
        TyKind::Bool => Value::Bool(at == 1),
        _ => Value::Member(u16::try_from(at).ok()?),
    })
}

/// One combination.
struct Tried<'t> {
    leaves: &'t [Expr],
    values: &'t [Value],
    lets: &'t [Let],
}

impl Tried<'_> {
    fn content(&self, content: &Content, view: &View<'_>) -> Option<(Value, Part)> {
        match content {
            Content::Formula(it) => Some((self.expr(it, 0)?, Part::Table(TableAt::Content))),
            Content::Table(it) => {
                let Some(row) = self.row(it, view)? else {
                    return Some((Value::NotApplicable, Part::Table(TableAt::Content)));
                };
                let result = it.rows.get(row)?.results.first()?;
                let result =
                    result.as_ref().map_or(Some(Value::NotApplicable), |it| self.expr(it, 0));
                Some((result?, Part::Row(TableAt::Content, row)))
            }
            _ => None,
        }
    }

    /// The row that holds; `None` outside where a cell or a condition cannot be read.
    #[expect(clippy::option_option, reason = "no row, or no answer")]
    fn row(&self, table: &Table, view: &View<'_>) -> Option<Option<usize>> {
        let as_of = view.reach.period.from.or(Date::new(2024, 1, 1))?;
        let ask = Ask { reach: view.reach, scope: view.scope, as_of, relative: false };
        let atoms = table.columns.iter().map(|it| match self.expr(it, 0)? {
            Value::Member(it) => Some(Atom::Between(Some(i128::from(it)), Some(i128::from(it)))),
            Value::Bool(it) => Some(Atom::Between(Some(i128::from(it)), Some(i128::from(it)))),
            Value::Missing | Value::NotApplicable => Some(Atom::Missing),
            _ => None,
        });
        let atoms = atoms.collect::<Option<Vec<Atom>>>()?;
        for (at, row) in table.rows.iter().enumerate() {
            let holds = match &row.key {
                RowKey::Cells(cells) => {
                    let mut all = true;
                    for ((cell, column), atom) in cells.iter().zip(&table.columns).zip(&atoms) {
                        all &= axis::holds(&axis::pieces(cell, &column.ty, ask)?, atom);
                    }
                    all
                }
                RowKey::Otherwise => atoms.iter().all(|it| *it != Atom::Missing),
                RowKey::When(it) => self.truth(it, 0)?,
                RowKey::Always => true,
            };
            if holds {
                return Some(Some(at));
            }
        }
        Some(None)
    }

    fn truth(&self, expr: &Expr, depth: u32) -> Option<bool> {
        match self.expr(expr, depth)? {
            Value::Bool(it) => Some(it),
            _ => None,
        }
    }

    /// What an expression is worth; `None` where that cannot be said.
    fn expr(&self, expr: &Expr, depth: u32) -> Option<Value> {
        if depth > MAX_DEPTH {
            return None;
        }
        let deeper = depth + 1;
        Some(match &expr.node {
            Node::Const(it) => it.clone(),
            Node::Decl(_) | Node::Field(_) => {
                self.values.get(self.leaves.iter().position(|it| it == expr)?)?.clone()
            }
            Node::Local(at) => self.expr(local(self.lets, *at)?, deeper)?,
            Node::Compare { op, left, right } => {
                let sides = (self.expr(left, deeper)?, self.expr(right, deeper)?);
                Value::Bool(compared(*op, &sides.0, &sides.1)?)
            }
            Node::In { negated, item, set } => {
                let item = self.expr(item, deeper)?;
                let mut found = false;
                for it in set {
                    found |= compared(CompareOp::Equal, &item, &self.expr(it, deeper)?)?;
                }
                Value::Bool(found != *negated)
            }
            Node::Present { negated, item } => {
                Value::Bool(is_there(&self.expr(item, deeper)?) != *negated)
            }
            Node::IfMissing(item, instead) => {
                let value = self.expr(item, deeper)?;
                if is_there(&value) { value } else { self.expr(instead, deeper)? }
            }
            Node::Not(it) => Value::Bool(!self.truth(it, deeper)?),
            Node::And(all) => Value::Bool(self.until(all, false, deeper)?),
            Node::Or(all) => Value::Bool(self.until(all, true, deeper)?),
            Node::If(when, yes, no) => {
                self.expr(if self.truth(when, deeper)? { yes } else { no }, deeper)?
            }
            Node::Call { builtin, args } => {
                let args = args.iter().map(|it| match self.expr(it, deeper)? {
                    Value::Member(it) => Some(it),
                    _ => None,
                });
                let args = args.collect::<Option<Vec<u16>>>()?;
                let highest = *builtin == BuiltinId::Highest;
                Value::Member(*if highest { args.iter().max()? } else { args.iter().min()? })
            }
            _ => return None,
        })
    }

    /// Asks from the left until one is `end`, and gives that; else the opposite.
    fn until(&self, all: &[Expr], end: bool, depth: u32) -> Option<bool> {
        for it in all {
            if self.truth(it, depth)? == end {
                return Some(end);
            }
        }
        Some(!end)
    }
}

fn is_there(value: &Value) -> bool {
    !matches!(value, Value::Missing | Value::NotApplicable)
}

fn compared(op: CompareOp, left: &Value, right: &Value) -> Option<bool> {
    match (left, right) {
        (Value::Member(a), Value::Member(b)) => Some(op.holds(a.cmp(b))),
        (Value::Bool(a), Value::Bool(b)) => Some(op.holds(a.cmp(b))),
        _ => None,
    }
}
