//! Fields of a batch that were read and missing.

use super::Columned;
use crate::columns::Lanes;
use crate::part::{Coded, Part as _};

/// So many fields have a bit each.
const MOST_BITS: usize = 64;

impl Columned<'_> {
    /// The fields that each household lacks, by number among different ones.
    pub(super) fn gaps(&self) -> Coded<Vec<usize>> {
        if self.missing.len() > MOST_BITS {
            return Coded::of((0..self.len()).map(|row| self.missing(row)));
        }
        let mut masks = vec![0_u64; self.batch.len];
        for ((_, looked), bit) in self.missing.iter().zip(0_u32..) {
            let add = |mask: &mut u64, lacks: u8| *mask |= u64::from(lacks) << bit;
            match &looked.column.lanes {
                _ if looked.column.low == 0 && looked.column.high == 0 => {}
                Lanes::Bits(bits) if looked.column.states.is_none() && !looked.constant => {
                    masks.iter_mut().zip(bits).for_each(|(mask, it)| add(mask, *it));
                }
                _ => {
                    let all = masks.iter_mut().enumerate();
                    all.for_each(|(at, mask)| add(mask, looked.holds(at).into()));
                }
            }
        }
        let own = |at: usize| masks.get(at).copied().unwrap_or_default();
        let fields = |mask: u64| {
            let all = self.missing.iter().zip(0_u32..);
            all.filter(|it| mask >> it.1 & 1 == 1).map(|it| it.0.0).collect()
        };
        Coded::of(self.rows.each().map(own)).map(fields)
    }
}
