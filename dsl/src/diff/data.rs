//! Differences in the data that rules read: enumerations, code tables, the household, its records.

use super::align;
use super::change::{Aspect, Kind, Part, ThingKind};
use super::choose::{Difference, TYPES, Walk};
use super::formula::About;
use super::set::{Sort, bare};
use crate::model::{
    CodeRow, CodeTable, EnumType, Field, Id, Origin, RecordTable, Responsibility, RuleSet, Subject,
    Ty,
};
use crate::value::Value;

impl Walk<'_> {
    /// Everything that a package says about data.
    pub(super) fn data(&mut self, out: &mut RuleSet, old: &RuleSet, new: &RuleSet) {
        let sort = Sort::<EnumType> {
            kind: &|it| if it.ordered { ThingKind::Grade } else { ThingKind::Enum },
            id: &|it| it.id.clone(),
            name: &|it| it.name.clone(),
            origin: &|_| Origin::default(),
            legal: &|it| it.legal.clone(),
            part: &|it| Part::Enum(Box::new(it.clone())),
            text: &|it| bare(|set| set.enums.push(it.clone())),
            whole: Kind::Data,
        };
        out.enums = self.things(&old.enums, &new.enums, &[], &sort, Self::enumeration);
        let sort = Sort::<CodeTable> {
            kind: &|_| ThingKind::Codes,
            id: &|it| it.id.clone(),
            name: &|it| it.name.clone(),
            origin: &|it| it.columns.first().map(|it| it.origin.clone()).unwrap_or_default(),
            legal: &|it| it.legal.clone(),
            part: &|it| Part::Codes(Box::new(it.clone())),
            text: &|it| bare(|set| set.codes.push(it.clone())),
            whole: Kind::Data,
        };
        out.codes = self.things(&old.codes, &new.codes, &[], &sort, Self::code_table);
        let subject = |it: &RuleSet| it.subject.iter().cloned().collect::<Vec<_>>();
        let sort = Sort::<Subject> {
            kind: &|_| ThingKind::Subject,
            id: &|it| it.id.clone(),
            name: &|it| it.name.clone(),
            origin: &|it| it.fields.first().map(|it| it.origin.clone()).unwrap_or_default(),
            legal: &|it| it.legal.clone(),
            part: &|it| Part::Subject(Box::new(it.clone())),
            text: &|it| bare(|set| set.subject = Some(it.clone())),
            whole: Kind::Data,
        };
        let made = self.things(&subject(old), &subject(new), &[], &sort, Self::subject);
        out.subject = made.into_iter().next();
        let sort = Sort::<RecordTable> {
            kind: &|_| ThingKind::Records,
            id: &|it| it.id.clone(),
            name: &|it| it.name.clone(),
            origin: &|it| it.fields.first().map(|it| it.origin.clone()).unwrap_or_default(),
            legal: &|it| it.legal.clone(),
            part: &|it| Part::Records(Box::new(it.clone())),
            text: &|it| bare(|set| set.tables.push(it.clone())),
            whole: Kind::Data,
        };
        out.tables = self.things(&old.tables, &new.tables, &[], &sort, Self::records);
    }

    fn enumeration(&mut self, old: &EnumType, new: &EnumType) -> EnumType {
        let mut out = old.clone();
        self.interface(&mut out.name, &new.name);
        self.legal(&mut out.legal, &new.legal);
        self.flag(Kind::Data, Aspect::Sort, &mut out.ordered, new.ordered);
        let names = |it: &EnumType| it.members.iter().map(|it| it.name.clone()).collect::<Vec<_>>();
        if names(old) != names(new) {
            let part = |it: &EnumType| Part::Members(names(it), it.id.clone());
            let mut it = Difference::of(Kind::Data, Aspect::Members, part(old), part(new));
            if !names(new).starts_with(&names(old)) {
                // What stands for a member is its number: everything that speaks of one changes with it.
                it = it.within(members(&self.at.package, &old.id));
            }
            if self.wants(it) {
                out.members.clone_from(&new.members);
            }
            return out;
        }
        for (to, from) in out.members.iter_mut().zip(&new.members) {
            if to != from {
                let aspect = Aspect::Member(from.name.clone());
                let (before, after) = (Part::Member(to.clone()), Part::Member(from.clone()));
                if self.wants(Difference::of(Kind::Metadata, aspect, before, after)) {
                    to.clone_from(from);
                }
            }
        }
        out
    }

    fn code_table(&mut self, old: &CodeTable, new: &CodeTable) -> CodeTable {
        let ids = |it: &CodeTable| it.columns.iter().map(|it| it.id.clone()).collect::<Vec<_>>();
        let names: Vec<(Id, Ty)> =
            new.columns.iter().map(|it| (it.name.clone(), it.ty.clone())).collect();
        if ids(old) != ids(new) || old.key() != new.key() {
            // The values of a row follow the columns.
            let part = |it: &CodeTable| Part::Codes(Box::new(it.clone()));
            let it = Difference::of(Kind::Data, Aspect::Rows, part(old), part(new)).within(TYPES);
            return if self.wants(it) { new.clone() } else { old.clone() };
        }
        let mut out = old.clone();
        self.interface(&mut out.name, &new.name);
        self.legal(&mut out.legal, &new.legal);
        self.flag(Kind::Data, Aspect::Reading, &mut out.prefixed, new.prefixed);
        for (to, from) in out.columns.iter_mut().zip(&new.columns) {
            *to = self.field(to, from, &new.id);
        }
        let key = |row: &CodeRow| match new.key().and_then(|it| row.values.get(it)) {
            Some(Value::Text(it)) => it.to_string(),
            other => format!("{other:?}"),
        };
        let (mut a, mut b) = (old.rows.iter().peekable(), new.rows.iter().peekable());
        out.rows.clear();
        // Both lists are by key.
        loop {
            let (before, after) = match (a.peek().map(|it| key(it)), b.peek().map(|it| key(it))) {
                (Some(x), Some(y)) if x == y => (a.next(), b.next()),
                (Some(x), Some(y)) if x < y => (a.next(), None),
                (Some(_), None) => (a.next(), None),
                (_, Some(_)) => (None, b.next()),
                (None, None) => break,
            };
            let Some(code) = after.or(before).map(key) else { break };
            let same = before.map(|it| &it.values) == after.map(|it| &it.values);
            let wanted = !same && {
                let part =
                    |it: Option<&CodeRow>| it.map(|it| Part::Code(it.clone(), names.clone()));
                let it = Difference::one_sided(
                    Kind::Data,
                    Aspect::Code(code),
                    part(before),
                    part(after),
                );
                let (x, y) = (
                    before.and_then(|it| it.origin.as_ref()),
                    after.and_then(|it| it.origin.as_ref()),
                );
                self.wants(it.at(x, y))
            };
            out.rows.extend(if wanted { after } else { before }.cloned());
        }
        out
    }

    fn subject(&mut self, old: &Subject, new: &Subject) -> Subject {
        let mut out = old.clone();
        self.interface(&mut out.name, &new.name);
        self.legal(&mut out.legal, &new.legal);
        self.responsibility(&mut out.responsibility, &new.responsibility);
        self.flag(Kind::Data, Aspect::Reading, &mut out.more, new.more);
        if old.since != new.since {
            let part = |it: &Subject| Part::Text(it.since.clone().unwrap_or_default().to_string());
            if self.wants(Difference::of(Kind::Data, Aspect::Reading, part(old), part(new))) {
                out.since.clone_from(&new.since);
            }
        }
        out.fields = self.fields(&old.fields, &new.fields, &Id::from(""));
        out
    }

    fn records(&mut self, old: &RecordTable, new: &RecordTable) -> RecordTable {
        let mut out = old.clone();
        self.interface(&mut out.name, &new.name);
        self.legal(&mut out.legal, &new.legal);
        self.responsibility(&mut out.responsibility, &new.responsibility);
        self.flag(Kind::Data, Aspect::Reading, &mut out.replacing, new.replacing);
        if old.order != new.order {
            let part = |it: &RecordTable| Part::Text(it.order.join("、"));
            if self.wants(Difference::of(Kind::Data, Aspect::Reading, part(old), part(new))) {
                out.order.clone_from(&new.order);
            }
        }
        out.fields = self.fields(&old.fields, &new.fields, &new.id);
        out
    }

    fn fields(&mut self, old: &[Field], new: &[Field], table: &Id) -> Vec<Field> {
        let ids = |all: &[Field]| all.iter().map(|it| it.id.clone()).collect::<Vec<_>>();
        let mut out = Vec::with_capacity(new.len());
        for pair in align::by_key(&ids(old), &ids(new)) {
            match (pair.old.and_then(|it| old.get(it)), pair.new.and_then(|it| new.get(it))) {
                (Some(a), Some(b)) => out.push(self.field(a, b, table)),
                (Some(one), None) | (None, Some(one)) => {
                    let is_new = pair.old.is_none();
                    let part = Some(Part::Field(Box::new(one.clone()), table.clone()));
                    let (before, after) = if is_new { (None, part) } else { (part, None) };
                    let aspect = Aspect::Field(one.name.clone());
                    let it = Difference::one_sided(Kind::Data, aspect, before, after);
                    if self.wants(it.at(Some(&one.origin), Some(&one.origin))) == is_new {
                        out.push(one.clone());
                    }
                }
                (None, None) => {}
            }
        }
        out
    }

    fn field(&mut self, old: &Field, new: &Field, table: &Id) -> Field {
        let mut out = old.clone();
        let plain = |it: &Field| Field { origin: Origin::default(), derived: None, ..it.clone() };
        let has = |it: &Field| it.derived.is_some();
        if plain(old) != plain(new) || has(old) != has(new) {
            let part = |it: &Field| Part::Field(Box::new(it.clone()), table.clone());
            let aspect = Aspect::Field(new.name.clone());
            let mut it = Difference::of(Kind::Data, aspect, part(old), part(new));
            if old.ty != new.ty {
                it = it.within(TYPES);
            }
            return if self.wants(it.at(Some(&old.origin), Some(&new.origin))) {
                new.clone()
            } else {
                old.clone()
            };
        }
        if let (Some(a), Some(b)) = (&old.derived, &new.derived) {
            out.derived =
                Some(self.expr(a, b, &About::new(Aspect::Field(new.name.clone()), Kind::Data)));
        }
        out
    }

    /// A name under which data are known.
    fn interface(&mut self, old: &mut Id, new: &Id) {
        if old != new {
            let part = |it: &Id| Part::Text(it.to_string());
            if self.wants(Difference::of(Kind::Data, Aspect::Name, part(old), part(new))) {
                old.clone_from(new);
            }
        }
    }

    /// Who answers for data.
    pub(super) fn responsibility(&mut self, old: &mut Responsibility, new: &Responsibility) {
        if old != new {
            let part = |it: &Responsibility| Part::Responsibility(it.clone());
            let it = Difference::of(Kind::Metadata, Aspect::Responsibility, part(old), part(new));
            if self.wants(it) {
                old.clone_from(new);
            }
        }
    }
}

/// The group of everything that speaks of a member of an enumeration whose numbers change.
pub(super) fn members(package: &Id, id: &Id) -> String {
    format!("members {package} {id}")
}
