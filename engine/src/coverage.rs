//! Which indicators, rows, cells and determinations were exercised, by cases or by a register.
//!
//! A place is exercised where it took part in a result: a row that held, a cell that gave the grade,
//! a determination that hit (also one that lost), a bound that cut, an indicator that scored.

mod edges;
mod places;

use rayon::prelude::*;
use serde::Serialize;

use heng_dsl::model::Id;
use heng_dsl::value::Date;

use self::places::Places;
use crate::cases;
use crate::data::Register;
use crate::eval::Evaluator;
use crate::population::PopulationValues;
use crate::program::Program;

/// What was exercised, and how often.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Coverage {
    /// How many households or cases were looked at.
    pub looked_at: usize,
    /// Every place, in the order of the packages and of their files.
    pub items: Vec<Item>,
    /// For each kind of place, how many there are and how many were exercised.
    pub totals: Vec<Total>,
    /// How many places the packages took over from their base as they stand there. They are the
    /// base's business and not among `items`; 0 for a run, where every place counts.
    pub inherited: usize,
}

/// A place that can be exercised.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Item {
    /// The package.
    pub package: Id,
    /// The declaration, by name.
    pub decl: Id,
    /// What kind of place.
    pub kind: ItemKind,
    /// The row, the cell, the condition as written; empty where the declaration is the place.
    pub text: String,
    /// File and line; absent for a stored model.
    pub place: Option<String>,
    /// How many households or cases exercised it.
    pub count: u64,
}

/// What kind of place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ItemKind {
    /// 指标 (also 融合): it is worth other than 0
    Indicator,
    /// A row of a table
    Row,
    /// A value at the edge of a band, or one unit beyond it: the number that a column was asked about
    Edge,
    /// A cell of a matrix
    Cell,
    /// 直接判定
    Decide,
    /// One part of a condition with several
    Part,
    /// A cap or floor under a condition
    Bound,
    /// 标注
    Tag,
    /// 预警
    Alert,
    /// 名单
    List,
}

impl ItemKind {
    /// All kinds, in the order of [`Coverage::totals`].
    pub const ALL: [Self; 10] = [
        Self::Indicator,
        Self::Row,
        Self::Edge,
        Self::Cell,
        Self::Decide,
        Self::Part,
        Self::Bound,
        Self::Tag,
        Self::Alert,
        Self::List,
    ];

    /// What it is called, in Chinese and English.
    pub fn words(self) -> [&'static str; 2] {
        match self {
            Self::Indicator => ["指标", "indicators"],
            Self::Row => ["表的行", "table rows"],
            Self::Edge => ["档的边界", "edges of bands"],
            Self::Cell => ["矩阵的格", "matrix cells"],
            Self::Decide => ["直接判定", "direct determinations"],
            Self::Part => ["条件的分项", "parts of conditions"],
            Self::Bound => ["有条件的上下限", "conditional bounds"],
            Self::Tag => ["标注", "tags"],
            Self::Alert => ["预警", "alerts"],
            Self::List => ["名单", "lists"],
        }
    }
}

/// The places of one kind together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Total {
    /// The kind.
    pub kind: ItemKind,
    /// How many there are.
    pub all: usize,
    /// How many were exercised at least once.
    pub exercised: usize,
}

impl Coverage {
    /// The places that were never exercised.
    pub fn unexercised(&self) -> impl Iterator<Item = &Item> {
        self.items.iter().filter(|it| it.count == 0)
    }

    fn new(looked_at: usize, items: Vec<Item>, inherited: usize) -> Self {
        let total = |kind: ItemKind| {
            let of_kind = || items.iter().filter(|it| it.kind == kind);
            Total {
                kind,
                all: of_kind().count(),
                exercised: of_kind().filter(|it| it.count > 0).count(),
            }
        };
        let totals = ItemKind::ALL.into_iter().map(total).filter(|it| it.all > 0).collect();
        Self { looked_at, items, totals, inherited }
    }
}

/// What the cases of some packages exercise of what those packages declare or amend. Cases that cannot be worked out
/// exercise nothing.
/// With `edges` also the edges of bands are looked at.
pub fn of_cases(program: &Program, packages: &[usize], edges: bool) -> Coverage {
    let linked = program.linked();
    let places = Places::own(linked, packages, edges);
    let mut counts = places.zeroes();
    let sets = packages.iter().filter_map(|it| linked.packages.get(*it));
    let cases: Vec<_> = sets.flat_map(|it| &it.cases).collect();
    for case in &cases {
        if let Ok(worked) = cases::work_out(program, case) {
            places.count(linked, &worked.outcome, &worked.trace, &mut counts);
        }
    }
    Coverage::new(cases.len(), places.items(linked, &counts), places.inherited())
}

/// What a run over a register exercises in the packages that are shown.
pub fn of_run(
    program: &Program,
    register: &Register,
    (as_of, population): (Date, &PopulationValues),
) -> Coverage {
    let linked = program.linked();
    let places = Places::all(linked, program.shown());
    let evaluator = Evaluator::new(program, as_of);
    let founded = register.households.iter().filter(|it| evaluator.is_founded(it)).count();
    let counts = register
        .households
        .par_iter()
        .enumerate()
        .filter(|(_, it)| evaluator.is_founded(it))
        .fold(
            || places.zeroes(),
            |mut counts, (number, household)| {
                let (outcome, trace) = evaluator.evaluate(household, population, number, true);
                places.count(linked, &outcome, &trace.unwrap_or_default(), &mut counts);
                counts
            },
        )
        .reduce(
            || places.zeroes(),
            |mut a, b| {
                a.iter_mut().zip(b).for_each(|(a, b)| *a += b);
                a
            },
        );
    Coverage::new(founded, places.items(linked, &counts), 0)
}
