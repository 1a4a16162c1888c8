//! The changes that make one version of the rules another, and which of them can matter to a household.
//!
//! A change is seen by everything else only through the declarations that it alters: its front. Where a front
//! has the same values with and without the change, and no other change reaches what the front is worked out
//! from, the change does nothing for that household whatever else is done, and takes no part in its game. That
//! is exact, and leaves few changes even where there are many. A change that reaches a function of the
//! register, or needs another change, is taken to matter to everybody.

use std::collections::{BTreeMap, BTreeSet};

use heng_dsl::model::linked::Linked;
use heng_dsl::model::walk::{self, RefKind, Visitor};
use heng_dsl::model::{Column, DeclKind, Expr, Node, Ref};

use super::ImpactError;
use super::game::{MOST_CHANGES, Mask, Needs, only};
use super::readings::Readings;
use crate::effect::{Both, Carried, NOTHING};
use crate::eval::Evaluator;
use crate::explain::Said;
use crate::graph::Thing;
use crate::outcome::Outcome;
use crate::program::Program;
use crate::reach::{self, Key, Name, Web, touched};

/// The changes that make one version of the rules another.
pub trait Changes: Sync {
    /// How many there are.
    fn len(&self) -> usize;

    /// Is there none?
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// What a change is, in a few words: `投诉件数 第 2 行 3 → 2`.
    fn label(&self, change: usize) -> Said;

    /// The changes without which it cannot be made.
    fn needs(&self, change: usize) -> Vec<usize>;

    /// What it belongs to (an indicator, a classification): where there are too many changes, those of one
    /// group are divided among each other only after the groups were.
    fn group(&self, change: usize) -> String;

    /// The rules with those changes that are `true`, and without the others.
    ///
    /// # Errors
    ///
    /// Why these cannot be made together.
    fn with(&self, made: &[bool]) -> Result<Linked, Said>;
}

/// The program with some of the changes.
pub(super) fn program(
    changes: &dyn Changes,
    mask: Mask,
    programs: [&Program; 2],
) -> Result<Program, ImpactError> {
    let made: Vec<bool> = (0..changes.len()).map(|it| mask & only(it) != 0).collect();
    let linked = changes.with(&made).map_err(ImpactError::Change)?;
    let shown = |program: &Program| -> BTreeSet<_> {
        program.shown().iter().map(|it| program.linked().name_of(*it)).collect()
    };
    let [old, new] = programs.map(shown);
    let packages = 0..linked.packages.len();
    let roots: Vec<usize> = packages
        .filter(|it| old.contains(&linked.name_of(*it)) || new.contains(&linked.name_of(*it)))
        .collect();
    Program::for_roots(linked, &roots).map_err(|all| {
        let said = all.first().map(|it| {
            Said::both(it.words(heng_dsl::diag::Lang::Zh), it.words(heng_dsl::diag::Lang::En))
        });
        ImpactError::Change(said.unwrap_or_default())
    })
}

/// All changes, made ready.
pub(super) struct Field {
    pub(super) needs: Needs,
    /// What each change alters; absent where it may matter to everybody.
    fronts: Vec<Option<Front>>,
}

/// What a change alters, as the rest of the rules sees it.
struct Front {
    keys: BTreeSet<Key>,
    program: Program,
}

impl Field {
    /// Prepares the changes between two programs.
    pub(super) fn of(changes: &dyn Changes, programs: [&Program; 2]) -> Result<Self, ImpactError> {
        let count = changes.len();
        if count > MOST_CHANGES {
            return Err(ImpactError::TooMany(count));
        }
        let direct: Vec<Vec<usize>> = (0..count).map(|it| changes.needs(it)).collect();
        let needs = Needs::of(&direct);
        let [before, after] = programs;
        let all = (0..count).fold(0, |mask, it| mask | only(it));
        let whole = program(changes, all, programs)?;
        if touched(whole.linked(), after.linked()) != Some(BTreeSet::new()) {
            return Err(ImpactError::NotAll);
        }
        let mut web = Web::of(before);
        web.join(&Web::of(after));
        let mut alone = Vec::new();
        for change in 0..count {
            let made = program(changes, needs.closure(only(change)), programs)?;
            web.join(&Web::of(&made));
            alone.push(made);
        }
        // Of a change that needs others: what it touches together with them.
        let seeds: Vec<Option<BTreeSet<Name>>> =
            alone.iter().map(|it| touched(before.linked(), it.linked())).collect();
        let cones: Vec<Option<BTreeSet<Name>>> =
            seeds.iter().map(|it| it.as_ref().map(|it| web.downstream(it))).collect();
        let transparent =
            transparent(&[&[before, after], &alone.iter().collect::<Vec<_>>()[..]].concat());
        let kinds = kinds(&[&[before, after], &alone.iter().collect::<Vec<_>>()[..]].concat());
        let populous =
            populous(&[&[before, after], &alone.iter().collect::<Vec<_>>()[..]].concat());
        let front_of = |(change, program): (usize, Program)| {
            let (seeds, cone) = (seeds.get(change)?.as_ref()?, cones.get(change)?.as_ref()?);
            if needs.by(change) != 0 || !cone.is_disjoint(&populous) {
                return None;
            }
            let (keys, passed) = front(&web, seeds, &transparent, &kinds);
            let mut read: BTreeSet<Name> = keys.iter().cloned().map(Name::Decl).collect();
            read.extend(passed);
            let read = web.upstream(&read);
            let others = cones.iter().enumerate().filter(|it| it.0 != change);
            let apart =
                others.map(|it| it.1).all(|it| it.as_ref().is_some_and(|it| it.is_disjoint(&read)));
            apart.then_some(Front { keys, program })
        };
        let fronts = alone.into_iter().enumerate().map(front_of).collect();
        Ok(Self { needs, fronts })
    }

    /// How a front is compared, change by change.
    pub(super) fn watches<'f>(
        &'f self,
        both: &'f Both<'f>,
        readings: &'f Readings<'f>,
    ) -> Vec<Option<Watch<'f>>> {
        let watch = |front: &'f Option<Front>| {
            let front = front.as_ref()?;
            let slots = reach::slots(front.program.linked());
            let old = reach::slots(both.programs[0].linked());
            let pairs: Vec<(Option<usize>, Option<usize>)> = front
                .keys
                .iter()
                .map(|it| (old.get(it).copied(), slots.get(it).copied()))
                .collect();
            let wanted = pairs.iter().filter_map(|it| it.1).map(Thing::Decl).collect();
            let order = front.program.needed(&wanted);
            let carried = Carried::of(readings.known(), &front.program, &order);
            // No function of the register is reached by a change with a front.
            let population = carried.population(&both.few.populations[0])?;
            let evaluator = Evaluator::new(&front.program, both.as_of);
            let register = readings.read_by(&front.program);
            Some(Watch { pairs, carried, population, evaluator, register })
        };
        self.fronts.iter().map(watch).collect()
    }
}

/// A change on the watch for a difference.
pub(super) struct Watch<'w> {
    /// The slots of its front before and with the change.
    pairs: Vec<(Option<usize>, Option<usize>)>,
    carried: Carried,
    population: crate::population::PopulationValues,
    evaluator: Evaluator<'w>,
    register: std::borrow::Cow<'w, crate::data::Register>,
}

impl Watch<'_> {
    /// Does the change alter anything for a household, by its place among those that move and its outcome before?
    pub(super) fn differs(&self, place: usize, before: &Outcome) -> bool {
        let Some(household) = self.register.households.get(place) else { return true };
        let found =
            self.carried.outcome(&self.evaluator, (household, place), &self.population, before);
        self.pairs.iter().any(|(old, new)| {
            let worth = |outcome: &Outcome, slot: &Option<usize>| {
                slot.and_then(|it| outcome.values.get(it)).unwrap_or(&NOTHING).clone()
            };
            worth(before, old) != worth(&found, new)
        })
    }
}

/// The first declarations with a value of their own downstream of what is touched; and what is passed on the
/// way to them.
fn front(
    web: &Web,
    seeds: &BTreeSet<Name>,
    transparent: &BTreeSet<Key>,
    kinds: &BTreeMap<Key, DeclKind>,
) -> (BTreeSet<Key>, BTreeSet<Name>) {
    let (mut keys, mut passed) = (BTreeSet::new(), BTreeSet::new());
    let mut waiting: Vec<Name> = seeds.iter().cloned().collect();
    while let Some(at) = waiting.pop() {
        if !passed.insert(at.clone()) {
            continue;
        }
        let through = match &at {
            Name::Decl(key) => {
                let valued = kinds.get(key).is_some_and(has_value);
                if valued {
                    keys.insert(key.clone());
                }
                !valued || transparent.contains(key)
            }
            Name::Field(_)
            | Name::Table(_)
            | Name::Column(..)
            | Name::Codes(_)
            | Name::Decide(_)
            | Name::Check(_)
            | Name::Scope(_) => true,
        };
        if through {
            waiting.extend(web.readers(&at).cloned());
        }
    }
    (keys, passed)
}

/// Is such a declaration seen by others through its value, and nothing else?
fn has_value(kind: &DeclKind) -> bool {
    !matches!(kind, DeclKind::RecordValue { .. } | DeclKind::RecordSet)
}

fn kinds(programs: &[&Program]) -> BTreeMap<Key, DeclKind> {
    let mut all = BTreeMap::new();
    for program in programs {
        let linked = program.linked();
        for (slot, decl) in linked.decls().enumerate() {
            all.insert(reach::key(linked, slot), decl.kind.clone());
        }
    }
    all
}

/// What a function of the register stands in, or needs of each household.
fn populous(programs: &[&Program]) -> BTreeSet<Name> {
    let mut all = BTreeSet::new();
    for program in programs {
        let names = reach::names(program.linked());
        for (_, site) in program.sites() {
            let needs = site.needs.iter().map(|it| Thing::Decl(*it));
            let things = needs.chain([site.owner.thing()]);
            all.extend(things.filter_map(|it| names.get(&it).cloned()));
        }
    }
    all
}

/// Declarations that are also asked what they would be worth on another date: their rules are seen, not
/// only their value.
fn transparent(programs: &[&Program]) -> BTreeSet<Key> {
    struct Dated<'l> {
        linked: &'l Linked,
        found: BTreeSet<Key>,
    }
    impl Visitor for Dated<'_> {
        fn reference(&mut self, _: RefKind, _: &Ref, _: bool) {}
        fn column(&mut self, _: walk::ColumnKind, _: &Column) {}
        fn expr(&mut self, expr: &Expr) {
            if let Node::AtDate { decl, .. } = &expr.node {
                self.found.insert(reach::key(self.linked, decl.slot.index()));
            }
        }
    }
    let mut all = BTreeSet::new();
    for program in programs {
        let mut dated = Dated { linked: program.linked(), found: BTreeSet::new() };
        program.linked().packages.iter().for_each(|it| walk::rule_set(it, &mut dated));
        all.append(&mut dated.found);
    }
    all
}
