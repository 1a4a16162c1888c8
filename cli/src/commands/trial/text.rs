//! What a change does, for people: the edits, each grade before and after, who moves and why, the rest.

use heng_dsl::diag::{Lang, plural};
use heng_engine::effect::{
    Cause, Effect, Flow, GradeEffect, HoldingEffect, MeasureEffect, Moved, ScoreEffect, Shift,
};
use heng_engine::explain::{Named, Said};

use crate::lang::pick;
use crate::rules::About;
use crate::table::Rows;
use crate::terminal::{harmless, harmless_lines};

/// Causes shown of one flow; the rest is counted.
const CAUSES: usize = 5;

/// Flows shown of one measure; the rest is counted.
const FLOWS: usize = 8;

/// Everything but what to do next.
pub(super) fn report(about: &[About], effect: &Effect, lang: Lang) -> String {
    let mut parts = vec![heading(about, effect, lang)];
    parts.extend(effect.grades.iter().map(|it| grade(it, lang)));
    parts.extend([out_of_reach(&effect.out_of_reach, lang), scores(&effect.scores, lang)]);
    let kinds = [
        (pick(lang, "标注", "tags"), &effect.tags),
        (pick(lang, "预警", "alerts"), &effect.alerts),
        (pick(lang, "名单", "lists"), &effect.lists),
    ];
    parts.extend(kinds.into_iter().map(|(kind, all)| holdings(kind, all, lang)));
    parts.extend(effect.measures.iter().map(|it| measure(it, lang)));
    parts.push(harmless_lines(effect.notice.of(lang)));
    parts.retain(|it| !it.is_empty());
    parts.join("\n\n")
}

fn heading(about: &[About], effect: &Effect, lang: Lang) -> String {
    let mut lines = vec![pick(lang, "试改（没有保存）：", "Tried (nothing is saved):").to_owned()];
    for it in about {
        let package = match lang {
            Lang::Zh => format!("（{}）", it.package),
            Lang::En => format!(" ({})", it.package),
        };
        lines.push(format!("  {}{package}", it.amendment));
    }
    let (as_of, all, affected) = (effect.as_of, effect.households, effect.affected);
    lines.push(match (lang, affected) {
        (Lang::Zh, 0) => format!("基准日 {as_of}：总体 {all} 户，没有一户的结果改变"),
        (Lang::Zh, _) => format!("基准日 {as_of}：总体 {all} 户，其中 {affected} 户的结果改变"),
        (Lang::En, 0) => {
            format!("as of {as_of}: no result changes among {}", households(all, lang))
        }
        (Lang::En, _) => {
            format!("as of {as_of}: results change for {affected} of {}", households(all, lang))
        }
    });
    harmless_lines(&lines.join("\n"))
}

fn full(name: &Named) -> String {
    let title = name.title.as_deref().map(|it| format!(" {it}")).unwrap_or_default();
    format!("{}.{}{title}", name.package, name.name)
}

fn households(count: usize, lang: Lang) -> String {
    match lang {
        Lang::Zh => format!("{count} 户"),
        Lang::En => plural(count, "household"),
    }
}

fn grade(it: &GradeEffect, lang: Lang) -> String {
    let mut out = match (lang, it.moved) {
        (Lang::Zh, 0) => format!("{}：没有一户变动", full(&it.name)),
        (Lang::Zh, moved) => format!("{}：{moved} 户变动", full(&it.name)),
        (Lang::En, 0) => format!("{}: nobody moves", full(&it.name)),
        (Lang::En, moved) => format!("{}: {} moved", full(&it.name), households(moved, lang)),
    };
    let mut lines = vec![harmless(&out).into_owned()];
    let corner = pick(lang, "改前＼改后", "before\\after");
    let states: Vec<&str> = it.states.iter().map(|it| it.of(lang)).collect();
    let columns = states.iter().map(|it| (*it, true));
    let mut rows = Rows::new(std::iter::once((corner, false)).chain(columns));
    for (at, (state, counts)) in states.iter().zip(&it.matrix).enumerate() {
        let cell = |(column, count): (usize, &usize)| match *count {
            0 if column != at => "·".to_owned(),
            count => count.to_string(),
        };
        let counts = counts.iter().enumerate().map(cell);
        rows.push(std::iter::once((*state).to_owned()).chain(counts));
    }
    lines.push(rows.text());
    lines.extend(it.flows.iter().map(|it| flow(it, lang)));
    out = lines.join("\n");
    out
}

fn flow(it: &Flow, lang: Lang) -> String {
    let head =
        format!("  {} → {}  {}", it.from.of(lang), it.to.of(lang), households(it.count, lang));
    let mut lines = vec![head];
    lines.extend(it.causes.iter().take(CAUSES).map(|it| cause(it, lang)));
    let rest: usize = it.causes.iter().skip(CAUSES).map(|it| it.count).sum();
    if rest > 0 {
        lines.push(match lang {
            Lang::Zh => format!("    · 其他原因 {}", households(rest, lang)),
            Lang::En => format!("    · other causes: {}", households(rest, lang)),
        });
    }
    harmless_lines(&lines.join("\n"))
}

pub(in crate::commands) fn cause(it: &Cause, lang: Lang) -> String {
    let comma = pick(lang, "，", ", ");
    let mut why: Vec<String> = it.shifts.iter().map(|it| shift(it, lang)).collect();
    if it.more > 0 {
        why.push(match lang {
            Lang::Zh => format!("另有 {} 项改变", it.more),
            Lang::En => format!("{} more change", it.more),
        });
    }
    if let Some(crossing) = &it.crossing {
        let quoted = |it: &Option<String>| {
            it.as_ref().map_or_else(|| "–".to_owned(), |it| format!("“{it}”"))
        };
        let (before, after) = (quoted(&crossing.before), quoted(&crossing.after));
        if before == after {
            why.push(match lang {
                Lang::Zh => format!("依据 {before}"),
                Lang::En => format!("by {before}"),
            });
        } else {
            why.push(format!("{before} → {after}"));
        }
    }
    let keys = it.examples.join(pick(lang, "、", ", "));
    let count = households(it.count, lang);
    let such = match lang {
        Lang::Zh if it.count > it.examples.len() => format!("例如 {keys}"),
        Lang::En if it.count > it.examples.len() => format!("such as {keys}"),
        Lang::Zh | Lang::En => keys,
    };
    match lang {
        Lang::Zh => format!("    · {}（{count}：{such}）", why.join(comma)),
        Lang::En => format!("    · {} ({count}: {such})", why.join(comma)),
    }
}

fn shift(it: &Shift, lang: Lang) -> String {
    let one = |moved: &Moved| format!("{} → {}", moved.before.of(lang), moved.after.of(lang));
    let counted = |moved: &Moved| match lang {
        Lang::Zh => format!("{}（{}）", one(moved), moved.count),
        Lang::En => format!("{} ({})", one(moved), moved.count),
    };
    let mut moves: Vec<String> = match it.moves.as_slice() {
        [only] if it.other == 0 => vec![one(only)],
        all => all.iter().map(counted).collect(),
    };
    if it.other > 0 {
        moves.push(match lang {
            Lang::Zh => format!("其他（{}）", it.other),
            Lang::En => format!("others ({})", it.other),
        });
    }
    format!("{} {}", it.name, moves.join(pick(lang, "、", ", ")))
}

pub(in crate::commands) fn out_of_reach(names: &[Named], lang: Lang) -> String {
    if names.is_empty() {
        return String::new();
    }
    let all: Vec<String> = names.iter().map(|it| format!("{}.{}", it.package, it.name)).collect();
    harmless(&match lang {
        Lang::Zh => format!("改动影响不到：{}", all.join("、")),
        Lang::En => format!("out of reach of the change: {}", all.join(", ")),
    })
    .into_owned()
}

pub(in crate::commands) fn scores(all: &[ScoreEffect], lang: Lang) -> String {
    if all.is_empty() {
        return String::new();
    }
    let mut rows = Rows::new([
        (pick(lang, "得分", "score"), false),
        (pick(lang, "升高（户）", "higher"), true),
        (pick(lang, "降低", "lower"), true),
        (pick(lang, "有无变化", "gained or lost"), true),
    ]);
    for it in all {
        let counts = [it.higher, it.lower, it.other].map(|it| it.to_string());
        let name = format!("{}.{}", it.name.package, it.name.name);
        rows.push(std::iter::once(name).chain(counts));
    }
    rows.text()
}

pub(in crate::commands) fn holdings(kind: &str, all: &[HoldingEffect], lang: Lang) -> String {
    if all.is_empty() {
        return String::new();
    }
    let mut rows = Rows::new([
        (kind, false),
        (pick(lang, "改前（户）", "before"), true),
        (pick(lang, "改后", "after"), true),
        (pick(lang, "新增", "gained"), true),
        (pick(lang, "减少", "lost"), true),
        (pick(lang, "换说法", "relabelled"), true),
    ]);
    for it in all {
        let counts =
            [it.before, it.after, it.gained, it.lost, it.relabelled].map(|it| it.to_string());
        let name = format!("{}.{}", it.name.package, it.name.name);
        rows.push(std::iter::once(name).chain(counts));
    }
    rows.text()
}

pub(in crate::commands) fn measure(it: &MeasureEffect, lang: Lang) -> String {
    let mut rows = Rows::new([
        (pick(lang, "改前", "before"), false),
        (pick(lang, "改后", "after"), false),
        (pick(lang, "户数", "households"), true),
    ]);
    let values = |all: &[Said]| {
        let all: Vec<&str> = all.iter().map(|it| it.of(lang)).collect();
        if all.is_empty() { "–".to_owned() } else { all.join(pick(lang, "，", ", ")) }
    };
    for it in it.flows.iter().take(FLOWS) {
        rows.push([values(&it.from), values(&it.to), it.count.to_string()]);
    }
    let rest: usize = it.flows.iter().skip(FLOWS).map(|it| it.count).sum();
    if rest > 0 {
        let other = pick(lang, "其他", "others").to_owned();
        rows.push([other, String::new(), rest.to_string()]);
    }
    let head = match lang {
        Lang::Zh => format!("措施 {}：{} 户改变", full(&it.name), it.changed),
        Lang::En => format!("measure {}: {} changed", full(&it.name), households(it.changed, lang)),
    };
    format!("{}\n{}", harmless(&head), rows.text())
}
