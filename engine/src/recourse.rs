//! What a household can do itself to improve a grade: algorithmic recourse over the actions that the
//! rules declare (行动), and over nothing else.
//!
//! Sets of up to [`MOST_ACTIONS`] actions are tried, the smaller ones first, and each is checked by
//! evaluating the household as it would then be, on the first day on which all of it can be done. The
//! household is as it is known on the as-of date, and values of the register stay as they are. What
//! the passage of time alone does is told apart: a set counts only if it does better than any part of
//! it, doing nothing among them, would on the same day.

mod edit;
mod open;
mod search;

use heng_dsl::model::CalendarUnit;
use heng_dsl::value::{Date, Value};

use crate::data::Household;
use crate::eval::Evaluator;
use crate::eval::action::Edits;
use crate::population::PopulationValues;
use crate::program::Program;

/// The most actions that are tried together.
pub const MOST_ACTIONS: usize = 3;

/// The most sets of actions that are tried for one household, unless said otherwise.
pub const MOST_TRIED: usize = 4000;

/// What a household can do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recourse {
    /// The household as it is known on the as-of date; records are numbers in it.
    pub known: Household,
    /// Every action that is open within [`crate::outlook::HORIZON_MONTHS`], for each record or period
    /// that it is open for.
    pub open: Vec<Open>,
    /// What can be done about each grade that is there and not the best, in the order of the
    /// declarations.
    pub advice: Vec<Advice>,
    /// How many sets of actions were tried.
    pub tried: usize,
}

/// An action that is open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Open {
    /// The number of the package that declares it.
    pub package: usize,
    /// Its number among the actions of that package.
    pub action: usize,
    /// What it is done about.
    pub about: About,
    /// The first day on which it can be done, not before the as-of date.
    pub date: Date,
    /// What it changes.
    pub(crate) edits: Edits,
}

/// What an action is done about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum About {
    /// The household itself.
    Household,
    /// A record, as table and number.
    Record(usize, usize),
    /// A year, a quarter or a month, with its first and last day.
    Period(CalendarUnit, Date, Date),
}

/// What can be done about one grade.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Advice {
    /// The slot of the 分类 or 叠加.
    pub slot: usize,
    /// What it is worth on the as-of date.
    pub now: Value,
    /// Numbers of the open actions that could bear on it by what its rules read.
    pub bearing: Vec<usize>,
    /// Every smallest set that improves it, among those that were tried: the best grade first, then
    /// the earliest date. Empty: none of them does.
    pub sets: Vec<ActionSet>,
    /// How many sets of each size were not tried because [`MOST_TRIED`] was reached, of the sizes
    /// that might have held a smallest set. Empty: everything was tried.
    pub untried: Vec<Untried>,
}

/// A set of actions that improves a grade.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ActionSet {
    /// The actions, as numbers of [`Recourse::open`].
    pub actions: Vec<usize>,
    /// How many sets are alike: actions of the same kind about records that the rules cannot tell
    /// apart. This one stands for all of them.
    pub alike: usize,
    /// The first day on which all of it can be done, for which it was evaluated.
    pub date: Date,
    /// The grade on that day without any action.
    pub without: Value,
    /// The grade on that day.
    pub grade: Value,
    /// Other grades that it changes: slot, without and with it on that day.
    pub others: Vec<(usize, Value, Value)>,
}

/// Sets of one size that were not tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Untried {
    /// How many actions.
    pub size: usize,
    /// How many sets.
    pub sets: usize,
}

/// Finds what a household can do about its grades. `number` is its number in the register for which
/// the population values were made; `most` is the most sets to try, such as [`MOST_TRIED`].
pub fn recourse(
    program: &Program,
    household: &Household,
    population: &PopulationValues,
    number: usize,
    as_of: Date,
    most: usize,
) -> Recourse {
    let today = Evaluator::new(program, as_of);
    let known = today.known(household);
    let asked = Asked { program, known: &known, population, number, today: &today };
    let open = open::open(&asked);
    let (advice, tried) = search::search(&asked, &open, most);
    Recourse { known, open, advice, tried }
}

/// The household in question.
struct Asked<'a> {
    program: &'a Program,
    known: &'a Household,
    population: &'a PopulationValues,
    number: usize,
    today: &'a Evaluator<'a>,
}
