//! One package while it is being checked: what it sees, what it declares, and what has been worked out.
//!
//! Declarations are elaborated on demand, because the type of a value follows from its formula. The
//! order of the first round comes from the names that each declaration mentions, so that the
//! recursion on demand stays shallow however long a chain of declarations is.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};

use super::index::Models;
use super::load::{Package, Used};
use super::names::{Import, Item, State, Table};
use super::schema::Schema;
use super::scope::Elem;
use super::stack::{Need, Stack};
use super::{
    amend, amended, chain, cycle, decide, decl, header, names, policy, replaced, schema, unread,
};
use crate::diag::{Code, Diagnostic, Words};
use crate::model::{
    Check, Decl, DeclKind, Expr, Id, Lines, Origin, Place, Ref, RuleSet, Ty, TyKind,
};
use crate::source::SourceMap;
use crate::span::Span;
use crate::syntax::ast;
use crate::world::World;

/// How many names are compared for suggestions in one package.
const MAX_COMPARED: usize = 1_000_000;

/// One package while it is being checked.
pub(super) struct Unit<'a> {
    /// Where code tables are read from.
    pub(super) world: &'a dyn World,
    /// All texts.
    pub(super) sources: &'a SourceMap,
    /// The package as read.
    pub(super) package: &'a Package,
    /// Its 规则集 line.
    pub(super) ruleset: Option<&'a ast::Decl>,
    /// What could not be read of it.
    pub(super) broken: Vec<&'a ast::Decl>,
    /// The packages it uses; the base is among them.
    pub(super) imports: Vec<Import<'a>>,
    /// A package that it uses is not there, which has been reported.
    lacks_used: bool,
    /// The package it is 基于.
    pub(super) base: Option<&'a RuleSet>,
    /// Is the package written in English?
    pub(super) english: bool,
    /// Enumerations, code tables, fields and record tables of its own.
    pub(super) schema: Schema<'a>,
    /// What is worth something, inherited ones first.
    pub(super) items: Vec<Item<'a>>,
    /// Items by name and by id.
    pub(super) by_name: BTreeMap<String, usize>,
    /// The number of 总分 among them.
    pub(super) total: Option<usize>,
    /// What belongs to each dimension, by its name or id.
    parts: BTreeMap<Id, Vec<usize>>,
    /// What has been worked out of each item.
    states: RefCell<Vec<State>>,
    /// Derived fields that have been worked out.
    pub(super) derived: RefCell<BTreeMap<(Table, usize), Option<Expr>>>,
    /// What is being worked out now, on the stack of the machine.
    pub(super) stack: Stack,
    /// Problems of what is being worked out.
    problems: RefCell<Vec<Diagnostic>>,
    /// Something is only being tried out.
    muted: Cell<bool>,
    /// Problems of what has been worked out.
    finished: RefCell<Vec<Diagnostic>>,
    /// How many names have been compared for suggestions.
    compared: Cell<usize>,
    /// Who reads whom, and where.
    pub(super) reads: RefCell<BTreeMap<(Id, Id), Span>>,
    /// Which items may be not applicable.
    inapplicable: RefCell<BTreeSet<usize>>,
    /// Which items are sets of records, as far as that has been looked at.
    sets: RefCell<BTreeMap<usize, bool>>,
    /// What the sets of records consist of.
    elems: RefCell<BTreeMap<Id, Elem>>,
}

impl<'a> Unit<'a> {
    /// Looks at what the package sees and declares.
    pub(super) fn new(
        world: &'a dyn World,
        sources: &'a SourceMap,
        package: &'a Package,
        models: &'a Models,
    ) -> Self {
        let found = |it: &Used| it.key().and_then(|it| models.get(&it));
        let base = package.uses.iter().find(|it| it.extends).and_then(found).map(|it| &it.set);
        let mut unit = Self {
            world,
            sources,
            package,
            ruleset: package.decls().find(|it| it.kind == ast::DeclKind::Ruleset),
            broken: package.decls().filter(|it| it.broken).collect(),
            imports: names::imports(package, models),
            lacks_used: package.uses.iter().any(|it| found(it).is_none()),
            base,
            english: sources.text(package.span()).is_ascii(),
            schema: Schema::default(),
            items: Vec::new(),
            by_name: BTreeMap::new(),
            total: None,
            parts: BTreeMap::new(),
            states: RefCell::default(),
            derived: RefCell::default(),
            stack: Stack::default(),
            problems: RefCell::default(),
            muted: Cell::new(false),
            finished: RefCell::default(),
            compared: Cell::new(0),
            reads: RefCell::default(),
            inapplicable: RefCell::default(),
            sets: RefCell::default(),
            elems: RefCell::default(),
        };
        schema::collect(&mut unit);
        let items = names::collect(&unit);
        let states = items.iter().map(|it| match (&it.inherited, it.amendments.is_empty()) {
            // A dimension is as exact as its parts, which may have been amended.
            (Some(decl), true) if !matches!(decl.kind, DeclKind::Dimension { .. }) => {
                State::Done(Box::new((*decl).clone()))
            }
            _ => State::New,
        });
        unit.states = RefCell::new(states.collect());
        unit.by_name = names::index(&unit, &items);
        unit.total = items.iter().position(|it| it.total);
        unit.parts = names::parts(&items);
        unit.items = items;
        unit
    }

    /// Checks everything and puts the model together.
    pub(super) fn check(self) -> (RuleSet, Vec<Diagnostic>) {
        for at in names::order(&self) {
            self.settle(Need::Item(at));
        }
        for (table, at) in self.schema.formulas.keys() {
            self.settle(Need::Field(*table, *at));
        }
        let mut set = self.rule_set();
        set.decides = decide::all(&self);
        set.checks = self.checks();
        policy::all(&self, &mut set);
        amended::finish(&self, &mut set);
        cycle::check(&self, &set);
        chain::check(&self, &set);
        unread::check(&self, &set);
        super::case::all(&self, &mut set);
        let mut problems = self.finished.into_inner();
        problems.append(&mut self.problems.into_inner());
        (set, problems)
    }

    /// Everything that does not depend on decisions, checks and cases.
    fn rule_set(&self) -> RuleSet {
        let header = header::ruleset(self);
        let mut schema = self.schema.clone();
        schema.put_derived(&self.derived.borrow());
        let decls: Vec<Decl> =
            self.states.borrow().iter().filter_map(State::decl).cloned().collect();
        RuleSet {
            id: self.package.id.clone(),
            title: header.title,
            version: self.package.version.clone(),
            effective: header.effective,
            legal: header.legal,
            applies: header.applies,
            uses: header.uses,
            enums: schema.enums,
            codes: schema.codes,
            subject: schema.subject,
            tables: schema.tables,
            decls,
            decides: Vec::new(),
            checks: Vec::new(),
            actions: Vec::new(),
            carries: Vec::new(),
            clauses: Vec::new(),
            guarantees: Vec::new(),
            cases: Vec::new(),
            disabled: amend::disabled(self),
            quoted: replaced::quoted(self),
            lines: Lines::default(),
        }
    }

    fn checks(&self) -> Vec<Check> {
        let inherited = self.base.iter().flat_map(|it| &it.checks);
        let kept = inherited.filter(|it| !amend::is_disabled(self, ast::DeclKind::Check, &it.name));
        kept.cloned().chain(decide::checks(self)).collect()
    }

    /// Adds a problem.
    pub(super) fn report(&self, it: Diagnostic) {
        if !self.muted.get() {
            self.problems.borrow_mut().push(it);
        }
    }

    /// How many problems have been found so far.
    pub(super) fn said(&self) -> usize {
        self.problems.borrow().len()
    }

    /// Takes back some of the problems that were found since there were so many.
    pub(super) fn unsay(&self, since: usize, what: impl Fn(&Diagnostic) -> bool) {
        let mut at = 0;
        self.problems.borrow_mut().retain(|it| {
            at += 1;
            at <= since || !what(it)
        });
    }

    /// Has an error been found so far?
    pub(super) fn has_errors(&self) -> bool {
        let errors = |it: &RefCell<Vec<Diagnostic>>| crate::diag::has_errors(&it.borrow());
        errors(&self.problems) || errors(&self.finished)
    }

    /// Works something out, from the bottom of the stack. What lies too deep below it is worked out
    /// first, and then it is begun anew.
    fn settle(&self, need: Need) {
        let mut waiting = vec![need];
        while let Some(need) = waiting.last().copied() {
            match need {
                Need::Item(at) => drop(self.item_ty(at)),
                Need::Field(table, at) => drop(schema::derive(self, table, at)),
            }
            match self.stack.take_too_deep() {
                Some(deeper) => waiting.extend(self.stack.wait_for(deeper)),
                None => drop(waiting.pop()),
            }
        }
    }

    /// Works out what is needed: its problems count once it is done, and nothing counts that was begun
    /// where the stack is too deep. The outcome is absent then.
    pub(super) fn work_out<T>(&self, work: impl FnOnce() -> T) -> Option<T> {
        let (outer, muted) = (self.problems.take(), self.muted.replace(false));
        let out = self.stack.declaration(work);
        self.muted.set(muted);
        let mut own = self.problems.replace(outer);
        if self.stack.is_too_deep() {
            return None;
        }
        self.finished.borrow_mut().append(&mut own);
        Some(out)
    }

    /// The type of an item, worked out now if need be; `Unknown` in a circle, which is reported later.
    pub(super) fn item_ty(&self, at: usize) -> Ty {
        let unknown = || Ty::present(TyKind::Unknown);
        match self.states.borrow().get(at) {
            Some(State::Done(decl)) => return decl.ty.clone(),
            Some(State::New) if self.stack.may_begin(Need::Item(at)) => {}
            _ => return unknown(),
        }
        self.put_state(at, State::Busy);
        let Some((decl, inapplicable)) = self.work_out(|| decl::elaborate(self, &self.items[at]))
        else {
            self.put_state(at, State::New);
            return unknown();
        };
        if inapplicable {
            self.inapplicable.borrow_mut().insert(at);
        }
        let ty = decl.ty.clone();
        self.put_state(at, State::Done(Box::new(decl)));
        ty
    }

    fn put_state(&self, at: usize, state: State) {
        if let Some(it) = self.states.borrow_mut().get_mut(at) {
            *it = state;
        }
    }

    /// Does the work without letting it report anything of its own.
    pub(super) fn quietly<T>(&self, work: impl FnOnce() -> T) -> T {
        let before = self.muted.replace(true);
        let out = work();
        self.muted.set(before);
        out
    }

    /// May an item of this package be not applicable?
    pub(super) fn is_inapplicable(&self, item: usize) -> bool {
        self.inapplicable.borrow().contains(&item)
    }

    /// What says that it belongs to a dimension.
    pub(super) fn parts_of(&self, whole: &Item<'_>) -> BTreeSet<usize> {
        let names = [&whole.name, &whole.id].into_iter();
        names.filter_map(|it| self.parts.get(it)).flatten().copied().collect()
    }

    /// Is the item a set of records, as far as that is known?
    pub(super) fn known_set(&self, item: usize) -> Option<bool> {
        self.sets.borrow().get(&item).copied()
    }

    /// Remembers whether an item is a set of records.
    pub(super) fn keep_known_set(&self, item: usize, is_set: bool) {
        self.sets.borrow_mut().insert(item, is_set);
    }

    /// Remembers what a set of records consists of.
    pub(super) fn keep_set_elem(&self, item: &Item<'_>, elem: Elem) {
        self.elems.borrow_mut().insert(item.id.clone(), elem);
    }

    /// What a set of records that has been worked out consists of.
    pub(super) fn known_elem(&self, id: &Id) -> Option<Elem> {
        self.elems.borrow().get(id).cloned()
    }

    /// What has been worked out of an item.
    pub(super) fn item_decl(&self, at: usize) -> Option<Decl> {
        self.item_ty(at);
        self.states.borrow().get(at).and_then(State::decl).cloned()
    }

    /// Notes that one name reads another.
    pub(super) fn note_read(&self, from: &Id, to: &Id, span: Span) {
        self.reads.borrow_mut().entry((from.clone(), to.clone())).or_insert(span);
    }

    /// Where a clause comes from, by its place.
    pub(super) fn origin(&self, span: Span) -> Origin {
        let (file, line, _) = self.sources.place(span);
        Origin {
            package: self.package.id.clone(),
            version: self.package.version.clone(),
            amendment: None,
            place: Some(Place { file: file.to_owned(), line }),
        }
    }

    /// The text of a span, on one line.
    pub(super) fn text(&self, span: Span) -> String {
        let text = self.sources.text(span);
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    }

    /// A reference of another package as this one writes it.
    pub(super) fn seen_from_here(&self, from: &Import<'_>, reference: &Ref) -> Ref {
        let (id, version) = match &reference.package {
            Some(package) => match package.split_once('@') {
                Some((id, version)) => (id, Some(version)),
                None => (package.as_ref(), None),
            },
            None => {
                let home = names::home(from, &reference.id, &self.imports);
                (home.id.as_ref(), Some(home.version.as_ref()))
            }
        };
        let is = |own: &Id, at: &Id| **own == *id && version.is_none_or(|it| **at == *it);
        let own = is(&self.package.id, &self.package.version);
        if own || self.base.is_some_and(|it| is(&it.id, &it.version)) {
            return Ref::own(&reference.id);
        }
        match names::import_of(&self.imports, id, version) {
            Some(import) => Ref::of(&import.name, &reference.id),
            None => Ref { package: reference.package.clone(), ..Ref::of(id, &reference.id) },
        }
    }

    /// A type of another package as this one writes it.
    pub(super) fn ty_from(&self, from: &Import<'_>, ty: &Ty) -> Ty {
        let kind = match &ty.kind {
            TyKind::Member(it) => TyKind::Member(self.seen_from_here(from, it)),
            TyKind::Code(it) => TyKind::Code(self.seen_from_here(from, it)),
            other => other.clone(),
        };
        Ty { kind, optional: ty.optional }
    }

    /// Reports a name that names nothing, with the nearest one as a fix.
    #[expect(clippy::needless_pass_by_value, reason = "every caller makes the list for this call")]
    pub(super) fn unknown(&self, name: &ast::Name, what: Words, near: Vec<String>) {
        if self.may_be_lost(&name.text) {
            return;
        }
        let mut problem = Diagnostic::new(Code::E0201, name.span)
            .arg("name", name.text.clone())
            .arg("what", what);
        self.compared.set(self.compared.get().saturating_add(near.len()));
        let meant = self.said_otherwise(name).map(str::to_owned);
        let meant =
            meant.or_else(|| crate::near::nearest(&name.text, near.iter().map(String::as_str)));
        if let Some(near) = meant {
            let title = Words::both(format!("改为“{near}”"), format!("change it to “{near}”"));
            problem = problem.fix(title, name.span, near);
        }
        self.report(problem);
    }

    /// The word of the language for what people call the last row of a table, or the row of what is missing,
    /// where the name stands alone before a colon.
    pub(super) fn said_otherwise(&self, name: &ast::Name) -> Option<&'static str> {
        let file = self.sources.file(name.span.file)?;
        let (start, end) = (name.span.start as usize, name.span.end as usize);
        let line = file.text.get(..start)?.rsplit('\n').next()?;
        let alone = line.trim().is_empty()
            && file.text.get(end..)?.trim_start_matches(' ').starts_with([':', '：']);
        match name.text.as_str() {
            "其他" | "其它" | "剩余" | "剩下" | "否则" if alone => Some("其余"),
            "others" | "else" | "default" | "rest" if alone => Some("otherwise"),
            "缺少" | "空" | "空值" | "为空" | "无值" | "未填" if alone => Some("缺失"),
            "none" | "null" | "empty" if alone => Some("missing"),
            _ => None,
        }
    }

    /// Could the name belong to what was not understood of a used package? That has been reported, and
    /// nothing is said about what follows from it.
    pub(super) fn may_be_lost(&self, name: &str) -> bool {
        let lost = |it: &Import<'_>| it.lost.anything || it.lost.names.contains(name);
        // The name of a header that could not be read may have run together with what follows it.
        let longer =
            |it: &&ast::Decl| it.name.text.len() > name.len() && it.name.text.starts_with(name);
        self.lacks_used || self.imports.iter().any(lost) || self.broken.iter().any(longer)
    }

    /// Was something of a used package not understood?
    pub(super) fn lost_something(&self) -> bool {
        let lost = |it: &Import<'_>| it.lost.anything || !it.lost.names.is_empty();
        self.lacks_used || self.imports.iter().any(lost)
    }

    /// Could that be something of the base that was not understood?
    pub(super) fn base_may_have(&self, name: &str) -> bool {
        let lost =
            |it: &Import<'_>| it.extends && (it.lost.anything || it.lost.names.contains(name));
        self.imports.iter().any(lost)
    }

    /// Is something wrong with the base? Then what seems to be lacking of it may only not be understood.
    pub(super) fn base_is_wrong(&self) -> bool {
        self.imports.iter().any(|it| it.extends && it.lost.wrong)
    }

    /// May more names be searched for the nearest one? Where thousands of names are unknown, a
    /// suggestion for each of them would take longer than everything else.
    pub(super) fn may_suggest(&self) -> bool {
        self.compared.get() < MAX_COMPARED
    }
}
