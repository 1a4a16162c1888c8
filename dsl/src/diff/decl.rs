//! Differences between two declarations of one name.

use super::align;
use super::change::{Aspect, Kind, Part, ThingKind};
use super::choose::{Difference, TYPES, Walk};
use crate::model::normal::{key, same};
use crate::model::{
    Content, Decide, DecideEffect, Decl, DeclKind, Id, Legal, Ref, Table, Ty, Version,
};

/// What kind of thing a declaration is.
pub(super) fn thing_kind(kind: &DeclKind) -> ThingKind {
    match kind {
        DeclKind::Param => ThingKind::Param,
        DeclKind::Value | DeclKind::RecordValue { .. } | DeclKind::RecordSet => ThingKind::Value,
        DeclKind::Dimension { .. } => ThingKind::Dimension,
        DeclKind::Indicator { fused: true, .. } => ThingKind::Fuse,
        DeclKind::Indicator { .. } => ThingKind::Indicator,
        DeclKind::Total => ThingKind::Total,
        DeclKind::Classify { .. } => ThingKind::Classify,
        DeclKind::Overlay { .. } => ThingKind::Overlay,
        DeclKind::Merge => ThingKind::Merge,
        DeclKind::Tag { .. } => ThingKind::Tag,
        DeclKind::Alert { .. } => ThingKind::Alert,
        DeclKind::Measure { .. } => ThingKind::Measure,
        DeclKind::List => ThingKind::List,
    }
}

impl Walk<'_> {
    /// A declaration.
    pub(super) fn decl(&mut self, old: &Decl, new: &Decl) -> Decl {
        let bodies = (old.versions.as_slice(), new.versions.as_slice());
        let basis = |all: &[Version]| all.first().map(|it| it.legal.clone());
        self.at.legal(basis(bodies.0).as_ref(), basis(bodies.1).as_ref());
        if let (Some(a), Some(b)) = (bodies.0.first(), bodies.1.first()) {
            self.at.origins = [a.origin.clone(), b.origin.clone()];
        }
        if std::mem::discriminant(&old.kind) != std::mem::discriminant(&new.kind)
            || shape(old) != shape(new)
        {
            let part = |it: &Decl| Part::Decl(Box::new(it.clone()));
            let it =
                Difference::of(Kind::Structure, Aspect::Sort, part(old), part(new)).within(TYPES);
            return if self.wants(it) { new.clone() } else { old.clone() };
        }
        let mut out = old.clone();
        self.text(Aspect::Name, &mut out.name, &new.name);
        self.optional_text(Aspect::Title, &mut out.title, new.title.as_ref());
        out.kind = self.kind(&old.kind, &new.kind);
        if old.ty != new.ty {
            let part = |it: &Decl| Part::Type(it.ty.clone());
            let it = Difference::of(Kind::Data, Aspect::Type, part(old), part(new)).within(TYPES);
            if self.wants(it) {
                out.ty = new.ty.clone();
            }
        }
        let param = old.kind == DeclKind::Param;
        let (old_all, new_all): (Vec<_>, Vec<_>) =
            (old.versions.iter().collect(), new.versions.iter().collect());
        let tys = [old.ty.clone(), new.ty.clone()];
        let made: Vec<(usize, Version)> =
            self.versions(&old_all, &new_all, |own, a, b| own.version(a, b, &tys, param));
        out.versions = made.into_iter().map(|it| it.1).collect();
        out
    }

    /// A direct determination.
    pub(super) fn decide(&mut self, old: &Decide, new: &Decide) -> Decide {
        let mut out = old.clone();
        let basis = |it: &Decide| it.versions.first().map(|it| it.1.legal.clone());
        self.at.legal(basis(old).as_ref(), basis(new).as_ref());
        if let (Some(a), Some(b)) = (old.versions.first(), new.versions.first()) {
            self.at.origins = [a.1.origin.clone(), b.1.origin.clone()];
        }
        self.text(Aspect::Name, &mut out.name, &new.name);
        self.optional_text(Aspect::Title, &mut out.title, new.title.as_ref());
        self.reference(Aspect::Target, &mut out.target, &new.target);
        let flags = [(&mut out.first, new.first), (&mut out.adds_up, new.adds_up)];
        for (to, from) in flags {
            self.flag(Kind::Structure, Aspect::Priority, to, from);
        }
        let all = |it: &Decide| it.versions.iter().map(|it| it.1.clone()).collect::<Vec<_>>();
        let (old_all, new_all) = (all(old), all(new));
        let (old_refs, new_refs): (Vec<_>, Vec<_>) =
            (old_all.iter().collect(), new_all.iter().collect());
        let targets = [old.target.clone(), new.target.clone()];
        let tys = [Ty::bool(), Ty::bool()];
        let made = self.versions(&old_refs, &new_refs, |own, a, b| own.version(a, b, &tys, false));
        let mut effects = Vec::new();
        for pair in version_pairs(&old_refs, &new_refs) {
            let effect = |all: &Decide, at: Option<usize>| Some(all.versions.get(at?)?.0.clone());
            self.at.versions = [pair.old, pair.new];
            effects.push(self.effect(effect(old, pair.old), effect(new, pair.new), &targets));
        }
        let with_effect = |(at, it): (usize, Version)| Some((effects.get(at)?.clone()?, it));
        out.versions = made.into_iter().filter_map(with_effect).collect();
        out
    }

    fn effect(
        &mut self,
        old: Option<DecideEffect>,
        new: Option<DecideEffect>,
        targets: &[Ref; 2],
    ) -> Option<DecideEffect> {
        let (Some(a), Some(b)) = (&old, &new) else { return old.or(new) };
        if a == b {
            return old;
        }
        // Each side is told in its own version, where declarations have other numbers.
        let part = |it: &DecideEffect, side: usize| Part::Effect(it.clone(), targets[side].clone());
        let it = Difference::of(Kind::Structure, Aspect::Effect, part(a, 0), part(b, 1));
        if self.wants(it) { new } else { old }
    }

    fn kind(&mut self, old: &DeclKind, new: &DeclKind) -> DeclKind {
        if old == new {
            return old.clone();
        }
        match (old, new) {
            (
                DeclKind::Indicator { dimension: a, fused: fused_a, deduct: deduct_a },
                DeclKind::Indicator { dimension: b, fused: fused_b, deduct: deduct_b },
            ) => {
                let dimension = self.dimension(a.as_ref(), b.as_ref());
                let (mut fused, mut deduct) = (*fused_a, *deduct_a);
                self.flag(Kind::Structure, Aspect::Sort, &mut fused, *fused_b);
                self.flag(Kind::Weight, Aspect::Sort, &mut deduct, *deduct_b);
                DeclKind::Indicator { dimension, fused, deduct }
            }
            (DeclKind::Dimension { within: a }, DeclKind::Dimension { within: b }) => {
                DeclKind::Dimension { within: self.dimension(a.as_ref(), b.as_ref()) }
            }
            (old, new) => {
                let part = |it: &DeclKind| Part::Text(sort_text(it));
                let it = Difference::of(Kind::Structure, Aspect::Sort, part(old), part(new));
                if self.wants(it) { new.clone() } else { old.clone() }
            }
        }
    }

    fn dimension(&mut self, old: Option<&Ref>, new: Option<&Ref>) -> Option<Ref> {
        if old == new {
            return old.cloned();
        }
        let part = |it: Option<&Ref>| Part::Reference(it.cloned());
        let it = Difference::of(Kind::Structure, Aspect::Dimension, part(old), part(new));
        if self.wants(it) { new.cloned() } else { old.cloned() }
    }

    /// Versions by their periods. What stands together is made by `both`; each is handed back with its
    /// number in the list of pairs.
    fn versions(
        &mut self,
        old: &[&Version],
        new: &[&Version],
        mut both: impl FnMut(&mut Self, &Version, &Version) -> Version,
    ) -> Vec<(usize, Version)> {
        let pairs = version_pairs(old, new);
        let lone = pairs.iter().any(|it| it.old.is_none() || it.new.is_none());
        let group = lone.then(|| self.here("periods"));
        let mut out = Vec::new();
        for (number, pair) in pairs.iter().enumerate() {
            let a = pair.old.and_then(|it| old.get(it)).copied();
            let b = pair.new.and_then(|it| new.get(it)).copied();
            match (a, b) {
                (Some(a), Some(b)) => {
                    self.at.version(
                        (pair.old.unwrap_or_default(), a),
                        (pair.new.unwrap_or_default(), b),
                    );
                    let mut made = both(self, a, b);
                    made.period = a.period;
                    if a.period != b.period {
                        let (before, after) = (Part::Period(a.period), Part::Period(b.period));
                        let mut it = Difference::of(Kind::Scope, Aspect::Period, before, after);
                        it.group.clone_from(&group);
                        if self.wants(it) {
                            made.period = b.period;
                        }
                    }
                    out.push((number, made));
                }
                (Some(one), None) | (None, Some(one)) => {
                    let is_new = pair.old.is_none();
                    self.at.versions = [pair.old, pair.new];
                    self.at.legal(Some(&one.legal), Some(&one.legal));
                    let part = Some(Part::Version(Box::new(one.clone())));
                    let (before, after) = if is_new { (None, part) } else { (part, None) };
                    let mut it = Difference::one_sided(Kind::Scope, Aspect::Period, before, after);
                    it.group.clone_from(&group);
                    let it = it.at(Some(&one.origin), Some(&one.origin));
                    if self.wants(it) == is_new {
                        out.push((number, one.clone()));
                    }
                }
                (None, None) => {}
            }
        }
        out
    }

    /// Legal basis and note.
    pub(super) fn legal(&mut self, old: &mut Legal, new: &Legal) {
        if old != new {
            let it = Difference::of(
                Kind::Metadata,
                Aspect::Basis,
                Part::Legal(old.clone()),
                Part::Legal(new.clone()),
            );
            if self.wants(it) {
                old.clone_from(new);
            }
        }
    }

    fn reference(&mut self, aspect: Aspect, old: &mut Ref, new: &Ref) {
        if old != new {
            let part = |it: &Ref| Part::Reference(Some(it.clone()));
            if self.wants(Difference::of(Kind::Structure, aspect, part(old), part(new))) {
                old.clone_from(new);
            }
        }
    }

    /// A flag.
    pub(super) fn flag(&mut self, kind: Kind, aspect: Aspect, old: &mut bool, new: bool) {
        if *old != new
            && self.wants(Difference::of(kind, aspect, Part::Flag(*old), Part::Flag(new)))
        {
            *old = new;
        }
    }

    /// A name beside the id.
    pub(super) fn text(&mut self, aspect: Aspect, old: &mut Id, new: &Id) {
        if old != new {
            let part = |it: &str| Part::Text(it.to_owned());
            if self.wants(Difference::of(Kind::Metadata, aspect, part(old), part(new))) {
                old.clone_from(new);
            }
        }
    }

    /// A text that may be absent.
    pub(super) fn optional_text(
        &mut self,
        aspect: Aspect,
        old: &mut Option<String>,
        new: Option<&String>,
    ) {
        if old.as_ref() != new {
            let part = |it: Option<&String>| it.cloned().map(Part::Text);
            if self.wants(Difference::one_sided(
                Kind::Metadata,
                aspect,
                part(old.as_ref()),
                part(new),
            )) {
                *old = new.cloned();
            }
        }
    }
}

/// What has to be equal for two declarations to be compared part by part.
fn shape(it: &Decl) -> String {
    match &it.kind {
        DeclKind::Measure { columns } => key(columns),
        DeclKind::RecordValue { table } => key(table),
        DeclKind::Classify { grade } | DeclKind::Overlay { grade } => key(grade),
        _ => String::new(),
    }
}

fn sort_text(it: &DeclKind) -> String {
    match it {
        DeclKind::Tag { class } => class.clone().unwrap_or_default(),
        DeclKind::Alert { level, dispatch } => {
            let all = [level.as_deref(), dispatch.as_deref()];
            all.into_iter().flatten().collect::<Vec<_>>().join(" ")
        }
        _ => String::new(),
    }
}

/// Which versions belong together: of equal periods, else with one end in common, else in order.
fn version_pairs(old: &[&Version], new: &[&Version]) -> Vec<align::Pair> {
    let mut partner: Vec<Option<usize>> = vec![None; new.len()];
    let tests: [fn(&Version, &Version) -> bool; 5] = [
        |a, b| a.period == b.period && same_content(a, b),
        |a, b| a.period == b.period,
        |a, b| same_content(a, b),
        |a, b| a.period.from == b.period.from,
        |a, b| a.period.until == b.period.until,
    ];
    for test in tests {
        for (at, it) in new.iter().enumerate() {
            if partner[at].is_none() {
                let free = |number: &usize| !partner.contains(&Some(*number));
                partner[at] = (0..old.len()).filter(free).find(|number| test(old[*number], it));
            }
        }
    }
    if old.len() == 1 && new.len() == 1 {
        partner[0] = Some(0);
    }
    align::merged(&partner, old.len())
}

fn same_content(a: &Version, b: &Version) -> bool {
    match (&a.content, &b.content) {
        (Content::Formula(a), Content::Formula(b)) => same(a, b),
        (Content::Table(a), Content::Table(b)) => {
            let rows = |it: &Table| it.rows.iter().map(|it| it.text.clone()).collect::<Vec<_>>();
            rows(a) == rows(b)
        }
        (Content::Condition(a), Content::Condition(b)) => a.parts == b.parts,
        _ => false,
    }
}
