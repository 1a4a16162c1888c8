//! `heng check --cost`: how much work one household can be.

use heng_dsl::diag::Lang;
use heng_dsl::model::linked::Linked;
use heng_dsl::verify::{Bound, COUNTED_RECORDS, Cost, MAX_STEPS, costs};
use serde::Serialize;

use crate::table::Rows;
use crate::terminal::Terminal;

/// Rules that are shown to people.
const SHOWN: usize = 10;

/// The bounds of all rules, for programs.
#[derive(Serialize)]
pub(super) struct Costs {
    /// Of all rules together.
    total: Work,
    /// Records of every table at which `steps` are counted.
    records: u64,
    /// Steps beyond which a rule is reported (E0480).
    limit: u64,
    /// The costliest first.
    rules: Vec<Rule>,
}

#[derive(Serialize)]
struct Rule {
    package: String,
    name: String,
    #[serde(flatten)]
    work: Work,
}

#[derive(Serialize)]
struct Work {
    /// `3 × 行政处罚 + 12`
    bound: String,
    /// 1 where the work grows with the records, 2 with pairs of them.
    degree: usize,
    /// Where every table has `records` records.
    steps: u64,
}

impl Work {
    fn of(bound: &Bound, linked: &Linked, lang: Lang) -> Self {
        let words = bound.words(linked).of(lang).to_owned();
        Self { bound: words, degree: bound.degree(), steps: bound.at(COUNTED_RECORDS) }
    }
}

/// Every rule of every package, the costliest first; of equals the first in the order of the packages.
fn sorted(linked: &Linked) -> Vec<Cost> {
    let mut all: Vec<Cost> = (0..linked.packages.len()).flat_map(|it| costs(it, linked)).collect();
    all.sort_by_key(|it| std::cmp::Reverse(it.bound.at(COUNTED_RECORDS)));
    all
}

fn total(all: &[Cost]) -> Bound {
    all.iter().fold(Bound::default(), |sum, it| sum.plus(&it.bound))
}

pub(super) fn report(linked: &Linked, lang: Lang) -> Costs {
    let all = sorted(linked);
    let rules = all.iter().map(|it| Rule {
        package: linked.name_of(it.package).to_string(),
        name: it.name.clone(),
        work: Work::of(&it.bound, linked, lang),
    });
    Costs {
        total: Work::of(&total(&all), linked, lang),
        records: COUNTED_RECORDS,
        limit: MAX_STEPS,
        rules: rules.collect(),
    }
}

/// The ten costliest rules and the total, as a table.
pub(super) fn text(linked: &Linked, terminal: Terminal) -> String {
    let all = sorted(linked);
    let lang = terminal.lang;
    let steps = match lang {
        Lang::Zh => format!("各表{COUNTED_RECORDS}条时"),
        Lang::En => format!("at {COUNTED_RECORDS} records"),
    };
    let mut rows = Rows::new([
        (terminal.pick("规则", "rule"), false),
        (steps.as_str(), true),
        (terminal.pick("每户步数上界", "steps for one household, at most"), false),
    ]);
    for it in all.iter().take(SHOWN) {
        let name = format!("{}.{}", linked.name_of(it.package), it.name);
        let work = Work::of(&it.bound, linked, lang);
        rows.push([name, work.steps.to_string(), work.bound]);
    }
    let whole = Work::of(&total(&all), linked, lang);
    let name = match lang {
        Lang::Zh => format!("全部 {} 条", all.len()),
        Lang::En => format!("all {} rules", all.len()),
    };
    rows.push([name, whole.steps.to_string(), whole.bound]);
    rows.text()
}
