//! What an evaluation gives for one household: a value for every declaration, and what hit.
//!
//! An outcome is small and the same with or without a trace; the trace says why.

use std::collections::BTreeSet;
use std::sync::Arc;

use heng_dsl::value::{Decimal, Value};

/// The result of one household.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Outcome {
    /// The household's key.
    pub key: Arc<str>,
    /// What each declaration is worth, by slot. A measure has 不适用 here and its columns in
    /// `measures`; a record set and a value of each record have 不适用.
    pub values: Vec<Value>,
    /// The columns of each measure that applies, by slot of the measure.
    pub measures: Vec<(usize, Vec<Value>)>,
    /// Every direct determination that hit, in the order of precedence.
    pub decides: Vec<Hit>,
    /// Slots of household fields that were read and missing, sorted; without those of which no
    /// rule asks more than whether they are there (`荣誉 有值`).
    pub missing: Vec<usize>,
    /// Number of quarantined rows of this household.
    pub quarantined: u32,
    /// The reason codes of each declaration that has any, by slot ([`crate::reasons`]); only where they were asked for.
    pub reasons: Vec<(usize, Vec<usize>)>,
}

/// A direct determination that hit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hit {
    /// The slot of the classification.
    pub target: usize,
    /// The number of the determination among those of that classification.
    pub decide: usize,
    /// What became of it.
    pub fate: Fate,
}

/// What became of a direct determination that hit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// It set or shifted the grade.
    Decided {
        /// The grade before.
        from: u16,
        /// The grade after.
        to: u16,
    },
    /// It agrees with the determination that set the grade, which was declared first.
    SameAs(usize),
    /// Another one won; the number of the winner among those of the classification.
    LostTo(usize),
    /// A downward shift does not touch a grade that was set outright.
    GradeWasSet(usize),
    /// The grade already was at its limit.
    AtLimit,
}

/// Why: everything that was worked out for one household, declaration by declaration.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Trace {
    /// One entry for every declaration that was worked out, in the order of evaluation.
    pub steps: Vec<Step>,
    /// One entry for every direct determination that hit, in the order of [`Outcome::decides`].
    pub decides: Vec<DecideStep>,
    /// Rows that held in tables inside of rules: of local values, of 折减, of values of each record.
    pub inner: BTreeSet<InnerRow>,
    /// What the columns of tables were asked about, where it was a number.
    pub asked: BTreeSet<AskedNumber>,
    /// Packages whose 适用 does not hold for the household, by number, sorted.
    pub out_of_scope: Vec<usize>,
}

/// A row that held in a table inside of a rule. Also of a rule that came to nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct InnerRow {
    /// The rule.
    pub rule: RuleId,
    /// The table in that rule.
    pub table: InnerTable,
    /// The number of the row.
    pub row: usize,
}

/// A number that a column of a table was asked about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct AskedNumber {
    /// The rule.
    pub rule: RuleId,
    /// The table in that rule; its content without a local value and without fading.
    pub table: InnerTable,
    /// The number of the column.
    pub column: usize,
    /// The number.
    pub value: Decimal,
}

/// A rule, by number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum RuleId {
    /// Slot of a declaration, and its version.
    Decl(usize, usize),
    /// Slot of a classification, number of the determination among its own, and its version.
    Decide(usize, usize, usize),
}

/// Which table of a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct InnerTable {
    /// The number of the local value; absent for the content of the rule.
    pub local: Option<usize>,
    /// The table of 折减, not of points.
    pub fade: bool,
}

/// How a direct determination that hit was worked out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DecideStep {
    /// The slot of the classification.
    pub target: usize,
    /// The number of the determination among those of that classification.
    pub decide: usize,
    /// Version, local values, parts of the condition that held, evidence, and the reason text;
    /// [`Step::decl`] is the slot of the classification.
    pub step: Step,
}

/// How one declaration was worked out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Step {
    /// The slot of the declaration.
    pub decl: usize,
    /// The number of the version in force; absent where none is.
    pub version: Option<usize>,
    /// Local values, in order; sets of records have 不适用.
    pub lets: Vec<Value>,
    /// Rows of tables that held: of the content, by number.
    pub rows: Vec<usize>,
    /// 逐条: what each record was worth.
    pub each: Vec<EachPoint>,
    /// Parts of a condition that held, by number.
    pub parts: Vec<usize>,
    /// 名单: parts of the condition for removal that held, by number.
    pub removed: Vec<usize>,
    /// What sources gave: the records that were counted, and the values read of them.
    pub evidence: Vec<Evidence>,
    /// The value before caps and floors; absent where nothing was cut.
    pub before_bounds: Option<Value>,
    /// The bound that cut: the number of the conditional bound, or none for one of the header.
    pub cut_by: Option<Cut>,
    /// Of a whole (维度, 总分): the weight of each part that has one, as slot of the part and share.
    pub weights: Vec<(usize, Value)>,
    /// Of a classification: the grade that the score gives, before direct determinations.
    pub grade_by_score: Option<u16>,
    /// The reason text, with values put in.
    pub reason: Option<String>,
}

/// Which bound cut a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cut {
    /// 上限 of the header
    Cap,
    /// 下限 of the header
    Floor,
    /// The conditional bound of that number
    Conditional(usize),
}

/// What one record was worth in 逐条.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EachPoint {
    /// The record: table slot and its number in the household's records of that table.
    pub record: (usize, usize),
    /// The row of the table that held.
    pub row: Option<usize>,
    /// Points before 折减.
    pub points: Decimal,
    /// The share that is left after 折减.
    pub fade: Option<Decimal>,
    /// Points after 折减.
    pub worth: Decimal,
}

/// Records that a function of a source counted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Evidence {
    /// The table.
    pub table: usize,
    /// The records, by number.
    pub records: Vec<usize>,
    /// The columns that the filter and the argument read, sorted.
    pub columns: Vec<usize>,
    /// What the function gave.
    pub value: Value,
}
