//! Fields, code tables, functions of values, functions of records, 逐条.

use std::collections::BTreeSet;

use heng_dsl::builtins::BuiltinId;
use heng_dsl::model::{
    Column, CompareOp, Content, Each, Expr, Field, Later, Let, Mode, Node, Source, Table,
};
use heng_dsl::value::{Decimal, Fault, Rounding, Value};

use super::super::leaf::{Abs, Cell, Leaf};
use super::super::number::Num;
use super::super::trend::Trends;
use super::opaque::{Bound, gives_one, is_count, is_order};
use super::{Eval, Res, not_number, worse};

/// Distinct values of a code table column that are told one by one.
const MOST_CODES: usize = 64;

impl<'p> Eval<'_, 'p> {
    /// A field of the household.
    pub(super) fn field(&mut self, slot: usize) -> Res<Abs> {
        let side = &self.prover.sides[self.side];
        let field = side.linked().field(slot);
        if let Some(derived) = &field.derived {
            let value = self.expr(derived, &[])?;
            return Ok(promised(value, field.ty.optional));
        }
        let value = self.once("field", field, |eval| {
            let key = eval.prover.key_of_field(eval.side, slot);
            Ok((format!("field {key}"), eval.given(field)?))
        })?;
        Ok(promised(value, field.ty.optional))
    }

    /// A field of the bound record.
    pub(super) fn column(&mut self, column: &'p Column) -> Res<Abs> {
        let linked = self.prover.sides[self.side].linked();
        let table = linked.table(column.table.slot.index());
        let Some(field) = table.fields.get(column.slot.index()) else {
            return Ok(Abs::Error(Fault::Type));
        };
        if let Some(derived) = &field.derived {
            let value = self.expr(derived, &[])?;
            return Ok(promised(value, field.ty.optional));
        }
        let value = self.once("column", field, |eval| {
            let mut leaf = eval.given(field)?;
            if table.order.first() == Some(&field.id) {
                // A record of a later day is not seen.
                let today = Decimal::from(eval.prover.sides[eval.side].as_of.epoch_days());
                for cell in &mut leaf.cells {
                    if let Cell::Days(_, last) = cell {
                        *last = Some(today);
                    }
                }
            }
            Ok((format!("column {}{}", field.id, eval.of_whom()), leaf))
        })?;
        Ok(promised(value, field.ty.optional))
    }

    /// Every value of a field that is given.
    fn given(&self, field: &Field) -> Res<Leaf> {
        let later = matches!(&field.later, Some(Later::Date(_) | Later::With(_)));
        let missing = later || (field.ty.optional && field.default.is_none());
        let ty = heng_dsl::model::Ty { optional: missing, ..field.ty.clone() };
        let bound = if field.signed { Bound::Free } else { Bound::NotNegative };
        self.domain(&ty, false, bound)
    }

    /// A value of each record for the bound record.
    pub(super) fn of_record(&mut self, slot: usize) -> Res<Abs> {
        if let Some(outside) = self.outside(slot)? {
            return Ok(outside);
        }
        let Some(version) = self.prover.sides[self.side].version(slot) else {
            return Ok(Abs::NotApplicable);
        };
        if let Some(applies) = &version.applies
            && let Some(outside) = self.not_about(applies, &version.lets)?
        {
            return Ok(outside);
        }
        let value = self.content(&version.content, &version.lets)?;
        self.finished(slot, version, value)
    }

    /// A column of the row that a code finds.
    pub(super) fn code(
        &mut self,
        expr: &'p Expr,
        (key, column): (&'p Expr, &'p Column),
        lets: &'p [Let],
    ) -> Res<Abs> {
        let linked = self.prover.sides[self.side].linked();
        let table = linked.code_table(column.table.slot.index());
        let at = column.slot.index();
        let default = table.columns.get(at).and_then(|it| it.default.clone());
        let default = default.unwrap_or(Value::Missing);
        let known = match self.expr(key, lets)? {
            Abs::Text(it) => it,
            Abs::Missing => return Ok(Abs::of(&default)),
            Abs::NotApplicable => return Ok(Abs::NotApplicable),
            error @ Abs::Error(_) => return Ok(error),
            _ => return Ok(Abs::Error(Fault::Type)),
        };
        let of_row = |row: &heng_dsl::model::CodeRow| match row.values.get(at) {
            Some(Value::Missing) | None => default.clone(),
            Some(it) => it.clone(),
        };
        if let Some(code) = known {
            return Ok(Abs::of(&table.find(&code).map_or(default.clone(), of_row)));
        }
        self.once("code", expr, |eval| {
            let mut values: BTreeSet<Value> = table.rows.iter().map(of_row).collect();
            values.insert(default.clone());
            if values.len() > MOST_CODES {
                return eval.expression(expr, lets, Bound::Free);
            }
            let key = eval.prover.key_of(eval.side, expr, lets);
            let places =
                values.iter().filter_map(super::super::leaf::number).map(Decimal::places).max();
            let cells = values.into_iter().map(Cell::Value).collect();
            let leaf = Leaf { places: places.unwrap_or(0), step: None, cells };
            Ok((format!("code {key}{}", eval.of_whom()), leaf))
        })
    }

    /// A function of values.
    pub(super) fn call(
        &mut self,
        whole: &'p Expr,
        builtin: BuiltinId,
        args: &'p [Expr],
        lets: &'p [Let],
    ) -> Res<Abs> {
        if builtin == BuiltinId::MissingCount {
            let mut missing = 0;
            for it in args {
                match self.expr(it, lets)? {
                    error @ Abs::Error(_) => return Ok(error),
                    value => missing += i64::from(!value.is_present()),
                }
            }
            return Ok(Abs::Number(Num::point(Decimal::from(missing))));
        }
        if !is_order(builtin) || !self.is_countable(whole, lets) {
            return self.opaque(whole, lets);
        }
        let mut numbers = Vec::with_capacity(args.len());
        let mut lacking: Option<Abs> = None;
        for it in args {
            match self.number(it, lets)? {
                Ok(it) => numbers.push(it),
                Err(other) => {
                    lacking = Some(lacking.map_or(other.clone(), |before| worse(before, other)));
                }
            }
        }
        if let Some(lacking) = lacking {
            return Ok(lacking);
        }
        let places = whole.ty.as_number().map_or(0, |it| it.places);
        let mut numbers = numbers.into_iter();
        let Some(first) = numbers.next() else { return Ok(Abs::Error(Fault::Type)) };
        Ok(Abs::Number(match builtin {
            BuiltinId::Highest => numbers.fold(first, |a, b| a.max(&b)),
            BuiltinId::Lowest => numbers.fold(first, |a, b| a.min(&b)),
            BuiltinId::Clamp => match (numbers.next(), numbers.next()) {
                (Some(low), Some(high)) => first.max(&low).min(&high),
                _ => return Ok(Abs::Error(Fault::Type)),
            },
            BuiltinId::RoundUp => first.rounded(places, Rounding::Up),
            BuiltinId::RoundDown => first.rounded(places, Rounding::Down),
            _ => return self.opaque(whole, lets),
        }))
    }

    /// A function of records. 存在 and 无 ask the count whether it is zero.
    pub(super) fn aggregate(
        &mut self,
        whole: &'p Expr,
        (builtin, source, arg): (BuiltinId, &'p Source, Option<&'p Expr>),
        lets: &'p [Let],
    ) -> Res<Abs> {
        if matches!(builtin, BuiltinId::Count | BuiltinId::Any | BuiltinId::None) {
            let count = match self.count(whole, source, lets)? {
                Abs::Number(it) => it,
                other => return Ok(not_number(other)),
            };
            if builtin == BuiltinId::Count {
                return Ok(Abs::Number(count));
            }
            let some = self.decided(CompareOp::Greater, &count, &Num::point(Decimal::ZERO))?;
            return match some {
                Some(some) => Ok(Abs::Bool(some == (builtin == BuiltinId::Any))),
                None => self.opaque(whole, lets),
            };
        }
        let positive = || arg.is_some_and(|it| self.prover.sides[self.side].is_not_negative(it));
        let bound = if is_count(builtin) {
            Bound::Counted
        } else if builtin == BuiltinId::LongestGap || (is_amount(builtin) && positive()) {
            Bound::NotNegative
        } else {
            Bound::Free
        };
        let few = arg.filter(|_| gives_one(builtin)).and_then(|it| self.worths_of_record(it));
        let Some(few) = few else { return self.leaf_of(whole, lets, bound) };
        let trend = |it: &mut Trends<'_, 'p>| (it.expr(whole, lets), false);
        self.going("expression", whole, trend, |eval| {
            let (name, mut leaf) = eval.expression(whole, lets, bound)?;
            leaf.cells.retain(|it| !matches!(it, Cell::Number(..)));
            leaf.cells.extend(few.iter().map(|it| Cell::Number(Some(*it), Some(*it))));
            Ok((name, leaf))
        })
    }

    /// The numbers that a value of each record can be, where a table says each of them.
    pub(super) fn worths_of_record(&mut self, arg: &'p Expr) -> Option<Vec<Decimal>> {
        let Node::RecordDecl { up: 0, decl } = &arg.node else { return None };
        let version = self.prover.sides[self.side].version(decl.slot.index())?;
        let Content::Table(table) = &version.content else { return None };
        let bounds = &version.bounds;
        let is_cut = bounds.cap.or(bounds.floor).is_some() || !version.conditional.is_empty();
        let mut found = if is_cut { None } else { self.results(table, &version.lets) }?;
        found.sort_unstable();
        found.dedup();
        Some(found)
    }

    /// How many elements a source has.
    fn count(&mut self, whole: &'p Expr, source: &'p Source, lets: &'p [Let]) -> Res<Abs> {
        if self.prover.classes.joint && self.record.is_none() && !self.may_be_absent(whole, lets) {
            let side = self.side_of_classes(|it| it.rises_by_one(source, lets));
            let key = self.prover.key_of_source(side, source, lets);
            if let Some(classes) = self.prover.classes.members(key) {
                let classes: Vec<_> =
                    classes.into_iter().map(|it| (it, Decimal::from(1))).collect();
                let more = if side == self.side { None } else { self.extra(&classes)? };
                let sum = self.of_classes(classes.into_iter())?;
                return Ok(Abs::Number(more.map_or(sum.clone(), |it| sum.plus(&Num::point(it)))));
            }
        }
        let trend = |it: &mut Trends<'_, 'p>| it.elements_of(source, lets);
        self.going("count", source, trend, |eval| {
            let absent = eval.may_be_absent(whole, lets);
            let key = eval.prover.key_of_source(eval.side, source, lets);
            let ty = heng_dsl::model::Ty::number(heng_dsl::model::Unit::Count(None), 0);
            let leaf = eval.domain(&ty, absent, Bound::Counted)?;
            let name = format!("count {key} {absent}{}", eval.of_whom());
            if eval.record.is_none() && !absent {
                eval.prover.relate(&name, &leaf, (eval.side, source, lets));
            }
            Ok((name, leaf))
        })
    }

    /// Numbers of records by class, each times something.
    fn of_classes(&mut self, classes: impl Iterator<Item = (usize, Decimal)>) -> Res<Num> {
        let mut sum = Num::point(Decimal::ZERO);
        for (class, factor) in classes {
            if let Abs::Number(it) = self.leaf(class)? {
                sum = self.tightened(sum.plus(&it.times(factor)));
            }
        }
        Ok(sum)
    }

    /// Points for each record, by class: the class and what a record of it is worth.
    fn each_of_classes(
        &mut self,
        mode: Mode,
        mut classes: Vec<(usize, Decimal)>,
        more: Option<Decimal>,
    ) -> Res<Num> {
        match mode {
            Mode::Sum => {
                let sum = self.of_classes(classes.into_iter())?;
                return Ok(more.map_or(sum.clone(), |it| sum.plus(&Num::point(it))));
            }
            Mode::Highest => classes.sort_by_key(|it| std::cmp::Reverse(it.1)),
            Mode::Lowest | Mode::First => classes.sort_by_key(|it| it.1),
        }
        for (class, worth) in classes {
            // The record more comes before those that are not above it, or not below it.
            if let Some(own) = more
                && (if mode == Mode::Highest { own >= worth } else { own <= worth })
            {
                return Ok(Num::point(own));
            }
            let Abs::Number(count) = self.leaf(class)? else { continue };
            let some = self.decided(CompareOp::Greater, &count, &Num::point(Decimal::ZERO))?;
            if some == Some(true) {
                return Ok(Num::point(worth));
            }
        }
        Ok(Num::point(more.unwrap_or(Decimal::ZERO)))
    }

    /// The side whose classes count: the other one, where there is one record more here and it is told
    /// what that does.
    pub(super) fn side_of_classes(&self, told: impl FnOnce(&mut Trends<'_, 'p>) -> bool) -> usize {
        let side = &self.prover.sides[self.side];
        match side.one_more() {
            Some(table) if told(&mut Trends::new(side, table)) => 0,
            _ => self.side,
        }
    }

    /// What the record that only this side has adds, where it is of one of these classes.
    fn extra(&mut self, classes: &[(usize, Decimal)]) -> Res<Option<Decimal>> {
        let Some((leaf, all)) = self.prover.classes.extra() else { return Ok(None) };
        let Abs::Member(number) = self.leaf(leaf)? else { return Ok(None) };
        let class = all.get(usize::from(number));
        Ok(class.and_then(|own| classes.iter().find(|it| it.0 == *own)).map(|it| it.1))
    }

    /// 逐条: what comes out is a leaf, bounded by what the rows can give.
    pub(super) fn each(
        &mut self,
        content: &'p Content,
        each: &'p Each,
        lets: &'p [Let],
    ) -> Res<Abs> {
        if self.record.is_none() && each.mode != Mode::First && self.prover.classes.joint {
            let side = self.side_of_classes(|it| {
                it.rises_by_one(&each.source, lets) && it.is_same_of_each(each, lets)
            });
            let key = self.prover.key_of_content(side, content, lets);
            if let Some(known) = self.prover.classes.points(key)
                && !self.content_may_be_absent(content, lets)
            {
                let more = if side == self.side { None } else { self.extra(&known)? };
                return Ok(Abs::Number(self.each_of_classes(each.mode, known, more)?));
            }
        }
        let trend = |it: &mut Trends<'_, 'p>| (it.each(each, lets), false);
        self.going("each", each, trend, |eval| Ok(eval.each_leaf(content, each, lets)))
    }

    /// What can come out of 逐条, without a look at the records.
    fn each_leaf(
        &mut self,
        content: &'p Content,
        each: &'p Each,
        lets: &'p [Let],
    ) -> (String, Leaf) {
        let key = self.prover.key_of_content(self.side, content, lets);
        let points = self.results(&each.table, lets);
        let shares = match &each.fade {
            None => Some(vec![Decimal::from(1)]),
            Some(fade) => self.results(fade, lets),
        };
        let worths = points.zip(shares).and_then(|(points, shares)| products(&points, &shares));
        let absent = self.content_may_be_absent(content, lets);
        let mut leaf = match (worths, each.mode) {
            (Some(worths), Mode::Sum) => sums(&worths),
            (Some(mut worths), Mode::Highest | Mode::Lowest | Mode::First) => {
                worths.insert(Decimal::ZERO);
                let places = worths.iter().map(|it| it.places()).max().unwrap_or(0);
                let cells = worths.into_iter().map(|it| Cell::Value(Value::Number(it))).collect();
                Leaf { places, step: None, cells }
            }
            (None, _) => Leaf { places: 12, step: None, cells: vec![Cell::Number(None, None)] },
        };
        if absent {
            leaf.cells.push(Cell::Value(Value::NotApplicable));
        }
        (format!("each {key} {absent}{}", self.of_whom()), leaf)
    }

    /// The numbers that a table of a record can give; nothing where they are not all constants, or
    /// several rows come together.
    fn results(&mut self, table: &'p Table, lets: &'p [Let]) -> Option<Vec<Decimal>> {
        if table.mode == Mode::Sum {
            return None;
        }
        let mut out = Vec::new();
        for it in table.rows.iter().filter_map(|it| it.results.first()).flatten() {
            let known = self.is_constant(it, lets).then(|| self.constant(it, lets));
            match known {
                Some(Value::Number(it)) => out.push(it),
                _ => return None,
            }
        }
        Some(out)
    }
}

/// A value that the model promises to be there is an error where it is missing.
fn promised(value: Abs, optional: bool) -> Abs {
    match value {
        Abs::Missing if !optional => Abs::Error(Fault::UnexpectedMissing),
        value => value,
    }
}

/// Functions that are not negative where what they take is not.
fn is_amount(builtin: BuiltinId) -> bool {
    use BuiltinId as B;
    matches!(builtin, B::Sum | B::Average | B::Largest | B::Smallest | B::Latest | B::Earliest)
}

fn products(points: &[Decimal], shares: &[Decimal]) -> Option<BTreeSet<Decimal>> {
    let mut out = BTreeSet::new();
    for point in points {
        for share in shares {
            let places = point.places().saturating_add(share.places());
            out.insert(point.checked_mul(*share, places)?.trimmed());
        }
    }
    Some(out)
}

/// Every sum of some of these, any of them any number of times.
fn sums(worths: &BTreeSet<Decimal>) -> Leaf {
    let places = worths.iter().map(|it| it.places()).max().unwrap_or(0);
    let scaled = worths.iter().filter_map(|it| it.round(places, Rounding::Down));
    let step = scaled.map(|it| it.mantissa().unsigned_abs()).fold(0, gcd);
    let step = i128::try_from(step).ok().and_then(|it| Decimal::new(it, places));
    let Some(step) = step.filter(|it| !it.is_zero()) else {
        return Leaf { places, step: None, cells: vec![Cell::Value(Value::Number(Decimal::ZERO))] };
    };
    let low = (!worths.iter().any(|it| it.is_negative())).then_some(Decimal::ZERO);
    let high = (!worths.iter().any(|it| *it > Decimal::ZERO)).then_some(Decimal::ZERO);
    Leaf { places, step: Some(step), cells: vec![Cell::Number(low, high)] }
}

fn gcd(a: u128, b: u128) -> u128 {
    if b == 0 { a } else { gcd(b, a % b) }
}
