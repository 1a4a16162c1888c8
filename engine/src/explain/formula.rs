//! Formulas in words, and the terms of a sum with what each is worth.
//!
//! The trace has no value for every node of a formula, and an explanation does not evaluate: what
//! cannot be told from the outcome and the local values is left to the line that takes the rest.

use heng_dsl::builtins::BuiltinId;
use heng_dsl::model::{CompareOp, Expr, Node, ProductOp, Source, Term, Version};
use heng_dsl::value::{Decimal, Rounding, Value};

use super::account::{number, sum};
use super::data::{Line, What};
use super::facts::View;
use super::words::{Said, Shown};
use crate::outcome::Step;

/// The lines of a formula that is worth `total`: its terms as far as they are known.
pub(super) fn lines(
    view: &View<'_>,
    step: &Step,
    version: &Version,
    expr: &Expr,
    total: Decimal,
) -> Vec<Line> {
    let known = Known { view, step: Some(step), version: Some(version) };
    let places = |it: &Expr| it.ty.as_number().map(|it| it.places);
    let (whole, expr) = (expr, known.taken(expr));
    let is_rounded = places(whole) < places(expr);
    let Node::Sum(terms) = &expr.node else {
        return vec![Line { points: total, what: What::Formula(known.words(expr)) }];
    };
    let mut lines = Vec::new();
    let mut open: Vec<&Term> = Vec::new();
    for term in terms {
        match known.value(&term.expr).as_ref().and_then(number) {
            Some(it) => {
                let points = if term.negative { it.negated() } else { it };
                let what = What::Formula(known.words(&term.expr));
                lines.push(Line { points, what });
            }
            None => open.push(term),
        }
    }
    if let (Some(rest), false) = (sum(&lines).and_then(|it| total.checked_sub(it)), open.is_empty())
    {
        // What is left over holds the rounding, too, and cannot be told apart from it.
        let words = known.sum(&open).map(|it| if is_rounded { as_rounded(&it) } else { it });
        lines.push(Line { points: rest, what: What::Formula(words) });
    }
    if lines.iter().any(|it| !it.points.is_zero()) {
        lines.retain(|it| !it.points.is_zero());
    }
    lines
}

/// The number that an expression over parameters is worth.
pub(super) fn constant(view: &View<'_>, expr: &Expr) -> Option<Decimal> {
    Known { view, step: None, version: None }.value(expr).as_ref().and_then(number)
}

/// What an expression is worth, as far as the outcome tells.
pub(super) fn value(view: &View<'_>, step: &Step, expr: &Expr) -> Option<Value> {
    Known { view, step: Some(step), version: None }.value(expr)
}

/// An expression in the words of the rule; none where it would become too long or unreadable.
pub(super) fn words(view: &View<'_>, version: &Version, expr: &Expr) -> Option<Said> {
    Known { view, step: None, version: Some(version) }.words(expr)
}

struct Known<'k> {
    view: &'k View<'k>,
    step: Option<&'k Step>,
    version: Option<&'k Version>,
}

impl Known<'_> {
    /// The expression that counts: inside of rounding, the branch that was taken.
    fn taken<'e>(&self, expr: &'e Expr) -> &'e Expr {
        match &expr.node {
            Node::Round(inner, _) => self.taken(inner),
            Node::If(when, yes, no) => match self.value(when) {
                Some(Value::Bool(true)) => self.taken(yes),
                Some(Value::Bool(false)) => self.taken(no),
                _ => expr,
            },
            Node::IfMissing(item, otherwise) => match self.value(item) {
                Some(Value::Missing | Value::NotApplicable) => self.taken(otherwise),
                Some(_) => self.taken(item),
                None => expr,
            },
            _ => expr,
        }
    }

    fn value(&self, expr: &Expr) -> Option<Value> {
        let value = match &expr.node {
            Node::Const(value) => value.clone(),
            Node::AsOf => Value::Date(self.view.as_of),
            Node::Decl(it) => self.view.worth(it.slot.index()).clone(),
            Node::Local(at) => self.step?.lets.get(usize::try_from(*at).ok()?)?.clone(),
            Node::Field(it) => {
                let value = self.view.household.fields.get(it.slot.index())?;
                let field = self.view.linked.field(it.slot.index());
                // A derived field, or one with a default, is not what the data hold.
                let as_held = field.derived.is_none() && field.default.is_none();
                Some(value).filter(|it| as_held || it.is_present())?.clone()
            }
            Node::Negate(it) => Value::Number(number(&self.value(it)?)?.negated()),
            Node::Sum(terms) => {
                let sum = terms.iter().try_fold(Decimal::ZERO, |sum, term| {
                    let it = number(&self.value(&term.expr)?)?;
                    if term.negative { sum.checked_sub(it) } else { sum.checked_add(it) }
                })?;
                Value::Number(sum)
            }
            Node::Product { op, left, right } => {
                let places = expr.ty.as_number()?.places;
                Value::Number(self.product(*op, [left, right], places)?)
            }
            Node::Round(it, rounding) => {
                let places = expr.ty.as_number()?.places;
                return Some(Value::Number(number(&self.value(it)?)?.round(places, *rounding)?));
            }
            Node::Compare { op, left, right } => {
                let (a, b) = (self.value(left)?, self.value(right)?);
                if !a.is_present() || !b.is_present() {
                    return None;
                }
                Value::Bool(op.holds(a.cmp(&b)))
            }
            Node::If(..) | Node::IfMissing(..) => {
                let taken = self.taken(expr);
                if std::ptr::eq(taken, expr) {
                    return None;
                }
                self.value(taken)?
            }
            _ => return None,
        };
        rounded(value, expr)
    }

    fn product(&self, op: ProductOp, sides: [&Expr; 2], places: u8) -> Option<Decimal> {
        let (a, b) = (number(&self.value(sides[0])?)?, number(&self.value(sides[1])?)?);
        match op {
            ProductOp::Multiply => a.checked_mul(b, places),
            ProductOp::Divide => a.checked_div(b, places),
        }
    }

    fn sum(&self, terms: &[&Term]) -> Option<Said> {
        let mut said = Said::default();
        for (at, term) in terms.iter().enumerate() {
            let words = self.words(&term.expr)?;
            let sign = match (at, term.negative) {
                (0, false) => "",
                (0, true) => "− ",
                (_, false) => " + ",
                (_, true) => " − ",
            };
            said.zh = format!("{}{sign}{}", said.zh, words.zh);
            said.en = format!("{}{sign}{}", said.en, words.en);
        }
        Some(said)
    }

    fn words(&self, expr: &Expr) -> Option<Said> {
        let linked = self.view.linked;
        Some(match &expr.node {
            Node::Const(value) => Shown::new(linked, value, &expr.ty).text,
            Node::AsOf => Said::both("基准日", "the as-of date"),
            Node::Decl(it) => {
                let slot = it.slot.index();
                let name = &linked.decl(slot).name;
                Said::same(match &it.package {
                    Some(package) => format!("{package}.{name}"),
                    None => name.to_string(),
                })
            }
            Node::Local(at) => {
                let local = self.version?.lets.get(usize::try_from(*at).ok()?)?;
                Said::same(local.name.as_ref())
            }
            Node::Field(it) => Said::same(linked.field(it.slot.index()).name.as_ref()),
            Node::Code { column, .. } => {
                let table = linked.code_table(column.table.slot.index());
                let column = table.columns.get(column.slot.index())?;
                Said::same(format!("{}.{}", table.name, column.name))
            }
            Node::Negate(it) => join("−", &self.tight(it)?),
            Node::Sum(terms) => self.sum(&terms.iter().collect::<Vec<_>>())?,
            Node::Product { op, left, right } => {
                let sign = match op {
                    ProductOp::Multiply => " × ",
                    ProductOp::Divide => " ÷ ",
                };
                pair(&self.tight(left)?, sign, &self.tight(right)?)
            }
            Node::Compare { op, left, right } => {
                pair(&self.tight(left)?, compared(*op), &self.tight(right)?)
            }
            Node::Round(it, Rounding::HalfUp) => {
                let places = expr.ty.as_number()?.places;
                let it = self.words(it)?;
                Said::both(
                    format!("{}，保留 {places} 位", it.zh),
                    format!("{}, kept to {places} places", it.en),
                )
            }
            Node::IfMissing(item, _) => self.words(item)?,
            Node::Aggregate { builtin, source, .. } => self.aggregate(*builtin, source)?,
            Node::Call { builtin, args } => self.call(*builtin, args)?,
            _ => return None,
        })
    }

    fn aggregate(&self, builtin: BuiltinId, source: &Source) -> Option<Said> {
        let names = builtin.record().names;
        let (table, all) = self.source(source)?;
        let more = if all { "" } else { " …" };
        Some(Said::both(
            format!("{}({table}{more})", names[0]),
            format!("{}({table}{more})", names[1]),
        ))
    }

    fn call(&self, builtin: BuiltinId, args: &[Expr]) -> Option<Said> {
        let names = builtin.record().names;
        let args = args.iter().map(|it| self.words(it)).collect::<Option<Vec<_>>>()?;
        let list = |each: fn(&Said) -> &str| args.iter().map(each).collect::<Vec<_>>().join(", ");
        Some(Said::both(
            format!("{}({})", names[0], list(|it| &it.zh)),
            format!("{}({})", names[1], list(|it| &it.en)),
        ))
    }

    /// The name of what a source goes back to, and whether it is taken whole.
    fn source(&self, source: &Source) -> Option<(String, bool)> {
        let linked = self.view.linked;
        match source {
            Source::Table(it) => Some((linked.table(it.slot.index()).name.to_string(), true)),
            Source::Named(it) => Some((linked.decl(it.slot.index()).name.to_string(), true)),
            Source::Filter { of, .. } | Source::Group { of, .. } => {
                self.source(of).map(|it| (it.0, false))
            }
            Source::Members { .. } | Source::Calendar { .. } | Source::History => None,
        }
    }

    /// In brackets where it is a sum.
    fn tight(&self, expr: &Expr) -> Option<Said> {
        let words = self.words(expr)?;
        Some(match &expr.node {
            Node::Sum(_) => Said { zh: format!("({})", words.zh), en: format!("({})", words.en) },
            _ => words,
        })
    }
}

/// The words of a term that took the rounding of its whole.
fn as_rounded(it: &Said) -> Said {
    Said::both(format!("{}（含四舍五入）", it.zh), format!("{} (with the rounding)", it.en))
}

/// A numeric node rounds its result to the places of its type.
fn rounded(value: Value, expr: &Expr) -> Option<Value> {
    match (&value, expr.ty.as_number()) {
        (Value::Number(it), Some(ty)) => it.round(ty.places, Rounding::HalfUp).map(Value::Number),
        _ => Some(value),
    }
}

fn join(before: &str, it: &Said) -> Said {
    Said { zh: format!("{before}{}", it.zh), en: format!("{before}{}", it.en) }
}

fn pair(left: &Said, sign: &str, right: &Said) -> Said {
    Said {
        zh: format!("{}{sign}{}", left.zh, right.zh),
        en: format!("{}{sign}{}", left.en, right.en),
    }
}

fn compared(op: CompareOp) -> &'static str {
    match op {
        CompareOp::Equal => " = ",
        CompareOp::NotEqual => " ≠ ",
        CompareOp::Less => " < ",
        CompareOp::LessOrEqual => " ≤ ",
        CompareOp::Greater => " > ",
        CompareOp::GreaterOrEqual => " ≥ ",
    }
}
