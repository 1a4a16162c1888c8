//! What a rule set is, from when it holds, and whom it is about.

use heng_dsl::diag::Lang;
use heng_dsl::model::Use;

use super::document::{Block, Text, plain};
use super::{Book, rule};

pub(super) fn blocks(book: &Book<'_>) -> Vec<Block> {
    let set = book.set;
    let name = set.title.clone().unwrap_or_else(|| set.id.to_string());
    let anchor = Some(book.linked.name_of(book.package).to_string());
    let mut facts = vec![(
        book.pick("规则集", "Rule set").to_owned(),
        vec![plain(format!("{} {}", set.id, set.version))],
    )];
    if let Some(period) = rule::period(book, set.effective) {
        facts.push((book.pick("生效", "In force").to_owned(), vec![plain(period)]));
    }
    if let Some(applies) = &set.applies {
        let label = book.pick("适用", "Applies when").to_owned();
        facts.push((label, rule::condition(book, &[], applies)));
    }
    let uses: Vec<Text> = set.uses.iter().map(|it| used(book, it)).collect();
    if !uses.is_empty() {
        facts.push((book.pick("使用", "Rests on").to_owned(), uses));
    }
    facts.extend(rule::legal(book, &set.legal));
    for it in &set.disabled {
        let label = book.pick("停用", "Switched off").to_owned();
        let why = it.origin.amendment.as_ref().map(|it| it.because.as_str()).unwrap_or_default();
        let text = match book.lang {
            Lang::Zh => format!("{} {}：{why}", it.kind, it.name),
            Lang::En => format!("{} {}: {why}", it.kind, it.name),
        };
        facts.push((label, vec![plain(text)]));
    }
    let notice = book.pick(
        "本手册由规则自动生成。分类结果是市场监管部门配置监管资源的内部参考依据，不是对经营者的信用评价，不得作为公开的信用评价使用。",
        "This handbook was made from the rules. A classification is an internal reference for allocating \
         supervision, not a credit evaluation, and must not be used as a public one.",
    );
    vec![
        Block::Heading { level: 1, text: plain(name), anchor },
        Block::Paragraph(plain(notice)),
        Block::Facts(facts),
    ]
}

fn used(book: &Book<'_>, it: &Use) -> Text {
    let how = if it.extends { book.pick("基于", "extends") } else { book.pick("引用", "uses") };
    let found = book.linked.used(book.package, it);
    let found = found.and_then(|it| book.linked.packages.get(it));
    let name = found.map_or_else(
        || it.package.to_string(),
        |set| {
            let id = set.id.to_string();
            let id = if set.id == it.package { id } else { book.bracketed(&id, &it.package) };
            format!("{id} {}", set.version)
        },
    );
    plain(format!("{how} {name}"))
}
