//! Values worth trying: the numbers, lengths of time, dates and words that the rules of both versions
//! compare with, and their neighbours.

use std::collections::{BTreeMap, BTreeSet};

use heng_dsl::model::linked::Linked;
use heng_dsl::model::walk::{self, RefKind, Visitor};
use heng_dsl::model::{Expr, Field, Node, NumberTy, Ref, TyKind, Unit, Window};
use heng_dsl::value::{Date, Decimal, TimeUnit, Value};

use super::number::unit;
use crate::graph::Thing;
use crate::program::Program;

/// Codes of one code table that are tried.
const MOST_CODES: usize = 24;

/// Values by type.
pub(super) struct Pool {
    numbers: BTreeMap<Unit, BTreeSet<Decimal>>,
    dates: BTreeSet<Date>,
    texts: BTreeSet<std::sync::Arc<str>>,
    codes: BTreeMap<usize, Vec<Value>>,
    pub(super) as_of: Date,
}

impl Pool {
    /// The values that what lies upstream of a grade in both versions compares with.
    pub(super) fn of(programs: [&Program; 2], grade: [usize; 2], as_of: Date) -> Self {
        let mut scan = Scan::default();
        for (program, slot) in programs.into_iter().zip(grade) {
            let linked = program.linked();
            for thing in program.upstream(slot) {
                match thing {
                    Thing::Decl(slot) => walk::decl(linked.decl(slot), &mut scan),
                    Thing::Decide(package, number) => {
                        let decide =
                            linked.packages.get(package).and_then(|it| it.decides.get(number));
                        let versions = decide.iter().flat_map(|it| &it.versions);
                        versions.for_each(|it| walk::version(&it.1, &mut scan));
                    }
                    Thing::Field(slot) => {
                        linked.field(slot).derived.iter().for_each(|it| walk::expr(it, &mut scan));
                    }
                    Thing::Column(table, column) => {
                        let field = linked.table(table).fields.get(column);
                        let derived = field.and_then(|it| it.derived.as_ref());
                        derived.iter().for_each(|it| walk::expr(it, &mut scan));
                    }
                    Thing::Scope(package) => {
                        let applies =
                            linked.packages.get(package).and_then(|it| it.applies.as_ref());
                        applies.iter().for_each(|it| walk::condition(it, &mut scan));
                    }
                    Thing::Table(_) | Thing::Codes(_) | Thing::Check(..) => {}
                }
            }
        }
        let old = programs[0].linked();
        Self {
            dates: scan.dates(as_of),
            numbers: scan.numbers,
            texts: scan.texts,
            codes: codes(old),
            as_of,
        }
    }

    /// The values that one more expression compares with.
    pub(super) fn add(&mut self, expr: &Expr) {
        let mut scan = Scan::default();
        walk::expr(expr, &mut scan);
        self.dates.extend(scan.dates(self.as_of));
        self.texts.extend(scan.texts);
        for (unit, numbers) in scan.numbers {
            self.numbers.entry(unit).or_default().extend(numbers);
        }
    }

    /// Values of a field, without 缺失; the plainest first.
    pub(super) fn values(&self, linked: &Linked, field: &Field) -> Vec<Value> {
        match &field.ty.kind {
            TyKind::Bool => vec![Value::Bool(false), Value::Bool(true)],
            TyKind::Member(it) => {
                let members = linked.enumeration(it.slot.index()).members.len();
                (0..members).filter_map(|it| u16::try_from(it).ok()).map(Value::Member).collect()
            }
            TyKind::Number(it) => self.numbers(it, field.signed),
            TyKind::Date => self.dates.iter().rev().map(|it| Value::Date(*it)).collect(),
            TyKind::Text => {
                let plain = Value::text("某");
                std::iter::once(plain).chain(self.texts.iter().cloned().map(Value::Text)).collect()
            }
            TyKind::Code(it) => self.codes.get(&it.slot.index()).cloned().unwrap_or_default(),
            TyKind::Frequency | TyKind::Unknown => Vec::new(),
        }
    }

    fn numbers(&self, ty: &NumberTy, signed: bool) -> Vec<Value> {
        let mut out = BTreeSet::from([Decimal::ZERO, Decimal::from(1)]);
        for (unit, numbers) in &self.numbers {
            if unit.common(&ty.unit).is_some() {
                out.extend(numbers);
            }
        }
        let one = unit(ty.places);
        let near = out.iter().flat_map(|it| {
            [it.checked_sub(one), Some(*it), it.checked_add(one)].into_iter().flatten()
        });
        let near: BTreeSet<Decimal> = near
            .filter_map(|it| it.round(ty.places, heng_dsl::value::Rounding::Down))
            .filter(|it| signed || !it.is_negative())
            .collect();
        near.into_iter().map(Value::Number).collect()
    }
}

/// A code for each row of a table that differs from the others, at most [`MOST_CODES`].
fn codes(linked: &Linked) -> BTreeMap<usize, Vec<Value>> {
    let mut out = BTreeMap::new();
    let of_fields = linked.fields().map(|it| &it.ty);
    let of_tables = linked.tables().flat_map(|it| it.fields.iter().map(|it| &it.ty));
    for ty in of_fields.chain(of_tables) {
        let TyKind::Code(it) = &ty.kind else { continue };
        let slot = it.slot.index();
        out.entry(slot).or_insert_with(|| {
            let table = linked.code_table(slot);
            let key = table.key().unwrap_or(0);
            let is_text = |at: usize| {
                table.columns.get(at).is_none_or(|it| matches!(it.ty.kind, TyKind::Text))
            };
            let mut seen = BTreeSet::new();
            let rows = table.rows.iter().filter(|row| {
                let told: Vec<&Value> = row
                    .values
                    .iter()
                    .enumerate()
                    .filter(|(at, _)| *at != key && !is_text(*at))
                    .map(|it| it.1)
                    .collect();
                seen.insert(told)
            });
            rows.filter_map(|it| it.values.get(key).cloned()).take(MOST_CODES).collect()
        });
    }
    out
}

/// What is found in the rules.
#[derive(Default)]
struct Scan {
    numbers: BTreeMap<Unit, BTreeSet<Decimal>>,
    /// Lengths of time before the as-of date.
    lengths: BTreeSet<(i64, bool)>,
    dates: BTreeSet<Date>,
    texts: BTreeSet<std::sync::Arc<str>>,
}

impl Visitor for Scan {
    fn reference(&mut self, _: RefKind, _: &Ref, _: bool) {}

    fn expr(&mut self, expr: &Expr) {
        match &expr.node {
            Node::Const(Value::Number(it)) => {
                let Some(ty) = expr.ty.as_number() else { return };
                if let (Unit::Months | Unit::Days, Some(whole)) = (&ty.unit, it.to_whole()) {
                    self.lengths.insert((whole, ty.unit == Unit::Months));
                }
                self.numbers.entry(ty.unit.clone()).or_default().insert(*it);
            }
            Node::Const(Value::Date(it)) => {
                self.dates.insert(*it);
            }
            Node::Const(Value::Text(it)) => {
                self.texts.insert(it.clone());
            }
            Node::Within { window, .. } => self.window(window),
            _ => {}
        }
    }
}

impl Scan {
    fn window(&mut self, window: &Window) {
        match window {
            Window::Ago { far, near, unit } => {
                for it in [far, near] {
                    self.lengths.insert((i64::from(*it), *unit == TimeUnit::Month));
                }
            }
            Window::YearBefore(it) => {
                self.lengths.insert((12, true));
                self.window(it);
            }
            Window::Last(_) | Window::Next(_) | Window::Calendar(_) => {}
        }
    }

    /// The dates at which something begins or ends, and the days beside them.
    fn dates(&self, as_of: Date) -> BTreeSet<Date> {
        let mut out = self.dates.clone();
        out.insert(as_of);
        for (length, months) in &self.lengths {
            for length in [*length, -*length] {
                let at = if *months { as_of.add_months(-length) } else { as_of.add_days(-length) };
                out.extend(at);
            }
        }
        for years in 0..7 {
            out.extend(Date::new(as_of.year() - years, 6, 30));
            out.extend(Date::new(as_of.year() - years, 1, 1));
        }
        let near = out.iter().flat_map(|it| [it.add_days(-1), Some(*it), it.add_days(1)]);
        near.flatten().collect()
    }
}
