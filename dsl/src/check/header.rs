//! The parts of declarations: which may stand where, how often, and how the simple ones are read.

use super::scope::Elab;
use super::unit::Unit;
use crate::diag::{Code, Diagnostic, Words};
use crate::model::{Condition, Id, Legal, Responsibility, Use};
use crate::span::Span;
use crate::syntax::ast::{
    AttrKind, BoundWord, Decl, DeclKind, Line, LineKind, Name, Path, TextWord,
};
use crate::value::{Date, Period};

/// What the 规则集 line and its lines say.
pub(super) struct Ruleset {
    pub(super) title: Option<String>,
    pub(super) effective: Period,
    pub(super) legal: Legal,
    pub(super) applies: Option<Condition>,
    pub(super) uses: Vec<Use>,
}

/// Reads the 规则集 declaration.
pub(super) fn ruleset(unit: &Unit<'_>) -> Ruleset {
    let decl = unit.ruleset;
    for it in unit.package.decls() {
        if matches!(
            it.kind,
            DeclKind::Ruleset | DeclKind::Use | DeclKind::Extends | DeclKind::Disable
        ) {
            belongs(unit, it);
        }
    }
    let lines = decl.map_or(&[][..], |it| &it.lines);
    let mut elab = Elab::new(unit, &unit.package.id);
    let applies = lines.iter().find_map(|it| match &it.kind {
        LineKind::Applies(when) => Some(elab.when(when, it.span)),
        _ => None,
    });
    let applies = applies.or_else(|| unit.base.and_then(|it| it.applies.clone()));
    let uses = unit.package.uses.iter().map(|it| Use {
        package: it.id.clone(),
        pinned: it.version.clone(),
        extends: it.extends,
    });
    let title = decl.and_then(|it| it.title.as_ref()).map(|it| it.text.clone());
    let inherited = || unit.base.and_then(|it| it.title.clone());
    Ruleset {
        title: title.or_else(inherited),
        effective: effective(lines),
        legal: legal(lines),
        applies,
        uses: uses.collect(),
    }
}

/// 生效, or always.
pub(super) fn effective(lines: &[Line]) -> Period {
    let period = lines.iter().find_map(|it| match &it.kind {
        LineKind::Effective(period) => Some(*period),
        _ => None,
    });
    period.unwrap_or(Period::ALWAYS)
}

/// When the package is in force.
pub(super) fn package_effective(unit: &Unit<'_>) -> Period {
    if let (true, Some(base)) = (unit.package.in_place, unit.base) {
        return base.effective;
    }
    unit.ruleset.map_or(Period::ALWAYS, |it| effective(&it.lines))
}

/// Do these periods together cover a stretch of time?
pub(super) fn covers(periods: &[Period], whole: Period) -> bool {
    let mut sorted: Vec<&Period> = periods.iter().collect();
    sorted.sort();
    let mut next: Option<Date> = whole.from;
    let mut open = whole.from.is_none();
    for period in sorted {
        let starts = match (period.from, next) {
            (None, _) => true,
            (Some(from), Some(next)) => from <= next,
            (Some(_), None) => false,
        };
        if !starts {
            return false;
        }
        open = false;
        match period.until {
            None => return true,
            Some(until) => next = until.add_days(1),
        }
    }
    !open && matches!((next, whole.until), (Some(next), Some(until)) if next > until)
}

/// 依据 and 说明 of a declaration.
pub(super) fn legal(lines: &[Line]) -> Legal {
    let of = |wanted: TextWord| {
        let texts = lines.iter().filter_map(move |it| match &it.kind {
            LineKind::Text(word, text) if *word == wanted => Some(text.text.clone()),
            _ => None,
        });
        texts.collect()
    };
    Legal { basis: of(TextWord::Basis), note: of(TextWord::Note) }
}

/// 来源 产生 提供 负责
pub(super) fn responsibility(lines: &[Line]) -> Responsibility {
    let of = |wanted: TextWord| {
        lines.iter().find_map(|it| match &it.kind {
            LineKind::Text(word, text) if *word == wanted => Some(text.text.clone()),
            _ => None,
        })
    };
    Responsibility {
        source: of(TextWord::Source),
        made_by: of(TextWord::MadeBy),
        given_by: of(TextWord::GivenBy),
        owned_by: of(TextWord::OwnedBy),
    }
}

/// `属于`
pub(super) fn within(decl: &Decl) -> Option<&Path> {
    decl.attrs.iter().find_map(|it| match &it.kind {
        AttrKind::In(path) => Some(path),
        _ => None,
    })
}

/// `为`
pub(super) fn as_type(decl: &Decl) -> Option<&Path> {
    decl.attrs.iter().find_map(|it| match &it.kind {
        AttrKind::As(path) => Some(path),
        _ => None,
    })
}

/// `对`, and whether it is about the whole table.
pub(super) fn about(decl: &Decl) -> Option<(bool, &Name)> {
    decl.attrs.iter().find_map(|it| match &it.kind {
        AttrKind::For { whole, table } => Some((*whole, table)),
        _ => None,
    })
}

/// Reports a part that is needed and not there.
pub(super) fn lacks(unit: &Unit<'_>, span: Span, part: [&'static str; 2]) {
    unit.report(Diagnostic::new(Code::E0210, span).arg("part", Words::both(part[0], part[1])));
}

/// Reports parts that do not belong to such a declaration, and parts written twice.
pub(super) fn belongs(unit: &Unit<'_>, decl: &Decl) {
    let kind = decl.target.filter(|_| decl.kind == DeclKind::Amend).unwrap_or(decl.kind);
    let amends = decl.kind == DeclKind::Amend;
    let mut seen: Vec<(String, Span)> = Vec::new();
    for attr in &decl.attrs {
        if !attr_fits(kind, decl.kind, &attr.kind) {
            unit.report(Diagnostic::new(Code::E0209, attr.span).arg("part", unit.text(attr.span)));
        }
        let key = match &attr.kind {
            AttrKind::Bound(word, _) => format!("{word:?}"),
            other => format!("attr {:?}", std::mem::discriminant(other)),
        };
        twice(unit, &mut seen, key, attr.span);
    }
    for line in &decl.lines {
        if !line_fits(kind, amends, decl.kind == DeclKind::Disable, &line.kind) {
            unit.report(misplaced(unit, kind, line));
        }
        if let Some(key) = single(&line.kind) {
            twice(unit, &mut seen, key, line.span);
        }
    }
}

fn twice(unit: &Unit<'_>, seen: &mut Vec<(String, Span)>, key: String, span: Span) {
    match seen.iter().find(|it| it.0 == key) {
        Some((_, first)) => {
            let first = *first;
            let problem = Diagnostic::new(Code::E0211, span).arg("part", first_line(unit, span));
            unit.report(problem.related(first, Words::both("第一处", "the first one")));
        }
        None => seen.push((key, span)),
    }
}

/// A line that does not belong into a declaration of that kind. A table of an indicator that lacks only
/// 评分 is such a line.
fn misplaced(unit: &Unit<'_>, kind: DeclKind, line: &crate::syntax::ast::Line) -> Diagnostic {
    let scored = matches!(kind, DeclKind::Indicator | DeclKind::Fuse);
    if scored && matches!(line.kind, LineKind::Def(_)) {
        let word = if unit.english { "score" } else { "评分" };
        let place = Span { end: line.span.start, ..line.span };
        let title = Words::both(format!("加上“{word}”"), format!("add “{word}”"));
        let problem = Diagnostic::new(Code::E0121, place).arg("right", word);
        return problem.fix(title, place, format!("{word} "));
    }
    Diagnostic::new(Code::E0209, line.span).arg("part", first_line(unit, line.span))
}

/// The first line of a part, for a message.
fn first_line(unit: &Unit<'_>, span: Span) -> String {
    let text = unit.sources.text(span).lines().next().unwrap_or("").trim();
    text.chars().take(24).collect()
}

/// A key for lines that may stand only once.
fn single(line: &LineKind) -> Option<String> {
    match line {
        LineKind::Text(word @ (TextWord::Reason | TextWord::Source | TextWord::Channel), _) => {
            Some(format!("{word:?}"))
        }
        LineKind::Accept { what, .. } => Some(format!("accept {what:?}")),
        LineKind::Effective(_)
        | LineKind::Applies(_)
        | LineKind::Score { .. }
        | LineKind::Fade(_)
        | LineKind::When(_)
        | LineKind::Require(_)
        | LineKind::Admit(_)
        | LineKind::Remove(_)
        | LineKind::Quota { .. }
        | LineKind::Def(_)
        | LineKind::Earliest(_)
        | LineKind::Adds { .. }
        | LineKind::Effect(_) => Some(format!("{:?}", std::mem::discriminant(line))),
        _ => None,
    }
}

fn attr_fits(kind: DeclKind, written: DeclKind, attr: &AttrKind) -> bool {
    use DeclKind as K;
    if matches!(written, K::Amend | K::Disable) && matches!(attr, AttrKind::Because(_)) {
        return true;
    }
    if written == K::Disable {
        return false;
    }
    match attr {
        AttrKind::Alias(_) => {
            !matches!(kind, K::Ruleset | K::Use | K::Extends | K::Case | K::Guarantee | K::Clause)
        }
        AttrKind::Version(_) => matches!(kind, K::Ruleset | K::Use | K::Extends),
        AttrKind::In(_) => matches!(kind, K::Dimension | K::Indicator | K::Fuse),
        AttrKind::For { .. } => matches!(kind, K::Value | K::Check | K::Action),
        AttrKind::Class(_) => kind == K::Tag,
        AttrKind::As(_) => matches!(kind, K::Value | K::Classify | K::Overlay),
        AttrKind::Bound(word, _) => match word {
            BoundWord::Weight => kind == K::Dimension,
            BoundWord::Cap | BoundWord::Floor if kind == K::Value => true,
            _ => matches!(kind, K::Dimension | K::Indicator | K::Fuse),
        },
        AttrKind::Level(_) => matches!(kind, K::Alert | K::Check),
        AttrKind::Dispatch(_) => kind == K::Alert,
        AttrKind::Order(_) | AttrKind::Replacing => kind == K::Records,
        AttrKind::File(_) | AttrKind::Prefixed => kind == K::Codes,
        AttrKind::More | AttrKind::Since(_) => kind == K::Subject,
        AttrKind::Effect(_) | AttrKind::First | AttrKind::AddUp => kind == K::Decide,
        AttrKind::Because(_) => false,
        AttrKind::AsOf(_) | AttrKind::Like(_) => kind == K::Case,
    }
}

fn line_fits(kind: DeclKind, amends: bool, disables: bool, line: &LineKind) -> bool {
    use DeclKind as K;
    if let LineKind::Text(word, _) = line {
        return text_fits(kind, amends, *word);
    }
    if disables {
        return false;
    }
    let scored = matches!(kind, K::Indicator | K::Fuse);
    let valued =
        matches!(kind, K::Value | K::Classify | K::Overlay | K::Merge | K::Measure | K::Tag);
    let named = scored
        || valued
        || matches!(kind, K::Param | K::Dimension | K::Decide | K::Alert | K::List);
    match line {
        LineKind::Text(..) => true,
        LineKind::Effective(_) => named || matches!(kind, K::Ruleset | K::Action),
        LineKind::Applies(_) => {
            (named && kind != K::Param) || matches!(kind, K::Ruleset | K::Check | K::Action)
        }
        LineKind::Let(..) => {
            (named && !matches!(kind, K::Param | K::Dimension)) || kind == K::Check
        }
        LineKind::Score { .. } | LineKind::Fade(_) => scored,
        LineKind::Bound { .. } => scored || matches!(kind, K::Dimension | K::Value),
        LineKind::Accept { .. } => kind == K::Overlay,
        LineKind::When(_) => matches!(kind, K::Decide | K::Tag | K::Alert | K::Action),
        LineKind::Require(_) => kind == K::Check,
        LineKind::Admit(_) | LineKind::Remove(_) | LineKind::Quota { .. } => kind == K::List,
        LineKind::Dated { .. } => kind == K::Param,
        LineKind::Def(_) => valued || kind == K::Param,
        LineKind::Effect(_) => amends && kind == K::Decide,
        LineKind::Row(_) => amends && (scored || valued || kind == K::Codes),
        LineKind::File(_) => amends && kind == K::Codes,
        LineKind::Field(_) => matches!(kind, K::Subject | K::Records | K::Codes),
        LineKind::Members(_) => matches!(kind, K::Enum | K::Grade),
        LineKind::Given(_) | LineKind::Another { .. } | LineKind::Expect(_) => kind == K::Case,
        LineKind::Promise(_) => kind == K::Guarantee,
        LineKind::Earliest(_) | LineKind::Becomes(_) | LineKind::Adds { .. } => kind == K::Action,
        LineKind::Encoded(_) => kind == K::Clause,
        LineKind::Carries(_) => kind == K::Ruleset,
    }
}

fn text_fits(kind: DeclKind, amends: bool, word: TextWord) -> bool {
    use DeclKind as K;
    match word {
        TextWord::Basis | TextWord::Note => true,
        TextWord::Reason => matches!(
            kind,
            K::Value
                | K::Indicator
                | K::Fuse
                | K::Classify
                | K::Decide
                | K::Tag
                | K::Alert
                | K::Measure
                | K::List
                | K::Overlay
                | K::Merge
                | K::Dimension
        ),
        TextWord::Source | TextWord::MadeBy | TextWord::GivenBy | TextWord::OwnedBy => {
            matches!(kind, K::Subject | K::Records | K::Check | K::Ruleset | K::Codes)
        }
        TextWord::Channel => kind == K::Action,
        TextWord::Replaces => {
            amends && !matches!(kind, K::Codes | K::Subject | K::Records | K::Action)
        }
        TextWord::Manual | TextWord::OutOfScope => kind == K::Clause,
    }
}

/// The alias, else the name.
pub(super) fn id_of(decl: &Decl) -> Id {
    super::names::id_of(decl)
}

#[cfg(test)]
mod tests {
    use super::covers;
    use crate::value::Period;

    fn period(from: Option<&str>, until: Option<&str>) -> Period {
        Period {
            from: from.map(|it| it.parse().unwrap()),
            until: until.map(|it| it.parse().unwrap()),
        }
    }

    #[test]
    fn two_periods_that_touch_cover_all_time() {
        let both = [period(Some("2026-04-01"), None), period(None, Some("2026-03-31"))];
        assert!(covers(&both, Period::ALWAYS));
        assert!(!covers(&both[..1], Period::ALWAYS));
        assert!(covers(&both[..1], period(Some("2026-05-01"), None)));
    }

    #[test]
    fn a_day_between_two_periods_is_not_covered() {
        let both = [period(None, Some("2026-03-30")), period(Some("2026-04-01"), None)];
        assert!(!covers(&both, Period::ALWAYS));
        assert!(!covers(&[], Period::ALWAYS));
    }
}
