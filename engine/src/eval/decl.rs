//! Declarations: who they are about, what they are worth, caps and floors.

use std::collections::BTreeSet;

use heng_dsl::model::walk::{self, RefKind, Visitor};
use heng_dsl::model::{
    Condition, ConditionMode, ConditionalBound, Content, Decl, DeclKind, ListRule, Matrix, Ref,
    Version,
};
use heng_dsl::value::{Date, Decimal, Fault, Value};

use super::Working;
use super::expr::not_bool;
use super::number::{decimal, either, fit, worse};
use super::scope::{At, Element, Frame};
use super::table::Note;
use crate::outcome::{Cut, InnerTable, RuleId};

impl<'e> Working<'e> {
    /// What a declaration is worth. A value of each record and a set of records are worked out where
    /// they are read.
    pub(super) fn declaration(&mut self, slot: usize) -> Value {
        let decl = self.linked.decl(slot);
        if matches!(decl.kind, DeclKind::RecordValue { .. } | DeclKind::RecordSet) {
            return Value::NotApplicable;
        }
        if let Err(outside) = self.in_scope(slot) {
            return outside;
        }
        let number = self.on.versions.get(slot).copied().flatten();
        let Some((number, version)) = number.and_then(|it| Some((it, decl.versions.get(it)?)))
        else {
            return Value::NotApplicable;
        };
        if let Some(step) = &mut self.step {
            step.version = Some(number);
        }
        let frame = Frame::new(&version.lets).of(RuleId::Decl(slot, number));
        let value = match self.applies(version, &frame) {
            Ok(()) => self.of_version(slot, version, &frame),
            Err(outside) => outside,
        };
        self.note_version(version, &frame, &value);
        value
    }

    /// What a version of a declaration is worth for a household that it is about.
    fn of_version(&mut self, slot: usize, version: &'e Version, frame: &Frame<'_, 'e>) -> Value {
        let decl = self.linked.decl(slot);
        let value = match (&decl.kind, &version.content) {
            (DeclKind::Measure { columns }, Content::Table(table)) => {
                either(self.measure(slot, columns.len(), table, frame.start()))
            }
            (DeclKind::Merge, _) if self.has_no_side(version) => Value::NotApplicable,
            (_, Content::Parts) => either(self.whole(slot, version)),
            (_, content) => self.content(content, frame.start(), Note::Content),
        };
        let value = self.cut(version, value, frame.start());
        let value = kept_promise(fit(value, &decl.ty), decl);
        match (&decl.kind, &value) {
            (DeclKind::Classify { grade }, Value::Member(by_score)) => {
                self.classify(slot, *by_score, grade.slot.index())
            }
            _ => value,
        }
    }

    /// Fails with the reason where the package of a declaration is not about the household.
    pub(super) fn in_scope(&mut self, slot: usize) -> Result<(), Value> {
        if !self.on.bound.get(slot).copied().unwrap_or_default() {
            return Ok(());
        }
        let package = self.linked.package_of(slot);
        let known = self.scopes.get(package).cloned().flatten();
        let scope = match known {
            Some(known) => known,
            None => {
                let applies = self.linked.packages.get(package).and_then(|it| it.applies.as_ref());
                let frame = Frame::new(&[]);
                let scope = applies.map_or(Value::Bool(true), |it| {
                    self.aside(|own| own.condition(it, frame.start(), Note::Silent))
                });
                if let Some(place) = self.scopes.get_mut(package) {
                    *place = Some(scope.clone());
                }
                scope
            }
        };
        about(scope)
    }

    /// Fails with the reason where a version is not about the household.
    pub(super) fn applies(
        &mut self,
        version: &'e Version,
        frame: &Frame<'_, 'e>,
    ) -> Result<(), Value> {
        match &version.applies {
            None => Ok(()),
            Some(it) => about(self.condition(it, frame.start(), Note::Silent)),
        }
    }

    /// What a content is worth.
    pub(super) fn content(&mut self, content: &'e Content, at: At<'_, 'e>, note: Note) -> Value {
        match content {
            Content::Formula(it) => self.expr(it, at),
            Content::Table(it) => self.table(it, at, note),
            Content::Each(it) => either(self.each(it, at, note)),
            Content::Matrix(it) => self.matrix(it, at, note),
            Content::Condition(it) => self.condition(it, at, note),
            // A set of records is worth nothing by itself.
            Content::Source(_) => Value::NotApplicable,
            // Only a whole has parts; see `whole`.
            Content::Parts => Value::Error(Fault::Type),
            Content::List(it) => either(self.list(it, at, note)),
        }
    }

    /// A condition. Of a list every part is asked, because each is reported; what decides is the
    /// first part, from the left, that settles it.
    pub(super) fn condition(
        &mut self,
        condition: &'e Condition,
        at: At<'_, 'e>,
        note: Note,
    ) -> Value {
        let settles = match condition.mode {
            ConditionMode::Any => true,
            ConditionMode::One | ConditionMode::All => false,
        };
        let mut worth = Value::Bool(!settles);
        let mut settled = false;
        for (number, part) in condition.parts.iter().enumerate() {
            let value = match self.expr(part, at) {
                value @ (Value::Bool(_) | Value::NotApplicable | Value::Error(_)) => value,
                other => not_bool(other),
            };
            if let (Value::Bool(true), Some(step)) = (&value, &mut self.step) {
                match note {
                    Note::Content => step.parts.push(number),
                    Note::Removal => step.removed.push(number),
                    Note::Inner(_) | Note::Silent => {}
                }
            }
            if settled {
                continue;
            }
            match value {
                Value::Bool(it) if it != settles => {}
                Value::Bool(_) | Value::Error(_) => {
                    settled = true;
                    worth = value;
                }
                other => worth = worse(worth, other),
            }
        }
        worth
    }

    fn matrix(&mut self, matrix: &Matrix, at: At<'_, 'e>, note: Note) -> Value {
        let (rows, columns) =
            (self.worth(matrix.rows.slot.index()), self.worth(matrix.columns.slot.index()));
        match of_cells(&matrix.cells, &rows, &columns) {
            Ok((row, value)) => {
                self.note_row(row, note, at);
                value
            }
            Err(lacking) => lacking,
        }
    }

    fn list(&mut self, list: &'e ListRule, at: At<'_, 'e>, note: Note) -> Result<Value, Value> {
        if !self.is_eligible(list, at, note)? {
            return Ok(Value::Bool(false));
        }
        Ok(match &list.quota {
            None => Value::Bool(true),
            Some(quota) => self.population.get(quota.site.index(), self.number).clone(),
        })
    }

    /// Does a household compete for the places of a list, which stands in that version?
    pub(crate) fn competes(
        &mut self,
        slot: usize,
        version: &'e Version,
        frame: &Frame<'_, 'e>,
    ) -> Result<bool, Value> {
        self.in_scope(slot)?;
        self.applies(version, frame)?;
        match &version.content {
            Content::List(it) => self.is_eligible(it, frame.start(), Note::Silent),
            _ => Err(Value::Error(Fault::Type)),
        }
    }

    /// Is the household admitted to a list, and not removed from it?
    fn is_eligible(
        &mut self,
        list: &'e ListRule,
        at: At<'_, 'e>,
        note: Note,
    ) -> Result<bool, Value> {
        let admitted = match self.condition(&list.admit, at, note) {
            Value::Bool(it) => it,
            other => return Err(other),
        };
        let removal = if note == Note::Content { Note::Removal } else { Note::Silent };
        let removed = match list.remove.as_ref().map(|it| self.condition(it, at, removal)) {
            None | Some(Value::NotApplicable) => false,
            Some(Value::Bool(it)) => it,
            Some(other) => return Err(other),
        };
        Ok(admitted && !removed)
    }

    fn measure(
        &mut self,
        slot: usize,
        width: usize,
        table: &'e heng_dsl::model::Table,
        at: At<'_, 'e>,
    ) -> Result<Value, Value> {
        let row = self.first_row(table, at, Note::Content)?;
        let values = (0..width).map(|column| self.result(row, column, at)).collect();
        self.measures.push((slot, values));
        Ok(Value::NotApplicable)
    }

    /// Cuts a number: first the floors, the highest one that holds, then the caps, the lowest one.
    fn cut(&mut self, version: &'e Version, value: Value, at: At<'_, 'e>) -> Value {
        let Value::Number(before) = value else { return value };
        let mut now = before;
        let mut by = None;
        for cap in [false, true] {
            let header = if cap { version.bounds.cap } else { version.bounds.floor };
            let mut bounds: Vec<(Decimal, Cut)> = Vec::new();
            bounds.extend(header.map(|it| (it, if cap { Cut::Cap } else { Cut::Floor })));
            let conditional = version.conditional.iter().enumerate().filter(|it| it.1.cap == cap);
            for (number, bound) in conditional {
                match self.conditional(bound, at) {
                    Ok(it) => bounds.extend(it.map(|it| (it, Cut::Conditional(number)))),
                    Err(lacking) => return lacking,
                }
            }
            for (bound, cut) in bounds {
                if (cap && bound < now) || (!cap && bound > now) {
                    (now, by) = (bound, Some(cut));
                }
            }
        }
        if let (Some(cut), Some(step)) = (by, &mut self.step) {
            step.before_bounds = Some(Value::Number(before));
            step.cut_by = Some(cut);
        }
        Value::Number(now)
    }

    /// The value of a conditional bound that holds.
    fn conditional(
        &mut self,
        bound: &'e ConditionalBound,
        at: At<'_, 'e>,
    ) -> Result<Option<Decimal>, Value> {
        match self.expr(&bound.when, at) {
            Value::Bool(false) | Value::NotApplicable => return Ok(None),
            Value::Bool(true) => {}
            other => return Err(not_bool(other)),
        }
        decimal(&self.expr(&bound.value, at)).map(Some)
    }

    /// Does a merge read nothing that has a result?
    fn has_no_side(&self, version: &Version) -> bool {
        let mut sides = Sides::default();
        walk::content(&version.content, &mut sides);
        version.lets.iter().for_each(|it| walk::content(&it.content, &mut sides));
        let decls = sides.decls.iter().filter(|it| self.linked.decl(**it).kind != DeclKind::Param);
        let mut decls = decls.map(|it| self.worth(*it)).peekable();
        decls.peek().is_some()
            && decls.all(|it| matches!(it, Value::Missing | Value::NotApplicable))
    }

    /// What a value of each record is worth for a record.
    pub(super) fn of_record(&mut self, slot: usize, element: &Element) -> Value {
        let Element::Record(_, number) = element else { return Value::Error(Fault::Type) };
        if let Some(known) = self.of_records.get(&(slot, *number)) {
            return known.clone();
        }
        let decl = self.linked.decl(slot);
        let version = self.on.versions.get(slot).copied().flatten();
        let version = version.and_then(|it| Some((it, decl.versions.get(it)?)));
        let value = self.aside(|own| {
            let Some((number, version)) = version else { return Value::NotApplicable };
            if let Err(outside) = own.in_scope(slot) {
                return outside;
            }
            let rule = RuleId::Decl(slot, number);
            let frame = Frame::about(&version.lets, element).of(rule);
            match own.applies(version, &frame) {
                Ok(()) => {
                    let value = own.content(&version.content, frame.start(), WHOLE);
                    let value = own.cut(version, value, frame.start());
                    kept_promise(fit(value, &decl.ty), decl)
                }
                Err(outside) => outside,
            }
        });
        if !self.quiet {
            self.of_records.insert((slot, *number), value.clone());
        }
        value
    }

    /// What a declaration is worth under the law of another date.
    pub(super) fn on_date(&mut self, slot: usize, date: Date) -> Value {
        let decl = self.linked.decl(slot);
        let in_force = decl.versions.iter().enumerate().find(|it| it.1.period.contains(date));
        let Some((number, version)) = in_force else { return Value::NotApplicable };
        let frame = Frame::new(&version.lets).of(RuleId::Decl(slot, number));
        if let Err(outside) = self.applies(version, &frame) {
            return outside;
        }
        let value = self.content(&version.content, frame.start(), WHOLE);
        let value = self.cut(version, value, frame.start());
        kept_promise(fit(value, &decl.ty), decl)
    }

    /// The records of a named set, as its rule in force says.
    pub(super) fn source_named(&self, slot: usize) -> Option<&'e heng_dsl::model::Source> {
        let version = self.on.versions.get(slot).copied().flatten()?;
        match &self.linked.decl(slot).versions.get(version)?.content {
            Content::Source(it) => Some(it),
            _ => None,
        }
    }
}

/// The content of a rule that is worked out while another rule is at hand.
const WHOLE: Note = Note::Inner(InnerTable { local: None, fade: false });

/// What two grades give by the cells of a 叠加, and the row in which they met.
///
/// # Errors
///
/// The non-value that takes the place of the result where no row was found.
pub(crate) fn of_cells(
    cells: &[Vec<Option<u16>>],
    rows: &Value,
    columns: &Value,
) -> Result<(usize, Value), Value> {
    let place = |value: &Value, width: usize| match value {
        Value::Member(at) => Ok(usize::from(*at)),
        Value::Missing | Value::NotApplicable => Ok(width.saturating_sub(1)),
        Value::Error(_) => Err(value.clone()),
        _ => Err(Value::Error(Fault::Type)),
    };
    let row = place(rows, cells.len())?;
    let found = cells.get(row).ok_or(Value::Error(Fault::NoRow))?;
    let column = place(columns, found.len())?;
    let cell = *found.get(column).ok_or(Value::Error(Fault::NoRow))?;
    if !rows.is_present() && !columns.is_present() {
        return Err(Value::NotApplicable);
    }
    Ok((row, cell.map_or(Value::NotApplicable, Value::Member)))
}

/// Fails where a condition about whom a rule is does not hold.
fn about(holds: Value) -> Result<(), Value> {
    match holds {
        Value::Bool(true) => Ok(()),
        Value::Bool(false) => Err(Value::NotApplicable),
        other => Err(other),
    }
}

/// A declaration that promises a value is in error where it is missing.
fn kept_promise(value: Value, decl: &Decl) -> Value {
    match value {
        Value::Missing if !decl.ty.optional => Value::Error(Fault::UnexpectedMissing),
        value => value,
    }
}

/// The declarations that something reads.
#[derive(Default)]
struct Sides {
    decls: BTreeSet<usize>,
}

impl Visitor for Sides {
    fn reference(&mut self, kind: RefKind, reference: &Ref, population: bool) {
        if kind == RefKind::Decl && !population {
            self.decls.insert(reference.slot.index());
        }
    }
}
