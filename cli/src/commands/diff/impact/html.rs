//! What a change of rules does to the register, as a part of a page: coloured matrices, flows as a picture,
//! tables.

use std::fmt::Write as _;

use heng_dsl::diag::Lang;
use heng_engine::explain::Said;
use heng_engine::impact::{
    Attribution, Cell, GradeImpact, Impact, Slicing, Split, SplitGrade, Workload,
};
use heng_engine::stats::Fraction;

use super::cliffs::cliff_lines;
use super::flows;
use super::text::{cell, flows_of, full, group, label, most_moved, visits};
use crate::commands::doc::html::escaped;
use crate::lang::pick;
use crate::table::percent;

/// The part of the page; its headings begin at `<h2>`.
pub(super) fn fragment(impact: &Impact, split: Option<&Split>, lang: Lang) -> String {
    let mut out = String::new();
    let _ = writeln!(out, "<section class=\"impact\">");
    let _ = writeln!(out, "<h2>{}</h2>", pick(lang, "对总体的影响", "Effect on the population"));
    let summary = match lang {
        Lang::Zh => format!(
            "基准日 {}，共 {} 户，其中 {} 户的结果改变。",
            impact.as_of,
            impact.households,
            cell(impact.affected)
        ),
        Lang::En => format!(
            "As of {}, results change for {} of {} households.",
            impact.as_of,
            cell(impact.affected),
            impact.households
        ),
    };
    let _ = writeln!(out, "<p>{}</p>", escaped(&summary));
    for it in &impact.grades {
        let suppressed = impact.suppressed_below.is_some();
        grade(it, (impact.attribution.as_ref(), suppressed), lang, &mut out);
    }
    for it in &impact.workload {
        workload(it, lang, &mut out);
    }
    holdings(impact, lang, &mut out);
    deviations(impact, lang, &mut out);
    for it in cliff_lines(&impact.cliffs, lang) {
        let _ = writeln!(out, "<p>{}</p>", escaped(&it));
    }
    if let Some(it) = split {
        months(it, lang, &mut out);
    }
    let mut notes = Vec::new();
    if let Some(it) = &impact.attribution {
        notes.push(it.notice.of(lang).to_owned());
    }
    if let Some(why) = &impact.not_attributed {
        notes.push(why.of(lang).to_owned());
    }
    if let Some(least) = impact.suppressed_below {
        notes.push(match lang {
            Lang::Zh => format!("少于 {least} 户的数以 * 代替，由合计能推出的也是。"),
            Lang::En => {
                format!(
                    "Counts below {least} are replaced by *, and those that would give them away."
                )
            }
        });
    }
    notes.push(impact.notice.of(lang).to_owned());
    for it in notes {
        let _ = writeln!(out, "<p class=\"note\">{}</p>", escaped(&it));
    }
    let _ = writeln!(out, "</section>");
    out
}

fn grade(
    it: &GradeImpact,
    (attribution, suppressed): (Option<&Attribution>, bool),
    lang: Lang,
    out: &mut String,
) {
    let _ = writeln!(out, "<h3>{}</h3>", escaped(&full(&it.name)));
    let [moved, riskier, safer, jumps] = [it.moved, it.riskier, it.safer, it.jumps].map(cell);
    let summary = match lang {
        Lang::Zh => format!("{moved} 户变动：变差 {riskier}，变好 {safer}；跨两级或以上 {jumps}。"),
        Lang::En => format!(
            "{moved} move: {riskier} to a riskier grade, {safer} to a safer one; {jumps} by two or more."
        ),
    };
    let _ = writeln!(out, "<p>{}</p>", escaped(&summary));
    matrix(&it.states, &it.matrix, it.members, lang, out);
    if let Some(picture) = flows::svg(it, lang) {
        let caption = pick(
            lang,
            "变动的户：左为改前，右为改后",
            "households that move: before on the left, after on the right",
        );
        let _ = writeln!(out, "<figure>{picture}<figcaption>{caption}</figcaption></figure>");
    }
    if let Some(attribution) = attribution {
        causes(it, (attribution, suppressed), lang, out);
    }
    cases(it, lang, out);
    for by in &it.by {
        slicing(by, &it.states, lang, out);
    }
}

/// Real households that stand for the others of each flow.
fn cases(it: &GradeImpact, lang: Lang, out: &mut String) {
    if it.flows.iter().all(|it| it.cases.is_empty()) {
        return;
    }
    let columns = [
        (pick(lang, "变动", "move"), false),
        (pick(lang, "代表户", "a case"), false),
        (pick(lang, "代表户数", "stands for"), true),
        (pick(lang, "差别", "what differs"), false),
    ];
    head(&columns, out);
    for flow in &it.flows {
        let state = |at: usize| it.states.get(at).map_or("", |it| it.of(lang));
        let name = format!("{} → {}", state(flow.from), state(flow.to));
        for case in &flow.cases {
            let differs = case.differs.iter().map(|(name, before, after)| {
                format!("{} {} → {}", name.name, before.of(lang), after.of(lang))
            });
            let differs = differs.collect::<Vec<_>>().join(pick(lang, "，", ", "));
            let cells = [
                (name.clone(), false),
                (case.key.clone(), false),
                (case.stands_for.to_string(), true),
                (differs, false),
            ];
            row(&cells, out);
        }
    }
    tail(out);
}

/// Tags, alerts and lists that change.
fn holdings(impact: &Impact, lang: Lang, out: &mut String) {
    let kinds = [
        (pick(lang, "标注", "tag"), &impact.tags),
        (pick(lang, "预警", "alert"), &impact.alerts),
        (pick(lang, "名单", "list"), &impact.lists),
    ];
    if kinds.iter().all(|it| it.1.is_empty()) {
        return;
    }
    let title = pick(lang, "标注、预警、名单", "Tags, alerts and lists");
    let _ = writeln!(out, "<h3>{title}</h3>");
    let columns = [
        ("", false),
        (pick(lang, "改前", "before"), true),
        (pick(lang, "改后", "after"), true),
        (pick(lang, "新增", "gained"), true),
        (pick(lang, "减少", "lost"), true),
    ];
    head(&columns, out);
    for (kind, all) in kinds {
        for it in all {
            let counts = [it.before, it.after, it.gained, it.lost].map(|it| (it.to_string(), true));
            let name = (format!("{kind} {}", full(&it.name)), false);
            row(&[name].into_iter().chain(counts).collect::<Vec<_>>(), out);
        }
    }
    tail(out);
}

/// Staying is white, moving to a riskier grade red, to a safer one green, more so by two grades.
fn ground(from: usize, to: usize, members: usize) -> &'static str {
    if from >= members || to >= members {
        return "#e8e8e8";
    }
    match (to > from, from.abs_diff(to)) {
        (_, 0) => "#ffffff",
        (true, 1) => "#fbdcd2",
        (true, _) => "#f2a795",
        (false, 1) => "#dcefdc",
        (false, _) => "#aeddb2",
    }
}

fn matrix(states: &[Said], cells: &[Vec<Cell>], members: usize, lang: Lang, out: &mut String) {
    out.push_str("<div class=\"wide\"><table class=\"matrix\">\n<thead><tr>");
    let _ = write!(out, "<th>{}</th>", pick(lang, "改前＼改后", "before\\after"));
    for state in states {
        let _ = write!(out, "<th>{}</th>", escaped(state.of(lang)));
    }
    out.push_str("</tr></thead>\n<tbody>\n");
    for (from, (state, row)) in states.iter().zip(cells).enumerate() {
        let _ = write!(out, "<tr><th>{}</th>", escaped(state.of(lang)));
        for (to, count) in row.iter().enumerate() {
            let empty = *count == Cell::Count(0);
            let colour = if empty { "#ffffff" } else { ground(from, to, members) };
            let text = if empty && from != to { "·".to_owned() } else { cell(*count) };
            let _ = write!(out, "<td class=\"n\" style=\"background:{colour}\">{text}</td>");
        }
        out.push_str("</tr>\n");
    }
    out.push_str("</tbody></table></div>\n");
}

/// Opens a table with these columns; `true` marks numbers.
fn head(columns: &[(&str, bool)], out: &mut String) {
    out.push_str("<div class=\"wide\"><table>\n<thead><tr>");
    for (name, _) in columns {
        let _ = write!(out, "<th>{}</th>", escaped(name));
    }
    out.push_str("</tr></thead>\n<tbody>\n");
}

fn row(cells: &[(String, bool)], out: &mut String) {
    out.push_str("<tr>");
    for (text, number) in cells {
        let class = if *number { " class=\"n\"" } else { "" };
        let _ = write!(out, "<td{class}>{}</td>", escaped(text));
    }
    out.push_str("</tr>\n");
}

fn tail(out: &mut String) {
    out.push_str("</tbody></table></div>\n");
}

fn causes(
    it: &GradeImpact,
    (attribution, suppressed): (&Attribution, bool),
    lang: Lang,
    out: &mut String,
) {
    if it.flows.is_empty() {
        return;
    }
    let columns = [
        (pick(lang, "变动", "move"), false),
        (pick(lang, "改动", "change"), false),
        (pick(lang, "归因户数", "its part"), true),
        (pick(lang, "占比", "share"), true),
        (pick(lang, "去掉它则不动", "not without it"), true),
        (pick(lang, "只做它则动", "with it alone"), true),
    ];
    head(&columns, out);
    for flow in &it.flows {
        let state = |at: usize| it.states.get(at).map_or("", |it| it.of(lang));
        let count = cell(flow.count);
        let count = match lang {
            Lang::Zh => format!("（{count}）"),
            Lang::En => format!(" ({count})"),
        };
        let name = format!("{} → {}{count}", state(flow.from), state(flow.to));
        let mut parts: Vec<_> =
            flow.parts.iter().filter(|it| it.households != Fraction::ZERO).collect();
        parts.sort_by(|a, b| b.households.cmp(&a.households).then(a.change.cmp(&b.change)));
        let told = parts.iter().try_fold(Fraction::ZERO, |all, it| all.checked_add(it.households));
        let whole = Fraction::whole_number(flow.count.count().unwrap_or_default());
        let left_out = suppressed && flow.count.count().is_some() && told != Some(whole);
        for part in parts {
            let of = i128::try_from(flow.count.count().unwrap_or(1)).unwrap_or(1).max(1);
            let share = part.households.times(100, of).and_then(|it| it.rounded(1));
            let cells = [
                (name.clone(), false),
                (label(attribution, part.change, lang), false),
                (visits(part.households), true),
                (share.map_or_else(String::new, |it| format!("{it}%")), true),
                (cell(part.but_for), true),
                (cell(part.alone), true),
            ];
            row(&cells, out);
        }
        if left_out {
            // Small parts, and those that would give them away.
            let other = if told == Some(Fraction::ZERO) {
                pick(lang, "各处改动", "the changes").to_owned()
            } else {
                pick(lang, "其他改动", "other changes").to_owned()
            };
            let star = || ("*".to_owned(), true);
            row(&[(name, false), (other, false), star(), star(), star(), star()], out);
        }
    }
    tail(out);
}

fn slicing(it: &Slicing, states: &[Said], lang: Lang, out: &mut String) {
    let (groups, more) = most_moved(it);
    if groups.is_empty() {
        return;
    }
    let columns = [
        (it.field.as_str(), false),
        (pick(lang, "户数", "households"), true),
        (pick(lang, "变动", "moved"), true),
        (pick(lang, "占比", "share"), true),
        (pick(lang, "流向", "flows"), false),
    ];
    head(&columns, out);
    for it in groups {
        let share = match (it.moved.count(), it.households.count()) {
            (Some(moved), Some(all)) => percent(moved, all),
            _ => "*".to_owned(),
        };
        let name = group(&it.key, it.label.as_ref(), lang);
        let counts = [cell(it.households), cell(it.moved), share].map(|it| (it, true));
        let flows = (flows_of(it, states, lang), false);
        row(&[(name, false)].into_iter().chain(counts).chain([flows]).collect::<Vec<_>>(), out);
    }
    tail(out);
    if more > 0 {
        let words = match lang {
            Lang::Zh => format!("另有 {more} 组有变动。"),
            Lang::En => format!("{more} more groups have moved."),
        };
        let _ = writeln!(out, "<p class=\"note\">{words}</p>");
    }
}

fn workload(it: &Workload, lang: Lang, out: &mut String) {
    let name = format!("{} {}", full(&it.measure), it.column);
    let _ = writeln!(out, "<h3>{}</h3>", escaped(&name));
    let (before, after) = (visits(it.all.before), visits(it.all.after));
    let words = match lang {
        Lang::Zh => format!("每年 {before} 次 → {after} 次。"),
        Lang::En => format!("{before} → {after} visits a year."),
    };
    let _ = writeln!(out, "<p>{}</p>", escaped(&words));
    for (field, groups) in &it.by {
        let changed: Vec<_> = groups.iter().filter(|it| it.2.before != it.2.after).collect();
        if changed.is_empty() {
            continue;
        }
        let columns = [
            (field.as_str(), false),
            (pick(lang, "改前（次/年）", "before (a year)"), true),
            (pick(lang, "改后", "after"), true),
        ];
        head(&columns, out);
        for (key, label, load) in changed {
            let name = group(key, label.as_ref(), lang);
            row(&[(name, false), (visits(load.before), true), (visits(load.after), true)], out);
        }
        tail(out);
    }
}

fn deviations(impact: &Impact, lang: Lang, out: &mut String) {
    if impact.deviations.is_empty() {
        return;
    }
    let _ = writeln!(out, "<h3>{}</h3>", pick(lang, "偏离其余的组", "Groups unlike the rest"));
    let columns = [
        (pick(lang, "组", "group"), false),
        (pick(lang, "等级", "grade"), false),
        (pick(lang, "变动", "moved"), true),
        (pick(lang, "其余", "rest"), true),
        (pick(lang, "校正后的 p", "corrected p"), true),
    ];
    head(&columns, out);
    for it in &impact.deviations {
        let name = format!("{} {}", it.field, group(&it.key, it.label.as_ref(), lang));
        let cells = [
            (name, false),
            (it.grade.name.to_string(), false),
            (percent(it.moved, it.households), true),
            (percent(it.rest_moved, it.rest), true),
            (it.corrected.decimal().to_string(), true),
        ];
        row(&cells, out);
    }
    tail(out);
}

/// Two months: each move with what of it is due to the rules, to facts, to time.
fn months(it: &Split, lang: Lang, out: &mut String) {
    let [from, to] = it.dates;
    let words = match lang {
        Lang::Zh => format!("{from} 与 {to} 相比"),
        Lang::En => format!("{from} and {to} compared"),
    };
    let _ = writeln!(out, "<h3>{}</h3>", escaped(&words));
    for grade in &it.grades {
        let _ = writeln!(out, "<p>{}</p>", escaped(&full(&grade.name)));
        matrix(&grade.states, &grade.matrix, grade.members, lang, out);
        moves(grade, lang, out);
    }
}

fn moves(grade: &SplitGrade, lang: Lang, out: &mut String) {
    let columns = [
        (pick(lang, "变动", "move"), false),
        (pick(lang, "户数", "households"), true),
        (pick(lang, "规则", "rules"), true),
        (pick(lang, "新的事实", "new facts"), true),
        (pick(lang, "时间推移", "passage of time"), true),
    ];
    head(&columns, out);
    for it in &grade.flows {
        let state = |at: usize| grade.states.get(at).map_or("", |it| it.of(lang));
        let name = format!("{} → {}", state(it.from), state(it.to));
        let parts = [it.rules, it.facts, it.time].map(|it| (visits(it), true));
        let cells: Vec<(String, bool)> =
            [(name, false), (cell(it.count), true)].into_iter().chain(parts).collect();
        row(&cells, out);
    }
    tail(out);
}
