//! Tests of the tests: each number, bound, row and grade of a package is changed by one step, and the
//! cases of the package have to notice.
//!
//! A mutant is a change of the model, never of text. It is run with the cases that can tell: those in
//! which the column was asked about the one number that a moved bound answers otherwise, in which the
//! changed row held, in which the determination hit. A mutant that no case can tell survives without
//! being run; one that can make no difference is weeded out where the table itself shows it, and where
//! that is proved over all households.

mod certain;
mod judge;
mod spot;
mod suggest;
mod walk;

use heng_dsl::diag::Lang;
use heng_dsl::model::Id;
use heng_dsl::value::Date;
use rayon::ThreadPoolBuilder;
use rayon::prelude::*;
use serde::Serialize;

use self::certain::Certain;
use self::judge::{Base, Verdict};
use self::spot::{Change, Reach, Where};
use crate::explain::Said;
use crate::program::Program;
use crate::run::STACK_BYTES;

/// What is asked.
#[derive(Clone, Copy)]
pub struct Options<'o> {
    /// How many mutants, drawn from all; absent for all.
    pub sample: Option<usize>,
    /// Which draw.
    pub seed: u64,
    /// The spelling of the cases that are proposed.
    pub lang: Lang,
    /// Is told how many mutants there are, and after each that it was judged.
    pub progress: &'o (dyn Fn(Progress) + Sync),
}

/// How far the judging is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress {
    /// So many mutants are judged.
    Mutants(usize),
    /// One was.
    Judged,
}

/// What the cases of a package are worth as tests.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Mutation {
    /// The package.
    pub package: Id,
    /// Cases that judged.
    pub cases: usize,
    /// Cases that fail on the rules as they are, and judged nothing.
    pub failing: usize,
    /// All mutants that the package has.
    pub all: usize,
    /// Those of them that make no difference for certain.
    pub equivalent: usize,
    /// Those that were judged: all others, or the sample of them.
    pub judged: usize,
    /// Mutants that a case noticed.
    pub killed: usize,
    /// Mutants that none did, in the order of the rules, and that may make a difference.
    pub survivors: Vec<Survivor>,
    /// Mutants that none did because they make no difference to any household on any of the dates: proved.
    pub proved: Vec<Proved>,
    /// The as-of dates of the cases, on which it was proved.
    pub dates: Vec<Date>,
}

/// A mutant that makes no difference.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Proved {
    /// What it belongs to, by name.
    pub decl: Id,
    /// The row, the condition … as written; empty where the rule has no text of its own.
    pub text: String,
    /// File and line; absent for a stored model.
    pub place: Option<String>,
    /// What was changed: 95 分 → 96 分.
    pub change: Said,
}

/// A mutant that no case noticed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Survivor {
    /// What it belongs to, by name.
    pub decl: Id,
    /// The row, the condition … as written; empty where the rule has no text of its own.
    pub text: String,
    /// File and line; absent for a stored model.
    pub place: Option<String>,
    /// What was changed: 95 分 → 96 分.
    pub change: Said,
    /// Did a case get as far as the changed place?
    pub reached: bool,
    /// A case that would notice, ready to be put into the rules: it passes on the rules as they are and
    /// fails on the mutant. Absent where none was found by changing the cases that there are.
    pub case: Option<String>,
}

/// A change of a package.
#[derive(Debug, Clone)]
struct Mutant {
    /// The number of the place among all places of the package.
    spot: usize,
    change: Change,
    at: Where,
    words: Said,
    reach: Reach,
    /// The number that stands there, where it is one.
    number: Option<heng_dsl::value::Decimal>,
}

/// Judges the cases of a package, by its number.
pub fn mutate(program: &Program, package: usize, options: &Options<'_>) -> Option<Mutation> {
    // A machine without threads to give judges on the thread that asks.
    match ThreadPoolBuilder::new().stack_size(STACK_BYTES).build() {
        Ok(pool) => pool.install(|| on_this_pool(program, package, options)),
        Err(_) => on_this_pool(program, package, options),
    }
}

fn on_this_pool(program: &Program, package: usize, options: &Options<'_>) -> Option<Mutation> {
    let set = program.linked().packages.get(package)?;
    let judge = judge::Judge::new(program, package);
    let (bases, failing) = judge.bases(&set.cases);
    let all = judge.mutants();
    let count = all.len();
    let (equivalent, all): (Vec<Mutant>, Vec<Mutant>) =
        all.into_par_iter().partition(|it| judge.is_equivalent(it));
    let mutants = drawn(all, options);
    (options.progress)(Progress::Mutants(mutants.len()));
    let certain = Certain::new(&judge, &bases);
    let judged: Vec<Judged> = mutants
        .par_iter()
        .map(|mutant| {
            let judged = match judge.verdict(mutant, &bases) {
                Verdict::Killed => Judged::Killed,
                Verdict::Survived { .. } if certain.makes_no_difference(mutant) => {
                    Judged::Proved(proved(mutant))
                }
                Verdict::Survived { reached } => Judged::Survived(Box::new(survivor(
                    &judge,
                    mutant,
                    (&bases, reached),
                    options.lang,
                ))),
            };
            (options.progress)(Progress::Judged);
            judged
        })
        .collect();
    let (count_judged, mut killed) = (judged.len(), 0);
    let (mut survivors, mut proved) = (Vec::new(), Vec::new());
    for it in judged {
        match it {
            Judged::Killed => killed += 1,
            Judged::Proved(it) => proved.push(it),
            Judged::Survived(it) => survivors.push(*it),
        }
    }
    Some(Mutation {
        package: set.id.clone(),
        cases: bases.len(),
        failing,
        all: count,
        equivalent: equivalent.len(),
        judged: count_judged,
        killed,
        survivors,
        proved,
        dates: certain.dates,
    })
}

/// What became of a mutant.
enum Judged {
    Killed,
    Proved(Proved),
    Survived(Box<Survivor>),
}

fn proved(mutant: &Mutant) -> Proved {
    Proved {
        decl: mutant.at.name.clone(),
        text: mutant.at.text.clone(),
        place: mutant.at.origin.place.as_ref().map(ToString::to_string),
        change: mutant.words.clone(),
    }
}

fn survivor(
    judge: &judge::Judge<'_>,
    mutant: &Mutant,
    (bases, reached): (&[Base<'_>], bool),
    lang: Lang,
) -> Survivor {
    Survivor {
        decl: mutant.at.name.clone(),
        text: mutant.at.text.clone(),
        place: mutant.at.origin.place.as_ref().map(ToString::to_string),
        change: mutant.words.clone(),
        reached,
        case: suggest::case(judge, mutant, bases, lang),
    }
}

/// The sample, in the order of the rules.
fn drawn(mutants: Vec<Mutant>, options: &Options<'_>) -> Vec<Mutant> {
    let Some(count) = options.sample.filter(|it| *it < mutants.len()) else { return mutants };
    let mut numbered: Vec<(u64, usize)> =
        (0..mutants.len()).map(|at| (mixed(options.seed, at), at)).collect();
    numbered.sort_unstable();
    let mut wanted: Vec<usize> = numbered.into_iter().take(count).map(|it| it.1).collect();
    wanted.sort_unstable();
    let chosen = mutants.into_iter().enumerate();
    chosen.filter(|it| wanted.binary_search(&it.0).is_ok()).map(|it| it.1).collect()
}

/// A number that looks random and is the same everywhere (`SplitMix64`).
fn mixed(seed: u64, at: usize) -> u64 {
    let at = u64::try_from(at).unwrap_or_default();
    let mut it = seed.wrapping_add(at.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15));
    it = (it ^ (it >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    it = (it ^ (it >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    it ^ (it >> 31)
}
