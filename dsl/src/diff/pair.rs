//! Which declarations of two packages are one and the same under another name.

use std::collections::{BTreeMap, BTreeSet};
use std::mem::Discriminant;

use super::change::{Name, Part};
use super::names::{Mention, mentioned};
use crate::model::normal::{key, of_decl};
use crate::model::{
    Content, Decl, DeclKind, Expr, Id, Node, RowKey, RuleSet, Source, Table, Version,
};

/// Of ten parts of a rule so many have to be equal: rows, operators and operands; or all but one.
const EQUAL_PARTS: usize = 7;

/// How often renamed things are looked for again, because what reads them looks the same then.
const ROUNDS: usize = 8;

/// A declaration with another name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Renamed {
    /// Its package.
    pub(super) package: Id,
    /// Its old id.
    pub(super) from: Id,
    /// Its new id.
    pub(super) to: Id,
    /// It was changed as well; that it is the same one is concluded from what stayed.
    pub(super) guessed: bool,
}

/// Finds what was renamed; with guesses also what was changed as well. `old` is a copy in which names are
/// changed as they are found.
pub(super) fn renamed(old: &mut RuleSet, new: &RuleSet, guesses: bool) -> Vec<Renamed> {
    let mut found = Vec::new();
    for guess in if guesses { &[false, true][..] } else { &[false] } {
        for _ in 0..ROUNDS {
            let more = round(old, new, *guess);
            if more.is_empty() {
                break;
            }
            for it in more {
                super::rename::rename(old, &it.package, (&it.from, &it.to));
                found.push(it);
            }
        }
    }
    found
}

fn round(old: &RuleSet, new: &RuleSet, guess: bool) -> Vec<Renamed> {
    let ids = |set: &RuleSet| set.decls.iter().map(|it| it.id.clone()).collect::<BTreeSet<Id>>();
    let (before, after) = (ids(old), ids(new));
    let lone = |set: &RuleSet, other: &BTreeSet<Id>| -> Vec<Decl> {
        let all =
            set.decls.iter().filter(|it| !other.contains(&it.id) && it.kind != DeclKind::Total);
        all.cloned().collect()
    };
    let (removed, added) = (lone(old, &after), lone(new, &before));
    let pairs = match guess {
        _ if removed.is_empty() || added.is_empty() => Vec::new(),
        false => by_content(&removed, &added),
        true => by_likeness(&looks(old, &removed), &looks(new, &added)),
    };
    let one = |(from, to): (usize, usize)| {
        Some(Renamed {
            package: new.id.clone(),
            from: removed.get(from)?.id.clone(),
            to: added.get(to)?.id.clone(),
            guessed: guess,
        })
    };
    pairs.into_iter().filter_map(one).collect()
}

/// Those that say the same; of several with the same content none is known to be the one.
fn by_content(removed: &[Decl], added: &[Decl]) -> Vec<(usize, usize)> {
    let grouped = |all: &[Decl]| {
        let mut by_content: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for (at, it) in all.iter().enumerate() {
            by_content.entry(content(it)).or_default().push(at);
        }
        by_content
    };
    let (before, after) = (grouped(removed), grouped(added));
    let pairs =
        after.iter().filter_map(|(key, to)| match (before.get(key)?.as_slice(), to.as_slice()) {
            ([from], [to]) => Some((*from, *to)),
            _ => None,
        });
    pairs.collect()
}

/// What declarations without a partner are known by.
fn looks(set: &RuleSet, all: &[Decl]) -> Vec<Looks> {
    let lone: BTreeSet<&Id> = all.iter().map(|it| &it.id).collect();
    let mut readers = readers(set);
    let mut known = |id: &Id| -> BTreeSet<Id> {
        let all = readers.remove(id).unwrap_or_default();
        all.into_iter().filter(|it| !lone.contains(it)).collect()
    };
    all.iter().map(|it| Looks::of(it, &set.id, known(&it.id), &lone)).collect()
}

/// Those that are most alike, each with one other.
fn by_likeness(before: &[Looks], after: &[Looks]) -> Vec<(usize, usize)> {
    let mut scored: Vec<(usize, usize, usize)> = Vec::new();
    for (a, from) in before.iter().enumerate() {
        for (b, to) in after.iter().enumerate() {
            if let Some(score) = from.likeness(to) {
                scored.push((score, a, b));
            }
        }
    }
    // Known by nothing but who reads it: it has to be the only one.
    let bare: Vec<(usize, usize)> =
        scored.iter().filter(|it| it.0 == 0).map(|it| (it.1, it.2)).collect();
    let alone = |a: usize, b: usize| bare.iter().filter(|it| it.0 == a || it.1 == b).count() == 1;
    scored.retain(|(score, a, b)| *score > 0 || alone(*a, *b));
    scored.sort_by(|a, b| (b.0, a.1, a.2).cmp(&(a.0, b.1, b.2)));
    let (mut left, mut right, mut out) = (BTreeSet::new(), BTreeSet::new(), Vec::new());
    for (_, a, b) in scored {
        if !left.contains(&a) && !right.contains(&b) {
            left.insert(a);
            right.insert(b);
            out.push((a, b));
        }
    }
    out
}

/// What a declaration says, without its name.
fn content(it: &Decl) -> String {
    let mut it = of_decl(it);
    it.id = "".into();
    it.name = "".into();
    // A text about the household is no part of the meaning.
    key(&it)
}

/// What two declarations are compared by, where one may have become the other.
struct Looks {
    sort: Discriminant<DeclKind>,
    reads: BTreeSet<Mention>,
    readers: BTreeSet<Id>,
    /// The smallest parts that say something, in order.
    parts: Vec<String>,
}

impl Looks {
    fn of(decl: &Decl, package: &Id, readers: BTreeSet<Id>, lone: &BTreeSet<&Id>) -> Self {
        let decl = masked(decl, package, lone);
        let mut parts = Vec::new();
        decl.versions.iter().for_each(|it| of_version(it, &mut parts));
        parts.sort_unstable();
        Self {
            sort: std::mem::discriminant(&decl.kind),
            reads: mentioned(&Part::Decl(Box::new(decl))),
            readers,
            parts,
        }
    }

    /// How many parts in a hundred both have in common; absent where they are not alike enough, or do not
    /// read the same.
    fn likeness(&self, other: &Self) -> Option<usize> {
        if self.sort != other.sort || self.reads != other.reads {
            return None;
        }
        let (mut a, mut b) = (self.parts.iter().peekable(), other.parts.iter().peekable());
        let mut common = 0;
        while let (Some(one), Some(two)) = (a.peek(), b.peek()) {
            let order = one.cmp(two);
            common += usize::from(order.is_eq());
            a.next_if(|_| order.is_le());
            b.next_if(|_| order.is_ge());
        }
        let all = self.parts.len().max(other.parts.len());
        let alike = common * 10 >= all * EQUAL_PARTS || common + 1 >= all;
        // A bare number, or a dimension, says nothing of itself; then it is known by who reads it.
        let by_itself = common > 1 || common == 1 && !self.reads.is_empty();
        let by_readers = !self.readers.is_empty() && self.readers == other.readers;
        (alike && (by_itself || by_readers)).then(|| common * 100 / all.max(1))
    }
}

/// The normal form of a declaration with one name for all that has no partner yet, as it may have none only
/// because its name is another one.
fn masked(decl: &Decl, package: &Id, lone: &BTreeSet<&Id>) -> Decl {
    let mut set = RuleSet::empty(package.clone(), "".into());
    set.decls.push(of_decl(decl));
    for mention in mentioned(&Part::Decl(Box::new(decl.clone()))) {
        if let (None, Name::Decl(id)) = mention
            && lone.contains(&id)
        {
            super::rename::rename(&mut set, package, (&id, &"?".into()));
        }
    }
    set.decls.pop().unwrap_or_else(|| decl.clone())
}

/// Who reads each declaration of a package, in the package itself.
fn readers(set: &RuleSet) -> BTreeMap<Id, BTreeSet<Id>> {
    let decls = set.decls.iter().map(|it| (&it.id, Part::Decl(Box::new(it.clone()))));
    let decides = set.decides.iter().map(|it| (&it.id, Part::Decide(Box::new(it.clone()))));
    let mut out: BTreeMap<Id, BTreeSet<Id>> = BTreeMap::new();
    for (reader, part) in decls.chain(decides) {
        for mention in mentioned(&part) {
            if let (None, Name::Decl(it)) = mention {
                out.entry(it).or_default().insert(reader.clone());
            }
        }
    }
    out
}

fn of_version(it: &Version, out: &mut Vec<String>) {
    it.lets.iter().for_each(|it| of_content(&it.content, out));
    of_content(&it.content, out);
    it.applies.iter().flat_map(|it| &it.parts).for_each(|it| of_formula(it, out));
    out.extend(it.conditional.iter().map(key));
}

fn of_content(it: &Content, out: &mut Vec<String>) {
    match it {
        Content::Formula(it) => of_formula(it, out),
        Content::Table(it) => of_table(it, out),
        Content::Each(it) => {
            of_source(&it.source, out);
            of_table(&it.table, out);
            it.fade.iter().for_each(|it| of_table(it, out));
        }
        Content::Matrix(it) => out.extend(it.cells.iter().map(key)),
        Content::Condition(it) => it.parts.iter().for_each(|it| of_formula(it, out)),
        Content::Source(it) => of_source(it, out),
        Content::Parts | Content::List(_) => out.push(key(it)),
    }
}

fn of_table(it: &Table, out: &mut Vec<String>) {
    it.columns.iter().for_each(|it| of_formula(it, out));
    for row in &it.rows {
        if let RowKey::When(condition) = &row.key {
            of_formula(condition, out);
            out.push(key(&row.results));
        } else {
            out.push(key(row));
        }
    }
}

fn of_source(it: &Source, out: &mut Vec<String>) {
    if let Source::Filter { of, condition } = it {
        of_source(of, out);
        of_formula(condition, out);
    } else {
        out.push(key(it));
    }
}

/// The operators and operands of a formula.
fn of_formula(it: &Expr, out: &mut Vec<String>) {
    match &it.node {
        Node::And(all) | Node::Or(all) => all.iter().for_each(|it| of_formula(it, out)),
        Node::Sum(terms) => terms.iter().for_each(|it| of_formula(&it.expr, out)),
        Node::Product { left, right, .. } => {
            of_formula(left, out);
            of_formula(right, out);
        }
        Node::Compare { op, left, right } => {
            out.push(key(op));
            of_formula(left, out);
            of_formula(right, out);
        }
        Node::Aggregate { builtin, source, arg } => {
            out.push(key(builtin));
            of_source(source, out);
            arg.iter().for_each(|it| of_formula(it, out));
        }
        _ => out.push(key(it)),
    }
}
