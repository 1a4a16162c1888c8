//! Random rule sets written in another way that means the same: all of them have to be proved equal.

use heng_engine::prove::Verdict;

use crate::card::{Random, program};
use crate::ways::{WAYS, rewritten};
use crate::{SEED, prove, setting};

/// How many rewritten rule sets are looked at; `HENG_REWRITES` looks at more.
const REWRITES: u64 = 100;

#[test]
fn what_is_written_in_another_way_is_proved_equal() {
    let (seed, all) = (setting("HENG_SEED", SEED), setting("HENG_REWRITES", REWRITES));
    let mut random = Random(seed ^ 0x77_7269);
    let mut used = [0usize; WAYS.len()];
    for number in 0..all {
        let (old, new) = rewritten(&mut random, &mut used);
        let proof = prove(&program(&old), &program(&new), ("甲", "风险"));
        assert_eq!(
            proof.verdict,
            Verdict::Equal,
            "seed {seed}, {number}\n{old}\n--\n{new}\n{proof:#?}"
        );
    }
    println!("seed {seed}: {all} rewritten, by way: {used:?}");
    assert!(all < REWRITES || used.iter().all(|it| *it > 0), "{used:?}");
}
