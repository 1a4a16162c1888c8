//! What looking back came to, as tables.

use std::fmt::Write as _;

use heng_dsl::diag::Lang;
use heng_dsl::value::Decimal;
use heng_engine::backtest::{Backtest, ByGrade, ByScore, Fraction, Joined, Ranking, Share};
use heng_engine::columns::Columns;
use heng_engine::explain::Named;
use heng_engine::ingest::{EventTable, Loaded};

use crate::commands::bad_row;
use crate::lang::pick;
use crate::table::Rows;
use crate::terminal::{harmless, harmless_lines};

/// Everything, in sections.
pub(super) fn report(
    found: &Backtest,
    table: &EventTable,
    loaded: &Loaded<Columns>,
    lang: Lang,
) -> String {
    let grade = found.grade.as_ref().map(|it| by_grade(it, lang));
    let score = found.score.as_ref().map(|it| by_score(it, lang));
    let sections = [
        Some(heading(found, table, lang)),
        Some(joined(&found.joined, table, loaded, lang)),
        grade,
        score,
        Some(methods(lang).to_owned()),
    ];
    let sections: Vec<String> =
        sections.into_iter().flatten().filter(|it| !it.is_empty()).collect();
    sections.join("\n\n")
}

fn heading(found: &Backtest, table: &EventTable, lang: Lang) -> String {
    let sets = found.sets.iter().map(|it| format!("{} {}", it.package, it.version));
    let sets = sets.collect::<Vec<_>>().join(pick(lang, "、", ", "));
    let (as_of, file, column) = (found.as_of, &table.file, &table.column);
    let of = match (table.of, lang) {
        (None, _) => String::new(),
        (Some(of), Lang::Zh) => format!("，基准日为 {of} 的行"),
        (Some(of), Lang::En) => format!(", rows for {of}"),
    };
    let known = &found.joined.known;
    let (households, events, share) = (known.households, known.events, share(known));
    let text = match lang {
        Lang::Zh => format!(
            "规则集：{sets}\n基准日：{as_of}\n后来的结果：“{file}”的“{column}”{of}\n\
             知道结果的 {households} 户中有 {events} 户发生：{share}"
        ),
        Lang::En => format!(
            "rule sets: {sets}\nas of: {as_of}\nwhat came to pass: “{column}” in “{file}”{of}\n\
             of {households} households with a known outcome, {events} had the event: {share}"
        ),
    };
    harmless_lines(&text)
}

/// `16.0%（14.9%–17.1%）`
fn share(it: &Share) -> String {
    [percent(it.share), interval(it)].join(" ").trim_end().to_owned()
}

fn interval(it: &Share) -> String {
    let ends = it.interval.map(|all| all.map(of_hundred));
    ends.map(|[low, high]| format!("[{low}, {high}]")).unwrap_or_default()
}

/// Who could not be compared, and rows that were not used: how many, and why.
fn joined(it: &Joined, table: &EventTable, loaded: &Loaded<Columns>, lang: Lang) -> String {
    let counts = [
        (
            it.without_outcome,
            [
                "总体中不知道后来结果的户，不计入",
                "households of the population whose outcome is not known; they count nowhere",
            ],
        ),
        (
            it.outside,
            [
                "结果所说的户在基准日以后才成立",
                "outcomes of households founded after the as-of date",
            ],
        ),
        (
            it.unknown,
            ["结果所说的户不在数据中", "outcomes of households that the data do not have"],
        ),
        (wide(table.unknown), ["行没有写是否发生", "rows that leave the event empty"]),
        (wide(table.of_other_dates), ["行是其他基准日的", "rows for other as-of dates"]),
        (wide(table.repeated), ["行与前面的行重复", "rows that repeat an earlier one"]),
        (
            table.bad_rows.len(),
            ["行读不了，没有采用", "rows that could not be read, and were not used"],
        ),
        (
            wide(loaded.problems.quarantined),
            [
                "行数据不能采用，详见 heng run",
                "rows of the data that could not be used; see heng run",
            ],
        ),
    ];
    let counts = counts.iter().filter(|it| it.0 > 0);
    let mut lines: Vec<String> =
        counts.map(|(count, [zh, en])| format!("  {count:>7}  {}", pick(lang, zh, en))).collect();
    if let Some(keys) = keys(it, lang) {
        lines.push(keys);
    }
    lines.extend(table.bad_rows.iter().take(super::BAD_ROWS_SHOWN).map(|it| bad_row(it, lang)));
    harmless_lines(&lines.join("\n"))
}

/// Some households that are not in the data.
fn keys(it: &Joined, lang: Lang) -> Option<String> {
    let more = if it.unknown > it.unknown_keys.len() { " …" } else { "" };
    let keys = it.unknown_keys.join(pick(lang, "、", ", "));
    let what = pick(lang, "不在数据中的户：", "not in the data: ");
    (it.unknown > 0).then(|| format!("  {what}{keys}{more}"))
}

fn wide(count: u64) -> usize {
    usize::try_from(count).unwrap_or(usize::MAX)
}

fn by_grade(it: &ByGrade, lang: Lang) -> String {
    let mut rows = Rows::new([
        (pick(lang, "等级", "grade"), false),
        (pick(lang, "户数", "households"), true),
        (pick(lang, "知道结果", "known"), true),
        (pick(lang, "发生", "events"), true),
        (pick(lang, "比例", "share"), true),
        ("95%", false),
        (pick(lang, "占全部", "of all events"), true),
        (pick(lang, "累计", "cumulated"), true),
        (pick(lang, "提升", "lift"), true),
    ]);
    for row in &it.members {
        let label = row.member.label.as_deref().unwrap_or("");
        rows.push([
            format!("{} {label}", row.member.name).trim_end().to_owned(),
            row.population.to_string(),
            row.known.households.to_string(),
            row.known.events.to_string(),
            percent(row.known.share),
            interval(&row.known),
            percent(row.captured),
            percent(row.captured_down_to),
            decimal(row.lift, 2),
        ]);
    }
    rest(&mut rows, &it.ungraded, pick(lang, "没有等级", "no grade"), 1);
    let mut lines = vec![title(&it.name), rows.text()];
    lines.extend(it.ranking.as_ref().map(|it| ranking(it, "", lang)));
    lines.join("\n")
}

fn by_score(it: &ByScore, lang: Lang) -> String {
    let mut rows = Rows::new([
        (pick(lang, "户（由高险到低险）", "households, riskiest first"), false),
        (pick(lang, "分数到", "score down to"), true),
        (pick(lang, "发生", "events"), true),
        (pick(lang, "比例", "share"), true),
        (pick(lang, "累计捕获", "captured"), true),
        (pick(lang, "累计提升", "lift"), true),
    ]);
    for tenth in &it.tenths {
        rows.push([
            format!("{}–{}%", (tenth.number - 1) * 10, tenth.number * 10),
            tenth.down_to.trimmed().to_string(),
            decimal(Some(tenth.events), 1),
            percent(Some(tenth.share)),
            percent(Some(tenth.captured)),
            decimal(Some(tenth.lift), 2),
        ]);
    }
    rest(&mut rows, &it.unscored, pick(lang, "没有分数", "no score"), 0);
    let at = it.ks_at.map(|at| match (it.low_is_risky, lang) {
        (false, Lang::Zh) => format!("（{} 以上）", at.trimmed()),
        (true, Lang::Zh) => format!("（{} 以下）", at.trimmed()),
        (false, Lang::En) => format!(" (at {} or more)", at.trimmed()),
        (true, Lang::En) => format!(" (at {} or less)", at.trimmed()),
    });
    let mut lines = vec![title(&it.name), rows.text()];
    lines.extend(it.ranking.as_ref().map(|it| ranking(it, &at.unwrap_or_default(), lang)));
    lines.join("\n")
}

/// A row for those who have an outcome and no result, if there are any: `empty` cells, then counts.
fn rest(rows: &mut Rows, it: &Share, name: &str, empty: usize) {
    if it.households == 0 {
        return;
    }
    let counted = empty == 1;
    let mut cells = vec![name.to_owned(), String::new()];
    if counted {
        cells.push(it.households.to_string());
    }
    cells.extend([it.events.to_string(), percent(it.share)]);
    if counted {
        cells.push(interval(it));
    }
    rows.push(cells);
}

fn ranking(it: &Ranking, ks_at: &str, lang: Lang) -> String {
    let mut line = format!("  AUC {}", decimal(Some(it.auc), 4));
    if let Some([low, high]) = it.interval {
        let _ = write!(line, "  95% [{low}, {high}]");
    }
    if let Some(error) = it.standard_error {
        let _ = write!(line, "  {} {error}", pick(lang, "标准误", "standard error"));
    }
    let (gini, ks) = (decimal(Some(it.gini), 4), decimal(Some(it.ks), 4));
    let _ = write!(line, "  Gini {gini}  KS {ks}{ks_at}");
    line
}

fn methods(lang: Lang) -> &'static str {
    pick(
        lang,
        "比例的区间用 Wilson 法（95%）；AUC 按全部成对比较，同分算一半，标准误用 DeLong 法；\n\
         分界落在同分的户中时，按比例分摊。过去有效不等于今后有效，也不说明原因。",
        "Intervals of shares are Wilson's (95%). The AUC counts all pairs, equal scores half; its standard error is\n\
         DeLong's. A border that falls into equal scores takes its share of them. What held once need not hold\n\
         again, and none of this is a cause.",
    )
}

fn title(name: &Named) -> String {
    let title = name.title.as_deref().map(|it| format!(" {it}")).unwrap_or_default();
    harmless(&format!("{}.{}{title}", name.package, name.name)).into_owned()
}

/// `12.5%`
pub(super) fn percent(it: Option<Fraction>) -> String {
    let hundredfold = it.and_then(|it| it.times(100, 1)?.rounded(1));
    hundredfold.map(|it| format!("{it}%")).unwrap_or_default()
}

pub(super) fn decimal(it: Option<Fraction>, places: u8) -> String {
    it.and_then(|it| it.rounded(places)).map(|it| it.to_string()).unwrap_or_default()
}

fn of_hundred(it: Decimal) -> String {
    let hundredfold = it.checked_mul(Decimal::from(100), 1);
    hundredfold.map(|it| format!("{it}%")).unwrap_or_default()
}
