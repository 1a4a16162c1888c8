//! Tables of conditions, and lists of conditions: what is written twice, or never has a turn.

use std::collections::BTreeMap;

use super::table::{Subject, View};
use super::{Assignment, Finding, Findings, NodePath, Part, Shows, example, exclusive};
use crate::diag::{Code, Words};
use crate::model::{Condition, Expr, Mode, RowKey};
use crate::value::Value;

/// Pairs of conditions of one list that are compared; of a long list only neighbours.
const MAX_COMPARED: usize = 50_000;

/// Looks at a table without columns.
pub(super) fn check(subject: &Subject<'_>, views: &[View<'_>], out: &mut Findings) {
    let rows = &subject.table.rows;
    let always = rows.iter().any(|it| matches!(it.key, RowKey::Otherwise | RowKey::Always));
    if subject.table.mode != Mode::Sum && !always {
        out.push(Finding::new(Code::E0406, subject.whole()));
    }
    let Some(view) = views.first() else { return };
    let conditions: Vec<(usize, &Expr)> = rows
        .iter()
        .enumerate()
        .filter_map(|(at, it)| match &it.key {
            RowKey::When(it) => Some((at, it)),
            _ => None,
        })
        .collect();
    let near = (MAX_COMPARED / conditions.len().max(1)).max(8);
    if conditions.len() > near + 1 {
        let rows = conditions.len();
        let why = Words::both(
            format!("{rows} 个条件，每一个只与前面 {near} 个比较过"),
            format!("of {rows} conditions each was compared with the {near} before it"),
        );
        out.push(Finding::new(Code::E0410, subject.whole()).arg("why", why));
    }
    for (at, (row, condition)) in conditions.iter().enumerate() {
        for (before, earlier) in conditions[..at].iter().rev().take(near) {
            let place = subject.row(*row);
            if subject.table.mode == Mode::First
                && exclusive::implies(view.reach, condition, earlier)
            {
                let first = subject.text(*before, view);
                let finding = Finding::new(Code::E0408, place).arg("first", first);
                let finding = finding.shown_by(both(view, condition, (*before, *row)));
                out.push(finding.related(subject.row(*before), ""));
                break;
            }
            if condition == earlier {
                let finding = Finding::new(Code::E0409, place);
                let finding = finding.arg("row", subject.text(*row, view));
                let finding = finding.shown_by(both(view, condition, (*before, *row)));
                out.push(finding.related(subject.row(*before), ""));
                break;
            }
        }
    }
}

/// The condition of the later row holds, and so does that of the earlier one.
fn both(view: &View<'_>, condition: &Expr, rows: (usize, usize)) -> Option<Assignment> {
    let as_of = example::day(view.reach.period)?;
    let values = vec![(condition.clone(), Value::Bool(true))];
    Some(Assignment { as_of, values, shows: Shows::Rows(rows.0, rows.1) })
}

/// Looks at 当 任一 and 当 全部.
pub(super) fn list(condition: &Condition, path: &NodePath, out: &mut Findings) {
    let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
    for (at, part) in condition.parts.iter().enumerate() {
        let text = condition.texts.get(at).map_or("", String::as_str);
        let before = seen.get(text).copied();
        let same = before.and_then(|it| condition.parts.get(it)).is_some_and(|it| it == part);
        if let (true, Some(before)) = (same, before) {
            let finding = Finding::new(Code::E0409, path.with(Part::Condition(at)));
            let finding = finding.arg("row", text.to_owned());
            out.push(finding.related(path.with(Part::Condition(before)), ""));
        }
        seen.entry(text).or_insert(at);
    }
}
