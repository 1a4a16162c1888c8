//! What something means, as a number that is the same in both versions where they mean the same.
//!
//! The key of an expression is its normal form as text, together with the keys of everything it reads:
//! declarations in force on the as-of date, fields, tables, enumerations, code tables. Equal keys give
//! equal values for every household; unequal ones say nothing. Texts are compared whole, not hashed.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use heng_dsl::model::walk::{self, RefKind, Visitor};
use heng_dsl::model::{Content, DeclKind, Expr, Let, Node, Ref, Source, TyKind, Version};
use heng_dsl::value::Period;
use serde::Serialize;

use super::side::Side;

/// The number of a meaning.
pub(super) type Key = u32;

/// All meanings met so far.
#[derive(Debug, Default)]
pub(super) struct Keys {
    texts: BTreeMap<String, Key>,
    named: BTreeMap<(usize, Named), Key>,
    /// Tables whose derived fields are being looked at, which name the table again.
    busy: Vec<(usize, usize)>,
}

/// What a reference names, by slot.
type Named = (RefKind, usize);

impl Keys {
    /// The number of a text.
    pub(super) fn of_text(&mut self, text: String) -> Key {
        let next = u32::try_from(self.texts.len()).unwrap_or(u32::MAX);
        *self.texts.entry(text).or_insert(next)
    }

    /// Takes every grade of a version to mean what the one of its name means in the other version.
    pub(super) fn take_grades(&mut self, side: &Side<'_>) {
        let linked = side.linked();
        for (slot, decl) in linked.decls().enumerate() {
            if let DeclKind::Classify { .. } | DeclKind::Overlay { .. } = decl.kind {
                let (package, id) = side.name(slot);
                let key = self.of_text(format!("grade {package} {id}"));
                self.named.insert((side.number, (RefKind::Decl, slot)), key);
            }
        }
    }

    /// Takes every declaration of a version that is worked out by a rule for the household to mean what the one
    /// of its name means in the other version.
    pub(super) fn take_names(&mut self, side: &Side<'_>) {
        for (slot, decl) in side.linked().decls().enumerate() {
            if Self::is_taken(&decl.kind) {
                let (package, id) = side.name(slot);
                let key = self.of_text(format!("declaration {package} {id}"));
                self.named.insert((side.number, (RefKind::Decl, slot)), key);
            }
        }
    }

    /// Is a declaration worked out by a rule for the household?
    pub(super) fn is_taken(kind: &DeclKind) -> bool {
        !matches!(kind, DeclKind::Param | DeclKind::RecordValue { .. } | DeclKind::RecordSet)
    }

    /// The key of a field of the household.
    pub(super) fn field(&mut self, side: &Side<'_>, slot: usize) -> Key {
        self.named(side, (RefKind::Field, slot))
    }

    /// The key of a record table.
    pub(super) fn table(&mut self, side: &Side<'_>, slot: usize) -> Key {
        self.named(side, (RefKind::Table, slot))
    }

    /// The key of an expression in a rule with these local values.
    pub(super) fn expr(&mut self, side: &Side<'_>, expr: &Expr, lets: &[Let]) -> Key {
        let mut reads = Reads::default();
        walk::expr(expr, &mut reads);
        self.with_reads(side, json(expr), &reads, lets)
    }

    /// The key of a source.
    pub(super) fn source(&mut self, side: &Side<'_>, source: &Source, lets: &[Let]) -> Key {
        let mut reads = Reads::default();
        walk::source(source, &mut reads);
        self.with_reads(side, json(source), &reads, lets)
    }

    /// The key of a content.
    pub(super) fn content(&mut self, side: &Side<'_>, content: &Content, lets: &[Let]) -> Key {
        let mut reads = Reads::default();
        walk::content(content, &mut reads);
        self.with_reads(side, json(content), &reads, lets)
    }

    /// The key of what a declaration is worth on the as-of date.
    pub(super) fn decl(&mut self, side: &Side<'_>, slot: usize) -> Key {
        let named = (side.number, (RefKind::Decl, slot));
        if let Some(known) = self.named.get(&named) {
            return *known;
        }
        let key = self.own(side, slot);
        self.keep(named, key);
        key
    }

    /// The same, whatever a declaration of its name is taken to mean.
    pub(super) fn own(&mut self, side: &Side<'_>, slot: usize) -> Key {
        let linked = side.linked();
        let decl = linked.decl(slot);
        let mut text = format!("decl {} {} ", json(&decl.kind), json(&decl.ty));
        if side.is_worse(slot) {
            text.push_str("made worse ");
        }
        if side.is_bound(slot) {
            let _ = write!(text, "in {} ", self.scope(side, linked.package_of(slot)));
        }
        match side.version(slot) {
            None => text.push_str("none"),
            Some(version) => {
                text.push_str(&self.version(side, version).to_string());
                if version.content == Content::Parts {
                    for part in linked.parts(slot) {
                        let _ = write!(text, " part {}", self.part(side, *part));
                    }
                }
            }
        }
        for decide in linked.decides(slot) {
            let rule = decide.versions.iter().find(|it| it.1.period.contains(side.as_of));
            let Some((effect, version)) = rule else { continue };
            let flags = (decide.first, decide.adds_up);
            let rule = self.version(side, version);
            let _ = write!(text, " decide {} {} {rule}", json(&flags), json(effect));
        }
        self.of_text(text)
    }

    /// Remembers a key, unless it was made while a table stood for itself.
    fn keep(&mut self, named: (usize, Named), key: Key) {
        if self.busy.is_empty() {
            self.named.insert(named, key);
        }
    }

    /// The key of a part of a whole, with its weight.
    fn part(&mut self, side: &Side<'_>, slot: usize) -> Key {
        let own = self.decl(side, slot);
        let weight = side.version(slot).and_then(|it| Some((it, it.bounds.weight.as_ref()?)));
        let weight = weight.map(|(version, it)| self.expr(side, it, &version.lets));
        self.of_text(format!("part {own} {weight:?}"))
    }

    /// The key of the 适用 of a package.
    pub(super) fn scope(&mut self, side: &Side<'_>, package: usize) -> Key {
        let applies = side.linked().packages.get(package).and_then(|it| it.applies.as_ref());
        let Some(applies) = applies else { return self.of_text("everybody".to_owned()) };
        let mut reads = Reads::default();
        walk::condition(applies, &mut reads);
        self.with_reads(side, json(applies), &reads, &[])
    }

    /// The key of a version, whatever its period.
    pub(super) fn version(&mut self, side: &Side<'_>, version: &Version) -> Key {
        let mut reads = Reads::default();
        walk::version(version, &mut reads);
        let version = Version { period: Period::ALWAYS, ..version.clone() };
        self.with_reads(side, json(&version), &reads, &version.lets)
    }

    fn with_reads(&mut self, side: &Side<'_>, own: String, reads: &Reads, lets: &[Let]) -> Key {
        let mut text = own;
        for named in &reads.named {
            let _ = write!(text, " | {}", self.named(side, *named));
        }
        for slot in &reads.ever {
            let versions = side.linked().decl(*slot).versions.iter();
            let versions: Vec<(Period, Key)> =
                versions.map(|it| (it.period, self.version(side, it))).collect();
            let _ = write!(text, " | ever {}", json(&versions));
        }
        for local in &reads.locals {
            if let Some(it) = lets.get(*local) {
                let key = self.content(side, &it.content, lets);
                let _ = write!(text, " | local {local} {} {key}", json(&it.ty));
            }
        }
        self.of_text(text)
    }

    fn named(&mut self, side: &Side<'_>, named: Named) -> Key {
        if let Some(known) = self.named.get(&(side.number, named)) {
            return *known;
        }
        let key = self.of_named(side, named);
        self.keep((side.number, named), key);
        key
    }

    fn of_named(&mut self, side: &Side<'_>, (kind, slot): Named) -> Key {
        let linked = side.linked();
        let text = match kind {
            RefKind::Decl => return self.decl(side, slot),
            RefKind::Field => return self.fields(side, &[linked.field(slot)], "field"),
            RefKind::Table => {
                let table = linked.table(slot);
                let this = (side.number, slot);
                if self.busy.contains(&this) {
                    return self.of_text(format!("table {} itself", table.id));
                }
                self.busy.push(this);
                let fields: Vec<_> = table.fields.iter().collect();
                let fields = self.fields(side, &fields, "table");
                self.busy.pop();
                let more = if side.one_more() == Some(slot) { " and one more" } else { "" };
                format!("table {} {} {fields}{more}", table.id, json(&table.order))
            }
            RefKind::Enum => json(linked.enumeration(slot)),
            RefKind::Codes => json(linked.code_table(slot)),
        };
        self.of_text(text)
    }

    fn fields(&mut self, side: &Side<'_>, fields: &[&heng_dsl::model::Field], of: &str) -> Key {
        let mut text = of.to_owned();
        for field in fields {
            let said = (&field.id, &field.ty, &field.later, &field.default, field.signed);
            text.push_str(&json(&said));
            if let TyKind::Member(it) = &field.ty.kind {
                let members = self.named(side, (RefKind::Enum, it.slot.index()));
                let _ = write!(text, " of {members}");
            }
            if let Some(it) = &field.derived {
                let _ = write!(text, " = {}", self.expr(side, it, &[]));
            }
        }
        self.of_text(text)
    }
}

fn json<T: Serialize>(it: &T) -> String {
    // Plain data of our own always has a text; were there none, a text of nothing else's is used.
    serde_json::to_string(it).unwrap_or_else(|fault| format!("{fault} {:p}", &raw const *it))
}

/// What an expression reads.
#[derive(Default)]
struct Reads {
    named: Vec<Named>,
    locals: Vec<usize>,
    /// Declarations of which every version is read.
    ever: Vec<usize>,
}

impl Visitor for Reads {
    fn reference(&mut self, kind: RefKind, reference: &Ref, _: bool) {
        self.named.push((kind, reference.slot.index()));
    }

    fn expr(&mut self, expr: &Expr) {
        match &expr.node {
            Node::Local(it) => self.locals.push(*it as usize),
            Node::AtDate { decl, .. } => self.ever.push(decl.slot.index()),
            _ => {}
        }
    }
}
