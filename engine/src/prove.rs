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

mod about;
mod added;
mod bits;
mod cause;
mod classes;
mod condition;
mod conditions;
mod decides;
mod dist;
mod eval;
mod facts;
mod given;
mod keys;
mod known;
mod leaf;
mod linear;
mod menu;
mod number;
mod pool;
mod promise;
mod prover;
mod random;
mod records;
mod report;
mod same;
mod scores;
mod search;
mod shape;
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

use self::about::About;
pub use self::linear::{Means, Question, means};
pub use self::promise::{Broken, Held, Promise, promises};
use self::prover::Prover;
pub use self::report::{
    Free, GaveUp, Incomparable, Outcome, Proof, Reason, Subject, Tier, Transition, Verdict,
    Witness, WitnessRecord, WitnessValue,
};
pub(crate) use self::same::{Worth, is_same};
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
    /// Combinations of scores that one value is made of which are told one by one; where there are more, the
    /// scores are added up, and what the value has in common with others is not seen.
    pub combinations: usize,
    /// Households that are evaluated in both versions, in the search for examples.
    pub households: usize,
}

impl Default for Budget {
    fn default() -> Self {
        Self {
            cells: 20_000,
            values: 400_000,
            words: 400_000_000,
            together: 60,
            combinations: 2_000,
            households: 30_000,
        }
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
    let about = about(old, new, grade, as_of, budget)?;
    Ok(on_a_thread(|| {
        let forms = Forms::of([old, new]);
        about.proof(&forms, &mut forms.prover(as_of, budget))
    }))
}

/// The same of several grades, in the order in which they are named: what they have in common is worked out
/// once. `done` is told after each.
pub fn compare_all(
    [old, new]: [&Program; 2],
    grades: &[(&str, &str)],
    as_of: Date,
    budget: Budget,
    done: &(dyn Fn() + Sync),
) -> Vec<Result<Proof, Incomparable>> {
    on_a_thread(|| {
        let forms = Forms::of([old, new]);
        let mut prover = forms.prover(as_of, budget);
        let mut seeds = Vec::new();
        let mut all: Vec<(usize, Result<About<'_>, Incomparable>)> =
            grades.iter().map(|it| about(old, new, *it, as_of, budget)).enumerate().collect();
        // Households that move one grade may move those that are made of it.
        all.sort_by_key(|it| it.1.as_ref().map_or(0, |it| old.upstream(it.slots[0]).len()));
        let mut proofs: Vec<(usize, Result<Proof, Incomparable>)> = Vec::new();
        for (at, about) in all {
            proofs.push((at, about.map(|it| it.proof_from(&forms, &mut prover, &mut seeds))));
            done();
        }
        proofs.sort_by_key(|it| it.0);
        proofs.into_iter().map(|it| it.1).collect()
    })
}

/// The question about a grade.
fn about<'p>(
    old: &'p Program,
    new: &'p Program,
    grade: (&str, &str),
    as_of: Date,
    budget: Budget,
) -> Result<About<'p>, Incomparable> {
    let slots = [slot(old, grade)?, slot(new, grade)?];
    let members = members(old, slots[0]);
    if members != self::members(new, slots[1]) {
        return Err(Incomparable::Members);
    }
    same_data(old.linked(), new.linked())?;
    Ok(About {
        subject: Subject::Grade,
        programs: [old, new],
        slots,
        decide: [None; 2],
        members,
        as_of,
        budget,
    })
}

/// For whom each tag, alert, list and direct determination that both versions have holds in one of them
/// and not in the other, or which label a tag has. One that means the same in both is said to be
/// [`Tier::SameMeaning`].
///
/// # Errors
///
/// The data of the two are not the same.
pub fn conditions(
    old: &Program,
    new: &Program,
    as_of: Date,
    budget: Budget,
) -> Result<Vec<Proof>, Incomparable> {
    same_data(old.linked(), new.linked())?;
    let all = conditions::of([old, new], as_of, budget);
    let open = conditions::without_places(old).zip(conditions::without_places(new));
    Ok(on_a_thread(|| {
        let forms = Forms::of([old, new]);
        let mut prover = forms.prover(as_of, budget);
        let others = open.as_ref().map(|it| Forms::of([&it.0, &it.1]));
        let mut others = others.as_ref().map(|it| (it, it.prover(as_of, budget)));
        let mut one = |it: &About<'_>| match &mut others {
            Some((others, other)) if it.has_places() && !it.is_unchanged(&forms, &mut prover) => {
                it.without_places(others).proof_of_admission(others, other)
            }
            _ => it.proof(&forms, &mut prover),
        };
        all.iter().map(&mut one).collect()
    }))
}

/// Works where there is room for deep rules. A machine without threads to give works on the thread that
/// asks.
fn on_a_thread<T: Send>(work: impl FnOnce() -> T + Send) -> T {
    match ThreadPoolBuilder::new().stack_size(STACK_BYTES).num_threads(1).build() {
        Ok(pool) => pool.install(work),
        Err(_) => work(),
    }
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

/// The members of a grade.
fn members(program: &Program, slot: usize) -> Vec<Id> {
    match &program.linked().decl(slot).kind {
        DeclKind::Classify { grade } | DeclKind::Overlay { grade } => {
            names(program.linked(), grade.slot.index())
        }
        _ => Vec::new(),
    }
}

/// Whether the two versions speak of the same data.
fn same_data(old: &Linked, new: &Linked) -> Result<(), Incomparable> {
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
        None => Ok(()),
    }
}

fn names(linked: &Linked, slot: usize) -> Vec<Id> {
    linked.enumeration(slot).members.iter().map(|it| it.name.clone()).collect()
}

/// The program of the normal forms; nothing where they do not link, as of two versions of a package.
pub(crate) fn normalised(program: &Program) -> Option<Program> {
    let linked = program.linked();
    let packages = linked.packages.iter().map(normal).collect();
    Program::new(Linked::link(packages, linked.links.clone()).ok()?).ok()
}

/// Both versions as a proof looks at them.
struct Forms<'p> {
    programs: [&'p Program; 2],
    /// The normal forms; nothing where they do not link, as of two versions of a package. Then the versions
    /// are looked at as they stand, and only less is seen to be the same.
    normal: Option<[Program; 2]>,
}

impl<'p> Forms<'p> {
    fn of(programs: [&'p Program; 2]) -> Self {
        let normal = normalised(programs[0]).zip(normalised(programs[1]));
        Self { programs, normal: normal.map(|(old, new)| [old, new]) }
    }

    fn program(&self, side: usize) -> &Program {
        self.normal.as_ref().map_or(self.programs[side], |it| &it[side])
    }

    fn prover(&self, as_of: Date, budget: Budget) -> Prover<'_> {
        Prover::new(self.program(0), self.program(1), as_of, budget)
    }
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
