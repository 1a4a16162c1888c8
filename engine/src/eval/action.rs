//! Actions of a household: for what they are open, from when, and what they change.

use heng_dsl::model::{Action, Assigned, Expr, Ty};
use heng_dsl::value::{Date, Value};

use super::Working;
use super::number::fit;
use super::scope::{Element, Frame};
use super::table::Note;
use crate::outcome::Step;

/// Something for which an action is open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Opening {
    /// The record or the period; absent for the household itself.
    pub(crate) element: Option<Element>,
    /// 最早, where the action says so.
    pub(crate) earliest: Option<Date>,
}

/// What an action changes when it is done.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Edits {
    /// Fields of the household, by slot.
    pub(crate) fields: Vec<(usize, Value)>,
    /// Columns of records: table, number, column.
    pub(crate) columns: Vec<((usize, usize, usize), Value)>,
    /// A new record: its table, and the columns that have a value; without its event date.
    pub(crate) added: Option<(usize, Vec<(usize, Value)>)>,
}

impl<'e> Working<'e> {
    /// Is a package about the household?
    pub(crate) fn is_about(&mut self, package: usize) -> bool {
        let applies = self.linked.packages.get(package).and_then(|it| it.applies.as_ref());
        let frame = Frame::new(&[]);
        applies
            .is_none_or(|it| self.condition(it, frame.start(), Note::Silent) == Value::Bool(true))
    }

    /// What the 适用 of a package counted. What it reads has to be worked out before.
    pub(crate) fn scope_step(&mut self, package: usize) -> Step {
        self.step = Some(Step::default());
        self.is_about(package);
        self.step.take().unwrap_or_default()
    }

    /// For what an action is open as of the date. What it reads has to be worked out before. Where
    /// its condition or its earliest date cannot be worked out it is not open.
    pub(crate) fn openings(&mut self, action: &'e Action) -> Vec<Opening> {
        let elements = match &action.about {
            None => vec![None],
            Some(source) => {
                let frame = Frame::new(&[]);
                let elements = self.elements(source, frame.start()).unwrap_or_default();
                elements.into_iter().map(Some).collect()
            }
        };
        elements.into_iter().filter_map(|it| self.opening(action, it)).collect()
    }

    fn opening(&mut self, action: &'e Action, element: Option<Element>) -> Option<Opening> {
        let frame = element.as_ref().map_or_else(|| Frame::new(&[]), |it| Frame::about(&[], it));
        if let Some(when) = &action.when
            && self.condition(when, frame.start(), Note::Silent) != Value::Bool(true)
        {
            return None;
        }
        let earliest = match &action.earliest {
            None => None,
            Some(it) => match self.expr(it, frame.start()) {
                Value::Date(date) => Some(date),
                _ => return None,
            },
        };
        drop(frame);
        Some(Opening { element, earliest })
    }

    /// What an action changes that is done on the date of the evaluation; none where one of its
    /// values cannot be worked out.
    pub(crate) fn edits(&mut self, action: &'e Action, element: Option<&Element>) -> Option<Edits> {
        let frame = element.map_or_else(|| Frame::new(&[]), |it| Frame::about(&[], it));
        let linked = self.linked;
        let mut edits = Edits::default();
        for it in &action.becomes {
            match (&it.field, element) {
                (Assigned::Field(field), _) => {
                    let slot = field.slot.index();
                    let value = self.assigned(&it.value, &linked.field(slot).ty, &frame)?;
                    edits.fields.push((slot, value));
                }
                (Assigned::Column(column), Some(Element::Record(table, number))) => {
                    let at = column.slot.index();
                    let ty = &linked.table(*table).fields.get(at)?.ty;
                    let value = self.assigned(&it.value, ty, &frame)?;
                    edits.columns.push(((*table, *number, at), value));
                }
                (Assigned::Column(_), _) => return None,
            }
        }
        if let Some(adds) = &action.adds {
            let table = adds.table.slot.index();
            let mut values = Vec::new();
            for (column, expr) in &adds.fields {
                let at = column.slot.index();
                let ty = &linked.table(table).fields.get(at)?.ty;
                values.push((at, self.assigned(expr, ty, &frame)?));
            }
            edits.added = Some((table, values));
        }
        Some(edits)
    }

    fn assigned(&mut self, expr: &'e Expr, ty: &Ty, frame: &Frame<'_, 'e>) -> Option<Value> {
        Some(fit(self.expr(expr, frame.start()), ty)).filter(Value::is_present)
    }
}
