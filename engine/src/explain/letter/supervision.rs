//! 标注, 预警, 名单 and 措施 of a letter.

use super::{Pen, name, quote, why};
use crate::explain::data::{Explanation, Holding, Listed, Measured, Named};

/// The section on what follows for supervision.
pub(super) fn write(pen: &mut Pen, it: &Explanation) {
    let nothing = it.tags.is_empty() && it.alerts.is_empty() && it.lists.is_empty();
    if nothing && it.measures.is_empty() {
        return;
    }
    pen.heading("标注、预警、名单与监管措施", "Tags, alerts, lists and measures");
    for measure in &it.measures {
        measured(pen, measure);
    }
    for alert in &it.alerts {
        let level = alert.class.as_deref();
        let level = level.map(|it| pen.say(format!("，级别{it}"), format!(", level {it}")));
        let dispatch = alert.dispatch.as_deref();
        let dispatch = dispatch.map(|it| pen.say(format!("，派发{it}"), format!(", goes to {it}")));
        let more = format!("{}{}", level.unwrap_or_default(), dispatch.unwrap_or_default());
        let name = of_set(&alert.name);
        pen.item(0, pen.say(format!("预警“{name}”{more}"), format!("Alert “{name}”{more}")));
        holding(pen, alert);
    }
    for tag in &it.tags {
        let label = tag.label.as_ref();
        let label =
            label.map(|it| pen.say(format!("：{}", it.text.zh), format!(": {}", it.text.en)));
        let class = tag.class.as_deref().map(|it| pen.say(format!("（{it}）"), format!(" ({it})")));
        let more = format!("{}{}", class.unwrap_or_default(), label.unwrap_or_default());
        let name = of_set(&tag.name);
        pen.item(0, pen.say(format!("标注“{name}”{more}"), format!("Tag “{name}”{more}")));
        holding(pen, tag);
    }
    for list in &it.lists {
        listed(pen, list);
    }
}

/// Which set it belongs to and what it is called: two sets may have the same name.
fn of_set(it: &Named) -> String {
    format!("{} · {}", it.package, name(it))
}

/// Why a tag, an alert or a list holds.
fn holding(pen: &mut Pen, it: &Holding) {
    why(pen, it.reason.as_ref(), &it.because, &it.facts, &it.ground);
}

fn listed(pen: &mut Pen, it: &Listed) {
    let name = of_set(&it.holding.name);
    let quota = it
        .quota
        .as_ref()
        .map(|it| pen.say(format!("（名额：{}）", it.zh), format!(" (quota: {})", it.en)));
    let quota = quota.unwrap_or_default();
    let text = if it.on {
        pen.say(format!("在名单“{name}”内{quota}"), format!("On the list “{name}”{quota}"))
    } else if it.removed.is_empty() {
        pen.say(
            format!("符合名单“{name}”的入选条件，名额已满，没有列入{quota}"),
            format!(
                "Meets the conditions of the list “{name}”, but all its places are taken{quota}"
            ),
        )
    } else {
        let why = it.removed.join(&pen.say("；", "; "));
        pen.say(
            format!("符合名单“{name}”的入选条件，但因移出条件没有列入：{why}"),
            format!("Meets the conditions of the list “{name}”, but is removed from it: {why}"),
        )
    };
    pen.item(0, text);
    holding(pen, &it.holding);
}

fn measured(pen: &mut Pen, it: &Measured) {
    let (name, columns) = (of_set(&it.name), pen.reads(&it.columns));
    pen.item(
        0,
        pen.say(format!("措施“{name}”：{columns}"), format!("Measure “{name}”: {columns}")),
    );
    if let Some(reason) = &it.reason {
        pen.item(1, pen.say(format!("理由：{reason}"), format!("Reason: {reason}")));
    }
    if let Some(row) = &it.row {
        let row = quote(row.text.of(pen.lang));
        pen.item(1, pen.say(format!("符合{row}"), format!("Falls in {row}")));
    }
    pen.ground(1, &it.ground);
}
