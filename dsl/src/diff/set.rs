//! Differences between two packages: their headers, what they use, and each list of things in them.

use super::align;
use super::change::{Aspect, Kind, Part, Thing, ThingKind};
use super::choose::{At, Difference, TYPES, Walk};
use super::decl::thing_kind;
use super::formula::About;
use super::pair::Renamed;
use crate::model::normal::form;
use crate::model::{
    Action, Check, CheckLevel, CheckScope, Decide, Decl, Expr, Id, Legal, Let, Node, Origin,
    Responsibility, RuleSet, Ty, Use,
};

/// Things of one sort: how they are known and shown, and how two of one name are put together.
pub(super) struct Sort<'s, T> {
    /// Their kind.
    pub(super) kind: &'s dyn Fn(&T) -> ThingKind,
    /// The id.
    pub(super) id: &'s dyn Fn(&T) -> Id,
    /// The name for people.
    pub(super) name: &'s dyn Fn(&T) -> Id,
    /// Where it stands.
    pub(super) origin: &'s dyn Fn(&T) -> Origin,
    /// Its legal basis.
    pub(super) legal: &'s dyn Fn(&T) -> Legal,
    /// The whole of it.
    pub(super) part: &'s dyn Fn(&T) -> Part,
    /// Its text without where it stands.
    pub(super) text: &'s dyn Fn(&T) -> String,
    /// What a change of its being there is.
    pub(super) whole: Kind,
}

impl Walk<'_> {
    /// A package.
    pub(super) fn rule_set(
        &mut self,
        old: &RuleSet,
        new: &RuleSet,
        renamed: &[Renamed],
    ) -> RuleSet {
        self.at = At::set(&new.id);
        let mut out = old.clone();
        out.id = new.id.clone();
        self.at.legal(Some(&old.legal), Some(&new.legal));
        self.optional_text(Aspect::Title, &mut out.title, new.title.as_ref());
        self.legal(&mut out.legal, &new.legal);
        if old.effective != new.effective {
            let (before, after) = (Part::Period(old.effective), Part::Period(new.effective));
            if self.wants(Difference::of(Kind::Scope, Aspect::Period, before, after)) {
                out.effective = new.effective;
            }
        }
        let about = About::new(Aspect::Applies, Kind::Scope);
        out.applies = self.optional_condition(old.applies.as_ref(), new.applies.as_ref(), &about);
        out.uses = self.uses(&old.uses, &new.uses);
        self.data(&mut out, old, new);
        self.rules(&mut out, old, new, renamed);
        self.at = At::set(&new.id);
        self.counted(old, new);
        // They say what either version ought to give, and may speak of what the other does not have.
        out.cases.clear();
        out.guarantees.clear();
        out.clauses.clear();
        out.carries.clear();
        out.disabled.clear();
        out.quoted.clear();
        out
    }

    /// A package that only one side has.
    pub(super) fn package(
        &mut self,
        old: Option<&RuleSet>,
        new: Option<&RuleSet>,
    ) -> Option<RuleSet> {
        let one = new.or(old)?;
        self.at = At::set(&one.id);
        let part = |it: Option<&RuleSet>| it.map(|it| Part::Text(it.version.to_string()));
        let it = Difference::one_sided(Kind::Structure, Aspect::Whole, part(old), part(new));
        (self.wants(it) == new.is_some()).then(|| one.clone())
    }

    /// Things of one sort, by id.
    pub(super) fn things<T: Clone + PartialEq>(
        &mut self,
        old: &[T],
        new: &[T],
        renamed: &[Renamed],
        sort: &Sort<'_, T>,
        mut both: impl FnMut(&mut Self, &T, &T) -> T,
    ) -> Vec<T> {
        let ids = |all: &[T]| all.iter().map(|it| (sort.id)(it)).collect::<Vec<_>>();
        let mut out = Vec::with_capacity(new.len());
        for pair in align::by_key(&ids(old), &ids(new)) {
            let (a, b) = (pair.old.and_then(|it| old.get(it)), pair.new.and_then(|it| new.get(it)));
            let Some(shown) = b.or(a) else { continue };
            if a == b {
                // Of what is the same nothing is asked; most of a set is.
                out.push(shown.clone());
                continue;
            }
            let id = (sort.id)(shown);
            let known = renamed.iter().find(|it| it.package == self.at.package && it.to == id);
            let mut at = At::set(&self.at.package);
            at.thing = Thing {
                kind: (sort.kind)(shown),
                name: (sort.name)(shown),
                was: known.map(|it| it.from.clone()),
                guessed: known.is_some_and(|it| it.guessed),
                id,
            };
            let sides = [a.unwrap_or(shown), b.unwrap_or(shown)];
            at.origins = sides.map(|it| (sort.origin)(it));
            at.basis = sides.map(|it| (sort.legal)(it).basis);
            self.at = at;
            match (a, b) {
                (Some(a), Some(b)) => out.push(self.one(a, b, sort, &mut both)),
                (one, other) => {
                    let part = |it: Option<&T>| it.map(|it| (sort.part)(it));
                    let it =
                        Difference::one_sided(sort.whole, Aspect::Whole, part(one), part(other));
                    if self.wants(it) == other.is_some() {
                        out.push(shown.clone());
                    }
                }
            }
        }
        self.at = At::set(&self.at.package);
        out
    }

    /// A thing that both sides have. What is only written differently is said to be so; what the walk has no
    /// part for is one change as a whole.
    fn one<T: Clone>(
        &mut self,
        old: &T,
        new: &T,
        sort: &Sort<'_, T>,
        both: &mut impl FnMut(&mut Self, &T, &T) -> T,
    ) -> T {
        let (package, id) = (self.at.package.clone(), self.at.thing.id.clone());
        let part = |it: &T| (sort.part)(it);
        if self.facts.is_stubborn(&package, (sort.kind)(new), &id) {
            let it =
                Difference::of(Kind::Structure, Aspect::Body, part(old), part(new)).within(TYPES);
            return if self.wants(it) { new.clone() } else { old.clone() };
        }
        let (at, asked) = (self.at.clone(), self.asked());
        let out = both(self, old, new);
        self.at = at;
        if self.asked() == asked && (sort.text)(old) != (sort.text)(new) {
            let it = Difference::of(Kind::Cosmetic, Aspect::Wording, part(old), part(new));
            return if self.wants(it) { new.clone() } else { out };
        }
        out
    }

    fn rules(&mut self, out: &mut RuleSet, old: &RuleSet, new: &RuleSet, renamed: &[Renamed]) {
        let sort = Sort::<Decl> {
            kind: &|it| thing_kind(&it.kind),
            id: &|it| it.id.clone(),
            name: &|it| it.name.clone(),
            origin: &|it| it.versions.first().map(|it| it.origin.clone()).unwrap_or_default(),
            legal: &|it| it.versions.first().map(|it| it.legal.clone()).unwrap_or_default(),
            part: &|it| Part::Decl(Box::new(it.clone())),
            text: &|it| bare(|set| set.decls.push(it.clone())),
            whole: Kind::Structure,
        };
        out.decls = self.things(&old.decls, &new.decls, renamed, &sort, Self::decl);
        let sort = Sort::<Decide> {
            kind: &|_| ThingKind::Decide,
            id: &|it| it.id.clone(),
            name: &|it| it.name.clone(),
            origin: &|it| it.versions.first().map(|it| it.1.origin.clone()).unwrap_or_default(),
            legal: &|it| it.versions.first().map(|it| it.1.legal.clone()).unwrap_or_default(),
            part: &|it| Part::Decide(Box::new(it.clone())),
            text: &|it| bare(|set| set.decides.push(it.clone())),
            whole: Kind::Structure,
        };
        out.decides = self.things(&old.decides, &new.decides, &[], &sort, Self::decide);
        let sort = Sort::<Check> {
            kind: &|_| ThingKind::Check,
            id: &|it| it.id.clone(),
            name: &|it| it.name.clone(),
            origin: &|it| it.origin.clone(),
            legal: &|it| it.legal.clone(),
            part: &|it| Part::Check(Box::new(it.clone())),
            text: &|it| bare(|set| set.checks.push(it.clone())),
            whole: Kind::Structure,
        };
        out.checks = self.things(&old.checks, &new.checks, &[], &sort, Self::check);
        let sort = Sort::<Action> {
            kind: &|_| ThingKind::Action,
            id: &|it| it.id.clone(),
            name: &|it| it.name.clone(),
            origin: &|it| it.origin.clone(),
            legal: &|it| it.legal.clone(),
            part: &|it| Part::Action(Box::new(it.clone())),
            text: &|it| bare(|set| set.actions.push(it.clone())),
            whole: Kind::Structure,
        };
        out.actions = self.things(&old.actions, &new.actions, &[], &sort, Self::action);
    }

    fn uses(&mut self, old: &[Use], new: &[Use]) -> Vec<Use> {
        let names = |all: &[Use]| all.iter().map(|it| it.package.clone()).collect::<Vec<_>>();
        let mut out = Vec::new();
        for pair in align::by_key(&names(old), &names(new)) {
            let (a, b) = (pair.old.and_then(|it| old.get(it)), pair.new.and_then(|it| new.get(it)));
            let Some(name) = b.or(a).map(|it| it.package.clone()) else { continue };
            let wanted = a != b && {
                let part = |it: Option<&Use>| it.cloned().map(Part::Use);
                self.wants(Difference::one_sided(
                    Kind::Structure,
                    Aspect::Use(name),
                    part(a),
                    part(b),
                ))
            };
            out.extend(if wanted { b } else { a }.cloned());
        }
        out
    }

    fn check(&mut self, old: &Check, new: &Check) -> Check {
        let mut out = old.clone();
        self.text(Aspect::Name, &mut out.name, &new.name);
        self.optional_text(Aspect::Title, &mut out.title, new.title.as_ref());
        self.legal(&mut out.legal, &new.legal);
        let lets = |it: &Check| {
            let mut lets = it.lets.clone();
            lets.iter_mut().for_each(|Let { name, .. }| *name = "".into());
            bare_lets(lets)
        };
        if old.scope != new.scope || lets(old) != lets(new) {
            let part = |it: &Check| Part::Check(Box::new(it.clone()));
            let it = Difference::of(Kind::Structure, Aspect::Body, part(old), part(new));
            if self.wants(it) {
                let (name, title, legal) = (out.name, out.title, out.legal);
                return Check { name, title, legal, ..new.clone() };
            }
            return out;
        }
        let about = About::new(Aspect::Applies, Kind::Scope);
        out.applies = self.optional_condition(old.applies.as_ref(), new.applies.as_ref(), &about);
        if old.level != new.level {
            let (before, after) = (Part::Level(old.level), Part::Level(new.level));
            if self.wants(Difference::of(Kind::Structure, Aspect::Sort, before, after)) {
                out.level = new.level;
            }
        }
        out.require =
            self.expr(&old.require, &new.require, &About::new(Aspect::Require, Kind::Structure));
        self.responsibility(&mut out.responsibility, &new.responsibility);
        out
    }

    fn action(&mut self, old: &Action, new: &Action) -> Action {
        let mut out = old.clone();
        self.legal(&mut out.legal, &new.legal);
        let about = About::new(Aspect::Condition, Kind::Scope);
        let deed = |it: &Action| {
            let mut it = it.clone();
            (it.name, it.legal, it.when, it.origin) =
                ("".into(), Legal::default(), None, Origin::default());
            it.about.iter_mut().for_each(|it| *it = form(it));
            it.earliest.iter_mut().for_each(|it| *it = form(it));
            it.becomes.iter_mut().for_each(|it| it.value = form(&it.value));
            it
        };
        if deed(old) != deed(new) {
            let part = |it: &Action| Part::Action(Box::new(it.clone()));
            let it = Difference::of(Kind::Structure, Aspect::Deed, part(old), part(new));
            if self.wants(it) {
                return Action { legal: out.legal, ..new.clone() };
            }
            return out;
        }
        out.when = self.optional_condition(old.when.as_ref(), new.when.as_ref(), &about);
        out
    }

    /// What is about the rules and not in them is counted: how many of either side the other does not have.
    fn counted(&mut self, old: &RuleSet, new: &RuleSet) {
        type Texts = fn(&RuleSet) -> Vec<String>;
        let all: [(Aspect, Texts, bool); 3] = [
            (Aspect::Cases, cases, old.cases == new.cases),
            (Aspect::Clauses, clauses, old.clauses == new.clauses && old.carries == new.carries),
            (Aspect::Guarantees, guarantees, old.guarantees == new.guarantees),
        ];
        for (aspect, texts, _) in all.into_iter().filter(|it| !it.2) {
            let (before, after) = (texts(old), texts(new));
            let lone = |own: &[String], other: &[String]| {
                Part::Count(own.iter().filter(|it| !other.contains(it)).count())
            };
            if before != after {
                let (a, b) = (lone(&before, &after), lone(&after, &before));
                self.wants(Difference::of(Kind::Metadata, aspect, a, b));
            }
        }
    }
}

fn cases(set: &RuleSet) -> Vec<String> {
    set.cases.iter().map(|it| bare(|set| set.cases.push(it.clone()))).collect()
}

fn clauses(set: &RuleSet) -> Vec<String> {
    let carried = set.carries.iter().map(ToString::to_string);
    let clauses = set.clauses.iter().map(|it| bare(|set| set.clauses.push(it.clone())));
    carried.chain(clauses).collect()
}

fn guarantees(set: &RuleSet) -> Vec<String> {
    set.guarantees.iter().map(|it| bare(|set| set.guarantees.push(it.clone()))).collect()
}

/// The text of a part of a package, without where it stands.
pub(super) fn bare(fill: impl FnOnce(&mut RuleSet)) -> String {
    let mut set = RuleSet::empty("".into(), "".into());
    fill(&mut set);
    crate::model::origins::each(&mut set, &mut |it| *it = Origin::default());
    crate::model::normal::key(&set)
}

fn bare_lets(lets: Vec<Let>) -> String {
    bare(|set| {
        let check = Check {
            id: "".into(),
            name: "".into(),
            title: None,
            legal: Legal::default(),
            scope: CheckScope::Household,
            level: CheckLevel::Note,
            applies: None,
            lets,
            require: Expr { ty: Ty::bool(), node: Node::AsOf },
            responsibility: Responsibility::default(),
            origin: Origin::default(),
        };
        set.checks.push(check);
        *set = crate::model::normal::normal(set);
    })
}
