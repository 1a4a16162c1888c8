//! Where values live: the run, households, records, calendar units, groups, and places inside of places.

use heng_dsl::value::Date;

use super::plan::NodeId;

/// A place where values live, by its number in the plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct DomainId(u32);

impl DomainId {
    /// The one place of constants.
    pub(super) const RUN: Self = Self(0);
    /// The households of a batch.
    pub(super) const HOUSEHOLDS: Self = Self(1);

    pub(super) fn of(index: usize) -> Self {
        Self(u32::try_from(index).unwrap_or(u32::MAX))
    }

    pub(super) fn index(self) -> usize {
        self.0 as usize
    }
}

/// A place where values live: one for each of its elements.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Domain {
    /// Each element belongs to one of the parent. The run is its own parent.
    pub(super) parent: DomainId,
    /// What the elements are.
    pub(super) elements: Elements,
}

impl Domain {
    /// The domain whose elements these are, for each of the parent.
    pub(super) fn base(&self) -> Option<DomainId> {
        match self.elements {
            Elements::Of(base) | Elements::Members(base) => Some(base),
            Elements::Run
            | Elements::Households
            | Elements::Records(_)
            | Elements::Units(_)
            | Elements::Counted(_)
            | Elements::Earlier
            | Elements::Groups(..) => None,
        }
    }
}

/// Does each element of `from` belong to one element of `to`, or is one? What it belongs to comes first.
pub(super) fn sees(domains: &[Domain], from: DomainId, to: DomainId) -> bool {
    if from == to || to == DomainId::RUN {
        return true;
    }
    if from == DomainId::RUN {
        return false;
    }
    let Some(domain) = domains.get(from.index()) else { return false };
    sees(domains, domain.parent, to) || domain.base().is_some_and(|it| sees(domains, it, to))
}

/// What tells which elements a domain has, and those that it is made of.
pub(super) fn told_by(domains: &[Domain], of: DomainId) -> Vec<NodeId> {
    let (mut found, mut waiting) = (Vec::new(), vec![of]);
    while let Some(at) = waiting.pop() {
        let Some(domain) = domains.get(at.index()).filter(|_| at != DomainId::RUN) else {
            continue;
        };
        match domain.elements {
            Elements::Groups(of, counts, key) => {
                found.extend([counts, key]);
                waiting.push(of);
            }
            Elements::Counted(count) => found.push(count),
            _ => {}
        }
        waiting.push(domain.parent);
        waiting.extend(domain.base());
    }
    found
}

/// The elements of a domain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Elements {
    /// One: what is the same for every household.
    Run,
    /// The households of a batch.
    Households,
    /// The records of a table, by its slot; their parents are the households.
    Records(usize),
    /// Calendar units, with their first and last days; their parent is the run.
    Units(Vec<(Date, Date)>),
    /// As many calendar units before the one of the as-of date as a node says.
    Counted(NodeId),
    /// The earlier results of a household, with or without a date.
    Earlier,
    /// For each element of the parent, those elements of another domain that belong to the same
    /// household.
    Of(DomainId),
    /// The elements of another domain that count by the first node, grouped by the second; in the order of
    /// the keys.
    Groups(DomainId, NodeId, NodeId),
    /// The elements of the groups that their parent is made of, and of which domain they are.
    Members(DomainId),
}
