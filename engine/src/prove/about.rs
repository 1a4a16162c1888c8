//! One question about two versions: bounded from above, searched from below, and told.

use std::collections::BTreeSet;

use heng_dsl::model::linked::Linked;
use heng_dsl::model::{DeclKind, Id, Version};
use heng_dsl::value::{Date, Value};

use super::given::Facts;
use super::prover::Prover;
use super::report::{GaveUp, Outcome, Proof, Reason, Subject, Tier, Transition, Verdict};
use super::search::Search;
use super::side::Side;
use super::{Budget, Forms, condition, every, witness};
use crate::explain::Named;
use crate::graph::Thing;
use crate::program::Program;

/// What is compared.
pub(super) struct About<'p> {
    pub(super) subject: Subject,
    pub(super) programs: [&'p Program; 2],
    /// The declaration; of a direct determination the classification that it acts on.
    pub(super) slots: [usize; 2],
    /// The number of a direct determination among those of the classification.
    pub(super) decide: [Option<usize>; 2],
    /// The members of the grade, or the labels of a tag.
    pub(super) members: Vec<Id>,
    pub(super) as_of: Date,
    pub(super) budget: Budget,
}

/// The results in both versions that could come out.
type Pairs = Result<BTreeSet<(Outcome, Outcome)>, Reason>;

/// Everything that could come out, as far as it is bounded.
struct Bound {
    pairs: Pairs,
    /// The rule that has no bound.
    blame: Option<Id>,
    same: bool,
    /// By the word of a solver that counts in binary fractions.
    by_solver: bool,
    cells: usize,
}

impl<'p> About<'p> {
    /// Bounds what could come out from above, then looks for households.
    pub(super) fn proof<'f>(&self, forms: &'f Forms<'_>, apart: &mut Prover<'f>) -> Proof {
        self.proof_from(forms, apart, &mut Vec::new())
    }

    /// The same, where households are known that get different grades of what is read; those that are found are
    /// added.
    pub(super) fn proof_from<'f>(
        &self,
        forms: &'f Forms<'_>,
        apart: &mut Prover<'f>,
        seeds: &mut Vec<Facts>,
    ) -> Proof {
        let bound = self.bound(forms, apart);
        let wanted = match &bound.pairs {
            Ok(pairs) => pairs.iter().copied().filter(|it| it.0 != it.1).collect(),
            Err(_) => self.every(),
        };
        let is_equal =
            bound.same || matches!(&bound.pairs, Ok(it) if it.iter().all(|it| it.0 == it.1));
        let mut search = self.search(wanted);
        if !is_equal && self.subject == Subject::Grade {
            search = search.and_from_changed(self.changed_rules(forms, apart));
            search = search.with_causes(self.causes(forms, apart)).with_seeds(seeds.clone());
        }
        let follows = if is_equal { Vec::new() } else { self.followed(forms, apart) };
        if !is_equal && follows.is_empty() {
            search.run();
        }
        let moved = search.found.iter().filter(|it| it.0.0 != it.0.1);
        seeds.extend(moved.map(|it| it.1.clone()));
        self.report((bound, follows), search)
    }

    /// The rules of direct determinations of all grades that are read which do not hit the same households.
    fn changed_rules<'f>(
        &self,
        forms: &'f Forms<'_>,
        prover: &mut Prover<'f>,
    ) -> Vec<[&'p Version; 2]> {
        let [old, new] = self.programs.map(Program::linked);
        let sides = [0, 1].map(|side| Side::new(side, self.programs[side], self.as_of));
        let mut out = Vec::new();
        for thing in self.programs[0].upstream(self.slots[0]) {
            let Thing::Decl(slot) = thing else { continue };
            let package = old.name_of(old.package_of(slot));
            let Some(twin) = new.find_decl(&package, &old.decl(slot).id) else { continue };
            for (number, decide) in old.decides(slot).enumerate() {
                let other = new.decides(twin).position(|it| it.id == decide.id);
                let about = About {
                    subject: Subject::Decide,
                    slots: [slot, twin],
                    decide: [Some(number), other],
                    members: Vec::new(),
                    ..*self
                };
                let places = about.place(forms, 0).zip(about.place(forms, 1));
                let rules = sides[0]
                    .rule(slot, number)
                    .zip(sides[1].rule(twin, other.unwrap_or(usize::MAX)));
                if let (Some((a, b)), Some((before, after))) = (places, rules)
                    && !prover.is_same_hit([Some(a.0), Some(b.0)], [a.1, b.1])
                {
                    out.push([before.2, after.2]);
                }
            }
        }
        out
    }

    /// The declarations that were changed themselves, of either side.
    fn causes<'f>(&self, forms: &'f Forms<'_>, prover: &mut Prover<'f>) -> Vec<(usize, usize)> {
        let (Some(old), Some(new)) = (self.place(forms, 0), self.place(forms, 1)) else {
            return Vec::new();
        };
        let causes = prover.causes([Some(old.0), Some(new.0)]).unwrap_or_default();
        let mut out = Vec::new();
        for (side, slot) in causes.into_iter().flat_map(|it| it.into_iter().enumerate()) {
            let Some(slot) = slot else { continue };
            let form = forms.program(side).linked();
            let package = form.name_of(form.package_of(slot));
            let own = self.programs[side].linked().find_decl(&package, &form.decl(slot).id);
            out.extend(own.map(|it| (side, it)));
        }
        out
    }

    /// The grades that a tag, an alert, a list or a direct determination changes with, where nothing else of
    /// it changed.
    fn followed<'f>(&self, forms: &'f Forms<'_>, prover: &mut Prover<'f>) -> Vec<Id> {
        let both = self.place(forms, 0).zip(self.place(forms, 1));
        let Some((old, new)) = both.filter(|_| self.subject != Subject::Grade) else {
            return Vec::new();
        };
        if !prover.follows_grades([old.0, new.0], [old.1, new.1]) {
            return Vec::new();
        }
        let program = forms.program(1);
        let rule = new.1.and_then(|number| prover.sides[1].rule(new.0, number));
        let read = match rule {
            None => program.upstream(new.0),
            Some((_, _, rule)) => program.upstream_of(&condition::things_of(rule)),
        };
        let mut changed = Vec::new();
        for thing in read {
            let Thing::Decl(slot) = thing else { continue };
            let decl = program.linked().decl(slot);
            let is_grade =
                matches!(decl.kind, DeclKind::Classify { .. } | DeclKind::Overlay { .. });
            let pair = prover.pair_of(1, slot);
            if is_grade && !prover.is_unchanged(pair) {
                // A normal form has no names.
                let named = self.programs[1].linked();
                let package = program.linked().name_of(program.linked().package_of(slot));
                let named = named.find_decl(&package, &decl.id).map(|it| named.decl(it));
                changed.push(named.unwrap_or(decl).name.clone());
            }
        }
        changed
    }

    /// Every change that there is a word for.
    fn every(&self) -> BTreeSet<(Outcome, Outcome)> {
        if self.members.is_empty() {
            let both = [false, true].map(Outcome::Truth);
            return BTreeSet::from([(both[0], both[1]), (both[1], both[0])]);
        }
        every(u16::try_from(self.members.len()).unwrap_or(u16::MAX))
    }

    /// The search for households.
    fn search(&self, wanted: BTreeSet<(Outcome, Outcome)>) -> Search<'p> {
        let most = match self.subject {
            Subject::Grade => self.budget.households,
            // Each is one of many, and the question is a smaller one.
            Subject::Tag | Subject::Alert | Subject::List | Subject::Decide => {
                self.budget.households / 5
            }
        };
        let search = Search::new(self.programs, self.slots, self.as_of, (wanted, most));
        let sides = [0, 1].map(|side| Side::new(side, self.programs[side], self.as_of));
        let rules = [0, 1].map(|side| match self.decide[side] {
            Some(number) => sides[side].rule(self.slots[side], number).map(|it| it.2),
            None => sides[side].version(self.slots[side]),
        });
        match self.subject {
            Subject::Grade => search,
            Subject::Tag if !self.members.is_empty() => search.with_labels(self.members.clone()),
            Subject::Tag | Subject::Alert | Subject::List => search.for_change(rules),
            Subject::Decide => search.for_change(rules).for_hit(self.decide),
        }
    }

    /// What is compared, by its slot and number in one of the versions that are looked at.
    pub(super) fn place(&self, forms: &Forms<'_>, side: usize) -> Option<(usize, Option<usize>)> {
        let (linked, form) = (self.programs[side].linked(), forms.program(side).linked());
        let package = linked.packages.get(linked.package_of(self.slots[side]))?;
        let slot = form.find_decl(&package.id, &linked.decl(self.slots[side]).id)?;
        let Some(number) = self.decide[side] else { return Some((slot, None)) };
        let id = &linked.decides(self.slots[side]).nth(number)?.id;
        Some((slot, Some(form.decides(slot).position(|it| it.id == *id)?)))
    }

    /// Does it mean the same in both versions?
    pub(super) fn is_unchanged<'f>(&self, forms: &'f Forms<'_>, apart: &mut Prover<'f>) -> bool {
        let both = self.place(forms, 0).zip(self.place(forms, 1));
        both.is_some_and(|(old, new)| apart.is_unchanged([Some(old.0), Some(new.0)]))
    }

    fn bound<'f>(&self, forms: &'f Forms<'_>, apart: &mut Prover<'f>) -> Bound {
        let (Some(old), Some(new)) = (self.place(forms, 0), self.place(forms, 1)) else {
            return Bound {
                pairs: Err(Reason::Members),
                blame: None,
                same: false,
                by_solver: false,
                cells: 0,
            };
        };
        let (pair, decide) = ([Some(old.0), Some(new.0)], [old.1, new.1]);
        let is_hit = self.subject == Subject::Decide;
        let same = if is_hit { apart.is_same_hit(pair, decide) } else { apart.is_unchanged(pair) };
        if same {
            return Bound {
                pairs: Ok(BTreeSet::new()),
                blame: None,
                same: true,
                by_solver: false,
                cells: 0,
            };
        }
        let before = apart.spent;
        apart.blame = None;
        let mut spent = 0;
        let mut found: Vec<BTreeSet<(Outcome, Outcome)>> = Vec::new();
        let few = |side: usize, slot: usize| {
            forms.program(side).upstream(slot).len() <= self.budget.together
        };
        if is_hit || (few(0, old.0) && few(1, new.0)) {
            for classes in [true, false] {
                let mut joint = forms.prover(self.as_of, self.budget);
                let pairs = if is_hit {
                    joint.hit_pairs(pair, decide, Some(classes))
                } else {
                    joint.all_at_once(pair, classes)
                };
                found.extend(pairs.and_then(|it| self.outcomes(&it)).ok());
                spent += joint.spent;
            }
        }
        let pairs = if is_hit {
            apart.hit_pairs(pair, decide, None)
        } else {
            match apart.differing(pair) {
                Some(found) => found.map(|it| it.into_iter().collect()),
                None => apart.dist(pair, false).map(|it| it.pairs.iter().cloned().collect()),
            }
        };
        // Each of them holds every pair that is possible, so that their common part does.
        let pairs = pairs.and_then(|it| self.outcomes(&it));
        let pairs = found.into_iter().fold(pairs, |all, it| match all {
            Ok(all) => Ok(all.intersection(&it).copied().collect()),
            Err(_) => Ok(it),
        });
        let (pairs, by_solver) = match pairs {
            Err(reason) if !is_hit => self.by_solver(pair, apart, reason),
            other => (other, false),
        };
        let cells = spent + apart.spent - before;
        Bound { pairs, blame: apart.blame.clone(), same: false, by_solver, cells }
    }

    /// What a solver does not exclude, where the exact means took too much.
    fn by_solver(
        &self,
        pair: [Option<usize>; 2],
        apart: &mut Prover<'_>,
        why: Reason,
    ) -> (Pairs, bool) {
        let is_much = matches!(why, Reason::Cells(_) | Reason::Values(_) | Reason::Sums(_));
        let solved =
            if is_much && self.subject == Subject::Grade { apart.solved(pair) } else { None };
        match solved.map(|it| self.outcomes(&it)) {
            Some(Ok(found)) => (Ok(found), true),
            _ => (Err(why), false),
        }
    }

    /// What pairs of values are; a text that is no label has no name.
    fn outcomes(
        &self,
        pairs: &BTreeSet<(Value, Value)>,
    ) -> Result<BTreeSet<(Outcome, Outcome)>, Reason> {
        let outcome = |it: &Value| match it {
            Value::Text(text) if !self.members.iter().any(|it| it.as_ref() == &**text) => {
                Err(Reason::Type)
            }
            it => Ok(Outcome::among(it, &self.members)),
        };
        pairs.iter().map(|(old, new)| Ok((outcome(old)?, outcome(new)?))).collect()
    }

    fn report(&self, (bound, follows): (Bound, Vec<Id>), mut search: Search<'_>) -> Proof {
        let [old, new] = self.programs;
        let households = search.replay.done;
        let found: Vec<_> = std::mem::take(&mut search.found).into_iter().collect();
        let changes = found.into_iter().filter(|it| it.0.0 != it.0.1);
        let possible: Vec<Transition> = changes
            .filter_map(|((from, to), facts)| {
                let witness = witness::witness(&mut search.replay, self.slots, &facts, (from, to))?;
                Some(Transition { from, to, witness })
            })
            .collect();
        let (same, cells, by_solver) = (bound.same, bound.cells, bound.by_solver);
        let Told { mut impossible, open, gave_up } = told(bound, &possible, self.every());
        let numeric = if by_solver { std::mem::take(&mut impossible) } else { Vec::new() };
        let is_certain = open.is_empty() && numeric.is_empty() && gave_up.is_none();
        let verdict = match (is_certain, possible.is_empty()) {
            (true, true) => Verdict::Equal,
            (true, false) => Verdict::Transitions,
            (false, _) if !follows.is_empty() => Verdict::Follows,
            (false, _) => Verdict::NotDecided,
        };
        let tier = match (&gave_up, same) {
            (Some(_), _) => Tier::Search,
            (None, true) => Tier::SameMeaning,
            (None, false) if by_solver => Tier::Linear,
            (None, false) => Tier::DynamicProgramme,
        };
        Proof {
            registered: Vec::new(),
            subject: self.subject,
            grade: named(old.linked(), (self.slots[0], self.decide[0])),
            members: self.members.clone(),
            as_of: self.as_of,
            verdict,
            tier,
            possible,
            impossible,
            numeric,
            open,
            follows,
            gave_up,
            free: witness::free([old, new], self.slots),
            cells,
            households,
        }
    }
}

/// What is told of each change from one result to another.
struct Told {
    impossible: Vec<(Outcome, Outcome)>,
    open: Vec<(Outcome, Outcome)>,
    gave_up: Option<GaveUp>,
}

fn told(bound: Bound, possible: &[Transition], all: BTreeSet<(Outcome, Outcome)>) -> Told {
    let shown = |it: &(Outcome, Outcome)| possible.iter().any(|seen| (seen.from, seen.to) == *it);
    let nothing = |all: BTreeSet<(Outcome, Outcome)>, rule, reason| Told {
        impossible: Vec::new(),
        open: all.into_iter().filter(|it| !shown(it)).collect(),
        gave_up: Some(GaveUp { rule, reason }),
    };
    match bound.pairs {
        // The search looks everywhere, so that each of its households tests the proof.
        Ok(pairs) if possible.iter().any(|it| !pairs.contains(&(it.from, it.to))) => {
            nothing(all, None, Reason::Contradicted)
        }
        Ok(pairs) => Told {
            impossible: all.iter().filter(|it| !pairs.contains(it)).copied().collect(),
            open: pairs.into_iter().filter(|it| it.0 != it.1 && !shown(it)).collect(),
            gave_up: None,
        },
        Err(reason) => nothing(all, bound.blame, reason),
    }
}

fn named(linked: &Linked, (slot, decide): (usize, Option<usize>)) -> Named {
    let package = linked.name_of(linked.package_of(slot));
    let decl = linked.decl(slot);
    let (id, name, title) = match decide.and_then(|it| linked.decides(slot).nth(it)) {
        Some(it) => (&it.id, &it.name, &it.title),
        None => (&decl.id, &decl.name, &decl.title),
    };
    Named { package, id: id.clone(), name: name.clone(), title: title.clone() }
}
