//! Conditions that always hold, never hold, or have a part that says nothing.
//!
//! A verdict is made for one stretch of time in which no rule changes; what is reported is what holds in
//! each of them. Guards (`x 有值 且 …`, a comparison with zero before a division) are left alone: the
//! language asks for them.

use std::collections::BTreeSet;

use super::super::{Finding, NodePath, Part, TableAt};
use super::question::Frame;
use super::resolve::Home;
use super::site::{Says, Site, What};
use super::text;
use crate::diag::{Code, Words};
use crate::model::rewrite::{self, Change};
use crate::model::{ConditionMode, Expr, Node, ProductOp, Source, walk};
use crate::value::Value;

/// Parts of one condition that are held against each other.
const MAX_PARTS: usize = 40;

/// Something to say of a place, in an order of its own.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Verdict {
    at: NodePath,
    kind: Kind,
    /// What is spoken of.
    text: String,
    /// It is inside what has that name, and not what was written.
    inside: bool,
    /// The other part, or why.
    other: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Always,
    Never,
    /// Never, because of another part of the same condition.
    Against,
    /// Never, because of what comes to it at all.
    Outside,
    /// It holds wherever the others do.
    Follows,
    /// Wherever it holds another one does.
    Covered,
}

impl Verdict {
    /// The finding; `never` is the code for a condition that never holds.
    pub(super) fn finding(self, never: Code, name: &str) -> Finding {
        let Self { at, kind, text, inside, other } = self;
        let quoted = if inside {
            Words::both(format!("“{text}”里的条件"), format!("the condition in “{text}”"))
        } else {
            format!("“{text}”").into()
        };
        let because = |zh: String, en: String| Words::both(zh, en);
        let rest = other.is_empty();
        let (code, why) = match kind {
            Kind::Always => (Code::E0450, Words::both("", "")),
            Kind::Never => (never, Words::both("", "")),
            Kind::Against if rest => {
                (never, Words::both("，它的各部分互相矛盾", ": its parts exclude each other"))
            }
            Kind::Follows | Kind::Covered if rest => (
                Code::E0452,
                Words::both(
                    "有一部分已经由别的部分说了",
                    "the other parts say one of its parts already",
                ),
            ),
            Kind::Against => (
                never,
                because(
                    format!("，与“{other}”不能同时成立"),
                    format!(": it and “{other}” exclude each other"),
                ),
            ),
            Kind::Outside => (
                never,
                Words::both("，能到这里的都不符合", ": nothing that comes here satisfies it"),
            ),
            Kind::Follows => (
                Code::E0452,
                because(
                    format!("凡是“{other}”成立，它都成立"),
                    format!("it holds wherever “{other}” does"),
                ),
            ),
            Kind::Covered => (
                Code::E0452,
                because(
                    format!("凡是它成立，“{other}”都成立"),
                    format!("wherever it holds, “{other}” does"),
                ),
            ),
        };
        Finding::new(code, at).arg("condition", quoted).arg("why", why).arg("name", name.to_owned())
    }
}

/// What is known while the conditions of a version are looked at.
pub(super) struct Inspector<'a, 'l> {
    pub(super) frame: Frame<'a, 'l>,
    pub(super) home: Home<'a, 'l>,
    /// What holds for everything that comes to the version, written out.
    pub(super) facts: Vec<Expr>,
    /// The version is about a record, and so may the facts be.
    pub(super) record: bool,
    /// Conditions of local sets of records, which stand again wherever the set is read.
    pub(super) known: Vec<Expr>,
    pub(super) out: BTreeSet<Verdict>,
}

/// A condition under a name.
#[derive(Clone)]
struct Named<'e> {
    expr: &'e Expr,
    text: String,
    inside: bool,
    at: NodePath,
}

/// Where a condition stands among bound elements.
#[derive(Clone, Copy, Default)]
struct Inside<'c> {
    bound: u32,
    /// What holds for the elements that come to it.
    more: &'c [Expr],
    /// It is asked of other households, for which the facts say nothing.
    elsewhere: bool,
}

impl Inspector<'_, '_> {
    /// Looks at one place.
    pub(super) fn look(&mut self, site: &Site<'_>) {
        let (text, inside) = match site.says {
            Says::Text(it) => (text::key(it).to_owned(), false),
            Says::In(it) => (it.to_owned(), true),
        };
        let named = |expr| Named { expr, text: text.clone(), inside, at: site.at.clone() };
        match &site.what {
            What::Condition(it) => {
                self.condition(&named(it), Inside::default());
                self.within(it, &named(it));
            }
            What::Row(it, before) => {
                self.row(&named(it), before);
                self.within(it, &named(it));
            }
            What::Formula(it) => self.within(it, &named(it)),
            What::Source(it) => {
                let count = super::formula::count((*it).clone());
                self.within(&count, &named(&count));
            }
            What::Conditions(mode, parts) => self.conditions(*mode, parts),
        }
    }

    fn conditions(&mut self, mode: ConditionMode, parts: &[(&Expr, &str, NodePath)]) {
        let parts: Vec<Named<'_>> = parts
            .iter()
            .map(|(expr, text, at)| Named {
                expr,
                text: (*text).to_owned(),
                inside: false,
                at: at.clone(),
            })
            .collect();
        match parts.as_slice() {
            [] => {}
            [only] => {
                self.condition(only, Inside::default());
            }
            several if mode == ConditionMode::Any => self.one_of(several, Inside::default()),
            several => self.all_of(several, Inside::default()),
        }
        for it in &parts {
            self.within(it.expr, it);
        }
    }

    /// A row of which the first that holds counts.
    fn row(&mut self, it: &Named<'_>, before: &[&Expr]) {
        let reach = self.frame.reach;
        if self.condition(it, Inside::default())
            || before.iter().any(|other| super::super::exclusive::implies(reach, it.expr, other))
        {
            return;
        }
        let resolved = self.home.resolve(it.expr, 0);
        let before: Vec<Expr> = before.iter().map(|it| self.home.resolve(it, 0)).collect();
        let mut all: Vec<(&Expr, bool)> = before.iter().map(|it| (it, false)).collect();
        all.push((&resolved, true));
        if self.never(&all, Inside::default()) {
            self.say(it, Kind::Outside, "");
        }
    }

    fn say(&mut self, about: &Named<'_>, kind: Kind, other: &str) {
        self.out.insert(Verdict {
            at: about.at.clone(),
            kind,
            text: about.text.clone(),
            inside: about.inside,
            other: other.to_owned(),
        });
    }

    /// Do these never hold together for all that comes here?
    fn never(&self, all: &[(&Expr, bool)], inside: Inside<'_>) -> bool {
        let here = !(inside.elsewhere || self.record && inside.bound > 0);
        let facts = self.facts.iter().filter(|_| here).chain(inside.more).map(|it| (it, true));
        let all: Vec<(&Expr, bool)> = all.iter().copied().chain(facts).collect();
        self.frame.never(&all)
    }

    /// A condition as a whole, and its parts. True if something was said of the whole.
    fn condition(&mut self, it: &Named<'_>, inside: Inside<'_>) -> bool {
        if matches!(it.expr.node, Node::Const(_)) {
            return false;
        }
        let resolved = self.home.resolve(it.expr, inside.bound);
        if self.never(&[(&resolved, true)], inside) {
            let parts = parts(it).filter(|_| matches!(it.expr.node, Node::And(_)));
            if parts.is_none_or(|it| !self.against(&it, inside)) {
                let alone = self.frame.never(&[(&resolved, true)]);
                self.say(it, if alone { Kind::Never } else { Kind::Outside }, "");
            }
            return true;
        }
        if !is_guard(it.expr, &[]) && self.never(&[(&resolved, false)], inside) {
            self.say(it, Kind::Always, "");
            return true;
        }
        match (&it.expr.node, parts(it)) {
            (Node::And(_), Some(parts)) => self.all_of(&parts, inside),
            (Node::Or(_), Some(parts)) => self.one_of(&parts, inside),
            _ => {}
        }
        false
    }

    /// Finds the part, or the two parts, because of which all of them never hold.
    fn against(&mut self, parts: &[Named<'_>], inside: Inside<'_>) -> bool {
        if parts.len() > MAX_PARTS {
            return false;
        }
        let all = self.resolved(parts, inside);
        let distinct = |a: &Named<'_>, b: &Named<'_>| a.text != b.text;
        if let Some(at) = all.iter().position(|it| self.frame.never(&[(it, true)])) {
            return self.condition(&parts[at], inside);
        }
        for (second, b) in all.iter().enumerate() {
            for (first, a) in all[..second].iter().enumerate() {
                if self.frame.never(&[(a, true), (b, true)]) {
                    let (first, second) = (&parts[first], &parts[second]);
                    let other = if distinct(first, second) { first.text.as_str() } else { "" };
                    self.say(second, Kind::Against, other);
                    return true;
                }
            }
        }
        false
    }

    fn resolved(&self, parts: &[Named<'_>], inside: Inside<'_>) -> Vec<Expr> {
        parts.iter().map(|it| self.home.resolve(it.expr, inside.bound)).collect()
    }

    fn all_of(&mut self, parts: &[Named<'_>], inside: Inside<'_>) {
        let all = self.resolved(parts, inside);
        let holding: Vec<(&Expr, bool)> = all.iter().map(|it| (it, true)).collect();
        if self.never(&holding, inside) {
            if !self.against(parts, inside)
                && let Some(first) = parts.first()
            {
                self.say(first, Kind::Outside, "");
            }
            return;
        }
        self.idle(parts, &all, inside, true);
    }

    fn one_of(&mut self, parts: &[Named<'_>], inside: Inside<'_>) {
        let all = self.resolved(parts, inside);
        self.idle(parts, &all, inside, false);
    }

    /// Parts that change nothing: of 且 what follows from the others, of 或 what another one covers.
    fn idle(&mut self, parts: &[Named<'_>], all: &[Expr], inside: Inside<'_>, together: bool) {
        if parts.len() > MAX_PARTS {
            for it in parts {
                self.condition(it, inside);
            }
            return;
        }
        let exprs: Vec<&Expr> = parts.iter().map(|it| it.expr).collect();
        let mut kept: Vec<usize> = (0..parts.len()).collect();
        for at in (0..parts.len()).rev() {
            let twice = exprs.iter().filter(|it| **it == exprs[at]).count() > 1;
            if self.condition(&parts[at], inside) || is_guard(exprs[at], &exprs) || twice {
                continue;
            }
            let others: Vec<usize> = kept.iter().copied().filter(|it| *it != at).collect();
            let says_nothing = |by: &[usize]| {
                let mut case: Vec<(&Expr, bool)> = vec![(&all[at], !together)];
                case.extend(by.iter().map(|it| (&all[*it], together)));
                self.never(&case, inside)
            };
            let single = others.iter().copied().find(|it| says_nothing(&[*it]));
            let because = match single {
                Some(it) => vec![it],
                None if others.len() > 1 && says_nothing(&others) => others,
                None => continue,
            };
            kept.retain(|it| *it != at);
            let texts: Vec<&str> = because.iter().map(|it| parts[*it].text.as_str()).collect();
            let own = &parts[at];
            let other = if texts.contains(&own.text.as_str()) {
                String::new()
            } else {
                texts.join("”“")
            };
            self.say(own, if together { Kind::Follows } else { Kind::Covered }, &other);
        }
    }

    /// The conditions inside a formula: of choices, of sets of records, of other households.
    fn within(&mut self, expr: &Expr, named: &Named<'_>) {
        let own = matches!(named.at.part, Part::Table(TableAt::Let(_)));
        let known = if own { Vec::new() } else { self.known.clone() };
        let mut expr = expr.clone();
        let (text, at) = (named.text.clone(), named.at.clone());
        Inner { inspector: self, text, at, known, elsewhere: false }.expr(&mut expr, 0);
    }
}

/// Looks at the conditions inside a formula.
struct Inner<'i, 'a, 'l> {
    inspector: &'i mut Inspector<'a, 'l>,
    text: String,
    at: NodePath,
    known: Vec<Expr>,
    elsewhere: bool,
}

impl Inner<'_, '_, '_> {
    fn condition(&mut self, expr: &Expr, bound: u32, more: &[Expr]) {
        let (text, at) = (self.text.clone(), self.at.clone());
        let named = Named { expr, text, inside: true, at };
        let inside = Inside { bound, more, elsewhere: self.elsewhere };
        self.inspector.condition(&named, inside);
    }
}

impl Change for Inner<'_, '_, '_> {
    fn expr(&mut self, expr: &mut Expr, bound: u32) {
        let before = self.elsewhere;
        match &expr.node {
            Node::If(when, ..) => self.condition(when, bound, &[]),
            Node::Population(it) => {
                self.elsewhere = true;
                if let Some(filter) = &it.filter {
                    self.condition(filter, bound, &[]);
                }
            }
            _ => {}
        }
        rewrite::parts(expr, bound, self);
        self.elsewhere = before;
    }

    fn source(&mut self, source: &mut Source, bound: u32) {
        let Source::Filter { of, condition } = source else { return };
        if self.known.contains(condition) {
            return;
        }
        let of = self.inspector.home.resolve(&super::formula::count(of.as_ref().clone()), bound);
        let Node::Aggregate { source: of, .. } = &of.node else { return };
        let more: Vec<Expr> = super::counts::parts(of).1.into_iter().cloned().collect();
        self.condition(condition, bound + 1, &more);
    }
}

/// The parts of 且 or 或 with their texts.
fn parts<'e>(it: &Named<'e>) -> Option<Vec<Named<'e>>> {
    let (Node::And(all) | Node::Or(all)) = &it.expr.node else { return None };
    let texts = if it.inside { None } else { text::parts(&it.text, all.len()) };
    if texts.is_none() && all.len() > MAX_PARTS {
        return None;
    }
    let text = |at: usize| {
        let own = texts.as_ref().and_then(|all| all.get(at));
        own.unwrap_or(&it.text).clone()
    };
    let part = |(at, expr)| Named { expr, text: text(at), inside: it.inside, at: it.at.clone() };
    Some(all.iter().enumerate().map(part).collect())
}

/// Something that the language asks for beside other parts: that a value is there, or that a divisor is
/// not zero.
fn is_guard(expr: &Expr, others: &[&Expr]) -> bool {
    let zero = |it: &Expr| matches!(&it.node, Node::Const(Value::Number(it)) if it.is_zero());
    match &expr.node {
        Node::Present { .. } => true,
        Node::Not(it) => is_guard(it, others),
        Node::Compare { left, right, .. } if zero(left) || zero(right) => {
            others.iter().any(|it| divides(it))
        }
        _ => false,
    }
}

fn divides(expr: &Expr) -> bool {
    struct Divides(bool);
    impl walk::Visitor for Divides {
        fn reference(&mut self, _: walk::RefKind, _: &crate::model::Ref, _: bool) {}
        fn expr(&mut self, expr: &Expr) {
            self.0 |= matches!(expr.node, Node::Product { op: ProductOp::Divide, .. });
        }
    }
    let mut found = Divides(false);
    walk::expr(expr, &mut found);
    found.0
}
