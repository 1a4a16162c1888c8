//! Tags that say the same, lists that nobody can leave or enter, direct determinations without effect.

use super::super::{Assignment, Finding, Findings, NodePath, Owner, Part};
use super::question::Frame;
use super::resolve::{Home, whole};
use super::{Logic, Rule};
use crate::builtins::BuiltinId;
use crate::diag::{Code, Words};
use crate::model::{
    CompareOp, Content, Decide, DecideEffect, Decl, DeclKind, Expr, Field, ListRule, Node, Source,
    Version,
};
use crate::value::Value;

/// Tags and determinations that one is compared with: the nearest before it, or the first.
const MAX_COMPARED: usize = 100;

/// Looks at what a package gives out.
pub(super) fn check<'a, 'l: 'a>(logic: &'a Logic<'a, 'l>, out: &mut Findings) {
    tags(logic, out);
    lists(logic, out);
    determinations(logic, out);
}

/// Is it an alert that nothing can raise?
pub(super) fn is_silent<'a, 'l: 'a>(
    logic: &'a Logic<'a, 'l>,
    decl: &Decl,
    version: &'a Version,
) -> bool {
    let (DeclKind::Alert { .. }, Content::Condition(when)) = (&decl.kind, &version.content) else {
        return false;
    };
    everywhere(logic, Rule::of(version, false), |frame, home, facts| {
        let when = home.condition(when);
        let all: Vec<_> = facts.iter().chain([&when]).map(|it| (it, true)).collect();
        frame.never(&all)
    })
}

/// Tags that hold for the same households.
fn tags<'a, 'l: 'a>(logic: &'a Logic<'a, 'l>, out: &mut Findings) {
    let tags: Vec<&Decl> =
        logic.set.decls.iter().filter(|it| matches!(it.kind, DeclKind::Tag { .. })).collect();
    for (at, tag) in tags.iter().enumerate() {
        let [version] = tag.versions.as_slice() else { continue };
        let Some(same) = near(&tags[..at]).find(|it| equal(logic, version, it)) else { continue };
        let path = NodePath::header(Owner::Decl(tag.id.clone()));
        let finding = Finding::new(Code::E0454, path).arg("name", tag.name.to_string());
        let finding = finding.arg("other", same.name.to_string());
        let finding = finding.shown_by(both(logic, version, same.versions.first()));
        out.push(finding.related(NodePath::header(Owner::Decl(same.id.clone())), ""));
    }
}

fn near<T>(before: &[T]) -> impl Iterator<Item = &T> {
    before.iter().rev().take(MAX_COMPARED)
}

fn equal<'a, 'l: 'a>(logic: &'a Logic<'a, 'l>, version: &'a Version, other: &'a Decl) -> bool {
    let [there] = other.versions.as_slice() else { return false };
    if (version.period, &version.applies) != (there.period, &there.applies) {
        return false;
    }
    let (Content::Condition(a), Content::Condition(b)) = (&version.content, &there.content) else {
        let same = |it: &Version| (it.lets.clone(), without_places(&it.content));
        return same(version) == same(there);
    };
    everywhere(logic, Rule::of(version, false), |frame, home, facts| {
        let there = Home { lets: &there.lets, ..home };
        let (a, b) = (home.condition(a), there.condition(b));
        let both = |a, b| {
            let premises: Vec<&Expr> = facts.iter().chain([a]).collect();
            frame.implies(&premises, b)
        };
        // What always or never holds has been reported for itself.
        let here = |holds| {
            let all: Vec<_> = facts.iter().map(|it| (it, true)).chain([(&a, holds)]).collect();
            frame.never(&all)
        };
        let trivial = here(true) || here(false);
        !trivial && both(&a, &b) && both(&b, &a)
    })
}

/// A content without where its rows were written.
fn without_places(content: &Content) -> Content {
    let mut content = content.clone();
    if let Content::Table(it) = &mut content {
        it.rows.iter_mut().for_each(|it| it.origin = crate::model::Origin::default());
    }
    content
}

/// Is it so in every stretch of time in which the rule is in force, and is there one?
fn everywhere<'a, 'l: 'a>(
    logic: &'a Logic<'a, 'l>,
    rule: Rule<'a>,
    mut is: impl FnMut(Frame<'a, 'l>, Home<'a, 'l>, &[Expr]) -> bool,
) -> bool {
    let mut any = false;
    for reach in logic.reaches {
        let Some((frame, home)) = logic.frame(rule, reach) else { continue };
        if !is(frame, home, &logic.facts(rule, home)) {
            return false;
        }
        any = true;
    }
    any
}

fn lists<'a, 'l: 'a>(logic: &'a Logic<'a, 'l>, out: &mut Findings) {
    for decl in logic.set.decls.iter().filter(|it| it.kind == DeclKind::List) {
        for (number, version) in decl.versions.iter().enumerate() {
            let Content::List(rule) = &version.content else { continue };
            let path = NodePath::new(Owner::Decl(decl.id.clone()), number, Part::Header);
            let Some((part, why)) = list(logic, version, rule) else { continue };
            let finding = Finding::new(Code::E0456, path.with(part));
            out.push(finding.arg("name", decl.name.to_string()).arg("why", why));
        }
    }
}

/// A question about a list, in one frame: what is known there, who is admitted, and who is removed.
type Question<'q, 'a, 'l> = dyn Fn(Frame<'a, 'l>, &[Expr], &Expr, Option<&Expr>) -> bool + 'q;

fn list<'a, 'l: 'a>(
    logic: &'a Logic<'a, 'l>,
    version: &'a Version,
    rule: &'a ListRule,
) -> Option<(Part, Words)> {
    let asked = |is: &Question<'_, 'a, 'l>| {
        everywhere(logic, Rule::of(version, false), |frame, home, facts| {
            let remove = rule.remove.as_ref().map(|it| home.condition(it));
            is(frame, facts, &home.condition(&rule.admit), remove.as_ref())
        })
    };
    let never = |frame: Frame<'a, 'l>, facts: &[Expr], all: &[(&Expr, bool)]| {
        let all: Vec<_> = facts.iter().map(|it| (it, true)).chain(all.iter().copied()).collect();
        frame.never(&all)
    };
    // A condition that never holds by itself has been reported at its place.
    if asked(&|frame, facts, admit, remove| {
        never(frame, facts, &[(admit, true)])
            || remove.is_some_and(|it| never(frame, facts, &[(it, true)]))
    }) {
        return None;
    }
    if asked(&|frame, facts, admit, remove| {
        remove.is_some_and(|it| never(frame, facts, &[(admit, true), (it, false)]))
    }) {
        let why = Words::both(
            "凡是能入选的都要移出，没有户能在名单上",
            "whoever is admitted is removed, so nobody can be on it",
        );
        return Some((Part::Remove(0), why));
    }
    if asked(&|frame, facts, admit, remove| {
        remove.is_some_and(|it| never(frame, facts, &[(admit, true), (it, true)]))
    }) {
        let why = Words::both(
            "能入选的户都不符合“移出”的条件，“移出”不起作用",
            "nobody who is admitted can satisfy the condition for removal",
        );
        return Some((Part::Remove(0), why));
    }
    let stays = rule.remove.is_none()
        && rule.quota.is_none()
        && asked(&|frame, _, admit, _| lasts(frame, admit));
    stays.then(|| {
        let why = Words::both(
            "入选的条件只看有过什么记录，一旦成立就一直成立，又没有“移出”：入选的户不会再离开",
            "admission depends on records that never cease to count, and nothing removes: who is on it stays",
        );
        (Part::Condition(0), why)
    })
}

/// Does the condition, once it holds, hold for ever, as long as records are only added?
fn lasts(frame: Frame<'_, '_>, expr: &Expr) -> bool {
    match &expr.node {
        Node::And(all) | Node::Or(all) => all.iter().all(|it| lasts(frame, it)),
        Node::Aggregate { builtin: BuiltinId::Any, source, .. } => stays(frame, source),
        Node::Compare { op: CompareOp::GreaterOrEqual | CompareOp::Greater, left, right } => {
            let constant = matches!(right.node, Node::Const(Value::Number(_)));
            let counted = match &left.node {
                Node::Aggregate { builtin: BuiltinId::Count, source, .. } => stays(frame, source),
                _ => false,
            };
            constant && counted
        }
        _ => false,
    }
}

/// Records of a table, chosen by what never changes about them.
fn stays(frame: Frame<'_, '_>, source: &Source) -> bool {
    let (base, conditions) = super::counts::parts(source);
    matches!(base, Source::Table(_)) && conditions.iter().all(|it| is_fixed(frame, it))
}

fn is_fixed(frame: Frame<'_, '_>, expr: &Expr) -> bool {
    let lasting = |field: &Field| field.later.is_none();
    match &expr.node {
        Node::Const(_) => true,
        Node::RecordField { up: 0, column } => {
            let table = frame.reach.linked.table(column.table.slot.index());
            !table.replacing && table.fields.get(column.slot.index()).is_some_and(lasting)
        }
        Node::And(all) | Node::Or(all) => all.iter().all(|it| is_fixed(frame, it)),
        Node::Not(it) => is_fixed(frame, it),
        Node::Compare { left, right, .. } => is_fixed(frame, left) && is_fixed(frame, right),
        Node::In { item, set, .. } => {
            is_fixed(frame, item) && set.iter().all(|it| is_fixed(frame, it))
        }
        _ => false,
    }
}

/// Direct determinations that another one always beats.
fn determinations<'a, 'l: 'a>(logic: &'a Logic<'a, 'l>, out: &mut Findings) {
    for decide in &logic.set.decides {
        for (number, (effect, version)) in decide.versions.iter().enumerate() {
            let Some((other, code)) = shadow(logic, (decide, effect, version)) else { continue };
            let path = NodePath::new(Owner::Decide(decide.id.clone()), number, Part::Header);
            let finding = Finding::new(code, path).arg("name", decide.name.to_string());
            let finding = finding.arg("other", other.name.to_string());
            let there = other.versions.first().map(|it| &it.1);
            let finding = finding.shown_by(both(logic, version, there));
            out.push(finding.related(NodePath::header(Owner::Decide(other.id.clone())), ""));
        }
    }
}

/// The condition of a tag or determination holds, and so does that of the other one, where it can be asked
/// beside it.
fn both(logic: &Logic<'_, '_>, version: &Version, other: Option<&Version>) -> Option<Assignment> {
    let conditions = |it: &Version| match &it.content {
        Content::Condition(it) => Some((whole(it), Value::Bool(true))),
        _ => None,
    };
    let own = conditions(version)?;
    let other = other.filter(|it| it.lets.is_empty());
    let shown = other.and_then(conditions).into_iter().chain([own.clone()]);
    Assignment::of(logic.reaches.first()?.period, vec![own], shown.collect())
}

type Determination<'a> = (&'a Decide, &'a DecideEffect, &'a Version);

fn shadow<'a, 'l: 'a>(
    logic: &'a Logic<'a, 'l>,
    own: Determination<'a>,
) -> Option<(&'a Decide, Code)> {
    let (decide, _, version) = own;
    let target = decide.target.slot.index();
    let linked = logic.reaches.first()?.linked;
    let others: Vec<&'a Decide> = logic
        .set
        .decides
        .iter()
        .filter(|it| it.target.slot.index() == target && it.id != decide.id)
        .take(MAX_COMPARED)
        .collect();
    let Content::Condition(when) = &version.content else { return None };
    let grades = match &linked.decl(target).kind {
        DeclKind::Classify { grade } => linked.enumeration(grade.slot.index()).members.len(),
        _ => return None,
    };
    let highest = u16::try_from(grades).ok()?.checked_sub(1)?;
    let position = |it: &Decide| logic.set.decides.iter().position(|own| own.id == it.id);
    others.iter().find_map(|other| {
        let later = position(other) > position(decide);
        let [(effect, there)] = other.versions.as_slice() else { return None };
        let code = beats(own, (other, effect, there), later, highest)?;
        let free = others.iter().all(|it| !it.first) && !decide.first;
        if code == Code::E0453 && !free {
            return None;
        }
        let Content::Condition(then) = &there.content else { return None };
        everywhere(logic, Rule::of(version, false), |frame, home, facts| {
            if !covers(there.period, frame.period) {
                return false;
            }
            let beyond = Home { lets: &there.lets, ..home };
            let mut then = whole(then);
            if let Some(applies) = &there.applies {
                then = Expr { ty: then.ty.clone(), node: Node::And(vec![whole(applies), then]) };
            }
            let own = home.condition(when);
            let premises: Vec<&Expr> = facts.iter().chain([&own]).collect();
            // One that never holds has been reported for itself.
            !frame.never(&premises.iter().map(|it| (*it, true)).collect::<Vec<_>>())
                && frame.implies(&premises, &beyond.resolve(&then, 0))
        })
        .then_some((*other, code))
    })
}

fn covers(outer: crate::value::Period, inner: crate::value::Period) -> bool {
    let from = outer.from.is_none() || (inner.from.is_some() && outer.from <= inner.from);
    let until = outer.until.is_none_or(|a| inner.until.is_some_and(|b| b <= a));
    from && until
}

/// Does the second determination make the first one without effect wherever both hold?
fn beats(
    (own, effect, _): Determination<'_>,
    (other, there, _): Determination<'_>,
    later: bool,
    highest: u16,
) -> Option<Code> {
    use DecideEffect::{Lower, Raise, Set};
    match (effect, there) {
        (Set(member), Set(to)) => {
            if own.first && !other.first {
                return None;
            }
            let stronger = to > member || (to == member && !later) || (other.first && !own.first);
            stronger.then_some(Code::E0434)
        }
        // What has been set to the limit is not raised any more, and what has been set is not lowered.
        (Raise { limit, .. }, Set(to)) => (*to >= limit.unwrap_or(highest)).then_some(Code::E0453),
        (Lower { .. }, Set(_)) => Some(Code::E0453),
        (Raise { by, limit }, Raise { by: more, limit: far }) => {
            let as_far = more >= by && far.unwrap_or(highest) >= limit.unwrap_or(highest);
            let equal = (by, limit) == (more, far) && later;
            (as_far && !equal && !own.adds_up && !other.adds_up).then_some(Code::E0453)
        }
        (Lower { by, limit }, Lower { by: more, limit: far }) => {
            let as_far = more >= by && far.unwrap_or(0) <= limit.unwrap_or(0);
            let equal = (by, limit) == (more, far) && later;
            (as_far && !equal && !own.adds_up && !other.adds_up).then_some(Code::E0453)
        }
        (Set(_), Raise { .. } | Lower { .. })
        | (Raise { .. }, Lower { .. })
        | (Lower { .. }, Raise { .. }) => None,
    }
}
