//! Households that share an address, a telephone or an operator.
//!
//! Who does follows from the number of the household, so that a group is found without holding the
//! city in memory: in each block of 500 there are four groups.

use super::city;
use super::dossier::Purpose;
use super::random::Random;

/// A group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Group {
    /// What its members share.
    pub(super) shares: Shared,
    /// The block that it is in.
    block: u32,
}

/// What the members of a group share.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shared {
    /// 13 households at one address; in every second block all founded in the last three months.
    Address,
    /// 7 households at one address, one of them struck off, in every second block two.
    SmallAddress,
    /// 6 households with one telephone number, in every second block 4.
    Telephone,
    /// 6 households of one operator, in every second block 4.
    Operator,
}

impl Group {
    /// The group of a household, if it is in one.
    pub(super) fn of(number: u32) -> Option<Self> {
        let block = number / 500;
        let odd = !block.is_multiple_of(2);
        let shares = match number % 500 {
            40..=52 => Shared::Address,
            200..=206 => Shared::SmallAddress,
            304..=305 | 404..=405 if odd => return None,
            300..=305 => Shared::Telephone,
            400..=405 => Shared::Operator,
            _ => return None,
        };
        Some(Self { shares, block })
    }

    /// Were all members founded in the last three months?
    pub(super) fn young(self) -> bool {
        self.shares == Shared::Address && self.block.is_multiple_of(2)
    }

    /// The state of a member.
    pub(super) fn state(self, number: u32) -> &'static str {
        let struck_off = match number % 500 {
            200 => true,
            201 => !self.block.is_multiple_of(2),
            _ => false,
        };
        if struck_off { "吊销" } else { "存续" }
    }

    /// The stream that decides the district of the members.
    pub(super) fn random(self, seed: u64) -> Random {
        let kind = match self.shares {
            Shared::Address => 0,
            Shared::SmallAddress => 1,
            Shared::Telephone => 2,
            Shared::Operator => 3,
        };
        Random::stream(seed, self.block * 4 + kind, Purpose::Group.number())
    }

    /// The same stream past the district: what else the members share.
    pub(super) fn random_place(self, seed: u64) -> Random {
        let mut random = self.random(seed);
        let _county = city::county(&mut random);
        random
    }
}
