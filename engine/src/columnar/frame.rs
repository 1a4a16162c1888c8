//! Which elements there are in a batch, and which of them belongs to which.

use std::sync::{Arc, OnceLock};

use heng_dsl::value::Value;

use super::batch::Batch;
use super::plan::{DomainId, Elements, Kind, NodeId, sees};
use super::worth::Looked;
use crate::columns::state;

/// The elements of a domain in a batch.
#[derive(Debug, Clone, Default)]
pub(super) struct Frame {
    pub(super) len: usize,
    /// Where the elements of each of the parent begin, and where the last ones end.
    pub(super) offsets: Vec<u32>,
    /// The element of the base that each is; of a group its first one.
    base: Map,
    /// Of groups: their elements, and where those of each begin.
    members: (Vec<u32>, Vec<u32>),
    parents: OnceLock<Arc<Vec<u32>>>,
    longest: OnceLock<u32>,
    words: OnceLock<Words>,
}

/// How many elements belong to each, which are looked at eight at a time.
#[derive(Debug, Clone, Default)]
pub(super) struct Words {
    /// Of the first eight.
    pub(super) lengths: Vec<u8>,
    /// All bits of a byte for each of the first eight.
    pub(super) masks: Vec<u64>,
    /// Those to which more than eight belong.
    pub(super) longer: Vec<u32>,
}

/// Elements of a word, each of which has a byte.
pub(super) const WORD: u32 = u64::BITS / u8::BITS;

/// All bits of so many bytes.
const AMONG: [u64; 16] = {
    let mut all = [u64::MAX; 16];
    let mut bytes = 0;
    while bytes < WORD {
        all[bytes as usize] = (1 << (u8::BITS * bytes)) - 1;
        bytes += 1;
    }
    all
};

/// All bits of so many bytes, of which there are eight at most.
pub(super) fn among(bytes: u8) -> u64 {
    // Of so few lengths the compiler sees that there is a mask for each.
    AMONG.get(usize::from(bytes & 0xf)).copied().unwrap_or_default()
}

/// For each element of a domain an element of another one.
#[derive(Debug, Clone, Default)]
pub(super) enum Map {
    /// That of the same number.
    #[default]
    Same,
    By(Arc<Vec<u32>>),
}

impl Map {
    /// The other element.
    pub(super) fn of(&self, at: usize) -> usize {
        match self {
            Self::Same => at,
            Self::By(all) => all.get(at).map_or(usize::MAX, |it| *it as usize),
        }
    }

    fn by(step: Vec<u32>) -> Self {
        Self::By(Arc::new(step))
    }

    /// This step, and then the way from where it leads.
    fn then(self, rest: Self) -> Self {
        match (self, rest) {
            (Self::Same, it) | (it, Self::Same) => it,
            (Self::By(step), Self::By(rest)) => {
                let way = |it: &u32| rest.get(*it as usize).copied().unwrap_or_default();
                Self::by(step.iter().map(way).collect())
            }
        }
    }
}

impl Frame {
    /// Elements that belong to the segments between these offsets.
    pub(super) fn segmented(offsets: Vec<u32>) -> Self {
        let len = offsets.last().map_or(0, |it| *it as usize);
        Self { len, offsets, ..Self::default() }
    }

    /// The element of the parent to which each belongs.
    pub(super) fn parents(&self) -> &Arc<Vec<u32>> {
        self.parents.get_or_init(|| {
            // How many segments begin at each element, and then how many have begun by there.
            let mut parents = vec![0_u32; self.len];
            for start in self.offsets.iter().skip(1) {
                if let Some(begun) = parents.get_mut(*start as usize) {
                    *begun = begun.wrapping_add(1);
                }
            }
            let mut begun = 0_u32;
            for own in &mut parents {
                begun = begun.wrapping_add(*own);
                *own = begun;
            }
            Arc::new(parents)
        })
    }

    /// How many elements belong to each.
    pub(super) fn words(&self) -> &Words {
        self.words.get_or_init(|| {
            let each = self.offsets.iter().zip(self.offsets.iter().skip(1));
            let lengths = each.map(|(start, end)| end.wrapping_sub(*start));
            let lengths: Vec<u8> = lengths.map(|it| it.min(WORD).to_le_bytes()[0]).collect();
            let longer = if self.longest() > WORD { self.longer(&lengths) } else { Vec::new() };
            Words { masks: lengths.iter().map(|it| among(*it)).collect(), lengths, longer }
        })
    }

    /// Those to which more elements belong than a word has.
    fn longer(&self, lengths: &[u8]) -> Vec<u32> {
        const TOGETHER: usize = 64;
        let is_full = |it: &u8| u8::from(u32::from(*it) == WORD);
        let mut found = Vec::new();
        for (first, some) in (0..).step_by(TOGETHER).zip(lengths.chunks(TOGETHER)) {
            if some.iter().fold(0, |any, it| any | is_full(it)) == 0 {
                continue;
            }
            // How many are longer cannot be foretold: every one is written down, and the next one over it unless it is.
            let (mut longer, mut count) = ([0; TOGETHER], 0_usize);
            let ends = self.offsets.get(first..).unwrap_or_default().windows(2);
            for (at, ends) in (first..).zip(ends).take(some.len()) {
                if let Some(place) = longer.get_mut(count) {
                    *place = u32::try_from(at).unwrap_or(u32::MAX);
                }
                count = count.wrapping_add(usize::from(ends[1].wrapping_sub(ends[0]) > WORD));
            }
            found.extend_from_slice(longer.get(..count).unwrap_or_default());
        }
        found
    }

    /// The most elements that belong to one.
    pub(super) fn longest(&self) -> u32 {
        let own = || self.offsets.iter().zip(self.offsets.iter().skip(1));
        let length = |it: (&u32, &u32)| it.1.wrapping_sub(*it.0);
        *self.longest.get_or_init(|| own().map(length).fold(0, u32::max))
    }
}

impl Batch<'_> {
    /// The elements of a domain.
    pub(super) fn frame(&mut self, domain: DomainId) -> Arc<Frame> {
        if let Some(known) = self.frames.get(&domain) {
            return known.clone();
        }
        let (plan, store) = (self.ready.plan, self.store);
        let frame = match &plan.domains[domain.index()].elements {
            Elements::Run => Frame { len: 1, ..Frame::default() },
            Elements::Households => Frame { len: self.len, ..Frame::default() },
            Elements::Records(table) => self.delivered(store.offsets(Some(*table))),
            Elements::Earlier => self.delivered(store.offsets(None)),
            Elements::Units(units) => {
                Frame::segmented(vec![0, u32::try_from(units.len()).unwrap_or_default()])
            }
            Elements::Of(base) => self.nested(plan.domains[domain.index()].parent, *base),
            Elements::Counted(count) => {
                let parents = self.frame(plan.domains[domain.index()].parent).len;
                let mut offsets = vec![0_u32];
                let mut end = 0_u32;
                for at in 0..parents {
                    let count = match self.value(*count, at) {
                        Value::Number(it) => it.to_whole().and_then(|it| u32::try_from(it).ok()),
                        _ => None,
                    };
                    end = end.saturating_add(count.unwrap_or_default());
                    offsets.push(end);
                }
                Frame::segmented(offsets)
            }
            Elements::Groups(of, counts, key) => self.grouped(*of, *counts, *key),
            Elements::Members(_) => self.members(plan.domains[domain.index()].parent),
        };
        let frame = Arc::new(frame);
        self.frames.insert(domain, frame.clone());
        frame
    }

    /// The records of the households of the batch.
    fn delivered(&self, offsets: &[u32]) -> Frame {
        let own = offsets.get(self.first..=self.first + self.len).unwrap_or_default();
        let start = own.first().copied().unwrap_or_default();
        Frame::segmented(own.iter().map(|it| it.wrapping_sub(start)).collect())
    }

    /// The elements that count, by key.
    fn grouped(&mut self, of: DomainId, counts: NodeId, key: NodeId) -> Frame {
        let elements = self.frame(of);
        let (mut offsets, mut first) = (vec![0], Vec::new());
        let (mut members, mut ends) = (Vec::new(), vec![0]);
        let looked = Looked::at_node(self, counts).zip(Looked::at_node(self, key));
        let code = |key: Looked<'_>, at: usize| match key.state(at) {
            state::THERE => (state::THERE, key.column.lanes.at(key.at(at))),
            other => (other, 0),
        };
        // Numbers of texts are in no order.
        let is_plain =
            looked.is_some_and(|(_, key)| key.kind != Kind::Symbol && key.column.states.is_none());
        let mut keyed: Vec<((u8, i128), u32)> = Vec::new();
        for segment in elements.offsets.windows(2) {
            keyed.clear();
            if let Some((counts, key)) = looked {
                let counted = (segment[0]..segment[1]).filter(|at| counts.holds(*at as usize));
                keyed.extend(counted.map(|at| (code(key, at as usize), at)));
            }
            // A stable sort: within a group the elements keep the order of their source.
            if keyed.windows(2).any(|it| it[0].0 != it[1].0) {
                if is_plain {
                    keyed.sort_by_key(|it| it.0);
                } else {
                    keyed.sort_by_cached_key(|it| self.value(key, it.1 as usize));
                }
            }
            for group in keyed.chunk_by(|a, b| a.0 == b.0) {
                first.extend(group.first().map(|it| it.1));
                members.extend(group.iter().map(|it| it.1));
                ends.push(u32::try_from(members.len()).unwrap_or(u32::MAX));
            }
            offsets.push(u32::try_from(first.len()).unwrap_or(u32::MAX));
        }
        Frame { base: Map::by(first), members: (members, ends), ..Frame::segmented(offsets) }
    }

    /// For each of some elements, which are groups, those that it has.
    fn members(&mut self, parent: DomainId) -> Frame {
        let own = self.frame(parent);
        let Elements::Of(groups) = self.ready.plan.domains[parent.index()].elements else {
            let (members, offsets) = own.members.clone();
            return Frame { base: Map::by(members), ..Frame::segmented(offsets) };
        };
        let groups = self.frame(groups);
        let (members, ends) = &groups.members;
        let end = |at: usize| ends.get(at).map_or(0, |it| *it as usize);
        let (mut offsets, mut all) = (vec![0], Vec::new());
        for at in 0..own.len {
            let group = own.base.of(at);
            all.extend_from_slice(
                members.get(end(group)..end(group.saturating_add(1))).unwrap_or_default(),
            );
            offsets.push(u32::try_from(all.len()).unwrap_or(u32::MAX));
        }
        Frame { base: Map::by(all), ..Frame::segmented(offsets) }
    }

    /// For each element of a parent those of a base that belong to the same household.
    fn nested(&mut self, parent: DomainId, base: DomainId) -> Frame {
        let plan = self.ready.plan;
        let own = self.frame(base);
        let households = match plan.domains[base.index()].parent {
            // These are all of them, in the same order.
            DomainId::HOUSEHOLDS if parent == DomainId::HOUSEHOLDS => {
                return Frame { base: Map::Same, ..Frame::segmented(own.offsets.clone()) };
            }
            DomainId::RUN => Map::Same,
            _ => self.map(parent, DomainId::HOUSEHOLDS),
        };
        let parents = self.frame(parent).len;
        let of_run = plan.domains[base.index()].parent == DomainId::RUN;
        let segment = |at: usize| {
            let segment = match &households {
                _ if of_run => 0,
                Map::Same => at,
                Map::By(it) => it.get(at).map_or(0, |it| *it as usize),
            };
            let start = own.offsets.get(segment).copied().unwrap_or_default();
            start..own.offsets.get(segment + 1).copied().unwrap_or(start)
        };
        let lengths = (0..parents).map(|at| u32::try_from(segment(at).len()).unwrap_or(u32::MAX));
        let ends = lengths.scan(0_u32, |end, it| {
            *end = end.saturating_add(it);
            Some(*end)
        });
        let offsets: Vec<u32> = std::iter::once(0).chain(ends).collect();
        let mut elements = Vec::with_capacity(offsets.last().map_or(0, |it| *it as usize));
        (0..parents).for_each(|at| elements.extend(segment(at)));
        Frame { base: Map::by(elements), ..Frame::segmented(offsets) }
    }

    /// For each element of a domain the element of another one that it belongs to, or else is.
    pub(super) fn map(&mut self, from: DomainId, to: DomainId) -> Map {
        if from == to {
            return Map::Same;
        }
        if let Some(known) = self.maps.get(&(from, to)) {
            return known.clone();
        }
        let plan = self.ready.plan;
        let parent = plan.domains[from.index()].parent;
        let frame = self.frame(from);
        let map = if sees(&plan.domains, parent, to) {
            Map::By(Arc::clone(frame.parents())).then(self.map(parent, to))
        } else {
            match plan.domains[from.index()].base() {
                Some(base) => frame.base.clone().then(self.map(base, to)),
                None => Map::by(Vec::new()),
            }
        };
        self.maps.insert((from, to), map.clone());
        map
    }

    /// For each element of a domain the element of another one that it is.
    pub(super) fn own_map(&mut self, from: DomainId, to: DomainId) -> Map {
        let (Elements::Of(base) | Elements::Members(base) | Elements::Groups(base, ..)) =
            self.ready.plan.domains[from.index()].elements
        else {
            return self.map(from, to);
        };
        let frame = self.frame(from);
        frame.base.clone().then(self.map(base, to))
    }
}
