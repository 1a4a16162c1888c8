//! What a letter says about the data: missing fields, what is not about the household, errors,
//! quarantined rows.

use super::{Pen, name};
use crate::explain::data::{Explanation, MissingField, NotApplicable};

/// The section on data.
pub(super) fn write(pen: &mut Pen, it: &Explanation) {
    let nothing = it.missing.is_empty() && it.not_applicable.is_empty() && it.errors.is_empty();
    if nothing && it.quarantined.is_empty() {
        return;
    }
    pen.heading("数据情况", "About the data");
    for rows in &it.quarantined {
        let (count, table) = (rows.rows, &rows.table);
        let owner = owner(pen, rows.owner.as_deref());
        pen.item(0, pen.say(
            format!("“{table}”有 {count} 行数据有误，已隔离，没有计入本结果{owner}"),
            format!("{count} rows of “{table}” are faulty; they were set aside and did not count{owner}"),
        ));
    }
    for failed in &it.errors {
        let (name, what, code) = (name(&failed.name), failed.what.of(pen.lang), &failed.code);
        let text = match &failed.from {
            None => pen.say(
                format!("“{name}”无法计算：{what}（{code}）"),
                format!("“{name}” could not be worked out: {what} ({code})"),
            ),
            Some(from) => pen.say(
                format!("“{name}”无法计算：它用到的“{from}”无法计算"),
                format!("“{name}” could not be worked out, because “{from}” could not"),
            ),
        };
        pen.item(0, text);
    }
    for field in &it.missing {
        missing(pen, field);
    }
    not_applicable(pen, &it.not_applicable);
}

/// What is not about the household, together where the reason is the same.
fn not_applicable(pen: &mut Pen, all: &[NotApplicable]) {
    let mut told: Vec<(&NotApplicable, Vec<String>)> = Vec::new();
    for it in all {
        let name = it.name.iter().map(ToString::to_string);
        match told.iter_mut().find(|(of, _)| of.package == it.package && of.why == it.why) {
            Some((_, names)) => names.extend(name),
            None => told.push((it, name.collect())),
        }
    }
    for (it, names) in told {
        let (package, why) = (&it.package, it.why.of(pen.lang));
        let names = pen.list(&names);
        let names = if names.is_empty() { names } else { format!(" · {names}") };
        pen.item(
            0,
            pen.say(
                format!("不适用：{package}{names}，{why}"),
                format!("Not applicable: {package}{names}; {why}"),
            ),
        );
    }
}

fn missing(pen: &mut Pen, it: &MissingField) {
    let readers = pen.list(&it.read_by);
    let readers = if readers.is_empty() {
        String::new()
    } else {
        pen.say(format!("，用到它的有：{readers}"), format!(", which is read by: {readers}"))
    };
    let (field, owner) = (&it.field, owner(pen, it.owner.as_deref()));
    pen.item(
        0,
        pen.say(
            format!("缺少“{field}”{readers}{owner}"),
            format!("“{field}” is missing{readers}{owner}"),
        ),
    );
}

fn owner(pen: &Pen, owner: Option<&str>) -> String {
    match owner {
        Some(it) => pen.say(format!("（负责单位：{it}）"), format!(" (responsible: {it})")),
        None => String::new(),
    }
}
