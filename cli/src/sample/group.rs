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
    /// 7 households at one address.
    SmallAddress,
    /// 6 households with one telephone number.
    Telephone,
    /// 6 households of one operator.
    Operator,
}

impl Group {
    /// The group of a household, if it is in one.
    pub(super) fn of(number: u32) -> Option<Self> {
        let shares = match number % 500 {
            40..=52 => Shared::Address,
            200..=206 => Shared::SmallAddress,
            300..=305 => Shared::Telephone,
            400..=405 => Shared::Operator,
            _ => return None,
        };
        Some(Self { shares, block: number / 500 })
    }

    /// Were all members founded in the last three months?
    pub(super) fn young(self) -> bool {
        self.shares == Shared::Address && self.block.is_multiple_of(2)
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
