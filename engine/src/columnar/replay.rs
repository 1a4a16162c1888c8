//! Results replayed by the reference evaluator, for those who doubt.

use std::sync::Arc;

use rayon::prelude::*;

use crate::data::Register;
use crate::eval::Evaluator;
use crate::program::Program;
use crate::run::Run;

/// What came of a replay.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Replayed {
    /// How many households were worked out again.
    pub households: usize,
    /// The keys of those that have another result.
    pub different: Vec<Arc<str>>,
}

/// Works a share of the households (in hundredths of a per cent) out again by the reference evaluator,
/// and compares their outcomes. Which ones depends on their keys alone. What the functions of the register
/// are worth is taken from the run.
pub fn replay(program: &Program, register: &Register, run: &Run, share: u32) -> Replayed {
    let evaluator = Evaluator::new(program, run.as_of);
    let households = register.households.iter().enumerate();
    let founded = households.filter(|it| evaluator.is_founded(it.1));
    let drawn: Vec<_> =
        founded.zip(&run.outcomes).filter(|((_, it), _)| is_drawn(&it.key, share)).collect();
    let different = drawn.par_iter().filter_map(|((number, household), outcome)| {
        let (expected, _) = evaluator.evaluate(household, &run.population, *number, false);
        (expected != **outcome).then(|| household.key.clone())
    });
    let different: Vec<Arc<str>> = different.collect();
    Replayed { households: drawn.len(), different }
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
