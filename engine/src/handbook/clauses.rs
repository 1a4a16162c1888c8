//! 条款: what became of each clause of the policy, and which clause a declaration carries out.

use std::collections::BTreeMap;

use heng_dsl::diag::Lang;
use heng_dsl::model::PolicyFate;

use super::Book;
use super::document::{Block, Cell, Table, Text, link, plain};

pub(super) fn blocks(book: &Book<'_>) -> Vec<Block> {
    let clauses = &book.set.clauses;
    if clauses.is_empty() {
        return Vec::new();
    }
    let rows = clauses.iter().map(|it| {
        let (fate, by): (&str, Vec<Text>) = match &it.fate {
            PolicyFate::Encoded(all) => (
                book.pick("编入", "encoded in"),
                all.iter().map(|(kind, name)| named(book, kind, name)).collect(),
            ),
            PolicyFate::Manual(why) => (book.pick("人工", "left to people"), vec![plain(why)]),
            PolicyFate::OutOfScope(why) => {
                (book.pick("不属此类", "not of this kind"), vec![plain(why)])
            }
        };
        vec![
            Cell::head(it.number.to_string()),
            Cell::of(it.title.clone().unwrap_or_default()),
            Cell::of(fate),
            Cell { lines: by, ..Cell::default() },
        ]
    });
    let head = [
        book.pick("条款", "Clause"),
        book.pick("内容", "What it says"),
        book.pick("处理", "What became of it"),
        book.pick("由谁实现，或者为什么", "By what, or why"),
    ];
    let rows = rows.collect();
    let mut blocks: Vec<Block> = account(book).into_iter().collect();
    blocks.push(Block::Table(Table { head: head.map(str::to_owned).to_vec(), rows }));
    blocks.extend(the_other_way(book));
    blocks
}

/// Which clauses each declaration carries out.
fn the_other_way(book: &Book<'_>) -> Option<Block> {
    let mut by_name: BTreeMap<(&str, &str), Vec<String>> = BTreeMap::new();
    for it in &book.set.clauses {
        if let PolicyFate::Encoded(all) = &it.fate {
            for (kind, name) in all {
                by_name.entry((kind, name)).or_default().push(it.number.to_string());
            }
        }
    }
    if by_name.is_empty() {
        return None;
    }
    let rows = by_name.into_iter().map(|((kind, name), clauses)| {
        vec![Cell::text(named(book, kind, name)), Cell::of(clauses.join(book.pick("、", ", ")))]
    });
    let head =
        [book.pick("声明", "Declaration"), book.pick("实现的条款", "Clauses it carries out")];
    let rows = rows.collect();
    Some(Block::Table(Table { head: head.map(str::to_owned).to_vec(), rows }))
}

fn named(book: &Book<'_>, kind: &str, name: &str) -> Text {
    let found = book.decls().find(|(_, it)| *it.name == *name || *it.id == *name);
    let text = match word(book, kind) {
        Some(word) => format!("{word} {name}"),
        None => name.to_owned(),
    };
    match found {
        Some((slot, _)) => link(text, book.anchor(slot)),
        None => plain(text),
    }
}

/// The word that a declaration begins with; a model keeps its kind by its English name.
fn word(book: &Book<'_>, kind: &str) -> Option<&'static str> {
    let (zh, en) = match kind {
        "subject" => ("主体", "subject"),
        "records" => ("记录", "records"),
        "enum" => ("枚举", "enum"),
        "grade" => ("等级", "grade"),
        "codes" => ("代码表", "codes"),
        "param" => ("参数", "param"),
        "value" => ("值", "value"),
        "dimension" => ("维度", "dimension"),
        "indicator" => ("指标", "indicator"),
        "classify" => ("分类", "classify"),
        "decide" => ("直接判定", "decide"),
        "tag" => ("标注", "tag"),
        "alert" => ("预警", "alert"),
        "measure" => ("措施", "measure"),
        "list" => ("名单", "list"),
        "check" => ("校验", "check"),
        "fuse" => ("融合", "fuse"),
        "overlay" => ("叠加", "overlay"),
        "merge" => ("合成", "merge"),
        "action" => ("行动", "action"),
        "guarantee" => ("保证", "guarantee"),
        _ => return None,
    };
    Some(book.pick(zh, en))
}

/// How many clauses the package has to account for, and what became of them.
fn account(book: &Book<'_>) -> Option<Block> {
    let listed = book.set.carries.len();
    if listed == 0 {
        return None;
    }
    let count = |fate: fn(&PolicyFate) -> bool| {
        let clauses = book.set.clauses.iter().filter(|it| book.set.carries.contains(&it.number));
        clauses.filter(|it| fate(&it.fate)).count()
    };
    let encoded = count(|it| matches!(it, PolicyFate::Encoded(_)));
    let manual = count(|it| matches!(it, PolicyFate::Manual(_)));
    let outside = count(|it| matches!(it, PolicyFate::OutOfScope(_)));
    Some(Block::Paragraph(plain(match book.lang {
        Lang::Zh => format!(
            "落实{listed}条：编入规则{encoded}条，由人工处理{manual}条，不属此类{outside}条。"
        ),
        Lang::En => format!(
            "{listed} clauses to account for: {encoded} encoded in rules, {manual} left to people, {outside} not of this kind."
        ),
    })))
}
