//! From the questions of the walk to changes: what has one answer is one change, and what each needs.

use std::collections::{BTreeMap, BTreeSet};

use super::Both;
use super::change::{Along, Aspect, Change, Kind, Name, Part, Side, Thing, ThingKind};
use super::choose::Atom;
use super::names::{Mention, brought, mentioned};
use super::pair::Renamed;
use crate::model::normal::key;
use crate::model::{Id, Legal, Origin};

/// Changes, and the questions that each answers.
pub(super) struct Grouped {
    pub(super) changes: Vec<Change>,
    pub(super) atoms: Vec<Vec<usize>>,
    pub(super) needs: Vec<Vec<usize>>,
}

/// What an atom speaks of and brings, on both sides.
struct Speech {
    mentions: [BTreeSet<Mention>; 2],
    brings: [BTreeSet<Name>; 2],
}

impl Speech {
    fn of(atom: &Atom) -> Self {
        let sides = [&atom.before, &atom.after];
        let part = |it: &Option<Side>| it.as_ref().map(|it| it.part.clone());
        Self {
            mentions: sides.map(|it| part(it).map(|it| mentioned(&it)).unwrap_or_default()),
            brings: sides.map(|it| {
                part(it).map(|it| brought(&it).into_iter().collect()).unwrap_or_default()
            }),
        }
    }

    /// What only the side has: new mentions, or those that go.
    fn only(&self, side: usize) -> impl Iterator<Item = &Mention> {
        self.mentions[side].difference(&self.mentions[1 - side])
    }
}

/// Makes changes of questions.
pub(super) fn changes(pairs: &[Both], renamed: &[Renamed], atoms: &[Atom]) -> Grouped {
    let speeches: Vec<Speech> = atoms.iter().map(Speech::of).collect();
    let groups = joined(atoms, &speeches);
    let first = renamed.len();
    let mut out: Vec<Change> = renamed.iter().map(|it| renaming(pairs, it)).collect();
    out.extend(groups.iter().map(|it| change(pairs, atoms, it)));
    let mut needs = vec![BTreeSet::new(); out.len()];
    let bases = bases(pairs);
    let mut owner = vec![0; atoms.len()];
    for (number, group) in groups.iter().enumerate() {
        group.iter().for_each(|it| owner[*it] = first + number);
    }
    for (from, to) in speech_needs(atoms, &speeches, &bases).into_iter().chain(edge_needs(atoms)) {
        if owner[from] != owner[to] {
            needs[owner[from]].insert(owner[to]);
        }
    }
    distinct(&mut out);
    let none = vec![Vec::new(); first];
    Grouped {
        changes: out,
        atoms: none.into_iter().chain(groups).collect(),
        needs: needs.into_iter().map(|it| it.into_iter().collect()).collect(),
    }
}

/// Which questions have one answer, in the order of the first of each group.
fn joined(atoms: &[Atom], speeches: &[Speech]) -> Vec<Vec<usize>> {
    let mut by_group: BTreeMap<&str, usize> = BTreeMap::new();
    let mut leader: Vec<usize> = (0..atoms.len()).collect();
    let mut join = |a: usize, b: usize| {
        let (from, to) = (leader[a].max(leader[b]), leader[a].min(leader[b]));
        leader.iter_mut().filter(|it| **it == from).for_each(|it| *it = to);
    };
    for (at, atom) in atoms.iter().enumerate() {
        if let Some(group) = &atom.group {
            let first = *by_group.entry(group).or_insert(at);
            join(at, first);
        }
    }
    for (at, atom) in atoms.iter().enumerate() {
        // Members that take other numbers take everything that speaks of them along.
        let renumbered = atom.aspect == Aspect::Members
            && atom.group.as_deref().is_some_and(|it| it.starts_with("members "));
        let Some(Part::Members(_, id)) =
            atom.after.as_ref().map(|it| &it.part).filter(|_| renumbered)
        else {
            continue;
        };
        let speaks =
            |it: &Mention| matches!(&it.1, Name::Enum(of) | Name::Member(of, _) if of == id);
        for (other, speech) in speeches.iter().enumerate() {
            if speech.mentions.iter().flatten().any(speaks) {
                join(at, other);
            }
        }
    }
    let mut groups: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (at, to) in leader.into_iter().enumerate() {
        groups.entry(to).or_default().push(at);
    }
    groups.into_values().collect()
}

fn change(pairs: &[Both], atoms: &[Atom], group: &[usize]) -> Change {
    let all: Vec<&Atom> = group.iter().filter_map(|it| atoms.get(*it)).collect();
    let kind = all.iter().map(|it| it.kind).max().unwrap_or(Kind::Cosmetic);
    let real = all.iter().filter(|it| !it.follows).map(|it| it.kind).max();
    // What leads is what a regulator would name: nothing that only follows, and of an edge where it begins.
    let rank = |it: &&&Atom| {
        let begins =
            !matches!(it.after.as_ref().map(|it| &it.part), Some(Part::Edge { above: true, .. }));
        (it.follows, !begins, std::cmp::Reverse(it.kind))
    };
    let head = all.iter().min_by_key(rank).copied();
    let (thing, aspect) = head.map_or_else(unnamed, |it| (it.thing.clone(), it.aspect.clone()));
    let along = all.iter().filter(|it| {
        let is_head = head.is_some_and(|head| std::ptr::eq(head, **it));
        let is_edge = matches!(it.aspect, Aspect::Edge(_));
        let shared = is_edge && head.is_some_and(|head| head.group == it.group);
        !is_head && !shared
    });
    let along = along.map(|it| Along {
        thing: it.thing.clone(),
        aspect: it.aspect.clone(),
        before: it.before.clone(),
        after: it.after.clone(),
    });
    let along: Vec<Along> = along.collect();
    let is_rows = |it: &Along| it.aspect == Aspect::Rows && it.thing == thing;
    let (before, after, along) = if aspect == Aspect::Rows && along.iter().all(is_rows) {
        (rows(&all, |it| it.before.as_ref()), rows(&all, |it| it.after.as_ref()), Vec::new())
    } else {
        (head.and_then(|it| it.before.clone()), head.and_then(|it| it.after.clone()), along)
    };
    Change {
        id: name(head, &thing, &aspect),
        kind: real.unwrap_or(kind),
        package: head.map_or_else(|| Id::from(""), |it| it.package.clone()),
        before,
        after,
        along,
        touches: all.iter().flat_map(|it| touched(pairs, it)).collect(),
        thing,
        aspect,
    }
}

/// The rows of one side that were drawn anew.
fn rows(all: &[&Atom], side: fn(&Atom) -> Option<&Side>) -> Option<Side> {
    let sides: Vec<&Side> = all.iter().filter_map(|it| side(it)).collect();
    let rows = sides.iter().filter_map(|it| match &it.part {
        Part::Row(row, _) => Some(row.as_ref().clone()),
        _ => None,
    });
    let rows: Vec<_> = rows.collect();
    let first = sides.first().copied()?;
    if rows.len() < sides.len() {
        return Some(first.clone());
    }
    Some(Side { part: Part::Rows(rows), ..first.clone() })
}

fn unnamed() -> (Thing, Aspect) {
    let none = Id::from("");
    let thing =
        Thing { kind: ThingKind::Set, id: none.clone(), name: none, was: None, guessed: false };
    (thing, Aspect::Whole)
}

fn renaming(pairs: &[Both], it: &Renamed) -> Change {
    let set = pairs.iter().filter_map(|it| it.new.as_ref()).find(|set| set.id == it.package);
    let decl = set.and_then(|set| set.decls.iter().find(|decl| decl.id == it.to));
    let old = pairs.iter().filter_map(|it| it.old.as_ref()).find(|set| set.id == it.package);
    let old = old.and_then(|set| set.decls.iter().find(|decl| decl.id == it.to));
    let side = |id: &Id, decl: Option<&crate::model::Decl>| {
        let version = decl.and_then(|it| it.versions.first());
        Some(Side {
            version: None,
            part: Part::Text(id.to_string()),
            origin: version.map_or_else(Origin::default, |it| it.origin.clone()),
            basis: version.map_or_else(Legal::default, |it| it.legal.clone()).basis,
        })
    };
    let thing = Thing {
        kind: decl.map_or(ThingKind::Value, |it| super::decl::thing_kind(&it.kind)),
        id: it.to.clone(),
        name: decl.map_or_else(|| it.to.clone(), |it| it.name.clone()),
        was: Some(it.from.clone()),
        guessed: it.guessed,
    };
    Change {
        id: format!("{}/{}/{}/id", it.package, thing.kind.words()[1], it.to),
        kind: Kind::Structure,
        package: it.package.clone(),
        thing,
        aspect: Aspect::Id,
        before: side(&it.from, old),
        after: side(&it.to, decl),
        along: Vec::new(),
        touches: [&it.from, &it.to].map(|id| (it.package.clone(), Name::Decl(id.clone()))).into(),
    }
}

/// What an atom touches.
fn touched(pairs: &[Both], atom: &Atom) -> Vec<(Id, Name)> {
    let id = atom.thing.id.clone();
    let names = match atom.thing.kind {
        ThingKind::Set | ThingKind::Check | ThingKind::Action => Vec::new(),
        ThingKind::Enum | ThingKind::Grade => vec![Name::Enum(id)],
        ThingKind::Codes => vec![Name::Codes(id)],
        ThingKind::Records => vec![Name::Table(id)],
        ThingKind::Subject => match &atom.aspect {
            Aspect::Field(name) => vec![Name::Field(name.clone())],
            _ => Vec::new(),
        },
        ThingKind::Decide => {
            let sets = pairs.iter().flat_map(|it| it.old.iter().chain(&it.new));
            let decides = sets.filter(|it| it.id == atom.package).flat_map(|it| &it.decides);
            decides.filter(|it| it.id == id).map(|it| Name::Decl(it.target.id.clone())).collect()
        }
        ThingKind::Param
        | ThingKind::Value
        | ThingKind::Dimension
        | ThingKind::Indicator
        | ThingKind::Fuse
        | ThingKind::Total
        | ThingKind::Classify
        | ThingKind::Overlay
        | ThingKind::Merge
        | ThingKind::Tag
        | ThingKind::Alert
        | ThingKind::Measure
        | ThingKind::List => vec![Name::Decl(id)],
    };
    names.into_iter().map(|it| (atom.package.clone(), it)).collect()
}

/// The name of a change: package, thing, what about it, and which of several.
fn name(head: Option<&Atom>, thing: &Thing, aspect: &Aspect) -> String {
    let package = head.map_or("", |it| it.package.as_ref());
    let slug: String =
        key(aspect).chars().filter(|it| !matches!(it, '"' | '{' | '}' | '[' | ']')).collect();
    let which = match head
        .and_then(|it| it.before.as_ref().or(it.after.as_ref()))
        .map(|it| &it.part)
    {
        Some(Part::Row(row, _)) => {
            row.text.split(['：', ':']).next().unwrap_or_default().trim().to_owned()
        }
        Some(Part::Edge { value, .. }) => match &value.node {
            crate::model::Node::Const(crate::value::Value::Number(it)) => it.trimmed().to_string(),
            crate::model::Node::Decl(it) => it.id.to_string(),
            _ => String::new(),
        },
        _ => String::new(),
    };
    let version =
        head.and_then(|it| it.after.as_ref().or(it.before.as_ref())?.version).unwrap_or_default();
    let version = if version == 0 { String::new() } else { format!("@{version}") };
    let which = if which.is_empty() { which } else { format!("/{which}") };
    format!("{package}/{}/{}{version}/{slug}{which}", thing.kind.words()[1], thing.id)
}

/// Of several changes of one name the second and later ones are counted.
fn distinct(changes: &mut [Change]) {
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    for it in changes {
        let count = seen.entry(it.id.clone()).or_default();
        *count += 1;
        if *count > 1 {
            it.id = format!("{}#{count}", it.id);
        }
    }
}

/// The packages that each is 基于, without itself.
fn bases(pairs: &[Both]) -> BTreeMap<Id, BTreeSet<Id>> {
    let mut out: BTreeMap<Id, BTreeSet<Id>> = BTreeMap::new();
    for set in pairs.iter().flat_map(|it| it.old.iter().chain(&it.new)) {
        let extended = set.uses.iter().filter(|it| it.extends).map(|it| it.package.clone());
        out.entry(set.id.clone()).or_default().extend(extended);
    }
    out
}

/// What speaks of something new needs what brings it; what takes something away needs what stops
/// speaking of it.
fn speech_needs(
    atoms: &[Atom],
    speeches: &[Speech],
    bases: &BTreeMap<Id, BTreeSet<Id>>,
) -> Vec<(usize, usize)> {
    let mut added: BTreeMap<&Name, Vec<usize>> = BTreeMap::new();
    let mut removed: BTreeMap<&Name, Vec<usize>> = BTreeMap::new();
    for (at, it) in speeches.iter().enumerate() {
        it.brings[1]
            .difference(&it.brings[0])
            .for_each(|name| added.entry(name).or_default().push(at));
        it.brings[0]
            .difference(&it.brings[1])
            .for_each(|name| removed.entry(name).or_default().push(at));
    }
    let is_meant = |asking: &Atom, package: Option<&Id>, by: &Atom| match package {
        Some(it) => it.split('@').next() == Some(by.package.as_ref()),
        None => {
            asking.package == by.package
                || bases.get(&asking.package).is_some_and(|it| it.contains(&by.package))
        }
    };
    let mut out = Vec::new();
    for (at, speech) in speeches.iter().enumerate() {
        for (package, name) in speech.only(1) {
            for by in added.get(name).into_iter().flatten() {
                if is_meant(&atoms[at], package.as_ref(), &atoms[*by]) {
                    out.push((at, *by));
                }
            }
        }
        for (package, name) in speech.only(0) {
            for by in removed.get(name).into_iter().flatten() {
                if is_meant(&atoms[at], package.as_ref(), &atoms[*by]) {
                    out.push((*by, at));
                }
            }
        }
    }
    out
}

/// An edge that passes where another one stood needs that one to have moved.
fn edge_needs(atoms: &[Atom]) -> Vec<(usize, usize)> {
    let mut tables: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (at, it) in atoms.iter().enumerate() {
        if let (Some(_), Some(group)) = (it.moves, &it.group) {
            // All but from where to where.
            let table: Vec<&str> = group.rsplitn(3, ' ').collect();
            tables
                .entry(table.last().copied().unwrap_or_default().to_owned())
                .or_default()
                .push(at);
        }
    }
    let mut out = Vec::new();
    for all in tables.values() {
        for a in all {
            for b in all {
                let (Some((from, to)), Some((other, _))) = (atoms[*a].moves, atoms[*b].moves)
                else {
                    continue;
                };
                if (from < other && to >= other) || (from > other && to <= other) {
                    out.push((*a, *b));
                }
            }
        }
    }
    out
}
