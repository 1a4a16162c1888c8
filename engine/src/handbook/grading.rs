//! 分类, 直接判定, 叠加 and 合成: how a grade comes about.

use heng_dsl::model::{Decide, DecideEffect, Decl, DeclKind, EnumType, Matrix, Ref};

use super::document::{Block, Cell, Table, Text, plain};
use super::{Book, rule};

pub(super) fn blocks(book: &Book<'_>) -> Vec<Block> {
    let mut blocks = Vec::new();
    for (slot, decl) in book.decls() {
        match &decl.kind {
            DeclKind::Classify { grade } => {
                let label = book.pick("等级", "Grades").to_owned();
                let members = plain(members(book, grade));
                blocks.extend(rule::card(book, slot, decl, vec![(label, vec![members])]));
                blocks.extend(decides(book, slot, grade));
            }
            DeclKind::Overlay { grade } => {
                let label = book.pick("等级", "Grades").to_owned();
                let way = (
                    book.pick("方式", "How").to_owned(),
                    vec![plain(book.pick("结果叠加", "grades stacked by a matrix"))],
                );
                let more = vec![way, (label, vec![plain(members(book, grade))])];
                blocks.extend(rule::card(book, slot, decl, more));
            }
            DeclKind::Merge => {
                let way = book.pick("结果融合", "results merged by a formula");
                let more = vec![(book.pick("方式", "How").to_owned(), vec![plain(way)])];
                blocks.extend(rule::card(book, slot, decl, more));
            }
            _ => {}
        }
    }
    blocks
}

fn members(book: &Book<'_>, grade: &Ref) -> String {
    let members = &book.linked.enumeration(grade.slot.index()).members;
    let each = members.iter().map(|it| match &it.label {
        Some(label) => format!("{} {label}", it.name),
        None => it.name.to_string(),
    });
    each.collect::<Vec<_>>().join(book.pick("、", ", "))
}

/// The direct determinations of a classification.
fn decides(book: &Book<'_>, slot: usize, grade: &Ref) -> Vec<Block> {
    let members = book.linked.enumeration(grade.slot.index());
    let all: Vec<&Decide> = book.linked.decides(slot).collect();
    if all.is_empty() {
        return Vec::new();
    }
    let rows = all.iter().flat_map(|it| {
        it.versions.iter().map(|(effect, version)| {
            let mut when = match &version.content {
                heng_dsl::model::Content::Condition(condition) => {
                    rule::condition(book, &version.lets, condition)
                }
                _ => Vec::new(),
            };
            when.extend(rule::period(book, version.period).map(plain));
            let basis: Vec<Text> = version.legal.basis.iter().map(plain).collect();
            vec![
                Cell::head(it.name.to_string()),
                Cell::of(done(book, it, effect, members)),
                Cell { lines: when, ..Cell::default() },
                Cell { lines: basis, ..Cell::default() },
            ]
        })
    });
    let head = [
        book.pick("直接判定", "Direct determination"),
        book.pick("结果", "Result"),
        book.pick("情形", "When"),
        book.pick("依据", "Basis"),
    ];
    let rows = rows.collect();
    let after = book.pick(
        "先按分数定级，再看直接判定：定为的取最高风险的一个（声明“优先”的除外），然后是上调和下调。",
        "The score gives a grade; then the direct determinations: of those that set a grade the riskiest counts \
         (unless one is declared first), then those that raise or lower it.",
    );
    vec![
        Block::Paragraph(plain(after)),
        Block::Table(Table { head: head.map(str::to_owned).to_vec(), rows }),
    ]
}

fn done(book: &Book<'_>, decide: &Decide, effect: &DecideEffect, grade: &EnumType) -> String {
    let name = |at: u16| {
        let member = grade.members.get(usize::from(at));
        member.map_or_else(String::new, |it| it.name.to_string())
    };
    let (up, down) = (book.pick("不超过", "not above"), book.pick("不低于", "not below"));
    let shift = |word: &str, by: u16, limit: Option<u16>, bound: &str| {
        let limit = limit.map(|it| format!(" {bound} {}", name(it))).unwrap_or_default();
        format!("{word} {by} {}{limit}", book.pick("级", "grades"))
    };
    let text = match effect {
        DecideEffect::Set(at) => format!("{} {}", book.pick("定为", "set"), name(*at)),
        DecideEffect::Raise { by, limit } => shift(book.pick("上调", "raise"), *by, *limit, up),
        DecideEffect::Lower { by, limit } => shift(book.pick("下调", "lower"), *by, *limit, down),
    };
    let first = if decide.first { book.pick("（优先）", " (first)") } else { "" };
    let sum = if decide.adds_up { book.pick("（叠加计算）", " (adds up)") } else { "" };
    format!("{text}{first}{sum}")
}

/// A matrix with its grades in their colours.
pub(super) fn matrix(book: &Book<'_>, matrix: &Matrix) -> Block {
    let of = |it: &Ref| book.linked.enumeration(it.slot.index());
    let (rows, columns) = (of(&matrix.row_grade), of(&matrix.column_grade));
    let result = result(book, matrix).unwrap_or(rows);
    let missing = book.pick("缺失", "missing");
    let names = |it: &EnumType| {
        let names = it.members.iter().map(|it| it.name.to_string());
        names.chain([missing.to_owned()]).collect::<Vec<_>>()
    };
    let name = |it: &Ref| {
        let parts = book.referred(it).into_iter().map(|it| it.text);
        parts.collect::<String>()
    };
    let corner = format!("{} ＼ {}", name(&matrix.rows), name(&matrix.columns));
    let head = std::iter::once(corner).chain(names(columns)).collect();
    let body = names(rows).into_iter().zip(&matrix.cells).map(|(name, cells)| {
        let cells = cells.iter().map(|cell| {
            let member = cell.and_then(|at| result.members.get(usize::from(at)));
            member.map_or_else(
                || Cell::of("-"),
                |it| Cell { colour: it.colour.clone(), ..Cell::of(it.name.to_string()) },
            )
        });
        std::iter::once(Cell::head(name)).chain(cells).collect()
    });
    let rows = body.collect();
    Block::Table(Table { head, rows })
}

/// The grade that a matrix gives: that of the declaration in which it stands.
fn result<'l>(book: &Book<'l>, matrix: &Matrix) -> Option<&'l EnumType> {
    let holds = |decl: &Decl| {
        decl.versions.iter().any(|it| match &it.content {
            heng_dsl::model::Content::Matrix(own) => std::ptr::eq(own, matrix),
            _ => false,
        })
    };
    let decl = book.set.decls.iter().find(|it| holds(it))?;
    match &decl.kind {
        DeclKind::Overlay { grade } | DeclKind::Classify { grade } => {
            Some(book.linked.enumeration(grade.slot.index()))
        }
        _ => None,
    }
}
