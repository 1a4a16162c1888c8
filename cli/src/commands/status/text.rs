//! The state of a project for people.

use std::fmt::Write as _;

use heng_dsl::diag::{Lang, plural};
use heng_engine::summary::GradeSummary;

use super::super::next;
use super::{Data, Rules, Status};
use crate::lang::pick;
use crate::table::{Rows, percent};

/// A dozen lines: rules, cases, data, grades, what to try next.
pub(super) fn text(status: &Status, lang: Lang) -> String {
    let mut lines: Vec<String> = status.packages.iter().map(|it| package(it, lang)).collect();
    lines.push(check(status, lang));
    lines.extend(status.rules.iter().map(|it| cases(it, lang)));
    if let Some(data) = &status.data {
        lines.extend(households(data, lang));
        lines.push(grades(&data.grades, lang));
    }
    let next = next::text(&status.next, lang);
    if !next.is_empty() {
        lines.push(next);
    }
    lines.push(status.notice.of(lang).to_owned());
    lines.join("\n")
}

fn package(package: &super::Package, lang: Lang) -> String {
    let title = package.title.as_deref().unwrap_or_default();
    let basis = package.basis.join(pick(lang, "；", "; "));
    let basis = match (basis.is_empty(), lang) {
        (true, _) => String::new(),
        (false, Lang::Zh) => format!("，依据 {basis}"),
        (false, Lang::En) => format!(", basis: {basis}"),
    };
    format!("{} {} {title}{basis}", package.id, package.version)
}

fn check(status: &Status, lang: Lang) -> String {
    let (errors, warnings) = (status.errors, status.warnings);
    match (lang, errors, warnings) {
        (Lang::Zh, 0, 0) => "检查：通过".to_owned(),
        (Lang::En, 0, 0) => "check: passed".to_owned(),
        (Lang::Zh, 0, _) => format!("检查：通过，有{warnings}处值得一看"),
        (Lang::En, 0, _) => format!("check: passed, {warnings} worth a look"),
        (Lang::Zh, _, _) => format!("检查：有{errors}个错误，改正之后才能分类"),
        (Lang::En, _, _) => {
            format!("check: {}; nothing can be classified before", plural(errors, "error"))
        }
    }
}

fn cases(rules: &Rules, lang: Lang) -> String {
    let (all, failed) = (rules.cases, rules.failed);
    let mut text = match (lang, all, failed) {
        (Lang::Zh, 0, _) => "用例：没有".to_owned(),
        (Lang::En, 0, _) => "cases: none".to_owned(),
        (Lang::Zh, _, 0) => format!("用例：{all}条，都通过"),
        (Lang::En, _, 0) => format!("cases: {all}, all passed"),
        (Lang::Zh, _, _) => format!("用例：{all}条，{failed}条未通过"),
        (Lang::En, _, _) => format!("cases: {all}, {failed} failed"),
    };
    let (places, exercised) = (rules.places, rules.exercised);
    let share = percent(exercised, places);
    let _ = match (lang, places) {
        (_, 0) => Ok(()),
        (Lang::Zh, _) => {
            write!(text, "；规则的行、格、判定有用例的 {exercised}/{places}（{share}）")
        }
        (Lang::En, _) => {
            write!(
                text,
                "; rows, cells and determinations with a case: {exercised}/{places} ({share})"
            )
        }
    };
    text
}

fn households(data: &Data, lang: Lang) -> [String; 2] {
    let Data { as_of, households, records, quarantined, findings, errors, .. } = data;
    let cutoff = data.cutoff.map_or_else(|| "–".to_owned(), |it| it.to_string());
    let outside = data.households - data.in_population;
    let (failed, outside) = match lang {
        _ if *errors == 0 && outside == 0 => (String::new(), String::new()),
        Lang::Zh => (format!("；计算出错{errors}户"), format!("，总体之外{outside}户")),
        Lang::En => {
            (format!("; {errors} with errors"), format!(", {outside} outside the population"))
        }
    };
    match lang {
        Lang::Zh => [
            format!("资料：截至{cutoff}，{households}户，{records}条记录；基准日{as_of}{outside}"),
            format!("质量：{quarantined}行不能采用（已隔离），另有{findings}处与规范不符{failed}"),
        ],
        Lang::En => [
            format!(
                "data: up to {cutoff}, {}, {}; as of {as_of}{outside}",
                plural(households, "household"),
                plural(records, "record")
            ),
            format!(
                "quality: {} quarantined, {}{failed}",
                plural(quarantined, "row"),
                plural(findings, "finding")
            ),
        ],
    }
}

/// A line a grade: how many households have which.
fn grades(grades: &[GradeSummary], lang: Lang) -> String {
    let mut rows = Rows::plain();
    for grade in grades {
        let graded = grade.all.graded();
        let counts = grade.members.iter().zip(&grade.all.members);
        let counts =
            counts.map(|(it, count)| format!("{} {count}（{}）", it.name, percent(*count, graded)));
        let counts = counts.collect::<Vec<_>>().join("  ");
        let counts = match lang {
            Lang::Zh => counts,
            Lang::En => counts.replace('（', " (").replace('）', ")"),
        };
        rows.push([format!("{}.{}", grade.name.package, grade.name.name), counts]);
    }
    rows.text()
}
