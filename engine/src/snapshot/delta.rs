//! What deliveries say of some households, laid over what was known of them before.
//!
//! A delivery says little of each household: its own row, or some records. Whoever reads a snapshot has to put that
//! together with what was known, for every household that was delivered and as quickly as it is read. So it was found out
//! when the delivery was imported whether records come after those that are known, and then they are only put behind them;
//! where they do not (they have the key of others, or belong between them), all records that the household has from then on
//! were noted.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::Range;

use rayon::prelude::*;

use crate::columns::{Column, Columns, Laying, Run, Texts};

/// What deliveries say of some households.
pub(super) struct Delta {
    /// These, with what was delivered of them.
    pub(super) columns: Columns,
    pub(super) marks: Marks,
}

/// What is to be done with it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Marks {
    /// By number of the household: is its own row among it?
    pub(super) told: Vec<bool>,
    /// By slot of the table and number of the household: are these all of its records and of its quarantined rows, and not
    /// only ones that come after those that were known?
    pub(super) replaced: Vec<Vec<bool>>,
}

/// Households in order of their keys, of which deltas may say something.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// Some that were known, and of which nothing else is said.
    Known(Range<usize>),
    /// One of a delta.
    Said {
        /// Its number among those that were known.
        known: Option<usize>,
        /// Which delta, and its number there.
        place: Place,
    },
}

/// The number of a delta, and that of a household in it.
pub(super) type Place = (usize, usize);

impl Step {
    /// How many households it is.
    pub(super) fn len(&self) -> usize {
        match self {
            Self::Known(of) => of.len(),
            Self::Said { .. } => 1,
        }
    }

    /// The part of it from one household on up to another one, by their numbers in it.
    pub(super) fn cut(&self, from: usize, to: usize) -> Option<Self> {
        match self {
            _ if from >= to => None,
            Self::Known(of) => Some(Self::Known(of.start + from..of.start + to)),
            Self::Said { known, place } => Some(Self::Said { known: *known, place: *place }),
        }
    }
}

/// How households that were known and those of deltas stand in order of their keys; `place` says where each of these is.
pub(super) fn steps(known: &Texts, said: &Texts, place: impl Fn(usize) -> Place) -> Vec<Step> {
    let (mut all, mut next) = (Vec::new(), 0);
    let mut add = |of: Range<usize>, then: Option<Step>| {
        all.extend(Some(Step::Known(of)).filter(|it| it.len() > 0).into_iter().chain(then));
    };
    for number in 0..said.len() {
        let key = said.bytes(number);
        let at = known.lower_bound_from(next, key);
        let known = (at < known.len() && known.bytes(at) == key).then_some(at);
        add(next..at, Some(Step::Said { known, place: place(number) }));
        next = at + usize::from(known.is_some());
    }
    add(next..known.len(), None);
    all
}

/// How many households some steps are.
pub(super) fn households(steps: &[Step]) -> usize {
    steps.iter().map(Step::len).sum()
}

impl Marks {
    /// Of whole households, so many in so many tables.
    pub(super) fn whole(households: usize, tables: usize) -> Self {
        Self { told: vec![true; households], replaced: vec![vec![true; households]; tables] }
    }

    fn is_told(&self, number: usize) -> bool {
        self.told.get(number) == Some(&true)
    }

    pub(super) fn is_replaced(&self, slot: usize, number: usize) -> bool {
        self.replaced.get(slot).and_then(|it| it.get(number)) == Some(&true)
    }

    /// Those of the same households with others that are later.
    fn followed_by(&self, later: &Self, steps: &[Step]) -> Self {
        let joined = |earlier: &[bool], later: &[bool]| {
            let mark = |of: &[bool], at: usize| of.get(at).copied().unwrap_or_default();
            let mut all = Vec::with_capacity(households(steps));
            for step in steps {
                match step {
                    Step::Known(of) => all.extend(of.clone().map(|it| mark(earlier, it))),
                    Step::Said { known, place } => {
                        let was = known.is_some_and(|it| mark(earlier, it));
                        all.push(was || mark(later, place.1));
                    }
                }
            }
            all
        };
        let tables = self.replaced.iter().zip(&later.replaced);
        Self {
            told: joined(&self.told, &later.told),
            replaced: tables.map(|it| joined(it.0, it.1)).collect(),
        }
    }
}

impl Delta {
    /// How many households there are.
    pub(super) fn len(&self) -> usize {
        self.columns.len()
    }

    /// Deltas of households that come after each other, as one.
    pub(super) fn in_a_row(mut all: Vec<Self>) -> Self {
        if let [_] = all.as_slice() {
            return all.swap_remove(0);
        }
        let mut marks = Marks::default();
        for it in &all {
            marks.told.extend(&it.marks.told);
            marks.replaced.resize_with(it.marks.replaced.len(), Vec::new);
            marks.replaced.iter_mut().zip(&it.marks.replaced).for_each(|it| it.0.extend(it.1));
        }
        let columns: Vec<Columns> = all.into_iter().map(|it| it.columns).collect();
        Self { columns: Columns::in_a_row(&columns), marks }
    }

    /// What both say, of which the other one is later.
    pub(super) fn followed_by(self, later: &Self) -> Self {
        let steps = steps(&self.columns.keys, &later.columns.keys, |it| (0, it));
        let marks = self.marks.followed_by(&later.marks, &steps);
        Self { columns: laid(Cow::Owned(self.columns), &[later], &steps), marks }
    }
}

/// Households as they are with what deltas say of them. All number texts alike.
pub(super) fn laid(mut known: Cow<'_, Columns>, deltas: &[&Delta], steps: &[Step]) -> Columns {
    let over = Over::of(&known, deltas, steps);
    let (mut households, mut fields) = over.households();
    let slots = known.kinds().tables.len();
    let layings = (0..slots).into_par_iter().map(|slot| over.laying(slot));
    let mut layings: Vec<Laying> = layings.collect();
    let (changed, quarantined, deltas) = (over.changed(), over.quarantined(), over.deltas);
    let kept = match &mut known {
        Cow::Owned(known) => Kept::of(known, (&mut households, &mut fields), &mut layings),
        Cow::Borrowed(_) => Kept::default(),
    };
    let from: Vec<&Columns> =
        std::iter::once(&*known).chain(deltas.iter().map(|it| &it.columns)).collect();
    let mut own = Columns::assembled(&from, (&households, &fields), &layings);
    own.keys = kept.keys.unwrap_or(own.keys);
    own.fields = kept.fields.unwrap_or(own.fields);
    for (table, kept) in own.tables.iter_mut().zip(kept.tables) {
        table.columns = kept.unwrap_or_else(|| std::mem::take(&mut table.columns));
    }
    (own.changed, own.quarantined) = (changed, quarantined);
    own
}

/// What stays as it was, and is not copied.
#[derive(Default)]
struct Kept {
    keys: Option<Texts>,
    fields: Option<Vec<Option<Column>>>,
    /// The columns of each table.
    tables: Vec<Option<Vec<Option<Column>>>>,
}

impl Kept {
    /// Takes it from what was known; of that there are no runs any more.
    fn of(
        known: &mut Columns,
        (households, fields): (&mut Vec<Run>, &mut Vec<Run>),
        layings: &mut [Laying],
    ) -> Self {
        let all = 0..known.len();
        let mut own = Self {
            keys: stays(households, &all).then(|| std::mem::take(&mut known.keys)),
            fields: stays(fields, &all).then(|| std::mem::take(&mut known.fields)),
            tables: Vec::new(),
        };
        for (slot, laying) in layings.iter_mut().enumerate() {
            let table = known.tables.get_mut(slot);
            let rows = table.as_ref().and_then(|it| it.offsets.last()).map_or(0, |it| *it as usize);
            let stays = stays(&mut laying.rows, &(0..rows));
            own.tables.push(table.filter(|_| stays).map(|it| std::mem::take(&mut it.columns)));
        }
        own
    }
}

/// Are these runs all that was known, and nothing else? Then there is none any more.
fn stays(runs: &mut Vec<Run>, all: &Range<usize>) -> bool {
    let stays = match runs.as_slice() {
        [Run { from: 0, of }] => of == all,
        other => other.is_empty() && all.is_empty(),
    };
    if stays {
        runs.clear();
    }
    stays
}

/// How what is said lies over what was known.
struct Over<'o, 'd> {
    known: &'o Columns,
    /// Those deltas that say something.
    deltas: &'d [&'d Delta],
    /// The number of the first of them.
    first: usize,
    steps: &'o [Step],
}

impl<'o, 'd> Over<'o, 'd> {
    fn of(known: &'o Columns, deltas: &'d [&'d Delta], steps: &'o [Step]) -> Self {
        let said = steps.iter().filter_map(|it| match it {
            Step::Known(_) => None,
            Step::Said { place, .. } => Some(place.0),
        });
        let first = said.clone().min().unwrap_or_default();
        let end = said.max().map_or(first, |it| it + 1);
        Self { known, deltas: deltas.get(first..end).unwrap_or_default(), first, steps }
    }

    /// The delta with a number, and which source of runs it is: what was known is the first one.
    fn said(&self, number: usize) -> Option<(&'d Delta, usize)> {
        let at = number - self.first;
        Some((self.deltas.get(at).copied()?, at + 1))
    }

    /// Where the keys of households are, and where their fields.
    fn households(&self) -> (Vec<Run>, Vec<Run>) {
        let (mut households, mut fields) = (Vec::new(), Vec::new());
        for step in self.steps {
            match step {
                Step::Known(of) => {
                    Run::add(&mut households, 0, of.clone());
                    Run::add(&mut fields, 0, of.clone());
                }
                Step::Said { known, place: (delta, at) } => {
                    let Some((delta, source)) = self.said(*delta) else { continue };
                    let said = (source, *at);
                    let own = known.map_or(said, |it| (0, it));
                    Run::add(&mut households, own.0, own.1..own.1 + 1);
                    let own = if delta.marks.is_told(*at) { said } else { own };
                    Run::add(&mut fields, own.0, own.1..own.1 + 1);
                }
            }
        }
        (households, fields)
    }

    /// Which records of a table households have.
    fn laying(&self, slot: usize) -> Laying {
        let own = self.known.tables.get(slot).map_or(&[][..], |it| &it.offsets);
        let (mut rows, mut count) = (Vec::new(), 0_usize);
        let mut offsets = Vec::with_capacity(households(self.steps) + 1);
        let short = |it: usize| u32::try_from(it).unwrap_or(u32::MAX);
        offsets.push(0);
        for step in self.steps {
            match step {
                Step::Known(of) => {
                    let own = own.get(of.start..=of.end).unwrap_or_default();
                    let first = own.first().copied().unwrap_or_default();
                    let last = own.last().copied().unwrap_or_default();
                    let before = short(count);
                    let end = |it: &u32| before.saturating_add(it.saturating_sub(first));
                    offsets.extend(own.iter().skip(1).map(end));
                    Run::add(&mut rows, 0, first as usize..last as usize);
                    count += (last - first) as usize;
                }
                Step::Said { known, place: (delta, at) } => {
                    let Some((delta, source)) = self.said(*delta) else { continue };
                    if let Some(number) = known.filter(|_| !delta.marks.is_replaced(slot, *at)) {
                        let before = self.known.rows(slot, number);
                        count += before.len();
                        Run::add(&mut rows, 0, before);
                    }
                    let new = delta.columns.rows(slot, *at);
                    count += new.len();
                    Run::add(&mut rows, source, new);
                    offsets.push(short(count));
                }
            }
        }
        Laying { offsets, rows }
    }

    /// With which delivery each household changed last; nothing where that is not known of all.
    fn changed(&self) -> Vec<u32> {
        let is_known = |it: &Columns| it.changed.len() == it.len();
        if !is_known(self.known) || !self.deltas.iter().all(|it| is_known(&it.columns)) {
            return Vec::new();
        }
        let mut all = Vec::with_capacity(households(self.steps));
        for step in self.steps {
            match step {
                Step::Known(of) => {
                    let own = self.known.changed.get(of.clone()).unwrap_or_default();
                    all.extend_from_slice(own);
                }
                Step::Said { place: (delta, at), .. } => {
                    let own = self.said(*delta).and_then(|it| it.0.columns.changed.get(*at));
                    all.push(own.copied().unwrap_or_default());
                }
            }
        }
        all
    }

    /// How many rows of each table are quarantined of each household.
    fn quarantined(&self) -> BTreeMap<usize, Vec<(usize, u32)>> {
        let mut all = BTreeMap::new();
        let are_none = |it: &Columns| it.quarantined.is_empty();
        if are_none(self.known) && self.deltas.iter().all(|it| are_none(&it.columns)) {
            return all;
        }
        let mut first = 0;
        for step in self.steps {
            match step {
                Step::Known(of) => {
                    let own = self.known.quarantined.range(of.clone());
                    all.extend(own.map(|it| (it.0 - of.start + first, it.1.clone())));
                }
                Step::Said { known, place: (delta, at) } => {
                    let Some((delta, _)) = self.said(*delta) else { continue };
                    let was = known.and_then(|it| self.known.quarantined.get(&it));
                    let was = was.into_iter().flatten();
                    let was = was.filter(|it| !delta.marks.is_replaced(it.0, *at));
                    let own = with(was.copied().collect(), delta.columns.quarantined.get(at));
                    if !own.is_empty() {
                        all.insert(first, own);
                    }
                }
            }
            first += step.len();
        }
        all
    }
}

/// So many quarantined rows of each table, with more of them.
pub(super) fn with(
    mut own: Vec<(usize, u32)>,
    more: Option<&Vec<(usize, u32)>>,
) -> Vec<(usize, u32)> {
    for (slot, rows) in more.into_iter().flatten() {
        match own.iter_mut().find(|it| it.0 == *slot) {
            Some(own) => own.1 += rows,
            None => own.push((*slot, *rows)),
        }
    }
    own.sort_unstable();
    own
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;
    use std::collections::BTreeMap;
    use std::sync::Arc;

    use heng_dsl::check::check;
    use heng_dsl::model::linked::{LinkTable, Linked};
    use heng_dsl::value::{Date, Value};
    use heng_dsl::world::MemoryWorld;

    use super::{Delta, Marks, Step, households, laid, steps};
    use crate::columns::Columns;
    use crate::data::{Household, Record, Register};

    const RULES: &str = "\
规则集 甲 版本 1

主体 户
  户号：文本 主键
  人数：整数

记录 处罚 按 日期
  日期：日期

记录 检查 按 日期
  日期：日期
";

    fn linked() -> Linked {
        let world = MemoryWorld::default().with("甲/甲.heng", RULES);
        let checked = check(&world, &["甲".to_owned()], &LinkTable::new());
        checked.linked.unwrap_or_else(|| panic!("{:?}", checked.diagnostics))
    }

    /// What is known or said of a household: its row, and in each table whether that is all, records and quarantined rows.
    #[derive(Clone, Default)]
    struct Own {
        row: Option<Value>,
        tables: [(bool, Vec<i64>, u32); 2],
    }

    type All = BTreeMap<String, Own>;

    struct Draw(u64);

    impl Draw {
        fn below(&mut self, most: u64) -> u64 {
            self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (self.0 >> 33) % most
        }

        /// Some households of twelve; where something may be known of them, not all of it is told.
        fn some(&mut self, may_be_known: bool) -> All {
            let mut all = All::new();
            for number in 0..self.below(13) {
                if self.below(3) == 0 {
                    continue;
                }
                let mut own = Own::default();
                let is_told = !may_be_known || self.below(3) == 0;
                let row = if self.below(4) == 0 {
                    Value::Missing
                } else {
                    Value::whole(number.cast_signed())
                };
                own.row = is_told.then_some(row);
                for table in &mut own.tables {
                    let rows = (0..self.below(4)).map(|_| self.below(100).cast_signed()).collect();
                    let quarantined = u32::try_from(self.below(6)).unwrap().saturating_sub(4);
                    *table = (may_be_known && self.below(4) == 0, rows, quarantined);
                }
                all.insert(format!("户{number:02}"), own);
            }
            all
        }
    }

    /// What is known of households with what is said later.
    fn expected(mut known: All, said: &All) -> All {
        for (key, said) in said {
            let own = known.entry(key.clone()).or_default();
            own.row = said.row.clone().or(own.row.take());
            for (own, (is_all, rows, quarantined)) in own.tables.iter_mut().zip(&said.tables) {
                if *is_all {
                    *own = (false, Vec::new(), 0);
                }
                own.1.extend(rows);
                own.2 += quarantined;
            }
        }
        known
    }

    fn columns(linked: &Linked, all: &All) -> Columns {
        let each = all.iter().map(|(key, own)| {
            let date = |it: &i64| Value::Date(Date::from_epoch_days(*it).unwrap());
            let record = |it: &i64| Record { values: vec![date(it)] };
            let quarantined = own.tables.iter().enumerate().filter(|it| it.1.2 > 0);
            Household {
                key: Arc::from(key.as_str()),
                fields: vec![Value::Missing, own.row.clone().unwrap_or(Value::Missing)],
                records: own.tables.iter().map(|it| it.1.iter().map(record).collect()).collect(),
                quarantined: quarantined.map(|it| (it.0, it.1.2)).collect(),
                history: Vec::new(),
            }
        });
        let register = Register { households: each.collect(), cutoff: None };
        let mut columns = Columns::of_register(&register, linked).unwrap();
        columns.key_fields = columns.key_fields_of(linked);
        columns.changed = vec![0; columns.len()];
        columns
    }

    fn delta(linked: &Linked, all: &All, number: u32) -> Delta {
        let mut columns = columns(linked, all);
        columns.changed.fill(number);
        let replaced = |slot: usize| all.values().map(|it| it.tables[slot].0).collect();
        let told = all.values().map(|it| it.row.is_some()).collect();
        Delta { columns, marks: Marks { told, replaced: vec![replaced(0), replaced(1)] } }
    }

    fn over(known: Columns, said: &Delta) -> Columns {
        let steps = steps(&known.keys, &said.columns.keys, |it| (0, it));
        assert_eq!(households(&steps), {
            let mut keys: Vec<&str> = (0..known.len()).map(|it| known.keys.get(it)).collect();
            keys.extend((0..said.len()).map(|it| said.columns.keys.get(it)));
            keys.sort_unstable();
            keys.dedup();
            keys.len()
        });
        laid(Cow::Owned(known), &[said], &steps)
    }

    #[test]
    fn one_after_the_other_and_both_together_come_to_the_same() {
        let linked = linked();
        for seed in 0..400 {
            let mut draw = Draw(seed);
            let (known, first, second) = (draw.some(false), draw.some(true), draw.some(true));
            let all = expected(expected(known.clone(), &first), &second);
            let expected = columns(&linked, &all).register().households;
            let deltas = || (delta(&linked, &first, 1), delta(&linked, &second, 2));
            let (a, b) = deltas();
            let found = over(over(columns(&linked, &known), &a), &b);
            assert_eq!(found.register().households, expected, "seed {seed}");
            let both = a.followed_by(&b);
            let again = over(columns(&linked, &known), &both);
            assert_eq!(again.register().households, expected, "seed {seed}");
            assert_eq!(again.changed, found.changed, "seed {seed}");
            // As two parts, cut anywhere.
            let (a, _) = deltas();
            let own = columns(&linked, &known);
            let all = steps(&own.keys, &both.columns.keys, |it| (0, it));
            let mut parts = Vec::new();
            let middle = households(&all) / 2;
            for cut in [0..middle, middle..households(&all)] {
                let (mut steps, mut first): (Vec<Step>, usize) = (Vec::new(), 0);
                for step in &all {
                    let len = step.len();
                    let (from, to) = (cut.start.max(first), cut.end.min(first + len));
                    if from < to {
                        steps.extend(step.cut(from - first, to - first));
                    }
                    first += len;
                }
                parts.push(laid(Cow::Borrowed(&own), &[&both], &steps));
            }
            let own = Columns::in_a_row(&parts);
            assert_eq!(own.register().households, expected, "seed {seed}");
            assert_eq!(a.len(), first.len());
        }
    }

    #[test]
    fn whole_households_take_the_place_of_those_that_were_known() {
        let linked = linked();
        let mut draw = Draw(7);
        let (known, said) = (draw.some(false), draw.some(false));
        let whole = Delta { columns: columns(&linked, &said), marks: Marks::whole(said.len(), 2) };
        let found = over(columns(&linked, &known), &whole).register().households;
        let mut all = known;
        all.extend(said);
        assert_eq!(found, columns(&linked, &all).register().households);
    }
}
