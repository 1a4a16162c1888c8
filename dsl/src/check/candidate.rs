//! Everything in sight that a bare name may mean.

use super::scope::{Elab, Elem, Frame, Local};
use crate::diag::Words;
use crate::model::{CalendarUnit, Column, ItemPart, Later, Ref, Slot, Ty, TyKind, Unit};
/// Something that a bare name may mean.
#[derive(Debug, Clone)]
pub(super) enum Candidate {
    /// A local value, by its place in the list.
    Local(usize),
    /// A field of a bound record.
    Record { up: u32, column: Column, ty: Ty },
    /// 已X or 未X of a bound record.
    Happened { up: u32, column: Column, negated: bool },
    /// A part of a group, a calendar unit or an earlier result.
    Part { up: u32, part: ItemPart, ty: Ty },
    /// A declaration in a bound earlier result.
    Past { up: u32, item: usize },
    /// A value of each record, for a bound record.
    RecordItem { up: u32, item: usize },
    /// A field of the household.
    Field { reference: Ref, ty: Ty },
    /// 已X or 未X of the household.
    FieldHappened { reference: Ref, negated: bool },
    /// A declaration.
    Item(usize),
}

impl Candidate {
    /// What it is, for the author.
    pub(super) fn words(&self) -> Words {
        match self {
            Self::Local(_) => Words::both("本处所取的值", "a local value"),
            Self::Record { .. } | Self::Happened { .. } => {
                Words::both("记录的字段（本条.…）", "a field of the record (this.…)")
            }
            Self::Part { .. } => Words::both(
                "组或者时段的一部分（本条.…）",
                "a part of the group or period (this.…)",
            ),
            Self::Past { .. } => Words::both("历次结果（本条.…）", "an earlier result (this.…)"),
            Self::RecordItem { .. } => {
                Words::both("每条记录的值（本条.…）", "a value of each record (this.…)")
            }
            Self::Field { .. } | Self::FieldHappened { .. } => {
                Words::both("本户的字段（本户.…）", "a field of the household (household.…)")
            }
            Self::Item(_) => Words::both("规则里的名称", "a name declared in the rules"),
        }
    }
}
impl Elab<'_, '_> {
    /// The type of a candidate where it can be told without working anything out.
    pub(super) fn candidate_kind(&self, candidate: &Candidate) -> Option<TyKind> {
        match candidate {
            Candidate::Local(at) => match &self.locals.get(*at)?.1 {
                Local::Value(_, ty, _) => Some(ty.kind.clone()),
                Local::Set(..) => None,
            },
            Candidate::Record { ty, .. }
            | Candidate::Part { ty, .. }
            | Candidate::Field { ty, .. } => Some(ty.kind.clone()),
            Candidate::Happened { .. } | Candidate::FieldHappened { .. } => Some(TyKind::Bool),
            Candidate::Past { item, .. }
            | Candidate::Item(item)
            | Candidate::RecordItem { item, .. } => Some(self.unit.header_ty(*item).kind),
        }
    }

    /// Everything that a bare name may mean; with `frame`, only in that bound element.
    pub(super) fn candidates(&self, name: &str, frame: Option<u32>) -> Vec<Candidate> {
        if frame.is_none() {
            // The newest local hides an older one of the same name only where a row is amended.
            if let Some(at) =
                self.locals.iter().rposition(|it| it.0 == name && matches!(it.1, Local::Value(..)))
            {
                return vec![Candidate::Local(at)];
            }
        }
        let mut out = Vec::new();
        for (up, bound) in (0u32..).zip(self.frames.iter().rev()) {
            // A record that has been given a name is still spoken of directly in its own filter.
            let asked = frame.map_or(bound.called.is_none() || up == 0, |it| it == up);
            if asked {
                self.in_frame(name, up, bound, &mut out);
            }
        }
        if frame.is_some() {
            return out;
        }
        let spoken_for = out.iter().any(|it| matches!(it, Candidate::Past { .. }));
        if self.household {
            self.in_household(name, &mut out);
        }
        if let Some(item) = self.unit.item(name).filter(|it| !spoken_for && self.is_plain_item(*it))
        {
            out.push(Candidate::Item(item));
        }
        out
    }

    /// Is it worth something for the household as a whole?
    pub(super) fn is_plain_item(&self, item: usize) -> bool {
        self.unit.record_table_of(item).is_none() && !self.unit.is_record_set(item)
    }

    pub(super) fn in_household(&self, name: &str, out: &mut Vec<Candidate>) {
        if let Some(view) = self.unit.household_field(name) {
            out.push(Candidate::Field { ty: self.unit.field_ty(&view), reference: view.reference });
            return;
        }
        if let Some((negated, view)) = self.unit.household_happening(name) {
            out.push(Candidate::FieldHappened { reference: view.reference, negated });
        }
    }

    pub(super) fn in_frame(&self, name: &str, up: u32, frame: &Frame, out: &mut Vec<Candidate>) {
        match &frame.elem {
            Elem::Record(table) => self.in_record(name, up, table, out),
            Elem::Group { key, ty, .. } => {
                if name == key {
                    out.push(Candidate::Part { up, part: ItemPart::Key, ty: ty.clone() });
                } else if matches!(name, "条数" | "size") {
                    let ty = Ty::number(Unit::Count(None), 0);
                    out.push(Candidate::Part { up, part: ItemPart::Size, ty });
                }
            }
            Elem::Calendar(unit) => {
                if let Some((part, ty)) = calendar_part(*unit, name) {
                    out.push(Candidate::Part { up, part, ty });
                }
            }
            Elem::History => {
                if let Some(item) = self.unit.item(name).filter(|it| self.is_plain_item(*it)) {
                    out.push(Candidate::Past { up, item });
                }
            }
        }
    }

    pub(super) fn in_record(&self, name: &str, up: u32, table: &Ref, out: &mut Vec<Candidate>) {
        let Some(view) = self.unit.table_of(table) else { return };
        let column = |id: &crate::model::Id| Column {
            table: table.clone(),
            id: id.clone(),
            slot: Slot::default(),
        };
        let fields = &view.table.fields;
        if let Some((at, field)) =
            view.fields.called(name).and_then(|it| Some((it, fields.get(it)?)))
        {
            let ty = self.unit.record_field_ty(&view, at);
            out.push(Candidate::Record { up, column: column(&field.id), ty });
            return;
        }
        let happened = view.fields.happened(name);
        if let Some((negated, field)) = happened.and_then(|it| Some((it.0, fields.get(it.1)?))) {
            out.push(Candidate::Happened { up, column: column(&field.id), negated });
            return;
        }
        if let Some(item) =
            self.unit.item(name).filter(|it| self.unit.record_table_of(*it).as_ref() == Some(table))
        {
            out.push(Candidate::RecordItem { up, item });
        }
    }

    /// Every name that could stand for a value here.
    pub(super) fn names_in_sight(&self) -> Vec<String> {
        if !self.unit.may_suggest() {
            return Vec::new();
        }
        let mut out: Vec<String> = self.locals.iter().map(|it| it.0.clone()).collect();
        for frame in &self.frames {
            if let Elem::Record(table) = &frame.elem
                && let Some(view) = self.unit.table_of(table)
            {
                out.extend(view.table.fields.iter().map(|it| it.name.to_string()));
                out.extend(
                    view.table
                        .fields
                        .iter()
                        .filter_map(|it| match &it.later {
                            Some(Later::Date(it)) => Some([format!("已{it}"), format!("未{it}")]),
                            _ => None,
                        })
                        .flatten(),
                );
            }
        }
        out.extend(self.unit.household_names());
        out.extend(self.unit.items.iter().map(|it| it.name.to_string()));
        out
    }
}

/// The part of a calendar unit with that name.
fn calendar_part(unit: CalendarUnit, name: &str) -> Option<(ItemPart, Ty)> {
    let number = Ty::number(Unit::Plain, 0);
    match (name, unit) {
        ("年" | "year", _) => Some((ItemPart::Year, number)),
        ("季" | "quarter", CalendarUnit::Quarter) => Some((ItemPart::Quarter, number)),
        ("月" | "month", CalendarUnit::Month) => Some((ItemPart::Month, number)),
        ("起日" | "start", _) => Some((ItemPart::Start, Ty::present(TyKind::Date))),
        ("止日" | "end", _) => Some((ItemPart::End, Ty::present(TyKind::Date))),
        _ => None,
    }
}
