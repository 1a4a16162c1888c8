//! What a proof works with: the two versions side by side, the leaves met so far, and what it may cost.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use heng_dsl::model::{Content, Expr, Id, Let, Source, Version, Window};
use heng_dsl::value::{Date, Decimal, Value};

use super::cause::Within;
use super::classes::Classes;
use super::dist::Dist;
use super::eval::{Eval, Res, Stop};
use super::keys::{Key, Keys};
use super::leaf::{Abs, Leaf, State};
use super::number::{LeafId, floor};
use super::records::Counts;
use super::side::Side;
use super::{Budget, Reason};
use crate::program::Program;

/// Rows of tables that may be asked; more is as good as too many cells.
pub(super) const MOST_ROWS: usize = 40_000_000;

/// A declaration in the old and in the new version.
pub(super) type Pair = [Option<usize>; 2];

/// Cells, and the answers in them.
pub(super) type Case = (State, Vec<Vec<Value>>);

/// A question: of which version, about a record of which table (or none), and what it asks.
pub(super) type Ask<'f, 'p> =
    (usize, Option<Key>, &'f dyn Fn(&mut Eval<'_, 'p>) -> Res<Vec<Value>>);

/// Two versions side by side.
pub(super) struct Prover<'p> {
    pub(super) sides: [Side<'p>; 2],
    pub(super) budget: Budget,
    /// How many combinations of cells were worked out.
    pub(super) spent: usize,
    /// How many rows of tables were asked.
    pub(super) rows: usize,
    keys: Keys,
    leaves: Vec<Leaf>,
    ids: BTreeMap<String, LeafId>,
    pub(super) dists: BTreeMap<(Pair, bool), Result<Rc<Dist>, Reason>>,
    /// The package of each version whose 适用 is taken to hold.
    assume: [Option<usize>; 2],
    pub(super) counts: Counts<'p>,
    /// Records by what all rules make of them, where everything is looked at together.
    pub(super) classes: Classes,
    /// Which rule could not be bounded.
    pub(super) blame: Option<Id>,
    /// Packages of the old and of the new side whose declarations are compared.
    twins: Option<(Id, Id)>,
    /// Declarations whose values are taken to be those of a leaf.
    given: BTreeMap<usize, LeafId>,
    /// What is known of expressions by where they stand, so that a meaning is written out only once.
    pub(super) met: Met,
    /// What is taken to be so of the household.
    pub(super) within: Within,
}

/// Where something stands in a version: the side, and its place in memory, which it never leaves.
pub(super) type Place = (usize, usize);

/// What is asked, where, of a record of which table, and with which package taken to hold.
pub(super) type Asked = (&'static str, Place, Option<Key>, Option<usize>);

/// What is known of expressions by where they stand.
#[derive(Debug, Default)]
pub(super) struct Met {
    /// The leaf, by what is asked, of a record of which table, and the package taken to hold.
    pub(super) leaves: BTreeMap<Asked, LeafId>,
    /// Can it be told one by one?
    pub(super) countable: BTreeMap<Place, bool>,
    /// What it is worth for everybody.
    pub(super) constants: BTreeMap<Place, Value>,
    /// The days of a window.
    pub(super) stretches: BTreeMap<Place, Option<(i64, i64)>>,
    /// The key of a content.
    pub(super) contents: BTreeMap<Place, Key>,
    /// The key of a source.
    pub(super) sources: BTreeMap<Place, Key>,
    /// May it be 不适用, with a package taken to hold?
    pub(super) absent: BTreeMap<(Place, Option<usize>), bool>,
    /// The leaf of a declaration that is worked out by itself, with the package taken to hold on each side.
    pub(super) apart: BTreeMap<(usize, usize, [Option<usize>; 2]), LeafId>,
    /// Does a value add up so much that it is worked out by itself?
    pub(super) sums: BTreeMap<Pair, bool>,
}

impl<'p> Prover<'p> {
    pub(super) fn new(old: &'p Program, new: &'p Program, as_of: Date, budget: Budget) -> Self {
        Self {
            sides: [Side::new(0, old, as_of), Side::new(1, new, as_of)],
            budget,
            spent: 0,
            rows: 0,
            keys: Keys::default(),
            leaves: Vec::new(),
            ids: BTreeMap::new(),
            dists: BTreeMap::new(),
            assume: [None, None],
            counts: Counts::default(),
            classes: Classes::default(),
            blame: None,
            twins: None,
            given: BTreeMap::new(),
            met: Met::default(),
            within: Within::default(),
        }
    }

    /// Takes the household to have one more record of a table on the new side; both are the same version.
    pub(super) fn with_one_more(mut self, table: usize) -> Self {
        self.sides[1].add_one(table);
        self
    }

    /// Takes a declaration to be worse on the new side; both are the same version.
    pub(super) fn with_worse(mut self, slot: usize) -> Self {
        self.sides[1].make_worse(slot);
        self
    }

    /// Takes the declarations of one package to stand for those of another one on the old side.
    pub(super) fn with_twins(mut self, old: Id, new: Id) -> Self {
        self.twins = Some((old, new));
        self
    }

    /// Takes a declaration to have the values of a leaf.
    pub(super) fn take(&mut self, slot: usize, leaf: LeafId) {
        self.given.insert(slot, leaf);
    }

    /// Takes a declaration to be worth what it is worth.
    pub(super) fn release(&mut self, slot: usize) {
        self.given.remove(&slot);
    }

    /// A number that no leaf has yet.
    pub(super) fn fresh(&self) -> usize {
        self.leaves.len()
    }

    /// The leaf whose values a declaration is taken to have.
    pub(super) fn given(&self, slot: usize) -> Option<LeafId> {
        self.given.get(&slot).copied()
    }

    /// A declaration of one version and the one of that name in the other.
    pub(super) fn pair_of(&self, side: usize, slot: usize) -> Pair {
        let (package, id) = self.sides[side].name(slot);
        let package = match &self.twins {
            Some((old, new)) if side == 0 && package == *old => new.clone(),
            Some((old, new)) if side == 1 && package == *new => old.clone(),
            _ => package,
        };
        let other = self.sides[1 - side].linked().find_decl(&package, &id);
        if side == 0 { [Some(slot), other] } else { [other, Some(slot)] }
    }

    /// Does a declaration mean the same in both versions?
    pub(super) fn is_unchanged(&mut self, pair: Pair) -> bool {
        match pair {
            [Some(old), Some(new)] => {
                self.keys.decl(&self.sides[0], old) == self.keys.decl(&self.sides[1], new)
            }
            _ => false,
        }
    }

    /// Does a declaration, or a rule of a classification by its number, mean the same in both versions but for
    /// grades that it reads?
    pub(super) fn follows_grades(&self, pair: [usize; 2], decide: [Option<usize>; 2]) -> bool {
        let mut keys = Keys::default();
        self.sides.iter().for_each(|it| keys.take_grades(it));
        let [old, new] = [0, 1].map(|at| match decide[at] {
            None => Some(keys.decl(&self.sides[at], pair[at])),
            Some(number) => {
                let rule = self.sides[at].rule(pair[at], number)?.2;
                Some(keys.version(&self.sides[at], rule))
            }
        });
        old.is_some() && old == new
    }

    /// Does the 适用 of a package mean the same in both versions?
    pub(super) fn is_same_scope(&mut self, [old, new]: [usize; 2]) -> bool {
        self.keys.scope(&self.sides[0], old) == self.keys.scope(&self.sides[1], new)
    }

    pub(super) fn key_of(&mut self, side: usize, expr: &Expr, lets: &[Let]) -> Key {
        self.keys.expr(&self.sides[side], expr, lets)
    }

    pub(super) fn key_of_source(
        &mut self,
        side: usize,
        source: &'p Source,
        lets: &'p [Let],
    ) -> Key {
        let place = (side, std::ptr::from_ref(source).addr());
        if let Some(known) = self.met.sources.get(&place) {
            return *known;
        }
        let key = self.keys.source(&self.sides[side], source, lets);
        self.met.sources.insert(place, key);
        key
    }

    pub(super) fn key_of_content(
        &mut self,
        side: usize,
        content: &'p Content,
        lets: &'p [Let],
    ) -> Key {
        let place = (side, std::ptr::from_ref(content).addr());
        if let Some(known) = self.met.contents.get(&place) {
            return *known;
        }
        let key = self.keys.content(&self.sides[side], content, lets);
        self.met.contents.insert(place, key);
        key
    }

    pub(super) fn key_of_field(&mut self, side: usize, slot: usize) -> Key {
        self.keys.field(&self.sides[side], slot)
    }

    pub(super) fn key_of_rule(&mut self, side: usize, rule: &Version) -> Key {
        self.keys.version(&self.sides[side], rule)
    }

    pub(super) fn key_of_table(&mut self, side: usize, slot: usize) -> Key {
        self.keys.table(&self.sides[side], slot)
    }

    /// The value of an expression in which no household has a part.
    pub(super) fn constant(&mut self, side: usize, expr: &'p Expr, lets: &'p [Let]) -> Value {
        let place = (side, std::ptr::from_ref(expr).addr());
        let side = &self.sides[side];
        self.met.constants.entry(place).or_insert_with(|| side.constant(expr, lets)).clone()
    }

    /// The first and the last day of a window that is the same for every household.
    pub(super) fn stretch(
        &mut self,
        side: usize,
        window: &'p Window,
        lets: &'p [Let],
    ) -> Option<(i64, i64)> {
        let place = (side, std::ptr::from_ref(window).addr());
        let side = &self.sides[side];
        *self.met.stretches.entry(place).or_insert_with(|| side.stretch(window, lets))
    }

    /// Is there a leaf of that name?
    pub(super) fn knows(&self, name: &str) -> bool {
        self.ids.contains_key(name)
    }

    /// Another name for a leaf.
    pub(super) fn rename(&mut self, name: &str, leaf: LeafId) {
        self.ids.insert(name.to_owned(), leaf);
    }

    pub(super) fn leaf(&self, id: LeafId) -> &Leaf {
        &self.leaves[id]
    }

    /// The leaf under a key; it is made where there is none.
    pub(super) fn leaf_under(&mut self, key: String, make: impl FnOnce() -> Leaf) -> LeafId {
        let next = self.leaves.len();
        let id = *self.ids.entry(key).or_insert(next);
        if id == next {
            self.leaves.push(make());
        }
        id
    }

    /// The leaf of a declaration that is worked out by itself.
    pub(super) fn leaf_of_pair(&mut self, pair: Pair) -> Result<LeafId, Reason> {
        let raw = self.is_assumed(pair);
        let dist = self.dist(pair, raw)?;
        let time = self.time_of(pair);
        Ok(self.leaf_under(format!("pair {pair:?} {raw}{time}"), || dist.leaf()))
    }

    /// The package of a version whose 适用 is taken to hold.
    pub(super) fn assumed(&self, side: usize) -> Option<usize> {
        self.assume[side]
    }

    /// The packages of both versions whose 适用 is taken to hold.
    pub(super) fn assumption(&self) -> [Option<usize>; 2] {
        self.assume
    }

    /// The package of a declaration, where it has a say in who the declaration is about.
    pub(super) fn package_of(&self, pair: Pair, side: usize) -> Option<usize> {
        let slot = pair[side].filter(|it| self.sides[side].is_bound(*it));
        slot.map(|it| self.sides[side].linked().package_of(it))
    }

    /// Takes the 适用 of these packages to hold; gives those of which it was taken before.
    pub(super) fn take_to_hold(&mut self, packages: [Option<usize>; 2]) -> [Option<usize>; 2] {
        std::mem::replace(&mut self.assume, packages)
    }

    pub(super) fn is_assumed(&self, pair: Pair) -> bool {
        let assumed = |side: usize| {
            let own = pair[side].map(|it| self.sides[side].linked().package_of(it));
            own.is_none() || own == self.assume[side]
        };
        assumed(0) && assumed(1)
    }

    /// The values that a declaration can have in both versions. `raw`: where the 适用 of its package
    /// holds.
    pub(super) fn dist(&mut self, pair: Pair, raw: bool) -> Result<Rc<Dist>, Reason> {
        if let Some(known) = self.dists.get(&(pair, raw)) {
            return known.clone();
        }
        let found = if raw {
            let before = self.take_to_hold([0, 1].map(|side| self.package_of(pair, side)));
            let found = self.raw_dist(pair);
            self.take_to_hold(before);
            found
        } else {
            self.full_dist(pair)
        };
        let found = found.map(Rc::new);
        if found.is_err() && self.blame.is_none() {
            let name = |side: usize| Some(self.sides[side].linked().decl(pair[side]?).name.clone());
            self.blame = name(0).or_else(|| name(1));
        }
        self.dists.insert((pair, raw), found.clone());
        found
    }

    /// What comes out of something in both versions, in all cells that it tells apart.
    pub(super) fn explore(
        &mut self,
        unchanged: bool,
        ask: &dyn Fn(&mut Eval<'_, 'p>) -> Res<Vec<Value>>,
    ) -> Result<BTreeSet<(Value, Value)>, Reason> {
        self.explore_in(&State::new(), unchanged, ask)
    }

    /// The same within some cells.
    pub(super) fn explore_in(
        &mut self,
        state: &State,
        unchanged: bool,
        ask: &dyn Fn(&mut Eval<'_, 'p>) -> Res<Vec<Value>>,
    ) -> Result<BTreeSet<(Value, Value)>, Reason> {
        let asks: [Ask<'_, 'p>; 2] = [(0, None, ask), (1, None, ask)];
        let asks = if unchanged { &asks[..1] } else { &asks[..] };
        let cases = self.cases(vec![state.clone()], asks, self.budget.cells)?;
        let found: BTreeSet<Vec<Value>> = cases.into_iter().flat_map(|it| it.1).collect();
        let pair = |mut it: Vec<Value>| {
            let last = it.pop()?;
            Some((it.pop().unwrap_or_else(|| last.clone()), last))
        };
        Ok(found.into_iter().filter_map(pair).collect())
    }

    /// The answers to some questions, together for each of the cells that they tell apart, of which
    /// there may be so many.
    pub(super) fn vectors(
        &mut self,
        asks: &[Ask<'_, 'p>],
        most: usize,
    ) -> Result<BTreeSet<Vec<Value>>, Reason> {
        let cases = self.cases(vec![State::new()], asks, most)?;
        Ok(cases.into_iter().flat_map(|it| it.1).collect())
    }

    /// The cells that some questions tell apart, within those that are given, each with the answers.
    pub(super) fn cases(
        &mut self,
        from: Vec<State>,
        asks: &[Ask<'_, 'p>],
        most: usize,
    ) -> Result<Vec<Case>, Reason> {
        let mut found: Vec<Case> = Vec::new();
        let mut waiting = from;
        let (mut done, mut many) = (0, 0);
        while let Some(state) = waiting.pop() {
            self.spent += 1;
            done += 1;
            if done > most || self.rows > MOST_ROWS {
                return Err(Reason::Cells(most));
            }
            let mut answers: Vec<Vec<Value>> = vec![Vec::new()];
            let mut is_whole = true;
            for (side, record, ask) in asks {
                let eval = &mut Eval { prover: self, side: *side, state: &state, record: *record };
                match ask(eval) {
                    Ok(values) => {
                        if answers.len().saturating_mul(values.len()) > self.budget.values {
                            return Err(Reason::Values(self.budget.values));
                        }
                        answers = each_with(&answers, &values);
                    }
                    Err(Stop::GiveUp(reason)) => return Err(reason),
                    Err(Stop::Split(leaf, cells)) => {
                        is_whole = false;
                        for cell in cells.into_iter().rev() {
                            let mut narrower = state.clone();
                            narrower.insert(leaf, cell);
                            if self.agree(&mut narrower) {
                                waiting.push(narrower);
                            }
                        }
                        break;
                    }
                }
            }
            if is_whole {
                many += answers.len();
                found.push((state, answers));
            }
            if many > self.budget.values {
                return Err(Reason::Values(self.budget.values));
            }
        }
        Ok(found)
    }
}

/// Each list with each value behind it.
fn each_with(lists: &[Vec<Value>], values: &[Value]) -> Vec<Vec<Value>> {
    let with = |list: &Vec<Value>, value: &Value| {
        let mut list = list.clone();
        list.push(value.clone());
        list
    };
    lists.iter().flat_map(|list| values.iter().map(move |it| with(list, it))).collect()
}

impl Eval<'_, '_> {
    /// The values that something may have: one, unless it is a number between bounds that cannot be
    /// told any closer; then all numbers between them.
    pub(super) fn values(&self, worth: &Abs, places: u8) -> Res<Vec<Value>> {
        if let Some(known) = worth.known() {
            return Ok(vec![known]);
        }
        let Abs::Number(number) = worth else { return Err(Stop::GiveUp(Reason::Type)) };
        match self.refine(number) {
            Err(Stop::GiveUp(reason)) => {
                let all = lattice(number.low, number.high, places, self.prover.budget.values);
                all.ok_or(Stop::GiveUp(reason))
            }
            other => other,
        }
    }
}

/// All numbers with so many places between bounds; nothing where there are more than `most`.
fn lattice(
    low: Option<Decimal>,
    high: Option<Decimal>,
    places: u8,
    most: usize,
) -> Option<Vec<Value>> {
    let low = floor(low?.negated(), places)?.negated().mantissa();
    let high = floor(high?, places)?.mantissa();
    if usize::try_from(high.checked_sub(low)?).ok()? > most {
        return None;
    }
    let all = (low..=high).map(|it| Decimal::new(it, places).map(|it| Value::Number(it.trimmed())));
    all.collect()
}
