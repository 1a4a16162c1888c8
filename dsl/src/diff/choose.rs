//! The walk over two versions of a rule set that both lists the differences and puts them together.
//!
//! Where the two differ the walk asks which side is wanted. While differences are listed the answer is
//! always the old one, and each question is noted; when changes are applied the same questions come in
//! the same order and are answered by what was chosen. So nothing can be listed that is not applied,
//! and no change has to say how it is made.

use super::change::{Aspect, Kind, Name, Part, Side, Thing, ThingKind};
use super::facts::Facts;
use super::names::mentioned;
use crate::model::{Id, Legal, Origin, Version};
use crate::value::Decimal;

/// A question of the walk.
#[derive(Debug, Clone)]
pub(super) struct Atom {
    pub(super) package: Id,
    pub(super) thing: Thing,
    pub(super) kind: Kind,
    pub(super) aspect: Aspect,
    pub(super) before: Option<Side>,
    pub(super) after: Option<Side>,
    /// Questions with the same group have one answer.
    pub(super) group: Option<String>,
    /// Where an edge of a band moves from and to, as first numbers of the band.
    pub(super) moves: Option<(Decimal, Decimal)>,
    /// It only follows from another change of its group: the places of a number that is read.
    pub(super) follows: bool,
}

/// What a difference is.
pub(super) struct Difference<'o> {
    pub(super) kind: Kind,
    pub(super) aspect: Aspect,
    pub(super) before: Option<Part>,
    pub(super) after: Option<Part>,
    /// Where each side comes from, where that is not the declaration.
    pub(super) origins: [Option<&'o Origin>; 2],
    pub(super) group: Option<String>,
}

impl Difference<'_> {
    /// From one part to another.
    pub(super) fn of(kind: Kind, aspect: Aspect, before: Part, after: Part) -> Self {
        let origins = [None, None];
        Self { kind, aspect, before: Some(before), after: Some(after), origins, group: None }
    }

    /// What only one side has.
    pub(super) fn one_sided(
        kind: Kind,
        aspect: Aspect,
        before: Option<Part>,
        after: Option<Part>,
    ) -> Self {
        Self { kind, aspect, before, after, origins: [None, None], group: None }
    }
}

impl<'o> Difference<'o> {
    pub(super) fn at(mut self, before: Option<&'o Origin>, after: Option<&'o Origin>) -> Self {
        self.origins = [before, after];
        self
    }

    pub(super) fn within(mut self, group: impl Into<String>) -> Self {
        self.group = Some(group.into());
        self
    }
}

/// Where the walk is.
#[derive(Debug, Clone)]
pub(super) struct At {
    pub(super) package: Id,
    pub(super) thing: Thing,
    pub(super) versions: [Option<usize>; 2],
    pub(super) origins: [Origin; 2],
    pub(super) basis: [Vec<String>; 2],
    /// The local value that is being looked at.
    pub(super) local: Option<Id>,
    /// 折减 is being looked at.
    pub(super) fade: bool,
}

impl At {
    pub(super) fn set(package: &Id) -> Self {
        let thing = Thing {
            kind: ThingKind::Set,
            id: package.clone(),
            name: package.clone(),
            was: None,
            guessed: false,
        };
        Self {
            package: package.clone(),
            thing,
            versions: [None, None],
            origins: [Origin::default(), Origin::default()],
            basis: [Vec::new(), Vec::new()],
            local: None,
            fade: false,
        }
    }

    /// The legal basis of both sides.
    pub(super) fn legal(&mut self, before: Option<&Legal>, after: Option<&Legal>) {
        self.basis = [before, after].map(|it| it.map(|it| it.basis.clone()).unwrap_or_default());
    }

    /// Both versions of a declaration.
    pub(super) fn version(&mut self, before: (usize, &Version), after: (usize, &Version)) {
        self.versions = [Some(before.0), Some(after.0)];
        self.origins = [before.1.origin.clone(), after.1.origin.clone()];
        self.legal(Some(&before.1.legal), Some(&after.1.legal));
    }
}

/// The walk.
pub(super) struct Walk<'d> {
    taken: Option<&'d [bool]>,
    next: usize,
    pub(super) atoms: Vec<Atom>,
    pub(super) at: At,
    pub(super) facts: &'d Facts,
}

impl<'d> Walk<'d> {
    /// A walk that lists differences, or with answers one that puts both sides together.
    pub(super) fn new(taken: Option<&'d [bool]>, facts: &'d Facts) -> Self {
        Self { taken, next: 0, atoms: Vec::new(), at: At::set(&Id::from("")), facts }
    }

    /// How many questions were asked.
    pub(super) fn asked(&self) -> usize {
        self.next.max(self.atoms.len())
    }

    /// Is the new edge of a band wanted?
    pub(super) fn wants_edge(
        &mut self,
        it: Difference<'_>,
        moves: (Option<Decimal>, Option<Decimal>),
    ) -> bool {
        let wanted = self.wants(it);
        if let (None, Some(atom), (Some(from), Some(to))) =
            (self.taken, self.atoms.last_mut(), moves)
        {
            atom.moves = Some((from, to));
        }
        wanted
    }

    /// Is the new side wanted?
    pub(super) fn wants(&mut self, it: Difference<'_>) -> bool {
        if let Some(taken) = self.taken {
            let wanted = taken.get(self.next).copied().unwrap_or_default();
            self.next += 1;
            return wanted;
        }
        let follows = it.aspect == Aspect::Type && it.group.is_some();
        let group = it.group.or_else(|| self.retyped(it.before.as_ref(), it.after.as_ref()));
        let side = |at: usize, part: Option<Part>| {
            part.map(|part| Side {
                version: self.at.versions[at],
                part,
                origin: it.origins[at].unwrap_or(&self.at.origins[at]).clone(),
                basis: self.at.basis[at].clone(),
            })
        };
        let (before, after) = (side(0, it.before), side(1, it.after));
        self.atoms.push(Atom {
            package: self.at.package.clone(),
            thing: self.at.thing.clone(),
            kind: it.kind,
            aspect: it.aspect,
            before,
            after,
            group,
            moves: None,
            follows,
        });
        false
    }

    /// What reads something whose type changes, and was worked out anew for that.
    fn retyped(&self, before: Option<&Part>, after: Option<&Part>) -> Option<String> {
        let here = self.facts.is_retyped(&self.at.package, &Name::Decl(self.at.thing.id.clone()));
        let typed = |part: &Part| matches!(part, Part::Expr(_) | Part::Row(..) | Part::Content(_));
        let reads = |part: &Part| {
            let mut all = mentioned(part).into_iter();
            all.any(|it| self.facts.is_retyped(it.0.as_ref().unwrap_or(&self.at.package), &it.1))
        };
        let (before, after) = (before?, after?);
        let follows = (here && typed(before)) || reads(before) || reads(after);
        follows.then(|| TYPES.to_owned())
    }
}

/// The group of what changes because types do.
pub(super) const TYPES: &str = "types";
