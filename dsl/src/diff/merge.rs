//! Three-way: what a city changed in a provincial set, put onto a new version of that set.
//!
//! The new provincial version and the city's set are compared with each other and each with the old
//! provincial version. A difference that only the city made is taken over, one that only the province
//! made stays, and one that both made is a conflict, never a silent choice.

use super::change::{Aspect, Change, Part, Side, Thing, ThingKind};
use super::{Diff, Unmet, pair, rename};
use crate::model::{Origin, RuleSet, origins};

/// What became of a difference between the new provincial version and the city's set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// Only the city changed it: the city's stands.
    Ours,
    /// Only the province changed it: the province's stands.
    Theirs,
    /// Both changed it.
    Conflict,
}

/// A provincial set and a city's put together.
#[derive(Debug)]
pub struct Merge {
    /// From the new provincial version to the city's set.
    pub diff: Diff,
    /// What became of each change of `diff`.
    pub fates: Vec<Fate>,
    /// What stood in the old provincial version, for each change of `diff`; absent where nothing did.
    pub bases: Vec<Option<Side>>,
}

/// Three-way by declaration, clause and band. What was renamed and changed as well is something that is gone
/// and something new: that they are the same is for people to say. `base` is what the city's set `ours` is 基于, `theirs` its new
/// version; all of them hold declarations, and the city's those that it inherits.
pub fn merge(base: &RuleSet, ours: &RuleSet, theirs: &RuleSet) -> Merge {
    let sets = [as_copied(base, ours), ours.clone(), as_copied(theirs, ours)];
    let [base, ours, theirs] = &alike(sets);
    let city = Diff::certain(base, ours);
    let province = Diff::certain(base, theirs);
    let diff = Diff::certain(theirs, ours);
    let fates: Vec<Fate> = diff.changes().iter().map(|it| fate(it, &city, &province)).collect();
    let base_of = |it: &Change| {
        let same = |other: &&Change| {
            is_about_the_same(it, other) && equal(it.after.as_ref(), other.after.as_ref())
        };
        let by_city = city.changes().iter().find(same).and_then(|it| it.before.clone());
        // What only the province touched as such, because it is gone there, or new.
        let kept = |other: &&Change| {
            is_about_the_same(it, other) && equal(other.after.as_ref(), it.before.as_ref())
        };
        let by_province = || province.changes().iter().find(kept)?.before.clone();
        by_city.or_else(by_province).or_else(|| whole(base, it))
    };
    let bases = diff.changes().iter().map(base_of).collect();
    let mut merge = Merge { diff, fates, bases };
    merge.close();
    merge
}

/// The merged set, and what of the city could not stay.
#[derive(Debug)]
pub struct Made {
    /// The set.
    pub set: RuleSet,
    /// Numbers of changes of the city that were not taken, because each needs one that is decided for the
    /// province.
    pub lost: Vec<usize>,
}

impl Merge {
    /// What the city changed and what it needs stand together: a need that the province decided otherwise is
    /// a conflict as well.
    fn close(&mut self) {
        loop {
            let city = |it: &usize| self.fates[*it] != Fate::Theirs;
            let wanted: Vec<usize> = (0..self.fates.len()).filter(city).collect();
            let needed = self.diff.closed(&wanted);
            let theirs = |it: &usize| self.fates[*it] == Fate::Theirs;
            let met: Vec<usize> = needed.into_iter().filter(theirs).collect();
            if met.is_empty() {
                return;
            }
            met.into_iter().for_each(|it| self.fates[it] = Fate::Conflict);
        }
    }

    /// The numbers of the changes that are conflicts.
    pub fn conflicts(&self) -> Vec<usize> {
        let all = self.fates.iter().enumerate();
        all.filter(|it| *it.1 == Fate::Conflict).map(|it| it.0).collect()
    }

    /// The merged set. A conflict is decided for the city where `for_city` says so, else for the province.
    ///
    /// # Errors
    ///
    /// Never for fates that were worked out here; the subset is closed.
    pub fn made(&self, for_city: impl Fn(usize) -> bool) -> Result<Made, Unmet> {
        let wanted = |at: usize| match self.fates[at] {
            Fate::Ours => true,
            Fate::Conflict => for_city(at),
            Fate::Theirs => false,
        };
        let stands = |it: &usize| self.diff.closed(&[*it]).into_iter().all(wanted);
        let all = (0..self.fates.len()).filter(|it| wanted(*it));
        let (chosen, lost): (Vec<usize>, Vec<usize>) = all.partition(stands);
        let mut sets = self.diff.apply(&chosen)?;
        let set = sets.pop().ok_or(Unmet::NoChange(0))?;
        Ok(Made { set, lost })
    }
}

/// A provincial set as far as a city's set has a copy of it: data that the city does not declare itself are
/// read where they stand.
pub fn as_copied(set: &RuleSet, ours: &RuleSet) -> RuleSet {
    let mut out = set.clone();
    out.enums.retain(|it| ours.enums.iter().any(|own| own.id == it.id));
    out.codes.retain(|it| ours.codes.iter().any(|own| own.id == it.id));
    out.tables.retain(|it| ours.tables.iter().any(|own| own.id == it.id));
    out.subject = None;
    out.uses.clone_from(&ours.uses);
    out
}

/// The old version, the city's and the new one, in which what one of the two renamed bears its new name
/// everywhere: a name alone is nothing that anybody has to decide.
fn alike(mut sets: [RuleSet; 3]) -> [RuleSet; 3] {
    let names = |set: &RuleSet| {
        let mut old = RuleSet { id: set.id.clone(), ..sets[0].clone() };
        pair::renamed(&mut old, set, false)
    };
    let [ours, theirs] = [names(&sets[1]), names(&sets[2])];
    for (found, others, other) in [(&ours, &theirs, 2), (&theirs, &ours, 1)] {
        for it in found {
            let is_taken = sets[other].decls.iter().any(|decl| decl.id == it.to);
            if is_taken || others.iter().any(|other| other.from == it.from) {
                continue;
            }
            for at in [0, other] {
                let package = sets[at].id.clone();
                rename::rename(&mut sets[at], &package, (&it.from, &it.to));
            }
        }
    }
    sets
}

/// What stood in the old version of something that only one side has by now.
fn whole(base: &RuleSet, it: &Change) -> Option<Side> {
    if it.aspect != Aspect::Whole {
        return None;
    }
    let (part, legal) = if it.thing.kind == ThingKind::Decide {
        let own = base.decides.iter().find(|own| own.id == it.thing.id)?;
        let legal = own.versions.first().map(|it| &it.1.legal);
        (Part::Decide(Box::new(own.clone())), legal)
    } else {
        let own = base.decls.iter().find(|own| own.id == it.thing.id)?;
        (Part::Decl(Box::new(own.clone())), own.versions.first().map(|it| &it.legal))
    };
    let basis = legal.map(|it| it.basis.clone()).unwrap_or_default();
    Some(Side { version: None, part, origin: Origin::default(), basis })
}

fn fate(it: &Change, city: &Diff, province: &Diff) -> Fate {
    let all = |diff: &'_ Diff| -> Vec<Change> {
        diff.changes().iter().filter(|other| is_about_the_same(it, other)).cloned().collect()
    };
    // One side made exactly this change, so that the other has what there was.
    let made = |diff: &Diff, from: Option<&Side>, to: Option<&Side>| {
        all(diff).iter().any(|it| equal(it.before.as_ref(), from) && equal(it.after.as_ref(), to))
    };
    let (before, after) = (it.before.as_ref(), it.after.as_ref());
    match (made(city, before, after), made(province, after, before)) {
        (true, false) => return Fate::Ours,
        (false, true) => return Fate::Theirs,
        _ => {}
    }
    let about = |diff: &Diff| diff.changes().iter().any(|other| is_of_the_same_thing(it, other));
    let ours = all(city).iter().any(|other| equal(other.after.as_ref(), after));
    let theirs = all(province).iter().any(|other| equal(other.after.as_ref(), before));
    let (touched, moved) = (about(city), about(province));
    match (ours, theirs) {
        (true, true) => Fate::Conflict,
        (true, false) if is_coarse(&it.aspect) && moved => Fate::Conflict,
        (false, true) if is_coarse(&it.aspect) && touched => Fate::Conflict,
        (true, false) => Fate::Ours,
        (false, true) => Fate::Theirs,
        (false, false) => match (touched, moved) {
            (true, true) => Fate::Conflict,
            (true, false) => Fate::Ours,
            (false, _) => Fate::Theirs,
        },
    }
}

/// Does it hold everything that a thing says, so that any other change of the thing meets it?
fn is_coarse(it: &Aspect) -> bool {
    matches!(it, Aspect::Whole | Aspect::Body | Aspect::Sort | Aspect::Rows | Aspect::Order)
}

fn is_of_the_same_thing(a: &Change, b: &Change) -> bool {
    let set = a.thing.kind == ThingKind::Set && a.aspect != b.aspect;
    is_same(&a.thing, &b.thing) && !set && b.kind.has_effect()
}

fn is_about_the_same(a: &Change, b: &Change) -> bool {
    is_same(&a.thing, &b.thing) && a.aspect == b.aspect
}

/// The first is called as the city calls it, and as the province did where that is another name.
fn is_same(a: &Thing, b: &Thing) -> bool {
    a.kind == b.kind && (a.id == b.id || a.was.as_ref() == Some(&b.id))
}

/// Do both sides say the same, wherever it stands?
fn equal(a: Option<&Side>, b: Option<&Side>) -> bool {
    let plain = |it: Option<&Side>| it.map(|it| without_origins(&it.part));
    plain(a) == plain(b)
}

fn without_origins(part: &Part) -> Part {
    let mut part = part.clone();
    let clear = &mut |it: &mut Origin| *it = Origin::default();
    match &mut part {
        Part::Row(it, _) => clear(&mut it.origin),
        Part::Rows(all) => all.iter_mut().for_each(|it| clear(&mut it.origin)),
        Part::Condition(it) => clear(&mut it.origin),
        Part::Table(it) => origins::table(it, clear),
        Part::Content(it) => origins::content(it, clear),
        Part::Local(it) => origins::content(&mut it.content, clear),
        Part::Version(it) => origins::version(it, clear),
        Part::Template(it) => clear(&mut it.origin),
        Part::Bound(it) => clear(&mut it.origin),
        Part::Decl(it) => it.versions.iter_mut().for_each(|it| origins::version(it, clear)),
        Part::Decide(it) => {
            it.versions.iter_mut().for_each(|it| origins::version(&mut it.1, clear));
        }
        _ => {}
    }
    part
}
