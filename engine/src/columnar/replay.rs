//! Results replayed by the reference evaluator, for those who doubt.

use std::sync::Arc;

use heng_dsl::value::Date;
use rayon::prelude::*;

use crate::columns::Columns;
use crate::eval::Evaluator;
use crate::outcome::Outcome;
use crate::part::{Part, Sink};
use crate::population::PopulationValues;
use crate::program::Program;

/// What came of a replay.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Replayed {
    /// How many households were worked out again.
    pub households: usize,
    /// The keys of those that have another result.
    pub different: Vec<Arc<str>>,
}

/// Takes the outcomes of a share of the households, in hundredths of a per cent. Which ones depends on their
/// keys alone.
#[derive(Debug, Clone, Copy)]
pub struct Drawn(pub u32);

impl Sink for Drawn {
    type Open = Vec<Outcome>;
    type Done = Vec<Outcome>;

    fn begin(&self) -> Vec<Outcome> {
        Vec::new()
    }

    fn take(&self, open: &mut Vec<Outcome>, part: &dyn Part) {
        let drawn = (0..part.len()).filter(|row| is_drawn(part.key(*row), self.0));
        open.extend(drawn.map(|row| part.outcome(row)));
    }

    fn join(&self, open: &mut Vec<Outcome>, next: Vec<Outcome>) {
        open.extend(next);
    }

    fn end(&self, open: Vec<Outcome>) -> Vec<Outcome> {
        open
    }
}

/// Works the households of outcomes out again by the reference evaluator, with reason codes or without, and compares.
/// What the functions of the register are worth is taken from the run.
pub fn replay(
    program: &Program,
    columns: &Columns,
    (as_of, population, reasons): (Date, &PopulationValues, bool),
    outcomes: &[Outcome],
) -> Replayed {
    let evaluator = Evaluator::new(program, as_of);
    let different = outcomes.par_iter().filter_map(|outcome| {
        let same = columns.find(&outcome.key).is_some_and(|number| {
            let household = columns.household(number);
            let again = if reasons {
                evaluator.with_reasons((&household, number), population)
            } else {
                evaluator.evaluate(&household, population, number, false).0
            };
            again == *outcome
        });
        (!same).then(|| outcome.key.clone())
    });
    Replayed { households: outcomes.len(), different: different.collect() }
}

/// Is a household among so many of ten thousand?
fn is_drawn(key: &str, share: u32) -> bool {
    // FNV-1a: keys that differ in their last characters only fall far apart.
    let mix = |hash: u64, it: u8| (hash ^ u64::from(it)).wrapping_mul(0x0100_0000_01b3);
    let hash = key.bytes().fold(0xcbf2_9ce4_8422_2325, mix);
    (hash >> 32) % 10_000 < u64::from(share)
}

#[cfg(test)]
mod tests {
    use super::is_drawn;

    #[test]
    fn about_the_share_is_drawn_and_all_where_it_is_all() {
        let drawn = |share| (0..10_000).filter(|it| is_drawn(&format!("{it:06}"), share)).count();
        assert!((50..200).contains(&drawn(100)), "{}", drawn(100));
        assert_eq!(drawn(10_000), 10_000);
    }
}
