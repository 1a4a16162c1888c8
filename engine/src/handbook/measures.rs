//! 标注, 预警, 措施 and 名单: what follows from data and grades; and what households can do themselves.

use heng_dsl::model::{Assigned, DeclKind};

use super::document::{Block, Cell, Table, Text, plain};
use super::{Book, rule};
use crate::show::formula::Formulas;

pub(super) fn blocks(book: &Book<'_>) -> Vec<Block> {
    let mut blocks = Vec::new();
    for (slot, decl) in book.decls() {
        let mut more: Vec<(String, Vec<Text>)> = Vec::new();
        let mut fact = |zh: &str, en: &str, text: Option<&str>| {
            if let Some(text) = text {
                more.push((book.pick(zh, en).to_owned(), vec![plain(text)]));
            }
        };
        match &decl.kind {
            DeclKind::Tag { class } => {
                fact("种类", "Kind", Some(book.pick("标注", "tag")));
                fact("类别", "Class", class.as_deref());
            }
            DeclKind::Alert { level, dispatch } => {
                fact("种类", "Kind", Some(book.pick("预警", "alert")));
                fact("级别", "Level", level.as_deref());
                fact("派发", "Sent to", dispatch.as_deref());
            }
            DeclKind::List => fact("种类", "Kind", Some(book.pick("名单", "list"))),
            DeclKind::Measure { columns } => {
                fact("种类", "Kind", Some(book.pick("措施", "measure")));
                let names: Vec<&str> = columns.iter().map(|it| it.name.as_ref()).collect();
                fact("得", "Gives", Some(&names.join(book.pick("，", ", "))));
            }
            _ => continue,
        }
        blocks.extend(rule::card(book, slot, decl, more));
    }
    blocks.extend(actions(book));
    blocks
}

/// 行动 in one table.
fn actions(book: &Book<'_>) -> Option<Block> {
    let set = book.set;
    if set.actions.is_empty() {
        return None;
    }
    let formulas = Formulas::new(book.linked, &[], book.lang);
    let rows = set.actions.iter().map(|it| {
        let about = match &it.about {
            Some(source) => formulas.source(source),
            None => book.pick("本户", "the household").to_owned(),
        };
        let when = it.when.as_ref().map(|it| rule::condition(book, &[], it)).unwrap_or_default();
        let mut becomes: Vec<Text> = Vec::new();
        for to in &it.becomes {
            let field = match &to.field {
                Assigned::Field(it) => book.linked.field(it.slot.index()).name.to_string(),
                Assigned::Column(column) => {
                    let table = book.linked.table(column.table.slot.index());
                    let field = table.fields.get(column.slot.index());
                    field.map_or_else(String::new, |it| it.name.to_string())
                }
            };
            becomes.push(plain(format!("{field} = {}", formulas.expr(&to.value))));
        }
        if let Some(adds) = &it.adds {
            let table = &book.linked.table(adds.table.slot.index()).name;
            becomes.push(plain(format!("{} {table}", book.pick("新增", "adds"))));
        }
        let basis: Vec<Text> = it.legal.basis.iter().map(plain).collect();
        vec![
            Cell::head(it.name.to_string()),
            Cell::of(about),
            Cell { lines: when, ..Cell::default() },
            Cell { lines: becomes, ..Cell::default() },
            Cell::of(it.channel.clone().unwrap_or_default()),
            Cell { lines: basis, ..Cell::default() },
        ]
    });
    let head = [
        book.pick("户可以做的", "What a household can do"),
        book.pick("对", "About"),
        book.pick("当", "When"),
        book.pick("改为", "Becomes"),
        book.pick("渠道", "Channel"),
        book.pick("依据", "Basis"),
    ];
    let rows = rows.collect();
    Some(Block::Table(Table { head: head.map(str::to_owned).to_vec(), rows }))
}
