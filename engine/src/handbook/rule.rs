//! What all declarations have: whom they are about, what they are worth, by which law, whose they are.

use heng_dsl::diag::{Lang, Words};
use heng_dsl::model::{
    Acceptance, Accepted, Condition, ConditionMode, Content, Decl, DeclKind, Each, Expr, Legal,
    ListRule, Mode, Node, Origin, Ref, Row, RowKey, Table as RuleTable, Template, TemplatePart,
    Version,
};
use heng_dsl::value::{Decimal, Period};
use heng_dsl::written;

use super::Book;
use super::document::{Block, Cell, Table, Text, plain};
use crate::show::formula::Formulas;
use crate::show::{self, cells};

/// Labels with what stands behind each.
type Facts = Vec<(String, Vec<Text>)>;

/// A declaration with its heading, in all its periods.
pub(super) fn card(book: &Book<'_>, slot: usize, decl: &Decl, more: Facts) -> Vec<Block> {
    let title = decl.title.as_ref().map(|it| format!(" {it}")).unwrap_or_default();
    let text = plain(format!("{}{title}", decl.name));
    let mut blocks = vec![Block::Heading { level: 3, text, anchor: Some(book.anchor(slot)) }];
    let mut more = Some(more);
    for version in &decl.versions {
        let mut facts = Facts::new();
        if let Some(period) = period(book, version.period) {
            facts.push((book.pick("生效", "In force").to_owned(), vec![plain(period)]));
        }
        facts.extend(more.take().unwrap_or_default());
        facts.extend(of_version(book, version));
        if !facts.is_empty() {
            blocks.push(Block::Facts(facts));
        }
        blocks.extend(content(book, version));
    }
    blocks
}

/// 满分, 适用, 依据, whose rule it is.
fn of_version(book: &Book<'_>, version: &Version) -> Facts {
    let mut facts = Facts::new();
    let mut fact = |zh: &str, en: &str, lines: Vec<Text>| {
        if !lines.is_empty() {
            facts.push((book.pick(zh, en).to_owned(), lines));
        }
    };
    let bounds = &version.bounds;
    let number = |it: Option<Decimal>| it.map(|it| plain(it.trimmed().to_string()));
    fact("满分", "Maximum", number(bounds.max).into_iter().collect());
    fact("上限", "Cap", number(bounds.cap).into_iter().collect());
    fact("下限", "Floor", number(bounds.floor).into_iter().collect());
    fact("起评", "Starts from", number(bounds.base).into_iter().collect());
    let formulas = Formulas::new(book.linked, &version.lets, book.lang);
    let weight = bounds.weight.as_ref().map(|it| plain(formulas.expr(it)));
    fact("权重", "Weight", weight.into_iter().collect());
    let conditional = version.conditional.iter().map(|it| {
        let word = if it.cap { book.pick("上限", "cap") } else { book.pick("下限", "floor") };
        let when = book.pick("当", "when");
        let condition = match book.lang {
            Lang::Zh => it.text.clone(),
            Lang::En => formulas.expr(&it.when),
        };
        plain(format!("{word} {} {when} {condition}", formulas.expr(&it.value)))
    });
    fact("有条件的界限", "Conditional bounds", conditional.collect());
    let accepted = version.accepted.iter().map(|it| plain(acceptance(book, it)));
    fact("容许", "Accepted", accepted.collect());
    if let Some(applies) = &version.applies {
        fact("适用", "Applies when", condition(book, &version.lets, applies));
    }
    facts.extend(legal(book, &version.legal));
    let mut whose: Vec<Text> = Vec::new();
    for origin in version.origins() {
        for line in provenance(book, origin) {
            if !whose.contains(&line) {
                whose.push(line);
            }
        }
    }
    if !whose.is_empty() {
        facts.push((book.pick("谁的规则", "Whose rule").to_owned(), whose));
    }
    facts
}

/// What an overlay does on purpose, and why.
fn acceptance(book: &Book<'_>, it: &Acceptance) -> String {
    let what = match it.what {
        Accepted::Lowering => book.pick(
            "减轻（一方的最高风险级因另一方而降低）",
            "lowering (the riskiest grade of one side is lowered because of the other)",
        ),
        Accepted::Reversal => book.pick(
            "倒挂（一方风险更高而结果更低）",
            "reversal (a riskier grade of one side gives a lower one)",
        ),
    };
    format!("{what}{}{}", book.pick("，因", ", because "), it.because)
}

/// Nothing where the package itself wrote a clause and replaced none.
fn provenance(book: &Book<'_>, origin: &Origin) -> Vec<Text> {
    if origin.amendment.is_some() {
        return amendment(book, origin);
    }
    if origin.package.is_empty() || origin.package == book.set.id {
        return Vec::new();
    }
    let from = book.pick("来自", "from");
    vec![plain(format!("{from} {} {}", origin.package, origin.version))]
}

/// What an amendment put in place of what, and why.
fn amendment(book: &Book<'_>, origin: &Origin) -> Vec<Text> {
    let Some(it) = &origin.amendment else { return Vec::new() };
    let before = it.replaced.as_deref().unwrap_or(book.pick("（没有）", "(nothing)"));
    let (by, why, from) = (&origin.package, &it.because, &it.replaced_package);
    let basis = it.basis.join(book.pick("；", "; "));
    let text = match (book.lang, basis.is_empty()) {
        (Lang::Zh, true) => format!("{by} 修订，因{why}；{from}原为：{before}"),
        (Lang::Zh, false) => format!("{by} 修订，因{why}（依据：{basis}）；{from}原为：{before}"),
        (Lang::En, true) => format!("amended by {by}, because {why}; {from} had: {before}"),
        (Lang::En, false) => {
            format!("amended by {by}, because {why} (basis: {basis}); {from} had: {before}")
        }
    };
    vec![plain(text)]
}

/// 依据 and 说明.
pub(super) fn legal(book: &Book<'_>, legal: &Legal) -> Facts {
    let mut facts = Facts::new();
    for (words, lines) in [(["依据", "Basis"], &legal.basis), (["说明", "Note"], &legal.note)] {
        if !lines.is_empty() {
            let label = book.pick(words[0], words[1]).to_owned();
            facts.push((label, lines.iter().map(plain).collect()));
        }
    }
    facts
}

/// A period in words; nothing for all time.
pub(super) fn period(book: &Book<'_>, period: Period) -> Option<String> {
    match (period.from, period.until, book.lang) {
        (None, None, _) => None,
        (Some(from), None, Lang::Zh) => Some(format!("自 {from}")),
        (None, Some(until), Lang::Zh) => Some(format!("至 {until}")),
        (Some(from), Some(until), Lang::Zh) => Some(format!("自 {from} 至 {until}")),
        (Some(from), None, Lang::En) => Some(format!("from {from}")),
        (None, Some(until), Lang::En) => Some(format!("until {until}")),
        (Some(from), Some(until), Lang::En) => Some(format!("from {from} until {until}")),
    }
}

/// A condition, a line a part: in Chinese as its author wrote it, in English from the model.
pub(super) fn condition(
    book: &Book<'_>,
    lets: &[heng_dsl::model::Let],
    condition: &Condition,
) -> Vec<Text> {
    let formulas = Formulas::new(book.linked, lets, book.lang);
    let parts = condition.parts.iter().enumerate().map(|(at, it)| {
        let written = condition.texts.get(at).filter(|_| book.lang == Lang::Zh);
        written.cloned().unwrap_or_else(|| formulas.expr(it))
    });
    let head = match condition.mode {
        ConditionMode::One => None,
        ConditionMode::Any => Some(book.pick("任一：", "any of:")),
        ConditionMode::All => Some(book.pick("全部：", "all of:")),
    };
    head.map(plain).into_iter().chain(parts.map(plain)).collect()
}

/// What a version is worth.
pub(super) fn content(book: &Book<'_>, version: &Version) -> Vec<Block> {
    let formulas = Formulas::new(book.linked, &version.lets, book.lang);
    let mut blocks = Vec::new();
    let mut lines: Vec<String> = Vec::new();
    for it in &version.lets {
        let word = book.pick("取", "let");
        match &it.content {
            Content::Formula(of) => {
                lines.push(format!("{word} {} = {}", it.name, formulas.expr(of)));
            }
            Content::Source(of) => {
                lines.push(format!("{word} {} = {}", it.name, formulas.source(of)));
            }
            Content::Table(table) => {
                lines.push(format!("{word} {}{}", it.name, book.colon()));
                lines.extend(table.rows.iter().map(|it| {
                    let (key, result) = halves(book, &formulas, it);
                    format!("  {key}{}{result}", book.colon())
                }));
            }
            Content::Each(_)
            | Content::Matrix(_)
            | Content::Condition(_)
            | Content::Parts
            | Content::List(_) => {}
        }
    }
    match &version.content {
        Content::Formula(it) => lines.push(formulas.expr(it)),
        Content::Source(it) => lines.push(formulas.source(it)),
        Content::Condition(it) => {
            let parts = condition(book, &version.lets, it);
            lines.extend(parts.into_iter().flatten().map(|it| it.text));
        }
        Content::Table(_)
        | Content::Each(_)
        | Content::Matrix(_)
        | Content::Parts
        | Content::List(_) => {}
    }
    if !lines.is_empty() {
        blocks.push(Block::Rules(lines));
    }
    match &version.content {
        Content::Table(it) => blocks.push(table(book, &formulas, it)),
        Content::Each(it) => blocks.extend(each(book, &formulas, it)),
        Content::List(it) => blocks.push(list(book, version, it)),
        Content::Matrix(it) => blocks.push(super::grading::matrix(book, it)),
        Content::Formula(_) | Content::Source(_) | Content::Condition(_) | Content::Parts => {}
    }
    if let Some(reason) = &version.reason {
        let label = book.pick("缘由", "Reason").to_owned();
        blocks.push(Block::Facts(vec![(label, vec![plain(template(&formulas, reason))])]));
    }
    blocks
}

fn each(book: &Book<'_>, formulas: &Formulas<'_>, each: &Each) -> Vec<Block> {
    let (how, over) = (mode(book, each.mode), formulas.source(&each.source));
    let head = match book.lang {
        Lang::Zh => format!("逐条 {over}，{how}"),
        Lang::En => format!("for each of {over}, {how}"),
    };
    let mut blocks = vec![Block::Paragraph(plain(head)), table(book, formulas, &each.table)];
    if let Some(fade) = &each.fade {
        let word = book.pick("折减（按时间剩下的比例）", "Fade (the share left, by age)");
        blocks.push(Block::Paragraph(plain(word)));
        blocks.push(table(book, formulas, fade));
    }
    blocks
}

fn mode(book: &Book<'_>, mode: Mode) -> &'static str {
    let words = match mode {
        Mode::Sum => ["累计", "the sum of all"],
        Mode::Highest => ["取高", "the highest"],
        Mode::Lowest => ["取低", "the lowest"],
        Mode::First => ["依次", "the first that holds"],
    };
    match book.lang {
        Lang::Zh => words[0],
        Lang::En => words[1],
    }
}

/// A table of rules: what is asked, and what each row gives.
pub(super) fn table(book: &Book<'_>, formulas: &Formulas<'_>, table: &RuleTable) -> Block {
    let asks: Vec<String> = table.columns.iter().map(|it| formulas.expr(it)).collect();
    let ask = if asks.is_empty() {
        book.bracketed(book.pick("条件", "Condition"), mode(book, table.mode))
    } else {
        asks.join(book.pick("，", ", "))
    };
    let rows = table.rows.iter().map(|it| {
        let (key, result) = halves(book, formulas, it);
        vec![Cell::of(key), Cell::number(result)]
    });
    let head = vec![ask, book.pick("结果", "Result").to_owned()];
    Block::Table(Table { head, rows: rows.collect() })
}

/// What a row asks and what it gives: in Chinese as its author wrote it, in English from the model; with what
/// the parameters of a key are worth.
fn halves(book: &Book<'_>, formulas: &Formulas<'_>, row: &Row) -> (String, String) {
    let results = || {
        let all = row.results.iter().map(|it| match it {
            Some(it) => formulas.expr(it),
            None => "-".to_owned(),
        });
        all.collect::<Vec<_>>().join(", ")
    };
    if book.lang == Lang::En {
        let of = |it: &Expr| {
            let text = formulas.expr(it);
            let Node::Decl(decl) = &it.node else { return text };
            match worth(book, decl) {
                Some(worth) => format!("{text} ({})", worth.en),
                None => text,
            }
        };
        return (cells::key(&row.key, formulas, of), results());
    }
    if row.text.is_empty() {
        let key = match &row.key {
            RowKey::Otherwise => "其余".to_owned(),
            RowKey::When(it) => formulas.expr(it),
            RowKey::Cells(_) | RowKey::Always => String::new(),
        };
        return (key, results());
    }
    let text = written::row(row, book.linked, |it| worth(book, it));
    // The last colon parts the two.
    match text.zh.rsplit_once(['：', ':']) {
        Some((key, result)) => (key.trim().to_owned(), result.trim().to_owned()),
        None => (text.zh.to_string(), results()),
    }
}

/// What a parameter with one value is worth.
fn worth(book: &Book<'_>, of: &Ref) -> Option<Words> {
    let decl = book.linked.decl(of.slot.index());
    let [version] = decl.versions.as_slice() else { return None };
    let Content::Formula(formula) = &version.content else { return None };
    let text = |lang| Formulas::new(book.linked, &[], lang).expr(formula);
    (decl.kind == DeclKind::Param).then(|| Words::both(text(Lang::Zh), text(Lang::En)))
}

fn list(book: &Book<'_>, version: &Version, list: &ListRule) -> Block {
    let mut facts = vec![(
        book.pick("入选", "Admitted").to_owned(),
        condition(book, &version.lets, &list.admit),
    )];
    if let Some(remove) = &list.remove {
        let label = book.pick("移出", "Removed").to_owned();
        facts.push((label, condition(book, &version.lets, remove)));
    }
    if let Some(quota) = &list.quota {
        let formulas = Formulas::new(book.linked, &version.lets, book.lang);
        let keys = quota.keys.iter().map(|(it, greatest)| {
            let order = if *greatest {
                book.pick("从高到低", "highest first")
            } else {
                book.pick("从低到高", "lowest first")
            };
            format!("{} {order}", formulas.expr(it))
        });
        let keys: Vec<String> = keys.collect();
        let text = format!(
            "{}{} {}",
            book.pick("前 ", "top "),
            formulas.expr(&quota.top),
            keys.join(book.pick("，", ", "))
        );
        facts.push((book.pick("名额", "Quota").to_owned(), vec![plain(text.trim_end())]));
    }
    Block::Facts(facts)
}

fn template(formulas: &Formulas<'_>, template: &Template) -> String {
    let parts = template.parts.iter().map(|it| match it {
        TemplatePart::Text(it) => it.clone(),
        TemplatePart::Value(it) => format!("{{{}}}", formulas.expr(it)),
    });
    parts.collect()
}

/// Parameters in a table, values with a card each.
pub(super) fn values(book: &Book<'_>) -> Vec<Block> {
    let mut blocks = Vec::new();
    let params: Vec<_> = book.decls().filter(|it| it.1.kind == DeclKind::Param).collect();
    if !params.is_empty() {
        let head = [
            book.pick("参数", "Parameter"),
            book.pick("值", "Value"),
            book.pick("生效", "In force"),
            book.pick("依据", "Basis"),
        ];
        let rows = params.iter().flat_map(|(slot, decl)| {
            decl.versions.iter().enumerate().map(|(number, version)| {
                let formulas = Formulas::new(book.linked, &version.lets, book.lang);
                let value = match &version.content {
                    Content::Formula(it) => formulas.expr(it),
                    _ => String::new(),
                };
                let whose = version.origins().flat_map(|it| provenance(book, it));
                let mut basis: Vec<Text> = version.legal.basis.iter().map(plain).collect();
                for it in whose {
                    if !basis.contains(&it) {
                        basis.push(it);
                    }
                }
                vec![
                    Cell {
                        anchor: (number == 0).then(|| book.anchor(*slot)),
                        ..Cell::head(decl.name.to_string())
                    },
                    Cell::number(value),
                    Cell::of(period(book, version.period).unwrap_or_default()),
                    Cell { lines: basis, ..Cell::default() },
                ]
            })
        });
        let rows = rows.collect();
        blocks.push(Block::Table(Table { head: head.map(str::to_owned).to_vec(), rows }));
    }
    for (slot, decl) in book.decls() {
        let of = match &decl.kind {
            DeclKind::Value => None,
            DeclKind::RecordValue { table } => {
                Some(book.linked.table(table.slot.index()).name.to_string())
            }
            DeclKind::RecordSet => Some(book.pick("记录的集合", "a set of records").to_owned()),
            _ => continue,
        };
        let mut more = Facts::new();
        if let Some(of) = of {
            more.push((book.pick("对", "Of each").to_owned(), vec![plain(of)]));
        } else {
            let kind = show::formula::kind(book.linked, &decl.ty, book.lang);
            more.push((book.pick("类型", "Kind").to_owned(), vec![plain(kind)]));
        }
        blocks.extend(card(book, slot, decl, more));
    }
    blocks
}
