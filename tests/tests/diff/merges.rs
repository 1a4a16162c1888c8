//! Merges on the shipped sets: whose changes are called the city's makes no difference to what comes of both.

use heng_dsl::diff::{Fate, Merge, merge};
use heng_dsl::model::RuleSet;
use heng_dsl::model::normal::normal;

use super::Random;
use super::shipped::{edited, shipped, with_used};

const MERGES: usize = 60;

fn merged(it: &Merge, for_city: bool) -> RuleSet {
    normal(&it.made(|_| for_city).unwrap().set)
}

#[test]
fn merges_do_not_depend_on_whose_changes_come_first() {
    let all = shipped();
    let mut seed = Random(20_261_129);
    let (mut without, mut with) = (0, 0);
    for _ in 0..MERGES {
        let package = 1 + seed.below(all.packages.len() - 1);
        let base = with_used(all, package);
        let count = 1 + seed.below(4);
        let one = edited(&base, count, &mut seed);
        let two = edited(&base, count, &mut seed);
        let [base, one, two] = [&base, &one, &two].map(|it| it.last().unwrap());
        let (there, back) = (merge(base, one, two), merge(base, two, one));
        assert_eq!(there.conflicts().is_empty(), back.conflicts().is_empty());
        if there.conflicts().is_empty() {
            without += 1;
            let (a, b) = (merged(&there, true), merged(&back, true));
            assert_eq!(a, b, "{:#?}", told(&there));
            assert_eq!(a, merged(&there, false));
        } else {
            with += 1;
        }
        // Nobody changed anything against itself.
        assert_eq!(merged(&merge(base, one, base), true), normal(one));
        assert_eq!(merged(&merge(base, base, two), true), normal(two));
        assert_eq!(merged(&merge(base, one, one), true), normal(one));
    }
    println!("{MERGES} merges: {without} without conflicts, {with} with");
    assert!(without > 10 && with > 3, "{without} {with}");
}

fn told(it: &Merge) -> Vec<(String, Fate)> {
    it.diff.changes().iter().map(|it| it.id.clone()).zip(it.fates.clone()).collect()
}
