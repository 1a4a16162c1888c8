//! What lies ahead, as two sections of a letter: written to the household, in words that a bureau
//! could hand to it.

use std::collections::BTreeSet;

use super::{Pen, in_full};
use crate::explain::ahead::{
    ActionSet, Advice, GradeChange, NotTried, OpenAction, Outlook, Reason, ReasonKind, Recourse,
};
use crate::explain::data::{Explanation, Named};
use crate::explain::words::{Shown, State};

/// The sections on the outlook and on what the household can do.
pub(super) fn write(pen: &mut Pen, it: &Explanation) {
    // Of a household that has no grade and gets none there is nothing to say.
    let has_grade = it.results.iter().any(|it| it.value.state == State::Present);
    if let Some(outlook) = it.outlook.as_ref().filter(|it| has_grade || !it.changes.is_empty()) {
        self::outlook(pen, outlook);
    }
    if let Some(recourse) = &it.recourse {
        self::recourse(pen, recourse);
    }
}

/// `通用 · 信用风险（个体工商户信用风险分类）`
fn of_set(pen: &Pen, it: &Named) -> String {
    format!("{} · {}", it.package, in_full(pen, it))
}

fn outlook(pen: &mut Pen, it: &Outlook) {
    pen.heading("结果何时自动改变", "When the results change by themselves");
    let until = pen.date(it.until);
    if it.changes.is_empty() {
        pen.paragraph(pen.say(
            format!("没有新情况时，到{until}为止，各项等级都不会改变。"),
            format!("If nothing new happens, no grade changes up to {until}."),
        ));
    } else {
        pen.paragraph(pen.say(
            format!("没有新情况时，到{until}为止，等级会这样改变："),
            format!("If nothing new happens, the grades change like this up to {until}:"),
        ));
    }
    for change in &it.changes {
        changed(pen, change);
    }
}

fn changed(pen: &mut Pen, it: &GradeChange) {
    let (date, name) = (pen.date(it.date), of_set(pen, &it.name));
    let (from, to) = (it.from.of(pen.lang), it.to.of(pen.lang));
    pen.item(
        0,
        pen.say(
            format!("{date}起，{name}由 {from} 变为 {to}"),
            format!("From {date}, {name} goes from {from} to {to}"),
        ),
    );
    for reason in &it.because {
        because(pen, reason);
    }
}

fn because(pen: &mut Pen, it: &Reason) {
    let text = moved(pen, it);
    pen.item(1, text);
    if let Some(ground) = &it.ground {
        pen.ground(2, ground);
    }
    if !it.fields.is_empty() {
        let fields = pen.reads(&it.fields);
        pen.item(2, fields);
    }
    for read in &it.read {
        let (name, before, after) = (&read.name, read.before.of(pen.lang), read.after.of(pen.lang));
        pen.item(
            2,
            pen.say(
                format!("{name}由 {before} 变为 {after}"),
                format!("{name} goes from {before} to {after}"),
            ),
        );
    }
    let lead = pen.say("不再计入：", "No longer counts: ");
    pen.records_led(2, &lead, &it.left);
    let lead = pen.say("开始计入：", "Counts from now on: ");
    pen.records_led(2, &lead, &it.entered);
    for it in &it.reweighed {
        let record = pen.record(&it.record);
        let (before, after) = (it.before.trimmed(), it.after.trimmed());
        pen.item(
            2,
            pen.say(
                format!("{record}，由 {before} 分变为 {after} 分"),
                format!("{record}: from {before} to {after} points"),
            ),
        );
    }
}

/// What moved, in one sentence.
fn moved(pen: &Pen, it: &Reason) -> String {
    let shown = |it: &Option<Shown>| it.as_ref().map_or("", |it| it.of(pen.lang)).to_owned();
    let (name, before, after) = (&it.name.name, shown(&it.before), shown(&it.after));
    let now = it.after.as_ref().is_some_and(|it| it.text.zh == "是");
    match (it.kind, now) {
        (ReasonKind::Indicator | ReasonKind::Value, _) => pen.say(
            format!("“{name}”由 {before} 变为 {after}"),
            format!("“{name}” goes from {before} to {after}"),
        ),
        (ReasonKind::Grade, _) => {
            let name = of_set(pen, &it.name);
            pen.say(
                format!("{name}由 {before} 变为 {after}"),
                format!("{name} goes from {before} to {after}"),
            )
        }
        (ReasonKind::Decide, true) => pen.say(
            format!("符合直接判定“{name}”的条件"),
            format!("The direct determination “{name}” begins to hold"),
        ),
        (ReasonKind::Decide, false) => pen.say(
            format!("不再符合直接判定“{name}”的条件"),
            format!("The direct determination “{name}” no longer holds"),
        ),
        (ReasonKind::Rule, _) => pen.say(
            format!("“{name}”的规定改变"),
            format!("The rule “{name}” is another one from that day"),
        ),
        (ReasonKind::Scope, true) => {
            pen.say(format!("开始适用“{name}”"), format!("“{name}” begins to apply"))
        }
        (ReasonKind::Scope, false) => {
            pen.say(format!("不再适用“{name}”"), format!("“{name}” no longer applies"))
        }
    }
}

fn recourse(pen: &mut Pen, it: &Recourse) {
    if it.advice.is_empty() {
        return;
    }
    pen.heading("您可以怎样改善结果", "What you can do to improve the results");
    let mut told = BTreeSet::new();
    for advice in &it.advice {
        let (name, now) = (of_set(pen, &advice.name), advice.now.of(pen.lang));
        pen.part(pen.say(format!("{name}：现为 {now}"), format!("{name}: now {now}")));
        self::advice(pen, it, advice, &mut told);
    }
    if it.advice.iter().all(|it| it.bearing == 0) {
        return;
    }
    pen.paragraph(pen.say(
        "以上每一种办法都按办理之后的情况重新计算过。与其他户比较得出的数（排名、百分位等）按基准日不变；是否准予，以办理机关的决定为准。",
        "Each of these was worked out anew for the household as it would then be. Figures that compare it with others (ranks, percentiles) are those of the as-of date. Whether a request is granted is decided by the office that handles it.",
    ));
}

fn advice(pen: &mut Pen, all: &Recourse, it: &Advice, told: &mut BTreeSet<usize>) {
    for (at, set) in it.sets.iter().enumerate() {
        self::set(pen, all, set, at > 0, told);
    }
    if it.more > 0 {
        let more = it.more;
        pen.item(0, pen.say(format!("另有 {more} 种办法"), format!("and {more} more ways")));
    }
    if it.sets.is_empty() {
        let (bearing, most) = (it.bearing, all.most_actions);
        pen.item(
            0,
            if bearing == 0 {
                pen.say(
                    "没有可以由您自己办理、又与这一结果有关的事项",
                    "Nothing that you can do yourself bears on this result",
                )
            } else if it.untried.is_empty() {
                pen.say(
                    format!(
                        "与这一结果有关、可以由您自己办理的有 {bearing} 项，办理其中任何 {most} 项以内都不能使它变好"
                    ),
                    format!(
                        "{bearing} things that you can do yourself bear on this result; no {most} or fewer of them improve it"
                    ),
                )
            } else {
                pen.say(
                    format!("与这一结果有关、可以由您自己办理的有 {bearing} 项，已经试过的办法都不能使它变好"),
                    format!("{bearing} things that you can do yourself bear on this result; none of the ways that were tried improves it"),
                )
            },
        );
    }
    if !it.untried.is_empty() {
        let untried = untried(pen, &it.untried);
        pen.item(
            0,
            pen.say(
                format!("可以办理的事项太多，没有全部试过：{untried}没有试"),
                format!("There are too many of them to try them all: {untried} were not tried"),
            ),
        );
    }
}

fn untried(pen: &Pen, all: &[NotTried]) -> String {
    let each = all.iter().map(|NotTried { size, sets }| {
        pen.say(format!("{size} 项一起的 {sets} 种"), format!("{sets} ways of {size} actions"))
    });
    pen.list(&each.collect::<Vec<_>>())
}

/// One way to improve the grade.
fn set(pen: &mut Pen, all: &Recourse, it: &ActionSet, or: bool, told: &mut BTreeSet<usize>) {
    let (count, date, grade) = (it.actions.len(), pen.date(it.date), it.grade.of(pen.lang));
    let lead = if or { pen.say("或者，您", "Or you") } else { pen.say("您", "You") };
    let without = it.without.of(pen.lang);
    pen.item(
        0,
        pen.say(
            format!("{lead}可以办理下面 {count} 项，{date}起为 {grade}（不办理则为 {without}）"),
            format!("{lead} can do the following {count}: {grade} from {date} ({without} without)"),
        ),
    );
    for number in &it.actions {
        if let Some(action) = all.open.get(*number) {
            self::action(pen, action, told.insert(*number));
        }
    }
    if it.alike > 1 {
        let others = it.alike - 1;
        pen.item(
            1,
            pen.say(
                format!("换成情况相同的其他记录也可以，另有 {others} 种选法"),
                format!("Other records that are alike do as well (choices: {others})"),
            ),
        );
    }
    for other in &it.others {
        let name = of_set(pen, &other.name);
        let (without, grade) = (other.without.of(pen.lang), other.grade.of(pen.lang));
        pen.item(
            1,
            pen.say(
                format!("同时，{name}由 {without} 变为 {grade}"),
                format!("It also takes {name} from {without} to {grade}"),
            ),
        );
    }
}

/// An action; how it is done only where it was not told before.
fn action(pen: &mut Pen, it: &OpenAction, how: bool) {
    let about = match (&it.record, &it.period) {
        (Some(record), _) => pen.record(record),
        (None, Some(period)) => period.of(pen.lang).to_owned(),
        (None, None) => String::new(),
    };
    let about =
        if about.is_empty() { about } else { pen.say(format!("：{about}"), format!(": {about}")) };
    pen.item(1, format!("{}{about}", it.name));
    if !how {
        return;
    }
    let date = pen.date(it.date);
    pen.item(2, pen.say(format!("最早 {date}办理"), format!("From {date}")));
    if let Some(channel) = &it.channel {
        pen.item(2, pen.say(format!("渠道：{channel}"), format!("Where: {channel}")));
    }
    pen.ground(2, &it.ground);
}
