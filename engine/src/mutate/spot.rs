//! What can be changed at a place of a package, in words, and who can tell the difference.

use heng_dsl::diag::Lang;
use heng_dsl::model::linked::Linked;
use heng_dsl::model::{
    CellBound, CompareOp, Content, DecideEffect, DeclKind, Expr, Id, Mode, Node, Origin, RowKey,
    Table, Ty, TyKind, Unit, Version,
};
use heng_dsl::value::{Decimal, Value};

use crate::explain::Said;
use crate::outcome::{InnerTable, RuleId};
use crate::show;

/// What is changed at a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Change {
    /// One unit more, or the next member.
    Up,
    /// One unit less, or the member before.
    Down,
    /// 以上 becomes 超过, ≥ becomes >, and the other way round.
    Flip,
    /// A row goes.
    Remove,
    /// A row takes the result of the next one.
    Swap,
}

/// Which of the cases can tell the difference.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reach {
    /// Those in which a column of a table was asked about this number.
    Asked(RuleId, InnerTable, usize, Decimal),
    /// Those in which the row held.
    Row(RuleId, InnerTable, usize),
    /// Those in which the determination hit.
    Hit(usize, usize),
    /// Those in which the rule was in force.
    Rule(RuleId),
    /// All.
    All,
}

/// A place, and where it stands.
#[derive(Debug, Clone)]
pub(super) struct Where {
    /// The rule.
    pub(super) rule: RuleId,
    /// What it belongs to, by name.
    pub(super) name: Id,
    /// The table in the rule.
    pub(super) table: InnerTable,
    /// The row in the table.
    pub(super) row: Option<usize>,
    /// The row, the condition … as written.
    pub(super) text: String,
    /// Where it stands.
    pub(super) origin: Origin,
}

/// Something that can be changed.
pub(super) enum Spot<'m> {
    /// A bound of a column.
    Bound { bound: &'m mut CellBound, low: bool, column: usize, ty: &'m Ty },
    /// A number, a date, a member or 是否, written as such.
    Literal { value: &'m mut Value, ty: &'m Ty, result: bool },
    /// How two values are compared.
    Op(&'m mut CompareOp),
    /// A number of a header.
    Header { number: &'m mut Decimal, ty: &'m Ty, word: [&'static str; 2] },
    /// A row of a table: whether it may go, and whether the next one has another result.
    Row { table: &'m mut Table, at: usize },
    /// A cell of a matrix, and how many members there are.
    Cell { cell: &'m mut Option<u16>, members: u16, grade: &'m Ty },
    /// What a determination does, and the last member.
    Effect { effect: &'m mut DecideEffect, last: u16 },
    /// An end of `前 15 至 3 个月`.
    Months(&'m mut u32),
}

impl Spot<'_> {
    /// The changes that make sense here, each with what it is in words and who can tell.
    pub(super) fn changes(&self, linked: &Linked, at: &Where) -> Vec<(Change, Said, Reach)> {
        let all = [Change::Up, Change::Down, Change::Flip, Change::Remove, Change::Swap];
        let possible = all.into_iter().filter_map(|change| {
            let (before, after) = self.told(linked, at, change)?;
            let words = Said::both(
                format!("{} → {}", before.zh, after.zh),
                format!("{} → {}", before.en, after.en),
            );
            Some((change, words, self.reach(linked, at, change)))
        });
        possible.collect()
    }

    /// What stands here before and after a change; `None` where the change means nothing here.
    fn told(&self, linked: &Linked, at: &Where, change: Change) -> Option<(Said, Said)> {
        match self {
            Self::Bound { bound, low, ty, .. } => match (&bound.value.node, change) {
                (_, Change::Flip) => {
                    let [before, after] =
                        [bound.inclusive, !bound.inclusive].map(|it| bound_word(*low, it));
                    Some((before, after))
                }
                (Node::Const(value), Change::Up | Change::Down) => {
                    let next = moved(value, ty, change, u16::MAX)?;
                    Some((shown(linked, value, ty), shown(linked, &next, ty)))
                }
                _ => None,
            },
            Self::Literal { value, ty, .. } => {
                let members = members(linked, ty);
                let next = moved(value, ty, change, members)?;
                Some((shown(linked, value, ty), shown(linked, &next, ty)))
            }
            Self::Op(op) => {
                let after = flipped(**op)?;
                (change == Change::Flip).then(|| (sign(**op), sign(after)))
            }
            Self::Header { number, ty, word } => {
                let before = Value::Number(**number);
                let after = moved(&before, ty, change, 0)?;
                let [a, b] = [shown(linked, &before, ty), shown(linked, &after, ty)].map(|it| {
                    Said::both(format!("{} {}", word[0], it.zh), format!("{} {}", word[1], it.en))
                });
                Some((a, b))
            }
            Self::Row { table, at: row } => row_change(table, *row, change),
            Self::Cell { cell, members, grade, .. } => {
                let before = Value::Member((**cell)?);
                let after = moved(&before, grade, change, *members)?;
                Some((shown(linked, &before, grade), shown(linked, &after, grade)))
            }
            Self::Effect { effect, last } => {
                let after = effected(effect, *last, change)?;
                let (RuleId::Decide(target, ..) | RuleId::Decl(target, _)) = at.rule;
                let ty = &linked.decl(target).ty;
                Some((effect_words(linked, effect, ty), effect_words(linked, &after, ty)))
            }
            Self::Months(it) => {
                let after = counted(**it, change)?;
                Some((Said::same(it.to_string()), Said::same(after.to_string())))
            }
        }
    }

    fn reach(&self, linked: &Linked, at: &Where, change: Change) -> Reach {
        match self {
            Self::Bound { bound, low, column, ty } => {
                let told = changed_number(linked, bound, *low, ty, change);
                told.map_or(Reach::Rule(at.rule), |it| Reach::Asked(at.rule, at.table, *column, it))
            }
            Self::Literal { result: true, .. } | Self::Row { .. } => match at.row {
                Some(row) => Reach::Row(at.rule, at.table, row),
                None => Reach::All,
            },
            Self::Cell { .. } => Reach::Row(at.rule, at.table, at.row.unwrap_or_default()),
            Self::Effect { .. } => match at.rule {
                RuleId::Decide(target, number, _) => Reach::Hit(target, number),
                RuleId::Decl(..) => Reach::All,
            },
            Self::Literal { .. } | Self::Op(_) | Self::Header { .. } | Self::Months(_) => {
                Reach::Rule(at.rule)
            }
        }
    }

    /// Makes a change.
    pub(super) fn make(self, linked: &Linked, change: Change) {
        match self {
            Self::Bound { bound, ty, .. } => match (&mut bound.value.node, change) {
                (_, Change::Flip) => bound.inclusive = !bound.inclusive,
                (Node::Const(value), _) => {
                    replace(value, ty, change, u16::MAX);
                    as_exact_as(&mut bound.value.ty, ty);
                }
                _ => {}
            },
            Self::Literal { value, ty, .. } => replace(value, ty, change, members(linked, ty)),
            Self::Op(op) => *op = flipped(*op).unwrap_or(*op),
            Self::Header { number, ty, .. } => {
                if let Some(Value::Number(it)) = moved(&Value::Number(*number), ty, change, 0) {
                    *number = it;
                }
            }
            Self::Row { table, at } => match change {
                Change::Remove => {
                    table.rows.remove(at);
                }
                Change::Swap => {
                    if let Some(results) = table.rows.get(at + 1).map(|it| it.results.clone())
                        && let Some(row) = table.rows.get_mut(at)
                    {
                        row.results = results;
                    }
                }
                Change::Up | Change::Down | Change::Flip => {}
            },
            Self::Cell { cell, members, grade, .. } => {
                let before = (*cell).map(Value::Member);
                if let Some(Value::Member(it)) =
                    before.and_then(|it| moved(&it, grade, change, members))
                {
                    *cell = Some(it);
                }
            }
            Self::Effect { effect, last } => {
                if let Some(it) = effected(effect, last, change) {
                    *effect = it;
                }
            }
            Self::Months(it) => *it = counted(*it, change).unwrap_or(*it),
        }
    }
}

fn shown(linked: &Linked, value: &Value, ty: &Ty) -> Said {
    let of = |lang| show::value(linked, value, ty, lang);
    Said::both(of(Lang::Zh), of(Lang::En))
}

fn bound_word(low: bool, inclusive: bool) -> Said {
    match (low, inclusive) {
        (true, true) => Said::both("以上", "at least"),
        (true, false) => Said::both("超过", "over"),
        (false, true) => Said::both("以下", "at most"),
        (false, false) => Said::both("不满", "under"),
    }
}

fn effect_words(linked: &Linked, effect: &DecideEffect, ty: &Ty) -> Said {
    match effect {
        DecideEffect::Set(to) => {
            let to = shown(linked, &Value::Member(*to), ty);
            Said::both(format!("定为 {}", to.zh), format!("set to {}", to.en))
        }
        DecideEffect::Raise { by, .. } => {
            Said::both(format!("上调 {by} 级"), format!("raised by {by}"))
        }
        DecideEffect::Lower { by, .. } => {
            Said::both(format!("下调 {by} 级"), format!("lowered by {by}"))
        }
    }
}

/// The one number for which a changed bound answers otherwise, where the bound is a number.
fn changed_number(
    linked: &Linked,
    bound: &CellBound,
    low: bool,
    ty: &Ty,
    change: Change,
) -> Option<Decimal> {
    let at = constant(linked, &bound.value)?;
    let least = Decimal::new(1, ty.as_number()?.places)?;
    // A share moves by a per cent, and all shares between answer otherwise.
    if change != Change::Flip && unit(at, ty)? != least {
        return None;
    }
    // The smallest number within a lower bound, the largest within an upper one.
    let step = if low { least } else { least.negated() };
    let first = if bound.inclusive { at } else { at.checked_add(step)? };
    match (change, low) {
        (Change::Flip, _) => Some(at),
        (Change::Up, true) | (Change::Down, false) => Some(first),
        (Change::Down, true) => first.checked_sub(least),
        (Change::Up, false) => first.checked_add(least),
        (Change::Remove | Change::Swap, _) => None,
    }
}

/// A number that is written, or a parameter that is always the same.
pub(super) fn constant(linked: &Linked, expr: &Expr) -> Option<Decimal> {
    match &expr.node {
        Node::Const(Value::Number(it)) => Some(*it),
        Node::Decl(it) => {
            let decl = linked.decl(it.slot.index());
            match (&decl.kind, decl.versions.as_slice()) {
                (DeclKind::Param, [Version { content: Content::Formula(value), .. }]) => {
                    constant(linked, value)
                }
                _ => None,
            }
        }
        _ => None,
    }
}

fn members(linked: &Linked, ty: &Ty) -> u16 {
    match &ty.kind {
        TyKind::Member(it) => {
            u16::try_from(linked.enumeration(it.slot.index()).members.len()).unwrap_or(u16::MAX)
        }
        _ => 0,
    }
}

fn replace(value: &mut Value, ty: &Ty, change: Change, members: u16) {
    if let Some(it) = moved(value, ty, change, members) {
        *value = it;
    }
}

/// Lets a bound have the places of its column, in whose unit it was moved: `4.5` becomes `4.49999`, which nobody
/// may round to its own one place.
fn as_exact_as(bound: &mut Ty, column: &Ty) {
    if let (TyKind::Number(bound), Some(column)) = (&mut bound.kind, column.as_number()) {
        bound.places = bound.places.max(column.places);
    }
}

/// A value moved by one unit, or to its neighbour.
fn moved(value: &Value, ty: &Ty, change: Change, members: u16) -> Option<Value> {
    let up = match change {
        Change::Up => true,
        Change::Down => false,
        Change::Flip | Change::Remove | Change::Swap => return None,
    };
    match value {
        Value::Number(it) => {
            let unit = unit(*it, ty)?;
            let unit = if up { unit } else { unit.negated() };
            it.checked_add(unit).map(Value::Number)
        }
        Value::Date(it) => it.add_days(if up { 1 } else { -1 }).map(Value::Date),
        Value::Member(it) => {
            let next = if up { it.checked_add(1)? } else { it.checked_sub(1)? };
            (next < members).then_some(Value::Member(next))
        }
        Value::Bool(it) if up => Some(Value::Bool(!it)),
        Value::Frequency(it) if up => {
            let mut next = it.clone();
            next.every = it.every.checked_add(1)?;
            Some(Value::Frequency(next))
        }
        Value::Bool(_)
        | Value::Frequency(_)
        | Value::Text(_)
        | Value::Missing
        | Value::NotApplicable
        | Value::Error(_) => None,
    }
}

/// One unit: the last place of the type; of a ratio one per cent, or its own last place where that is less.
fn unit(it: Decimal, ty: &Ty) -> Option<Decimal> {
    let number = ty.as_number()?;
    let places = match number.unit {
        Unit::Ratio => it.trimmed().places().max(2).min(number.places.max(2)),
        _ => number.places,
    };
    Decimal::new(1, places)
}

fn counted(it: u32, change: Change) -> Option<u32> {
    match change {
        Change::Up => it.checked_add(1),
        Change::Down => it.checked_sub(1),
        Change::Flip | Change::Remove | Change::Swap => None,
    }
}

fn flipped(op: CompareOp) -> Option<CompareOp> {
    Some(match op {
        CompareOp::Less => CompareOp::LessOrEqual,
        CompareOp::LessOrEqual => CompareOp::Less,
        CompareOp::Greater => CompareOp::GreaterOrEqual,
        CompareOp::GreaterOrEqual => CompareOp::Greater,
        CompareOp::Equal | CompareOp::NotEqual => return None,
    })
}

fn sign(op: CompareOp) -> Said {
    Said::same(match op {
        CompareOp::Equal => "=",
        CompareOp::NotEqual => "≠",
        CompareOp::Less => "<",
        CompareOp::LessOrEqual => "≤",
        CompareOp::Greater => ">",
        CompareOp::GreaterOrEqual => "≥",
    })
}

/// A row may go where others catch what it held; it takes the result of the next one where that differs.
fn row_change(table: &Table, at: usize, change: Change) -> Option<(Said, Said)> {
    let row = table.rows.get(at)?;
    let caught = table.mode == Mode::Sum
        || table.rows.iter().skip(at + 1).any(|it| matches!(it.key, RowKey::Otherwise));
    let stays = Said::both("这一行", "the row");
    match change {
        Change::Remove if caught && row.key != RowKey::Otherwise => {
            Some((stays, Said::both("去掉", "gone")))
        }
        Change::Swap if !caught => {
            let next = table.rows.get(at + 1)?;
            let words = Said::both("下一行的结果", "the result of the next one");
            (next.results != row.results).then_some((stays, words))
        }
        Change::Up | Change::Down | Change::Flip | Change::Remove | Change::Swap => None,
    }
}

fn effected(effect: &DecideEffect, last: u16, change: Change) -> Option<DecideEffect> {
    let next = |it: u16| match change {
        Change::Up => it.checked_add(1),
        Change::Down => it.checked_sub(1),
        Change::Flip | Change::Remove | Change::Swap => None,
    };
    Some(match effect {
        DecideEffect::Set(to) => DecideEffect::Set(next(*to).filter(|it| *it <= last)?),
        DecideEffect::Raise { by, limit } => DecideEffect::Raise { by: next(*by)?, limit: *limit },
        DecideEffect::Lower { by, limit } => DecideEffect::Lower { by: next(*by)?, limit: *limit },
    })
}
