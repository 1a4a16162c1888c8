//! How each 分类, 叠加 and 合成 came about.

use heng_dsl::model::{
    Content, Decide, DecideEffect, DeclKind, EnumType, Matrix, Mode, Node, Ref, Version,
};
use heng_dsl::value::Value;

use super::data::{Became, Classified, Decided, GradeResult, How, Named, Overlaid, Read};
use super::facts::{View, ground, provenance};
use super::formula;
use super::words::{Said, Shown, State};
use crate::outcome::{Fate, Hit, Step};

/// Every 分类 and 叠加 in the order of the packages, then every 合成; those without a result last.
pub(super) fn results(view: &View<'_>) -> Vec<GradeResult> {
    let mut results: Vec<GradeResult> =
        view.slots().filter_map(|slot| result(view, slot)).collect();
    results.sort_by_key(|it| (it.value.state != State::Present, it.how == How::Merged));
    results
}

fn result(view: &View<'_>, slot: usize) -> Option<GradeResult> {
    let decl = view.linked.decl(slot);
    let version = view.version(slot);
    let (grade, how) = match &decl.kind {
        DeclKind::Classify { grade } => {
            let classified = classified(view, slot, view.linked.enumeration(grade.slot.index()));
            (Some(grade), How::Classified(classified))
        }
        DeclKind::Overlay { grade } => (Some(grade), overlaid(view, version?)?),
        DeclKind::Merge => (None, How::Merged),
        _ => return None,
    };
    let member = grade.and_then(|it| member(view, it, view.worth(slot)));
    Some(GradeResult {
        name: view.named(slot),
        value: view.shown(slot),
        label: member.and_then(|it| it.label.clone()),
        colour: member.and_then(|it| it.colour.clone()),
        how,
        ground: version.map(ground).unwrap_or_default(),
    })
}

fn member<'a>(
    view: &View<'a>,
    grade: &Ref,
    value: &Value,
) -> Option<&'a heng_dsl::model::EnumMember> {
    match value {
        Value::Member(at) => {
            view.linked.enumeration(grade.slot.index()).members.get(usize::from(*at))
        }
        _ => None,
    }
}

/// The name of a member of a grade.
fn grade_name(grade: &EnumType, at: u16) -> String {
    grade.members.get(usize::from(at)).map_or_else(|| at.to_string(), |it| it.name.to_string())
}

fn classified(view: &View<'_>, slot: usize, grade: &EnumType) -> Classified {
    let (step, version) = (view.step(slot), view.version(slot));
    let table = version.and_then(|it| match &it.content {
        Content::Table(table) => Some(table),
        _ => None,
    });
    let row = step.zip(table).and_then(|(step, table)| table.rows.get(*step.rows.first()?));
    let ty = &view.linked.decl(slot).ty;
    let by_score = step.and_then(|it| it.grade_by_score);
    let mut decides: Vec<Decided> = view
        .outcome
        .decides
        .iter()
        .filter(|it| it.target == slot)
        .filter_map(|hit| decided(view, hit, grade))
        .collect();
    decides.sort_by_key(|it| !matches!(it.fate, Became::Decided { .. }));
    let by = step.zip(version).zip(table).map(|((step, version), table)| {
        table
            .columns
            .iter()
            .filter_map(|it| {
                let name = match &it.node {
                    Node::Decl(it) => view.linked.decl(it.slot.index()).name.to_string(),
                    _ => formula::words(view, version, it)?.zh,
                };
                let value = formula::value(view, step, it)?;
                Some(Read { name, value: Shown::new(view.linked, &value, &it.ty) })
            })
            .collect()
    });
    Classified {
        by: by.unwrap_or_default(),
        row: row.map(|it| view.row_held(it)),
        by_score: by_score.map(|it| Shown::new(view.linked, &Value::Member(it), ty)),
        decides,
    }
}

/// A direct determination that hit.
pub(super) fn decided(view: &View<'_>, hit: &Hit, grade: &EnumType) -> Option<Decided> {
    let all: Vec<&Decide> = view.linked.decides(hit.target).collect();
    let decide = *all.get(hit.decide)?;
    let step = view
        .trace
        .decides
        .iter()
        .find(|it| (it.target, it.decide) == (hit.target, hit.decide))
        .map(|it| &it.step);
    let in_force = step
        .and_then(|it| it.version)
        .and_then(|it| decide.versions.get(it))
        .or_else(|| decide.versions.iter().find(|it| it.1.period.contains(view.as_of)))?;
    let (effect, version) = in_force;
    let name = |at: usize| all.get(at).map_or_else(String::new, |it| it.name.to_string());
    let fate = match hit.fate {
        Fate::Decided { from, to } => {
            Became::Decided { from: grade_name(grade, from), to: grade_name(grade, to) }
        }
        Fate::SameAs(it) => Became::SameAs(name(it)),
        Fate::LostTo(it) => Became::LostTo(name(it)),
        Fate::GradeWasSet(it) => Became::GradeWasSet(name(it)),
        Fate::AtLimit => Became::AtLimit,
    };
    Some(Decided {
        name: Named {
            package: view.package(hit.target),
            id: decide.id.clone(),
            name: decide.name.clone(),
            title: decide.title.clone(),
        },
        effect: effect_words(effect, grade),
        outcome: outcome_words(&fate, effect),
        fate,
        reason: step.and_then(|it| it.reason.as_deref()).map(|it| view.discreet(it)),
        because: step.map(|it| parts(it, version)).unwrap_or_default(),
        facts: step.map(|it| view.facts_of(it, version)).unwrap_or_default(),
        ground: ground(version),
    })
}

/// The parts of a condition that held, or the rows of a table, as written.
pub(super) fn parts(step: &Step, version: &Version) -> Vec<String> {
    let condition = match &version.content {
        Content::Condition(it) => it,
        Content::List(it) => &it.admit,
        Content::Table(table) => {
            let rows = step.rows.iter().filter_map(|at| table.rows.get(*at));
            return rows.map(|it| it.text.clone()).collect();
        }
        Content::Formula(_)
        | Content::Each(_)
        | Content::Matrix(_)
        | Content::Source(_)
        | Content::Parts => {
            return Vec::new();
        }
    };
    step.parts.iter().filter_map(|at| condition.texts.get(*at).cloned()).collect()
}

fn effect_words(effect: &DecideEffect, grade: &EnumType) -> Said {
    let limited = |limit: &Option<u16>, zh: &str, en: &str| match limit {
        None => [String::new(), String::new()],
        Some(it) => {
            let name = grade_name(grade, *it);
            [format!("，{zh} {name}"), format!(", {en} {name}")]
        }
    };
    let grades = |by: u16| if by == 1 { "grade" } else { "grades" };
    match effect {
        DecideEffect::Set(to) => {
            let to = grade_name(grade, *to);
            Said::both(format!("定为 {to}"), format!("set to {to}"))
        }
        DecideEffect::Raise { by, limit } => {
            let [zh, en] = limited(limit, "不超过", "not above");
            Said::both(format!("上调 {by} 级{zh}"), format!("raised by {by} {}{en}", grades(*by)))
        }
        DecideEffect::Lower { by, limit } => {
            let [zh, en] = limited(limit, "不低于", "not below");
            Said::both(format!("下调 {by} 级{zh}"), format!("lowered by {by} {}{en}", grades(*by)))
        }
    }
}

fn outcome_words(fate: &Became, effect: &DecideEffect) -> Said {
    match (fate, effect) {
        (Became::Decided { from, to }, _) if from == to => Said::both(
            format!("等级为 {to}，与按分数所得相同"),
            format!("the grade is {to}, as by the score"),
        ),
        (Became::Decided { from, to }, DecideEffect::Set(_)) => Said::both(
            format!("等级由 {from} 直接定为 {to}"),
            format!("the grade was set outright from {from} to {to}"),
        ),
        (Became::Decided { from, to }, DecideEffect::Raise { .. }) => Said::both(
            format!("等级由 {from} 上调为 {to}"),
            format!("the grade was raised from {from} to {to}"),
        ),
        (Became::Decided { from, to }, DecideEffect::Lower { .. }) => Said::both(
            format!("等级由 {from} 下调为 {to}"),
            format!("the grade was lowered from {from} to {to}"),
        ),
        (Became::SameAs(other), _) => Said::both(
            format!("与“{other}”的结论相同，以“{other}”为准"),
            format!("it says the same as “{other}”, which decided"),
        ),
        (Became::LostTo(other), _) => Said::both(
            format!("未采用：以“{other}”为准"),
            format!("it did not count: “{other}” decided instead"),
        ),
        (Became::GradeWasSet(other), _) => Said::both(
            format!("未采用：等级已由“{other}”直接确定，不再下调"),
            format!(
                "it did not count: “{other}” set the grade outright, and such a grade is not lowered"
            ),
        ),
        (Became::AtLimit, _) => Said::both(
            "未改变等级：等级已经到限",
            "it changed nothing: the grade already was at its limit",
        ),
    }
}

fn overlaid(view: &View<'_>, version: &Version) -> Option<How> {
    let Content::Matrix(matrix) = &version.content else { return None };
    let Matrix { rows, columns, row_grade, origins, mode, .. } = matrix;
    let side = |it: &Ref| Read {
        name: format!(
            "{}.{}",
            view.package(it.slot.index()),
            view.linked.decl(it.slot.index()).name
        ),
        value: view.shown(it.slot.index()),
    };
    let row = row_number(view, rows, row_grade);
    let mode = mode.map(|it| match it {
        Mode::Lowest => Said::both("取低", "the lower of the two"),
        Mode::Highest | Mode::Sum | Mode::First => Said::both("取高", "the higher of the two"),
    });
    Some(How::Overlaid(Overlaid {
        row: side(rows),
        column: side(columns),
        mode,
        provenance: origins
            .get(row)
            .map_or_else(|| provenance(&version.content_origin), provenance),
    }))
}

/// The number of the row or column of a matrix that a side is in: its member, or last 缺失.
fn row_number(view: &View<'_>, side: &Ref, grade: &Ref) -> usize {
    match view.worth(side.slot.index()) {
        Value::Member(at) => usize::from(*at),
        _ => view.linked.enumeration(grade.slot.index()).members.len(),
    }
}
