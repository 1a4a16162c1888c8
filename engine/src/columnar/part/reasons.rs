//! The reason codes of a batch ([`crate::reasons`]).

use super::{Coded, Columned, Looked, What, Worth, coded};
use crate::columnar::Held;
use crate::columns::{Lanes, state};

/// Which clauses of a rule hold, and where they were looked up.
pub(super) struct Reasoned<'a, 'b> {
    held: &'b Held,
    scope: Option<Looked<'b>>,
    looked: &'a [Looked<'b>],
}

impl Reasoned<'_, '_> {
    /// The codes of a household, ascending.
    fn codes(&self, at: usize) -> Vec<usize> {
        if !self.scope.is_none_or(|it| it.holds(at)) {
            return Vec::new();
        }
        match (self.held, self.looked) {
            (Held::Row(_), [code]) if code.state(at) == state::THERE => {
                row(code.column.lanes.at(code.at(at)))
            }
            (Held::Row(_), _) => Vec::new(),
            (Held::Each(_), all) => {
                (1..).zip(all).filter(|it| it.1.holds(at)).map(|it| it.0).collect()
            }
        }
    }
}

/// The one code that a number is.
fn row(number: i128) -> Vec<usize> {
    usize::try_from(number).into_iter().collect()
}

impl<'b> Columned<'b> {
    fn reasoned(&self) -> impl Iterator<Item = (usize, Reasoned<'_, 'b>)> {
        self.others.iter().filter_map(|other| match &other.output.what {
            What::Held(held) => {
                let (scope, looked) = other.looked(self.batch);
                Some((other.output.slot, Reasoned { held, scope: *scope, looked }))
            }
            _ => None,
        })
    }

    /// The reason codes of a household for each declaration that has any, by slot.
    pub(super) fn reasons(&self, at: usize) -> Vec<(usize, Vec<usize>)> {
        let each = self.reasoned().map(|(slot, it)| (slot, it.codes(at)));
        let mut all: Vec<(usize, Vec<usize>)> = each.filter(|it| !it.1.is_empty()).collect();
        all.sort_unstable();
        all
    }

    /// The code of a declaration of which one clause holds at most; nothing of the others.
    pub(super) fn row_code(&self, slot: usize) -> Option<Worth<'b>> {
        let (_, found) = self.reasoned().find(|it| it.0 == slot)?;
        match (found.held, found.looked) {
            (Held::Row(_), [own]) => Some(Worth { scope: found.scope, own: *own }),
            _ => None,
        }
    }

    /// The reason codes of all households for a declaration, by number among different ones.
    pub(super) fn all_reasons(&self, slot: usize) -> Coded<Vec<usize>> {
        if let Some(worth) = self.row_code(slot) {
            let states = worth.states(self.batch.len);
            return coded(worth.own, states.as_deref(), &self.rows).map(|it| match it {
                (state::THERE, number) => row(number),
                _ => Vec::new(),
            });
        }
        let mut all = Coded::same(Vec::new(), self.rows.numbers.len());
        let Some((_, found)) = self.reasoned().find(|it| it.0 == slot) else { return all };
        if let Some(masks) = self.masks(&found) {
            return by_mask(&masks, self.rows.each(), found.looked.len());
        }
        for (code, own) in (1..).zip(found.looked) {
            let worth = Worth { scope: found.scope, own: *own };
            let states = worth.states(self.batch.len);
            let holds = coded(*own, states.as_deref(), &self.rows);
            let holds = holds.map(|it| it == (state::THERE, 1));
            all = all.zip(&holds).map(|(before, own)| {
                let mut codes: Vec<usize> =
                    all.different.get(before as usize).cloned().unwrap_or_default();
                if holds.different.get(own as usize) == Some(&true) {
                    codes.push(code);
                }
                codes
            });
        }
        all
    }

    /// For each household of the batch a bit for each clause that holds; nothing where there are too many clauses.
    fn masks(&self, found: &Reasoned<'_, 'b>) -> Option<Vec<u16>> {
        if found.looked.len() > MOST_BITS {
            return None;
        }
        let mut masks = vec![0_u16; self.batch.len];
        let each = found.looked.iter().zip(0_u32..);
        for (bits, code) in
            each.map(|(own, code)| Some((bits(*own)?, code))).collect::<Option<Vec<_>>>()?
        {
            let add = |mask: &mut u16, bit: u8| *mask |= u16::from(bit).wrapping_shl(code);
            match bits {
                Bits::Same(bit) => masks.iter_mut().for_each(|mask| add(mask, bit)),
                Bits::Each(bits) => {
                    masks.iter_mut().zip(bits).for_each(|(mask, it)| add(mask, *it));
                }
            }
        }
        match found.scope.map(bits) {
            None | Some(Some(Bits::Same(1))) => {}
            Some(Some(Bits::Same(_))) => masks.fill(0),
            Some(Some(Bits::Each(bits))) => {
                masks.iter_mut().zip(bits).for_each(|(mask, it)| *mask *= u16::from(*it));
            }
            Some(None) => return None,
        }
        Some(masks)
    }
}

/// So many clauses have a bit each.
const MOST_BITS: usize = 6;

/// A condition that is known for everybody.
enum Bits<'b> {
    Same(u8),
    Each(&'b [u8]),
}

fn bits(of: Looked<'_>) -> Option<Bits<'_>> {
    match &of.column.lanes {
        Lanes::Bits(all) if of.column.states.is_none() && of.constant => {
            Some(Bits::Same(*all.first()?))
        }
        Lanes::Bits(all) if of.column.states.is_none() => Some(Bits::Each(all)),
        _ => None,
    }
}

/// For each household of a batch 0 where it is known that none of some conditions holds.
pub(super) fn may_hold(conditions: &[Looked<'_>], households: usize) -> Vec<u8> {
    let mut all = vec![0_u8; households];
    for it in conditions {
        match bits(*it) {
            Some(Bits::Same(bit)) => all.iter_mut().for_each(|own| *own |= bit),
            Some(Bits::Each(bits)) => all.iter_mut().zip(bits).for_each(|(own, bit)| *own |= bit),
            None => {
                let own = all.iter_mut().enumerate();
                own.for_each(|(at, own)| {
                    *own |= u8::from(it.state(at) != state::THERE || it.holds(at));
                });
            }
        }
    }
    all
}

/// The codes of some households, of which each has a mask.
fn by_mask(masks: &[u16], rows: impl Iterator<Item = usize>, clauses: usize) -> Coded<Vec<usize>> {
    let codes =
        |mask: usize| (0..clauses).filter(|it| mask >> it & 1 == 1).map(|it| it + 1).collect();
    let different = (0..1_usize << clauses).map(codes).collect();
    let of = rows.map(|at| masks.get(at).map_or(0, |it| u32::from(*it)));
    Coded { different, of: of.collect() }
}
