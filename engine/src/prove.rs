//! Proof or witness: what two versions of a rule set can make of the same household, over all households
//! that there could be.
//!
//! From above, an exact dynamic programme over cells finds every pair of grades that could come out; it
//! takes parts of a score to be independent, so it may find too many, never too few. From below,
//! households are put together and evaluated by the reference evaluator in both versions. A pair that
//! is not among the first is impossible, a pair with a household is possible, and what lies between is
//! said to be open. Nothing is claimed on the word of a search.
//!
//! What counts as a household: every field that is not 可缺 is there, values are of their types, nothing
//! is negative that is not 可负. Calculations that leave 38 digits are left aside.

mod classes;
mod condition;
mod decides;
mod dist;
mod eval;
mod facts;
mod keys;
mod known;
mod leaf;
mod menu;
mod number;
mod pool;
mod promise;
mod prover;
mod random;
mod records;
mod report;
mod same;
mod search;
mod side;
mod sums;
mod trend;
mod witness;
mod words;

use std::collections::BTreeSet;

use heng_dsl::model::linked::Linked;
use heng_dsl::model::normal::normal;
use heng_dsl::model::{DeclKind, Field, Id, TyKind};
use heng_dsl::value::Date;
use rayon::ThreadPoolBuilder;

pub use self::promise::{Broken, Held, Promise, promises};
use self::prover::Prover;
pub use self::report::{
    Free, GaveUp, Incomparable, Outcome, Proof, Reason, Tier, Transition, Verdict, Witness,
    WitnessRecord, WitnessValue,
};
pub(crate) use self::same::{Worth, is_same};
use self::search::Search;
use crate::explain::Named;
use crate::program::Program;
use crate::run::STACK_BYTES;

/// What a proof may cost; counted before memory is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Budget {
    /// Combinations of cells of one rule.
    pub cells: usize,
    /// Pairs of values of one rule.
    pub values: usize,
    /// Words of bits joined while one part of a score is added.
    pub words: usize,
    /// Fields, tables, columns and rules that are looked at together, so that what they have in common
    /// is seen; where there are more, each rule is looked at by itself.
    pub together: usize,
    /// Households that are evaluated in both versions, in the search for examples.
    pub households: usize,
}

impl Default for Budget {
    fn default() -> Self {
        Self { cells: 20_000, values: 400_000, words: 40_000_000, together: 60, households: 30_000 }
    }
}

/// What two versions make of the same household, over all households: the grade with that package and
/// name, as of a date.
///
/// # Errors
///
/// The two have nothing in common that could be compared.
pub fn compare(
    old: &Program,
    new: &Program,
    grade: (&str, &str),
    as_of: Date,
    budget: Budget,
) -> Result<Proof, Incomparable> {
    let slots = [slot(old, grade)?, slot(new, grade)?];
    let members = comparable(old, new, slots)?;
    let work = || {
        let found = proved(old, new, slots, as_of, budget);
        report([old, new], slots, (as_of, members.clone()), found)
    };
    // A machine without threads to give works on the thread that asks.
    Ok(match ThreadPoolBuilder::new().stack_size(STACK_BYTES).num_threads(1).build() {
        Ok(pool) => pool.install(work),
        Err(_) => work(),
    })
}

/// The slot of a grade.
fn slot(program: &Program, (package, name): (&str, &str)) -> Result<usize, Incomparable> {
    let slot = program.linked().find_decl(package, name);
    let is_grade = |it: &usize| {
        let kind = &program.linked().decl(*it).kind;
        matches!(kind, DeclKind::Classify { .. } | DeclKind::Overlay { .. })
    };
    slot.filter(is_grade).ok_or_else(|| Incomparable::NoGrade(Id::from(name)))
}

/// The members of the grade, if the two versions speak of the same grade and the same data.
fn comparable(old: &Program, new: &Program, slots: [usize; 2]) -> Result<Vec<Id>, Incomparable> {
    let members = |program: &Program, slot: usize| -> Vec<Id> {
        match &program.linked().decl(slot).kind {
            DeclKind::Classify { grade } | DeclKind::Overlay { grade } => {
                names(program.linked(), grade.slot.index())
            }
            _ => Vec::new(),
        }
    };
    let own = members(old, slots[0]);
    if own != members(new, slots[1]) {
        return Err(Incomparable::Members);
    }
    let (old, new) = (old.linked(), new.linked());
    let same = |a: &Field, b: &Field| {
        let of = |linked: &Linked, field: &Field| match &field.ty.kind {
            TyKind::Member(it) => names(linked, it.slot.index()),
            _ => Vec::new(),
        };
        a.ty == b.ty && of(old, a) == of(new, b)
    };
    let mut pairs: Vec<(&Field, &Field)> = Vec::new();
    for field in old.fields() {
        pairs.extend(new.fields().find(|it| it.id == field.id).map(|it| (field, it)));
    }
    for table in old.tables() {
        let Some(other) = new.tables().find(|it| it.id == table.id) else { continue };
        for field in &table.fields {
            let twin = other.fields.iter().find(|it| it.id == field.id);
            pairs.extend(twin.map(|it| (field, it)));
        }
    }
    match pairs.into_iter().find(|(a, b)| !same(a, b)) {
        Some((field, _)) => Err(Incomparable::Field(field.name.clone())),
        None => Ok(own),
    }
}

fn names(linked: &Linked, slot: usize) -> Vec<Id> {
    linked.enumeration(slot).members.iter().map(|it| it.name.clone()).collect()
}

/// The program of the normal forms; nothing where they do not link, as of two versions of a package.
fn normalised(program: &Program) -> Option<Program> {
    let linked = program.linked();
    let packages = linked.packages.iter().map(normal).collect();
    Program::new(Linked::link(packages, linked.links.clone()).ok()?).ok()
}

/// Everything that could come out, as far as it is bounded.
struct Bound {
    pairs: Result<BTreeSet<(Outcome, Outcome)>, Reason>,
    /// The rule that has no bound.
    blame: Option<Id>,
    same: bool,
    cells: usize,
}

/// Bounds what could come out from above, then looks for households.
fn proved<'p>(
    old: &'p Program,
    new: &'p Program,
    slots: [usize; 2],
    as_of: Date,
    budget: Budget,
) -> (Bound, Search<'p>) {
    let bound = bound([old, new], slots, as_of, budget);
    let wanted = match &bound.pairs {
        Ok(pairs) => pairs.iter().copied().filter(|it| it.0 != it.1).collect(),
        Err(_) => every(members_of(old, slots[0])),
    };
    let is_equal = bound.same || matches!(&bound.pairs, Ok(it) if it.iter().all(|it| it.0 == it.1));
    let mut search = Search::new([old, new], slots, as_of, (wanted, budget.households));
    if !is_equal {
        search.run();
    }
    (bound, search)
}

fn members_of(program: &Program, slot: usize) -> u16 {
    let members = match &program.linked().decl(slot).kind {
        DeclKind::Classify { grade } | DeclKind::Overlay { grade } => {
            program.linked().enumeration(grade.slot.index()).members.len()
        }
        _ => 0,
    };
    u16::try_from(members).unwrap_or(u16::MAX)
}

/// Every change from one member to another.
fn every(members: u16) -> BTreeSet<(Outcome, Outcome)> {
    let all = || (0..members).map(Outcome::Grade);
    all().flat_map(|a| all().map(move |b| (a, b))).filter(|it| it.0 != it.1).collect()
}

fn bound(programs: [&Program; 2], slots: [usize; 2], as_of: Date, budget: Budget) -> Bound {
    let normal = programs.map(normalised);
    let found = |side: usize| {
        let linked = programs[side].linked();
        let package = linked.packages.get(linked.package_of(slots[side]))?;
        let slot =
            normal[side].as_ref()?.linked().find_decl(&package.id, &linked.decl(slots[side]).id);
        Some((normal[side].as_ref()?, slot?))
    };
    // As they stand where the normal forms do not link: then only less is seen to be the same.
    let sides = match (found(0), found(1)) {
        (Some(old), Some(new)) => [old, new],
        _ => [(programs[0], slots[0]), (programs[1], slots[1])],
    };
    let mut prover = Prover::new(sides[0].0, sides[1].0, as_of, budget);
    let pair = [Some(sides[0].1), Some(sides[1].1)];
    if prover.is_unchanged(pair) {
        return Bound { pairs: Ok(BTreeSet::new()), blame: None, same: true, cells: 0 };
    }
    let mut spent = 0;
    let mut found: Vec<BTreeSet<(Outcome, Outcome)>> = Vec::new();
    if sides.iter().all(|(program, slot)| program.upstream(*slot).len() <= budget.together) {
        for classes in [true, false] {
            let mut joint = Prover::new(sides[0].0, sides[1].0, as_of, budget);
            found.extend(joint.all_at_once(pair, classes).ok());
            spent += joint.spent;
        }
    }
    let apart: Result<BTreeSet<(Outcome, Outcome)>, _> = prover
        .dist(pair, false)
        .map(|it| it.pairs.iter().map(|it| (Outcome::of(&it.0), Outcome::of(&it.1))).collect());
    // Each of them holds every pair that is possible, so that their common part does.
    let pairs = found.into_iter().fold(apart, |all, it| match all {
        Ok(all) => Ok(all.intersection(&it).copied().collect()),
        Err(_) => Ok(it),
    });
    Bound { pairs, blame: prover.blame.clone(), same: false, cells: spent + prover.spent }
}

/// What is told of each change from one result to another.
struct Told {
    impossible: Vec<(Outcome, Outcome)>,
    open: Vec<(Outcome, Outcome)>,
    gave_up: Option<GaveUp>,
}

fn report(
    [old, new]: [&Program; 2],
    slots: [usize; 2],
    (as_of, members): (Date, Vec<Id>),
    (bound, mut search): (Bound, Search<'_>),
) -> Proof {
    let households = search.replay.done;
    let found: Vec<_> = std::mem::take(&mut search.found).into_iter().collect();
    let changes = found.into_iter().filter(|it| it.0.0 != it.0.1);
    let possible: Vec<Transition> = changes
        .filter_map(|((from, to), facts)| {
            let witness = witness::witness(&mut search.replay, slots, &facts, (from, to))?;
            Some(Transition { from, to, witness })
        })
        .collect();
    let (same, cells) = (bound.same, bound.cells);
    let Told { impossible, open, gave_up } = told(bound, &possible, members.len());
    let verdict = match (open.is_empty() && gave_up.is_none(), possible.is_empty()) {
        (true, true) => Verdict::Equal,
        (true, false) => Verdict::Transitions,
        (false, _) => Verdict::NotDecided,
    };
    let tier = match (&gave_up, same) {
        (Some(_), _) => Tier::Search,
        (None, true) => Tier::SameMeaning,
        (None, false) => Tier::DynamicProgramme,
    };
    Proof {
        grade: named(old.linked(), slots[0]),
        members,
        as_of,
        verdict,
        tier,
        possible,
        impossible,
        open,
        gave_up,
        free: witness::free([old, new], slots),
        registered: Vec::new(),
        cells,
        households,
    }
}

fn told(bound: Bound, possible: &[Transition], members: usize) -> Told {
    let shown = |it: &(Outcome, Outcome)| possible.iter().any(|seen| (seen.from, seen.to) == *it);
    let all = every(u16::try_from(members).unwrap_or(u16::MAX));
    let nothing = |all: BTreeSet<(Outcome, Outcome)>, rule, reason| Told {
        impossible: Vec::new(),
        open: all.into_iter().filter(|it| !shown(it)).collect(),
        gave_up: Some(GaveUp { rule, reason }),
    };
    match bound.pairs {
        // The search looks everywhere, so that each of its households tests the proof.
        Ok(pairs) if possible.iter().any(|it| !pairs.contains(&(it.from, it.to))) => {
            nothing(all, None, Reason::Contradicted)
        }
        Ok(pairs) => Told {
            impossible: all.iter().filter(|it| !pairs.contains(it)).copied().collect(),
            open: pairs.into_iter().filter(|it| it.0 != it.1 && !shown(it)).collect(),
            gave_up: None,
        },
        Err(reason) => nothing(all, bound.blame, reason),
    }
}

fn named(linked: &Linked, slot: usize) -> Named {
    let decl = linked.decl(slot);
    Named {
        package: linked.name_of(linked.package_of(slot)),
        id: decl.id.clone(),
        name: decl.name.clone(),
        title: decl.title.clone(),
    }
}
