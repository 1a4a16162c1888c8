//! The scores of a letter: each dimension, each indicator that counts, each line.

use heng_dsl::diag::Lang;
use heng_dsl::value::Decimal;

use super::{Pen, name, quote};
use crate::explain::data::{Account, AccountKind, Explanation, Line, Record, RowHeld, What};
use crate::explain::words::{Shown, State};

/// The section on scores.
pub(super) fn scores(pen: &mut Pen, it: &Explanation) {
    let totals = it.scores.iter().filter(|it| it.value.state == State::Present);
    let apart = it.apart.iter().filter(|it| it.value.state == State::Present);
    let (totals, apart): (Vec<_>, Vec<_>) = (totals.collect(), apart.collect());
    if totals.is_empty() && apart.is_empty() {
        return;
    }
    pen.heading("分数是怎么来的", "Where the points come from");
    for account in totals {
        total(pen, account);
    }
    for account in apart {
        let kind = match account.kind {
            AccountKind::Merged => pen.say("（结果融合）", " (merged score)"),
            AccountKind::Fused => pen.say("（指标融合）", " (fused indicator)"),
            AccountKind::Total
            | AccountKind::Dimension
            | AccountKind::Indicator
            | AccountKind::Value => String::new(),
        };
        let (package, name) = (&account.name.package, name(&account.name));
        let worth = account.value.of(pen.lang).to_owned();
        pen.part(pen.say(
            format!("{package} · {name}{kind}：{worth}"),
            format!("{package} · {name}{kind}: {worth}"),
        ));
        details(pen, 0, account);
    }
}

/// 总分 with its dimensions.
fn total(pen: &mut Pen, account: &Account) {
    let (package, name) = (&account.name.package, name(&account.name));
    let worth = account.value.of(pen.lang).to_owned();
    pen.part(
        pen.say(format!("{package} · {name}：{worth}"), format!("{package} · {name}: {worth}")),
    );
    whole(pen, 0, account);
    pen.ground(0, &account.ground);
}

/// The lines of a whole: parts that count, and in one line those that do not.
fn whole(pen: &mut Pen, depth: usize, account: &Account) {
    let mut idle = Vec::new();
    for line in by_weight(&account.lines) {
        match &line.what {
            What::Part { account: part, .. } if is_idle(part, line) => {
                idle.push(name(&part.name));
            }
            What::Part { account: inner, deducted } => part(pen, depth, line, inner, *deducted),
            _ => {
                let text = adjustment(pen, line);
                pen.item(depth, text);
            }
        }
    }
    if !idle.is_empty() {
        let (count, list) = (idle.len(), pen.list(&idle));
        pen.item(
            depth,
            pen.say(
                format!("其余 {count} 项为 0 分：{list}"),
                format!("{count} more with 0 points: {list}"),
            ),
        );
    }
}

/// Parts from the most points to the fewest, each with its weight behind it; other lines stay where
/// they are: first what the sum starts from, last what cuts it.
fn by_weight(lines: &[Line]) -> Vec<&Line> {
    let mut groups: Vec<(usize, Decimal, Vec<&Line>)> = Vec::new();
    for line in lines {
        match (&line.what, groups.last_mut()) {
            (What::Weight { .. }, Some(group)) => group.2.push(line),
            (What::Part { .. }, _) => groups.push((1, line.points, vec![line])),
            (What::Base, _) => groups.push((0, Decimal::ZERO, vec![line])),
            _ => groups.push((2, Decimal::ZERO, vec![line])),
        }
    }
    groups.sort_by_key(|(rank, points, _)| (*rank, std::cmp::Reverse(*points)));
    groups.into_iter().flat_map(|it| it.2).collect()
}

/// A part that gave nothing and in which nothing happened.
fn is_idle(part: &Account, line: &Line) -> bool {
    let quiet = part.lines.iter().all(|it| match &it.what {
        What::Part { account, .. } => is_idle(account, it),
        _ => it.points.is_zero(),
    });
    line.points.is_zero() && quiet
}

fn part(pen: &mut Pen, depth: usize, line: &Line, account: &Account, deducted: bool) {
    let (name, worth) = (name(&account.name), points(pen.lang, line.points));
    let most = account.most.map(|it| {
        let it = points(pen.lang, it);
        pen.say(format!("（最高 {it}）"), format!(" (at most {it})"))
    });
    let most = most.unwrap_or_default();
    let sign = if deducted { pen.say("扣分项 ", "deducted: ") } else { String::new() };
    let reason = account.reason.as_deref().map(|it| pen.say(format!("。{it}"), format!(". {it}")));
    let reason = reason.unwrap_or_default();
    pen.item(
        depth,
        pen.say(
            format!("{sign}{name}：{worth}{most}{reason}"),
            format!("{sign}{name}: {worth}{most}{reason}"),
        ),
    );
    if account.kind == AccountKind::Dimension {
        whole(pen, depth + 1, account);
    } else {
        details(pen, depth + 1, account);
    }
}

/// The lines of an indicator, what it read, and its ground.
fn details(pen: &mut Pen, depth: usize, account: &Account) {
    let mut told = Vec::new();
    for line in &account.lines {
        if let What::Record { record, .. } | What::Beaten { record: Some(record), .. } = &line.what
        {
            told.push(record.clone());
        }
        let text = adjustment(pen, line);
        pen.item(depth, text);
    }
    if !account.facts.read.is_empty() {
        let reads = pen.reads(&account.facts.read);
        pen.item(depth, pen.say(format!("所用数据：{reads}"), format!("Data: {reads}")));
    }
    let rest: Vec<_> = account
        .facts
        .records
        .iter()
        .filter(|it| {
            !told
                .iter()
                .any(|told| (&told.table, &told.id, told.date) == (&it.table, &it.id, it.date))
        })
        .cloned()
        .collect();
    pen.records(depth, &rest);
    pen.ground(depth, &account.ground);
}

/// A line that is not a part: what it is for, and its points.
fn adjustment(pen: &Pen, line: &Line) -> String {
    let (what, worth) = (purpose(pen, &line.what), points(pen.lang, line.points));
    pen.say(format!("{what}：{worth}"), format!("{what}: {worth}"))
}

/// A line of an account by itself, in one language.
pub(in crate::explain) fn line(lang: Lang, line: &Line) -> String {
    adjustment(&Pen::new(lang), line)
}

/// What a line is for.
fn purpose(pen: &Pen, what: &What) -> String {
    match what {
        What::Base => pen.say("起评", "Starts from"),
        What::Part { account, .. } => name(&account.name),
        What::Weight { part, weight } => pen.say(
            format!("{part}按权重 {} 折算", weight.text.zh),
            format!("{part} counts with the weight {}", weight.text.en),
        ),
        What::Row(row) => {
            let row = held(pen, row);
            pen.say(format!("符合{row}"), format!("Falls in {row}"))
        }
        What::Rows(rows) => {
            let rows: Vec<String> = rows.iter().map(|it| held(pen, it)).collect();
            let rows = pen.list(&rows);
            pen.say(format!("符合{rows}，合计"), format!("Falls in {rows}, together"))
        }
        What::Beaten { row, record, would } => beaten(pen, row.as_ref(), record.as_ref(), *would),
        What::Record { record, row, points: full, share } => {
            each(pen, record, row.as_ref(), (*full, share.as_ref()))
        }
        What::Formula(None) => pen.say("按公式计算", "By formula"),
        What::Formula(Some(formula)) => formula.of(pen.lang).to_owned(),
        What::Cap { bound, when } => bounded(pen, ["上限", "Cap of"], *bound, when.as_ref()),
        What::Floor { bound, when } => bounded(pen, ["下限", "Floor of"], *bound, when.as_ref()),
        What::Rounding => pen.say("四舍五入", "Rounding"),
    }
}

/// A row or a record that another one beats.
fn beaten(
    pen: &Pen,
    row: Option<&RowHeld>,
    record: Option<&Record>,
    would: Option<Decimal>,
) -> String {
    let mut what: Vec<String> = row.iter().map(|it| held(pen, it)).collect();
    what.extend(record.iter().map(|it| pen.record(it)));
    let what = pen.list(&what);
    let would = would.map(|it| {
        let it = points(pen.lang, it);
        pen.say(format!("本应 {it}，"), format!("worth {it} by itself, but "))
    });
    let would = would.unwrap_or_default();
    pen.say(
        format!("{what}（{would}已有一项计分，不再计）"),
        format!("{what} ({would}another one counts instead)"),
    )
}

/// A record, the row that held for it, and what is left of its points.
fn each(
    pen: &Pen,
    record: &Record,
    row: Option<&RowHeld>,
    (full, share): (Decimal, Option<&Shown>),
) -> String {
    let record = pen.record(record);
    let row = row.map(|it| {
        let it = held(pen, it);
        pen.say(format!("，符合{it}"), format!(", falls in {it}"))
    });
    let fade = share.map(|share| {
        let (full, share) = (points(pen.lang, full), share.of(pen.lang));
        pen.say(format!("，{full}按 {share} 折减"), format!(", {full} of which {share} is left"))
    });
    format!("{record}{}{}", row.unwrap_or_default(), fade.unwrap_or_default())
}

fn bounded(
    pen: &Pen,
    [zh, en]: [&str; 2],
    bound: Option<Decimal>,
    when: Option<&RowHeld>,
) -> String {
    let bound = bound.map(|it| points(pen.lang, it)).unwrap_or_default();
    let when = when.map(|it| {
        let it = held(pen, it);
        pen.say(format!("（当{it}）"), format!(" (when {it})"))
    });
    let when = when.unwrap_or_default();
    pen.say(format!("{zh} {bound}{when}"), format!("{en} {bound}{when}"))
}

/// A row in quotation marks, and where it was amended, why.
fn held(pen: &Pen, row: &RowHeld) -> String {
    let text = quote(row.text.of(pen.lang));
    if row.provenance.amendment.is_none() {
        return text;
    }
    let place = pen.provenance(&row.provenance);
    pen.say(format!("{text}（{place}）"), format!("{text} ({place})"))
}

/// Points as people write them, without trailing zeros.
pub(super) fn points(lang: Lang, points: Decimal) -> String {
    let points = points.trimmed();
    match lang {
        Lang::Zh => format!("{points} 分"),
        Lang::En if points.to_whole().is_some_and(|it| it.abs() == 1) => format!("{points} point"),
        Lang::En => format!("{points} points"),
    }
}
