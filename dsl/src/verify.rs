//! What a table, a matrix, a cut-off or a promise leaves open: findings on the checked model.
//!
//! It works on the model and not on source text, so that a stored model is looked at in the same way.
//! Everything is exact: numbers are counted in the smallest step of their column, so that 4 to 8 and
//! then 9 has no gap for a whole number and has one for a number with decimal places. A search that
//! would take too long stops and says so; nothing here takes exponential time.

mod axis;
mod conditions;
mod cost;
mod cover;
mod cut_offs;
mod example;
mod exclusive;
mod fields;
mod foreign;
mod grades;
mod grid;
mod logic;
mod misfit;
mod names;
mod newest;
mod order;
mod overlay;
mod place;
mod promise;
mod range;
mod reach;
mod sample;
mod show;
mod simpler;
mod table;
mod trail;
mod window;

pub use self::cost::{Bound, COUNTED_RECORDS, Cost, MAX_STEPS, costs};
pub use self::example::{Assignment, NoReplay, Replay, Shows};
pub use self::place::{BoundWord, NodePath, Owner, Part, TableAt};

use std::collections::BTreeSet;

use self::names::Read;
use self::reach::{Ends, Reach, Scope};
use self::table::{Subject, View};
use crate::diag::{Code, Words};
use crate::model::linked::Linked;
use crate::model::walk::{self, RefKind, Visitor};
use crate::model::{
    Check, Condition, ConditionMode, Content, DeclKind, Expr, Let, Node, Ref, RuleSet, Source,
    Version,
};
use crate::value::{Date, Decimal, Period};

/// One problem at a place of the model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What kind of problem.
    pub code: Code,
    /// The values that the message speaks of, by the name of their placeholder.
    pub args: Vec<(&'static str, Words)>,
    /// Where it is.
    pub at: NodePath,
    /// A few words under the place; empty for none.
    pub label: Words,
    /// Other places that make it understandable, with a few words each.
    pub related: Vec<(NodePath, Words)>,
    /// Values that show it, where there are such.
    pub assignment: Option<Assignment>,
}

impl Finding {
    /// A problem at a place.
    pub fn new(code: Code, at: NodePath) -> Self {
        let (args, related) = (Vec::new(), Vec::new());
        Self { code, args, at, label: "".into(), related, assignment: None }
    }

    /// Fills the placeholder `name` of the message.
    #[must_use]
    pub fn arg(mut self, name: &'static str, value: impl Into<Words>) -> Self {
        self.args.push((name, value.into()));
        self
    }

    /// Says what is to be seen at the place.
    #[must_use]
    pub fn label(mut self, text: impl Into<Words>) -> Self {
        self.label = text.into();
        self
    }

    /// Names values that show it.
    #[must_use]
    fn shown_by(mut self, assignment: Option<Assignment>) -> Self {
        self.assignment = assignment;
        self
    }

    /// Shows another place.
    #[must_use]
    pub fn related(mut self, at: NodePath, text: impl Into<Words>) -> Self {
        self.related.push((at, text.into()));
        self
    }
}

/// The least and the greatest number that each declaration can be for any household on a date, by slot; nothing
/// where there is no such bound, or it is no number. What is not there is no number and plays no part.
pub fn number_bounds(linked: &Linked, date: Date) -> Vec<Option<(Decimal, Decimal)>> {
    let sorted = order::order(linked);
    let of_day = |it: &Period| it.contains(date);
    let Some(period) = reach::periods(linked).into_iter().find(of_day) else { return Vec::new() };
    let reach = Reach::new(linked, &sorted, period, Ends::OfRegisters);
    let bounds = |slot| reach.of_decl(slot).and_then(|it| it.low.zip(it.high));
    (0..linked.decls().len()).map(bounds).collect()
}

/// Looks at every package of a linked model: the findings of each, by its number in [`Linked::packages`].
///
/// Every rule is looked at in each stretch of time in which no rule changes, so that dated
/// parameters and dated rules are met with the values they have together. Findings come in the order
/// of the package, at most one per code and place.
pub fn verify(linked: &Linked) -> Vec<Vec<Finding>> {
    let read = Read::of(linked);
    let sorted = order::order(linked);
    let all = reach::periods(linked);
    let mut reaches: Vec<Reach<'_>> = Vec::new();
    let mut found = Vec::new();
    for (package, set) in linked.packages.iter().enumerate() {
        let mut out = Findings { all: Vec::new(), seen: BTreeSet::new(), days: MAX_DAYS };
        fields::check(set, linked, &mut out);
        names::check(package, linked, &read, &mut out);
        foreign::check(package, linked, &mut out);
        let periods = periods(set, &all, linked, &mut out);
        // Ranges are of all packages, and most packages are in force in the same stretches of time.
        if !reaches.iter().map(|it| &it.period).eq(&periods) {
            let new = |it: &Period| Reach::new(linked, &sorted, *it, Ends::Open);
            reaches = periods.iter().map(new).collect();
        }
        rules((package, set), linked, &reaches, &read, &mut out);
        found.push(out.all);
    }
    found
}

/// The stretches of time in which the package is in force, as many as are looked at.
fn periods(set: &RuleSet, all: &[Period], linked: &Linked, out: &mut Findings) -> Vec<Period> {
    let mut periods = all.to_vec();
    periods.retain(|it| it.overlaps(&set.effective));
    let most = (MAX_RANGES / linked.decls().len().max(1)).max(1);
    if periods.len() > most {
        out.push(Finding::new(Code::E0410, NodePath::header(Owner::Package)).arg(
            "why",
            Words::both(
                "规则更替的时期太多，只核对了前面一些",
                "rules change too often; only the first periods were looked at",
            ),
        ));
        periods.truncate(most);
    }
    periods
}

/// Looks at all rules of a package.
fn rules(
    (package, set): (usize, &RuleSet),
    linked: &Linked,
    reaches: &[Reach<'_>],
    read: &Read,
    out: &mut Findings,
) {
    let applies: Vec<&Expr> = set.applies.iter().flat_map(certain).collect();
    declarations((package, set), reaches, &applies, out);
    for decide in &set.decides {
        for (number, (_, version)) in decide.versions.iter().enumerate() {
            let path = NodePath::new(Owner::Decide(decide.id.clone()), number, Part::Header);
            let parts = Parts::of_version(version);
            parts.check(&path, &views(&parts.scopes(reaches)), &applies, out);
        }
        for reach in reaches {
            grades::decide(decide, reach, out);
        }
    }
    for check in &set.checks {
        let path = NodePath::header(Owner::Check(check.id.clone()));
        let parts = Parts::of_check(check);
        parts.check(&path, &views(&parts.scopes(reaches)), &[], out);
    }
    cost::check(package, linked, out);
    logic::check(package, reaches, read, out);
    if out.days <= 1 {
        let why = Words::both(
            "按日期分段的表太多，后面的只核对了一天",
            "there are too many tables of dates; later ones were looked at on one day only",
        );
        out.push(Finding::new(Code::E0410, NodePath::header(Owner::Package)).arg("why", why));
    }
}

/// Looks at everything that is worth something.
fn declarations(
    (package, set): (usize, &RuleSet),
    reaches: &[Reach<'_>],
    applies: &[&Expr],
    out: &mut Findings,
) {
    let Some(linked) = reaches.first().map(|it| it.linked) else { return };
    let first = (0..linked.decls().len()).find(|it| linked.package_of(*it) == package).unwrap_or(0);
    for (at, decl) in set.decls.iter().enumerate() {
        for (number, version) in decl.versions.iter().enumerate() {
            let path = NodePath::new(Owner::Decl(decl.id.clone()), number, Part::Header);
            let parts = Parts::of_version(version);
            let scopes = parts.scopes(reaches);
            let views = views(&scopes);
            parts.check(&path, &views, applies, out);
            promise::check((first + at, decl), version, &path, &views, out);
            grades::check(decl, version, &path, &views, out);
            overlay::check((first + at, decl), version, &path, &views, out);
            cut_offs::check((first + at, decl), version, &path, &views, out);
        }
        if matches!(decl.kind, DeclKind::Total | DeclKind::Dimension { .. }) {
            for reach in reaches {
                promise::weights(first + at, reach, package, out);
            }
        }
    }
}

/// As-of dates that are looked at in all tables of a package beyond one a table.
const MAX_DAYS: usize = 100_000;

/// Declarations times stretches of time that are looked at.
const MAX_RANGES: usize = 400_000;

/// What has been found so far: at most one per code and place.
#[derive(Default)]
struct Findings {
    all: Vec<Finding>,
    seen: BTreeSet<(Code, NodePath)>,
    /// How many as-of dates may still be looked at beyond one a table.
    days: usize,
}

impl Findings {
    fn push(&mut self, finding: Finding) {
        if self.seen.insert((finding.code, finding.at.clone())) {
            self.all.push(finding);
        }
    }
}

/// What a version of a declaration, a direct determination or a data-quality rule consists of.
#[derive(Clone, Copy)]
struct Parts<'m> {
    period: Period,
    applies: Option<&'m Condition>,
    lets: &'m [Let],
    content: Option<&'m Content>,
    by_date: bool,
}

impl<'m> Parts<'m> {
    fn of_version(version: &'m Version) -> Self {
        Self {
            period: version.period,
            applies: version.applies.as_ref(),
            lets: &version.lets,
            content: Some(&version.content),
            by_date: reads_by_date(version),
        }
    }

    fn of_check(check: &'m Check) -> Self {
        let applies = check.applies.as_ref();
        Self { period: Period::ALWAYS, applies, lets: &check.lets, content: None, by_date: false }
    }

    /// The local values in every stretch of time in which the version is in force.
    fn scopes<'r>(&self, reaches: &'r [Reach<'r>]) -> Vec<(&'r Reach<'r>, Scope<'r>)> {
        let mut scopes = Vec::new();
        for reach in reaches.iter().filter(|it| it.period.overlaps(&self.period)) {
            let scope = reach.scope(self.lets);
            // A record is never dated after the as-of date, so only earlier law can count.
            let laws = reaches.iter().take_while(|it| it.period.from <= reach.period.from);
            let laws = laws.filter(|_| self.by_date).map(Some);
            let laws = laws.chain((!self.by_date).then_some(None));
            scopes.extend(laws.map(|law| (reach, Scope { law, ..scope.clone() })));
        }
        scopes
    }

    /// Looks at the tables and conditions. `outer` holds wherever the package applies.
    fn check(&self, path: &NodePath, views: &[View<'_>], outer: &[&Expr], out: &mut Findings) {
        let Some(first) = views.first() else { return };
        let mut facts = outer.to_vec();
        facts.extend(self.applies.into_iter().flat_map(certain));
        let lets = self.lets.iter().enumerate();
        let lets = lets.map(|(at, it)| (TableAt::Let(at), TableAt::LetFade(at), &it.content));
        let content = self.content.map(|it| (TableAt::Content, TableAt::Fade, it));
        for (at, fade, content) in lets.chain(content) {
            let subject = |table, at, facts| Subject {
                table,
                path: path.clone(),
                at,
                lets: self.lets,
                facts,
            };
            match content {
                Content::Table(it) => table::check(&subject(it, at, facts.clone()), views, out),
                Content::Each(it) => {
                    let mut facts = facts.clone();
                    filters(&it.source, first.reach, 0, &mut facts);
                    table::check(&subject(&it.table, at, facts.clone()), views, out);
                    if let Some(it) = &it.fade {
                        table::check(&subject(it, fade, facts), views, out);
                    }
                }
                Content::Condition(it) => conditions::list(it, path, out),
                Content::List(it) => conditions::list(&it.admit, path, out),
                Content::Matrix(_) | Content::Formula(_) | Content::Source(_) | Content::Parts => {}
            }
        }
    }
}

/// The views of a version.
fn views<'a>(scopes: &'a [(&'a Reach<'a>, Scope<'a>)]) -> Vec<View<'a>> {
    scopes.iter().map(|(reach, scope)| View { reach, scope }).collect()
}

/// Does it read a dated declaration by the date of a record?
fn reads_by_date(version: &Version) -> bool {
    struct ByDate(bool);
    impl Visitor for ByDate {
        fn reference(&mut self, _: RefKind, _: &Ref, _: bool) {}
        fn expr(&mut self, expr: &Expr) {
            self.0 |= matches!(expr.node, Node::AtDate { .. });
        }
    }
    let mut by_date = ByDate(false);
    walk::version(version, &mut by_date);
    by_date.0
}

/// The parts of a condition that all hold where it does.
fn certain(condition: &Condition) -> impl Iterator<Item = &Expr> {
    let certain = condition.mode != ConditionMode::Any || condition.parts.len() == 1;
    condition.parts.iter().filter(move |_| certain)
}

/// The conditions that every record of a source satisfies, as far as they are written in it or in a
/// named set of the same package.
fn filters<'l>(source: &'l Source, reach: &Reach<'l>, depth: u32, out: &mut Vec<&'l Expr>) {
    match source {
        Source::Filter { of, condition } => {
            out.push(condition);
            filters(of, reach, depth, out);
        }
        Source::Named(it) if it.package.is_none() && depth < 8 => {
            let decl = reach.linked.decl(it.slot.index());
            if let Some(Content::Source(it)) = reach.in_force(decl).map(|it| &it.content) {
                filters(it, reach, depth + 1, out);
            }
        }
        Source::Named(_)
        | Source::Table(_)
        | Source::Group { .. }
        | Source::Members { .. }
        | Source::Calendar { .. }
        | Source::History => {}
    }
}
