//! What a run came to, as tables: grades by region and industry, scores, tags, alerts, lists, measures.

use std::fmt::Write as _;

use heng_dsl::diag::Lang;
use heng_engine::summary::{Breakdown, GradeSummary, HoldingSummary, Spread, Summary};

use crate::lang::pick;
use crate::table::{Rows, percent};
use crate::terminal::harmless;

/// Groups shown of one breakdown; the rest is counted.
const GROUPS: usize = 30;

/// Rule sets, dates, how many households.
pub(super) fn heading(summary: &Summary, lang: Lang) -> String {
    let sets = summary.sets.iter().map(|it| format!("{} {}", it.package, it.version));
    let sets = sets.collect::<Vec<_>>().join(pick(lang, "、", ", "));
    let cutoff = summary.cutoff.map_or_else(|| "–".to_owned(), |it| it.to_string());
    let (as_of, all, inside) = (summary.as_of, summary.households, summary.in_population);
    let mut text = match lang {
        Lang::Zh => format!(
            "规则集：{sets}\n基准日：{as_of}（数据截至 {cutoff}）\n户数：{all}，其中在总体之内 {inside}"
        ),
        Lang::En => format!(
            "rule sets: {sets}\nas of: {as_of} (data up to {cutoff})\nhouseholds: {all}, of which {inside} \
             are in the population"
        ),
    };
    for it in &summary.outside {
        text.push_str(pick(lang, "；", "; "));
        let _ = write!(text, "{} {}", it.what.of(lang), it.count);
    }
    harmless_lines(&text)
}

fn harmless_lines(text: &str) -> String {
    crate::terminal::harmless_lines(text)
}

/// Every 分类 and 叠加 with its breakdowns.
pub(super) fn grades(summary: &Summary, lang: Lang) -> String {
    let tables = summary.grades.iter().flat_map(|grade| {
        let whole = whole(grade, lang);
        let parts = grade.by.iter().map(|it| breakdown(grade, it, lang));
        std::iter::once(whole).chain(parts).collect::<Vec<_>>()
    });
    tables.collect::<Vec<_>>().join("\n\n")
}

fn whole(grade: &GradeSummary, lang: Lang) -> String {
    let mut rows = Rows::new([
        (pick(lang, "等级", "grade"), false),
        (pick(lang, "户数", "households"), true),
        (pick(lang, "占比", "share"), true),
    ]);
    let graded = grade.all.graded();
    for (member, count) in grade.members.iter().zip(&grade.all.members) {
        let label = member.label.as_deref().unwrap_or("");
        let name = format!("{} {label}", member.name).trim_end().to_owned();
        rows.push([name, count.to_string(), percent(*count, graded)]);
    }
    for (name, count) in nothing(&grade.all, lang) {
        rows.push([name.to_owned(), count.to_string(), String::new()]);
    }
    let name = &grade.name;
    let title = name.title.as_deref().map(|it| format!(" {it}")).unwrap_or_default();
    format!("{}\n{}", harmless(&format!("{}.{}{title}", name.package, name.name)), rows.text())
}

/// The non-values that occur.
fn nothing(spread: &Spread, lang: Lang) -> impl Iterator<Item = (&'static str, usize)> {
    let all = [
        (pick(lang, "缺失", "missing"), spread.missing),
        (pick(lang, "不适用", "not applicable"), spread.not_applicable),
        (pick(lang, "错误", "error"), spread.errors),
    ];
    all.into_iter().filter(|it| it.1 > 0)
}

fn breakdown(grade: &GradeSummary, by: &Breakdown, lang: Lang) -> String {
    let members = grade.members.iter().map(|it| (it.name.as_ref(), true));
    let columns = std::iter::once((by.field.as_str(), false)).chain(members);
    let risky = grade.members.last().map_or("", |it| it.name.as_ref());
    let share = format!("{risky} %");
    let rest = [(pick(lang, "无等级", "no grade"), true), (share.as_str(), true)];
    let mut rows = Rows::new(columns.chain(rest));
    for group in by.groups.iter().take(GROUPS) {
        let label = group.label.as_deref().unwrap_or("");
        let name = format!("{} {label}", group.key.of(lang)).trim_end().to_owned();
        let spread = &group.spread;
        let rest = spread.missing + spread.not_applicable + spread.errors;
        let last = spread.members.last().copied().unwrap_or(0);
        let counts = spread.members.iter().chain([&rest]).map(ToString::to_string);
        let share = percent(last, spread.graded());
        rows.push(std::iter::once(name).chain(counts).chain([share]));
    }
    let more = by.groups.len().saturating_sub(GROUPS);
    let more = match (more, lang) {
        (0, _) => String::new(),
        (more, Lang::Zh) => format!("\n  另有{more}组没有列出"),
        (more, Lang::En) => format!("\n  {more} more groups are not shown"),
    };
    format!("{}{more}", rows.text())
}

/// Every 总分 and 合成.
pub(super) fn scores(summary: &Summary, lang: Lang) -> String {
    let mut rows = Rows::new([
        (pick(lang, "得分", "score"), false),
        (pick(lang, "户数", "households"), true),
        (pick(lang, "最低", "least"), true),
        (pick(lang, "平均", "mean"), true),
        (pick(lang, "最高", "greatest"), true),
    ]);
    for it in &summary.scores {
        let shown = |number: Option<heng_dsl::value::Decimal>| {
            number.map_or_else(|| "–".to_owned(), |it| it.to_string())
        };
        let name = format!("{}.{}", it.name.package, it.name.name);
        let figures = [it.least, it.mean, it.greatest].map(shown);
        rows.push([name, it.count.to_string()].into_iter().chain(figures));
    }
    if rows.is_empty() { String::new() } else { rows.text() }
}

/// 标注, 预警, 名单
pub(super) fn holdings(summary: &Summary, lang: Lang) -> String {
    let kinds = [
        (pick(lang, "标注", "tags"), &summary.tags),
        (pick(lang, "预警", "alerts"), &summary.alerts),
        (pick(lang, "名单", "lists"), &summary.lists),
    ];
    let tables = kinds.into_iter().filter(|it| !it.1.is_empty());
    tables.map(|(name, all)| holding(name, all, lang)).collect::<Vec<_>>().join("\n\n")
}

fn holding(kind: &str, all: &[HoldingSummary], lang: Lang) -> String {
    let mut rows =
        Rows::new([(kind, false), (pick(lang, "户数", "households"), true), ("", false)]);
    for it in all {
        let name = format!("{}.{}", it.name.package, it.name.name);
        let about = [&it.class, &it.dispatch].into_iter().flatten().cloned();
        rows.push([name, it.count.to_string(), about.collect::<Vec<_>>().join(" → ")]);
        for label in &it.labels {
            let name = format!("  · {}", label.what.of(lang));
            rows.push([name, label.count.to_string(), String::new()]);
        }
    }
    rows.text()
}

/// 措施
pub(super) fn measures(summary: &Summary, lang: Lang) -> String {
    let tables = summary.measures.iter().map(|measure| {
        let columns = measure.columns.iter().map(|it| (it.as_ref(), false));
        let count = (pick(lang, "户数", "households"), true);
        let mut rows = Rows::new(columns.chain([count]));
        for row in &measure.rows {
            let values = row.values.iter().map(|it| it.of(lang).to_owned());
            rows.push(values.chain([row.count.to_string()]));
        }
        let name = format!("{}.{}", measure.name.package, measure.name.name);
        format!("{}\n{}", harmless(&name), rows.text())
    });
    tables.collect::<Vec<_>>().join("\n\n")
}
