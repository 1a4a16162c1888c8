//! What a change of rules does to the register, for the terminal.

use heng_dsl::diag::Lang;
use heng_dsl::value::Rounding;
use heng_engine::explain::{Named, Said};
use heng_engine::impact::{
    Attribution, Cell, Cutoff, Deviation, FlowImpact, GradeImpact, Impact, Method, Near, Part,
    Slice, Slicing, Split, SplitGrade, Workload,
};
use heng_engine::stats::Fraction;

use super::cliffs::cliffs;
use crate::commands::trial::text as effect;
use crate::lang::pick;
use crate::table::{Rows, percent};
use crate::terminal::{harmless, harmless_lines};

/// Groups shown of one field, those that move most first; the rest is counted.
const GROUPS: usize = 12;

/// Flows named of one group.
const FLOWS: usize = 3;

/// Changes named of one flow.
const PARTS: usize = 4;

/// Causes shown of one flow.
const CAUSES: usize = 2;

/// Everything about the impact.
pub(crate) fn report(impact: &Impact, lang: Lang) -> String {
    let mut parts = vec![heading(impact, lang)];
    for grade in &impact.grades {
        parts.push(of_grade(grade, impact.attribution.as_ref(), lang));
        parts.extend(grade.by.iter().map(|it| slicing(grade, it, lang)));
        parts.push(cutoffs(&grade.cutoffs, lang));
    }
    parts.push(attribution(impact, lang));
    parts.push(deviations(&impact.deviations, lang));
    parts.push(cliffs(&impact.cliffs, lang));
    parts.extend(impact.workload.iter().map(|it| workload(it, lang)));
    parts.push(effect::out_of_reach(&impact.out_of_reach, lang));
    parts.push(effect::scores(&impact.scores, lang));
    let kinds = [
        (pick(lang, "标注", "tags"), &impact.tags),
        (pick(lang, "预警", "alerts"), &impact.alerts),
        (pick(lang, "名单", "lists"), &impact.lists),
    ];
    parts.extend(kinds.into_iter().map(|(kind, all)| effect::holdings(kind, all, lang)));
    parts.extend(impact.measures.iter().map(|it| effect::measure(it, lang)));
    if let Some(least) = impact.suppressed_below {
        parts.push(match lang {
            Lang::Zh => format!("少于 {least} 户的数不显示（*），由合计能推出的也不显示"),
            Lang::En => format!(
                "counts below {least} are left out (*), and those that would give them away"
            ),
        });
    }
    parts.push(harmless_lines(impact.notice.of(lang)));
    parts.retain(|it| !it.is_empty());
    parts.join("\n\n")
}

fn heading(impact: &Impact, lang: Lang) -> String {
    let (as_of, all) = (impact.as_of, impact.households);
    let affected = cell(impact.affected);
    match lang {
        Lang::Zh => format!("全体（基准日 {as_of}，{all} 户）：{affected} 户的结果改变"),
        Lang::En => {
            format!("all households (as of {as_of}, {all}): results change for {affected}")
        }
    }
}

/// A count; a star where it is left out.
pub(super) fn cell(it: Cell) -> String {
    it.count().map_or_else(|| "*".to_owned(), |it| it.to_string())
}

pub(super) fn full(name: &Named) -> String {
    let title = name.title.as_deref().map(|it| format!(" {it}")).unwrap_or_default();
    format!("{}.{}{title}", name.package, name.name)
}

fn of_grade(grade: &GradeImpact, attribution: Option<&Attribution>, lang: Lang) -> String {
    let name = full(&grade.name);
    let [moved, riskier, safer, jumps] =
        [grade.moved, grade.riskier, grade.safer, grade.jumps].map(cell);
    let head = match lang {
        Lang::Zh => {
            format!("{name}：{moved} 户变动（变差 {riskier}，变好 {safer}；跨两级或以上 {jumps}）")
        }
        Lang::En => format!(
            "{name}: {moved} move ({riskier} to a riskier grade, {safer} to a safer one; {jumps} by two or more)"
        ),
    };
    let mut lines = vec![harmless(&head).into_owned(), matrix(&grade.states, &grade.matrix, lang)];
    lines.extend(grade.flows.iter().map(|it| flow(grade, it, attribution, lang)));
    lines.join("\n")
}

fn matrix(states: &[Said], cells: &[Vec<Cell>], lang: Lang) -> String {
    let corner = pick(lang, "改前＼改后", "before\\after");
    let names: Vec<&str> = states.iter().map(|it| it.of(lang)).collect();
    let columns = names.iter().map(|it| (*it, true));
    let mut rows = Rows::new(
        std::iter::once((corner, false)).chain(columns).chain([(pick(lang, "合计", "all"), true)]),
    );
    let sum = |cells: Vec<Cell>| -> String {
        let all: Option<usize> = cells.into_iter().map(Cell::count).sum();
        all.map_or_else(|| "*".to_owned(), |it| it.to_string())
    };
    for (at, (name, row)) in names.iter().zip(cells).enumerate() {
        let counts = row.iter().enumerate().map(|(column, it)| match it {
            Cell::Count(0) if column != at => "·".to_owned(),
            it => cell(*it),
        });
        let all = std::iter::once(sum(row.clone()));
        rows.push(std::iter::once((*name).to_owned()).chain(counts).chain(all));
    }
    let columns = (0..names.len())
        .map(|at| sum(cells.iter().filter_map(|row| row.get(at)).copied().collect()));
    let columns: Vec<String> = columns.collect();
    rows.push(std::iter::once(pick(lang, "合计", "all").to_owned()).chain(columns));
    rows.text()
}

fn flow(
    grade: &GradeImpact,
    it: &FlowImpact,
    attribution: Option<&Attribution>,
    lang: Lang,
) -> String {
    let state = |at: usize| grade.states.get(at).map_or("", |it| it.of(lang)).to_owned();
    let households = pick(lang, "户", "");
    let mut head =
        format!("  {} → {}  {} {households}", state(it.from), state(it.to), cell(it.count));
    let mut lines = Vec::new();
    if let Some(attribution) = attribution.filter(|_| !it.parts.is_empty()) {
        head = format!(
            "{}{}{}",
            head.trim_end(),
            pick(lang, "：", ": "),
            shares(it, attribution, lang)
        );
        lines.extend(questions(it, attribution, lang));
    }
    lines.insert(0, head.trim_end().to_owned());
    lines.extend(it.causes.iter().take(CAUSES).map(|it| effect::cause(it, lang)));
    let cases = it.cases.iter().map(|case| {
        let differs = case.differs.iter().map(|(name, before, after)| {
            format!("{} {} → {}", name.name, before.of(lang), after.of(lang))
        });
        let differs: Vec<String> = differs.collect();
        let differs = match (differs.is_empty(), lang) {
            (true, _) => String::new(),
            (false, Lang::Zh) => format!("：{}", differs.join("，")),
            (false, Lang::En) => format!(": {}", differs.join(", ")),
        };
        match lang {
            Lang::Zh => format!("    例 {}（代表 {} 户）{differs}", case.key, case.stands_for),
            Lang::En => format!("    case {} (for {}){differs}", case.key, case.stands_for),
        }
    });
    lines.extend(cases);
    harmless_lines(&lines.join("\n"))
}

/// The parts with the greatest first.
fn sorted(it: &FlowImpact) -> Vec<&Part> {
    let mut parts: Vec<&Part> =
        it.parts.iter().filter(|it| it.households != Fraction::ZERO).collect();
    parts.sort_by(|a, b| b.households.cmp(&a.households).then(a.change.cmp(&b.change)));
    parts
}

pub(super) fn label(attribution: &Attribution, change: usize, lang: Lang) -> String {
    attribution.changes.get(change).map_or_else(String::new, |it| it.of(lang).to_owned())
}

fn shares(it: &FlowImpact, attribution: &Attribution, lang: Lang) -> String {
    let count = it.count.count().unwrap_or_default();
    let parts = sorted(it);
    let share = |part: &&Part| {
        let of = i128::try_from(count).unwrap_or(1).max(1);
        let share = part.households.times(100, of).and_then(|it| it.rounded(0));
        let share = share.map_or_else(String::new, |it| format!("{it}%"));
        format!("{} {share}", label(attribution, part.change, lang))
    };
    let mut told: Vec<String> = parts.iter().take(PARTS).map(share).collect();
    if parts.len() > PARTS {
        told.push(match lang {
            Lang::Zh => format!("另 {} 处", parts.len() - PARTS),
            Lang::En => format!("{} more", parts.len() - PARTS),
        });
    }
    told.join(pick(lang, "、", ", "))
}

/// But for the greatest part, and with it alone.
fn questions(it: &FlowImpact, attribution: &Attribution, lang: Lang) -> Option<String> {
    let part = *sorted(it).first()?;
    let name = label(attribution, part.change, lang);
    let (but_for, alone) = (cell(part.but_for), cell(part.alone));
    Some(match lang {
        Lang::Zh => format!("    去掉“{name}”，{but_for} 户不这样变动；只做它，{alone} 户这样变动"),
        Lang::En => format!(
            "    without “{name}” {but_for} would not make this move; with it alone {alone} make it"
        ),
    })
}

fn attribution(impact: &Impact, lang: Lang) -> String {
    if let Some(why) = &impact.not_attributed {
        return match lang {
            Lang::Zh => format!("没有归因：{}", harmless(why.of(lang))),
            Lang::En => {
                format!("moves are not divided among the changes: {}", harmless(why.of(lang)))
            }
        };
    }
    let Some(it) = &impact.attribution else { return String::new() };
    let how = match (it.method, lang) {
        (Method::Exact, Lang::Zh) => "百分比是 Shapley 值，精确，合计为 100%".to_owned(),
        (Method::Exact, Lang::En) => {
            "percentages are Shapley values, exact, 100% together".to_owned()
        }
        (Method::Grouped, Lang::Zh) => {
            "改动较多，百分比是按指标分组的 Shapley 值（Owen 值），精确，合计为 100%".to_owned()
        }
        (Method::Grouped, Lang::En) => {
            "many changes: percentages are Shapley values by indicator (Owen), exact, 100% together"
                .to_owned()
        }
        (Method::Sampled { orders, seed }, Lang::Zh) => {
            format!("改动很多，百分比是 {orders} 个随机次序的平均（种子 {seed}），区间见 JSON")
        }
        (Method::Sampled { orders, seed }, Lang::En) => format!(
            "very many changes: percentages are means over {orders} random orders (seed {seed}); intervals stand in the JSON"
        ),
    };
    let mut lines = vec![how];
    if !it.idle.is_empty() {
        let names: Vec<String> = it.idle.iter().map(|at| label(it, *at, lang)).collect();
        let names = names.join(pick(lang, "；", "; "));
        lines.push(match lang {
            Lang::Zh => format!("没有让任何一户变动的改动：{names}"),
            Lang::En => format!("changes that have moved nobody: {names}"),
        });
    }
    lines.push(it.notice.of(lang).to_owned());
    harmless_lines(&lines.join("\n"))
}

/// A group as people know it.
pub(super) fn group(key: &Said, label: Option<&String>, lang: Lang) -> String {
    match label {
        Some(label) => format!("{} {label}", key.of(lang)),
        None => key.of(lang).to_owned(),
    }
}

/// The groups with the most moved first, and how many are left out.
pub(super) fn most_moved(it: &Slicing) -> (Vec<&Slice>, usize) {
    let mut groups: Vec<&Slice> =
        it.groups.iter().filter(|it| it.moved != Cell::Count(0)).collect();
    groups.sort_by_key(|it| std::cmp::Reverse(it.moved.count().unwrap_or_default()));
    let more = groups.len().saturating_sub(GROUPS);
    groups.truncate(GROUPS);
    (groups, more)
}

/// From where to where the households of a group move, the most frequent first: `A→B 7、B→C 4`.
pub(super) fn flows_of(it: &Slice, states: &[Said], lang: Lang) -> String {
    let rows = it.matrix.iter().enumerate();
    let cells =
        rows.flat_map(|(from, row)| row.iter().enumerate().map(move |(to, it)| (from, to, it)));
    let moving = cells.filter(|it| it.0 != it.1);
    let mut flows: Vec<(usize, usize, usize)> =
        moving.filter_map(|it| Some((it.2.count().filter(|it| *it > 0)?, it.0, it.1))).collect();
    flows.sort_by(|a, b| b.0.cmp(&a.0).then((a.1, a.2).cmp(&(b.1, b.2))));
    let state = |at: usize| states.get(at).map_or("", |it| it.of(lang));
    let told =
        flows.iter().take(FLOWS).map(|it| format!("{}→{} {}", state(it.1), state(it.2), it.0));
    let more = (flows.len() > FLOWS).then(|| "…".to_owned());
    told.chain(more).collect::<Vec<_>>().join(pick(lang, "、", ", "))
}

fn slicing(grade: &GradeImpact, it: &Slicing, lang: Lang) -> String {
    let (groups, more) = most_moved(it);
    if groups.is_empty() {
        return String::new();
    }
    let mut rows = Rows::new([
        (it.field.as_str(), false),
        (pick(lang, "户数", "households"), true),
        (pick(lang, "变动", "moved"), true),
        (pick(lang, "占比", "share"), true),
        (pick(lang, "流向", "flows"), false),
    ]);
    for it in groups {
        let share = match (it.moved.count(), it.households.count()) {
            (Some(moved), Some(all)) => percent(moved, all),
            _ => "*".to_owned(),
        };
        let name = group(&it.key, it.label.as_ref(), lang);
        let flows = flows_of(it, &grade.states, lang);
        rows.push([name, cell(it.households), cell(it.moved), share, flows]);
    }
    let name = format!("{}.{}", grade.name.package, grade.name.name);
    let head = match lang {
        Lang::Zh => format!("{name} 按 {}", it.field),
        Lang::En => format!("{name} by {}", it.field),
    };
    let more = match (more, lang) {
        (0, _) => String::new(),
        (more, Lang::Zh) => format!("\n  另有 {more} 组有变动"),
        (more, Lang::En) => format!("\n  {more} more groups have moved"),
    };
    format!("{}\n{}{more}", harmless(&head), rows.text())
}

fn cutoffs(all: &[Cutoff], lang: Lang) -> String {
    let lines = all.iter().filter(|it| !it.below.is_empty() && !it.above.is_empty()).map(|it| {
        let near = |it: &Near| {
            let (from, to) = (it.from.of(lang), it.to.of(lang));
            let grades = if from == to { to.to_owned() } else { format!("{from}→{to}") };
            format!("{} {}（{grades}）", it.key, it.score)
        };
        let side =
            |all: &[Near]| all.iter().map(near).collect::<Vec<_>>().join(pick(lang, "、", ", "));
        let new = match (it.before, lang) {
            (true, _) => "",
            (false, Lang::Zh) => "（新）",
            (false, Lang::En) => " (new)",
        };
        let (score, at) = (&it.score.name, it.at);
        match lang {
            Lang::Zh => {
                format!(
                    "  {score} {at}{new}：不到的 {}；到了的 {}",
                    side(&it.below),
                    side(&it.above)
                )
            }
            Lang::En => {
                format!(
                    "  {score} {at}{new}: below {}; at or above {}",
                    side(&it.below),
                    side(&it.above)
                )
            }
        }
    });
    let lines: Vec<String> = lines.collect();
    if lines.is_empty() {
        return String::new();
    }
    let head = pick(lang, "最接近分界的户", "households closest to a cut-off");
    harmless_lines(&format!("{head}\n{}", lines.join("\n")))
}

fn deviations(all: &[Deviation], lang: Lang) -> String {
    if all.is_empty() {
        return String::new();
    }
    let mut rows = Rows::new([
        (pick(lang, "偏离其余的组", "group unlike the rest"), false),
        (pick(lang, "等级", "grade"), false),
        (pick(lang, "变动", "moved"), true),
        (pick(lang, "其余", "rest"), true),
        (pick(lang, "校正后的 p", "corrected p"), true),
    ]);
    for it in all {
        let name = format!("{} {}", it.field, group(&it.key, it.label.as_ref(), lang));
        let chance = it.corrected.decimal();
        let small = chance.round(4, Rounding::HalfUp).filter(|it| !it.is_zero());
        let chance = small.map_or_else(|| "<0.0001".to_owned(), |it| it.to_string());
        let own =
            format!("{} / {} = {}", it.moved, it.households, percent(it.moved, it.households));
        let rest = percent(it.rest_moved, it.rest);
        rows.push([name, it.grade.name.to_string(), own, rest, chance]);
    }
    let how = pick(
        lang,
        "（Fisher 精确检验，Holm 校正；提示往哪里看，不说明原因）",
        "(Fisher's exact test, corrected after Holm: where to look, not why)",
    );
    format!("{}\n  {how}", rows.text())
}

/// A number of visits, with a decimal where it is not whole.
pub(super) fn visits(it: Fraction) -> String {
    let places = u8::from(it.whole() != 1);
    it.rounded(places).map_or_else(|| it.to_string(), |it| it.to_string())
}

fn signed(it: Option<Fraction>) -> String {
    match it {
        Some(it) if it > Fraction::ZERO => format!("+{}", visits(it)),
        Some(it) => visits(it),
        None => String::new(),
    }
}

fn workload(it: &Workload, lang: Lang) -> String {
    let head = match lang {
        Lang::Zh => format!(
            "措施 {} {}：每年 {} 次 → {} 次（{}）",
            full(&it.measure),
            it.column,
            visits(it.all.before),
            visits(it.all.after),
            signed(it.all.more())
        ),
        Lang::En => format!(
            "measure {} {}: {} → {} visits a year ({})",
            full(&it.measure),
            it.column,
            visits(it.all.before),
            visits(it.all.after),
            signed(it.all.more())
        ),
    };
    let mut out = vec![harmless(&head).into_owned()];
    for (field, groups) in &it.by {
        let mut changed: Vec<_> = groups.iter().filter(|it| it.2.before != it.2.after).collect();
        changed.sort_by_key(|it| std::cmp::Reverse(it.2.more()));
        let mut rows = Rows::new([
            (field.as_str(), false),
            (pick(lang, "改前（次/年）", "before (a year)"), true),
            (pick(lang, "改后", "after"), true),
            (pick(lang, "增减", "more"), true),
        ]);
        for (key, label, load) in changed.into_iter().take(GROUPS) {
            let name = group(key, label.as_ref(), lang);
            rows.push([name, visits(load.before), visits(load.after), signed(load.more())]);
        }
        if !rows.is_empty() {
            out.push(rows.text());
        }
    }
    out.join("\n")
}

/// What of the moves between two months is due to the rules, to facts, to time.
pub(crate) fn split(it: &Split, lang: Lang) -> String {
    let [from, to] = it.dates;
    let head = match lang {
        Lang::Zh => format!("{from} 与 {to} 相比（新进 {} 户，退出 {} 户）", it.entered, it.left),
        Lang::En => format!("{from} and {to} compared ({} entered, {} left)", it.entered, it.left),
    };
    let mut parts = vec![head];
    parts.extend(it.grades.iter().map(|it| split_grade(it, lang)));
    parts.join("\n\n")
}

fn split_grade(it: &SplitGrade, lang: Lang) -> String {
    let mut rows = Rows::new([
        (pick(lang, "变动", "move"), false),
        (pick(lang, "户数", "households"), true),
        (pick(lang, "规则", "rules"), true),
        (pick(lang, "新的事实", "new facts"), true),
        (pick(lang, "时间推移", "passage of time"), true),
    ]);
    let state = |at: usize| it.states.get(at).map_or("", |it| it.of(lang)).to_owned();
    for flow in &it.flows {
        let part = |it: Fraction| visits(it);
        let name = format!("{} → {}", state(flow.from), state(flow.to));
        let parts = [flow.rules, flow.facts, flow.time].map(part);
        rows.push([name, cell(flow.count)].into_iter().chain(parts));
    }
    let head = harmless(&full(&it.name)).into_owned();
    let flows = if rows.is_empty() { String::new() } else { format!("\n{}", rows.text()) };
    format!("{head}\n{}{flows}", matrix(&it.states, &it.matrix, lang))
}
