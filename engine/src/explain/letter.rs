//! An explanation as a letter: plain sentences, the most important first.

mod ahead;
mod sheet;
mod shortfall;
mod supervision;

pub(super) use self::sheet::line;

use heng_dsl::diag::Lang;
use heng_dsl::model::Id;
use heng_dsl::value::Date;

use super::data::{
    Became, Classified, Decided, Explanation, Facts, GradeResult, Ground, How, Named, Overlaid,
    Provenance, Read, Record,
};
use super::render::Block;
use super::words::State;

/// Records that one item shows before it only says how many more there are.
const RECORDS_SHOWN: usize = 10;

/// The letter in one language.
pub(super) fn letter(it: &Explanation, lang: Lang) -> Vec<Block> {
    let mut pen = Pen::new(lang);
    opening(&mut pen, it);
    let it = &without_bases(it);
    if let Some(outside) = &it.outside {
        pen.paragraph(outside.of(lang));
    } else {
        conclusion(&mut pen, it);
        grades(&mut pen, it);
        sheet::scores(&mut pen, it);
        supervision::write(&mut pen, it);
        ahead::write(&mut pen, it);
    }
    shortfall::write(&mut pen, it);
    pen.heading("说明", "Note");
    pen.paragraph(it.notice.of(lang));
    pen.blocks
}

/// The explanation without the results of sets in whose place another one stands.
fn without_bases(it: &Explanation) -> Explanation {
    let mut it = it.clone();
    let replaced = it.sets.iter().filter(|it| it.replaced_by.is_some());
    let replaced: Vec<Id> = replaced.map(|it| it.package.clone()).collect();
    let stays = |of: &Id| !replaced.contains(of);
    it.results.retain(|it| stays(&it.name.package));
    it.scores.retain(|it| stays(&it.name.package));
    it.apart.retain(|it| stays(&it.name.package));
    it.tags.retain(|it| stays(&it.name.package));
    it.alerts.retain(|it| stays(&it.name.package));
    it.lists.retain(|it| stays(&it.holding.name.package));
    it.measures.retain(|it| stays(&it.name.package));
    if let Some(outlook) = &mut it.outlook {
        outlook.changes.retain(|it| stays(&it.name.package));
    }
    if let Some(recourse) = &mut it.recourse {
        recourse.advice.retain(|it| stays(&it.name.package));
        let sets = recourse.advice.iter_mut().flat_map(|it| &mut it.sets);
        sets.for_each(|it| it.others.retain(|it| stays(&it.name.package)));
    }
    it.not_applicable.retain(|it| stays(&it.package));
    it.errors.retain(|it| stays(&it.name.package));
    it
}

/// Writes blocks in one language and numbers the sections.
pub(super) struct Pen {
    pub(super) lang: Lang,
    pub(super) blocks: Vec<Block>,
    sections: usize,
}

impl Pen {
    fn new(lang: Lang) -> Self {
        Self { lang, blocks: Vec::new(), sections: 0 }
    }

    /// One of two texts.
    pub(super) fn say(&self, zh: impl Into<String>, en: impl Into<String>) -> String {
        match self.lang {
            Lang::Zh => zh.into(),
            Lang::En => en.into(),
        }
    }

    pub(super) fn heading(&mut self, zh: &str, en: &str) {
        const NUMBERS: [&str; 10] = ["一", "二", "三", "四", "五", "六", "七", "八", "九", "十"];
        let number = NUMBERS.get(self.sections).copied().unwrap_or("");
        self.sections += 1;
        let heading = self.say(format!("{number}、{zh}"), format!("{}. {en}", self.sections));
        self.blocks.push(Block::Heading(heading));
    }

    pub(super) fn part(&mut self, text: impl Into<String>) {
        self.blocks.push(Block::Part(text.into()));
    }

    pub(super) fn paragraph(&mut self, text: impl Into<String>) {
        self.blocks.push(Block::Paragraph(text.into()));
    }

    pub(super) fn item(&mut self, depth: usize, text: impl Into<String>) {
        self.blocks.push(Block::Item(depth, text.into()));
    }

    /// Several things in a row: `甲、乙`.
    pub(super) fn list(&self, all: &[String]) -> String {
        all.join(&self.say("、", ", "))
    }

    /// 名称 值；名称 值
    pub(super) fn reads(&self, reads: &[Read]) -> String {
        let each = reads.iter().map(|it| format!("{} {}", it.name, it.value.of(self.lang)));
        each.collect::<Vec<_>>().join(&self.say("；", "; "))
    }

    /// A date as people write it.
    pub(super) fn date(&self, it: Date) -> String {
        self.say(format!("{}年{}月{}日", it.year(), it.month(), it.day()), it.to_string())
    }

    /// The records behind something, as items.
    pub(super) fn records(&mut self, depth: usize, records: &[Record]) {
        self.records_led(depth, "", records);
    }

    /// Records as items, each behind some words.
    pub(super) fn records_led(&mut self, depth: usize, lead: &str, records: &[Record]) {
        for record in records.iter().take(RECORDS_SHOWN) {
            let text = format!("{lead}{}", self.record(record));
            self.item(depth, text);
        }
        if let Some(more) = records.len().checked_sub(RECORDS_SHOWN).filter(|it| *it > 0) {
            let text = self.say(format!("另有 {more} 条记录"), format!("and {more} more records"));
            self.item(depth, text);
        }
    }

    /// A record in one line: `行政处罚 2024-03-01（编号 12）：种类 罚款；程度 一般`.
    pub(super) fn record(&self, record: &Record) -> String {
        let mut text = record.table.clone();
        if let Some(date) = record.date {
            text = format!("{text} {}", self.date(date));
        }
        if let Some(id) = &record.id {
            text = self.say(format!("{text}（编号 {id}）"), format!("{text} (no. {id})"));
        }
        if record.values.is_empty() {
            return text;
        }
        let values = self.reads(&record.values);
        self.say(format!("{text}：{values}"), format!("{text}: {values}"))
    }

    /// 依据 and where the rule stands, as one item.
    pub(super) fn ground(&mut self, depth: usize, ground: &Ground) {
        if !ground.basis.is_empty() {
            let basis = ground.basis.join(&self.say("；", "; "));
            let text = self.say(format!("依据：{basis}"), format!("Basis: {basis}"));
            self.item(depth, text);
        }
        let place = self.provenance(&ground.provenance);
        let text = self.say(format!("规则出处：{place}"), format!("Rule: {place}"));
        self.item(depth, text);
    }

    /// `通用 2024.12，general.heng:12`, and why it was amended.
    pub(super) fn provenance(&self, it: &Provenance) -> String {
        let mut text = format!("{} {}", it.package, it.version);
        if let Some(place) = &it.place {
            text = self.say(format!("{text}，{place}"), format!("{text}, {place}"));
        }
        if let Some(amendment) = &it.amendment {
            let (from, why) = (&amendment.replaced_package, &amendment.because);
            text = self.say(
                format!("{text}（修订了{from}的规定，因{why}）"),
                format!("{text} (amends {from}, because: {why})"),
            );
        }
        text
    }
}

/// In quotation marks.
fn quote(text: &str) -> String {
    format!("“{text}”")
}

/// The title of a declaration, else its name.
fn name(it: &Named) -> String {
    it.title.as_deref().unwrap_or(&it.name).to_owned()
}

/// The name of a declaration, with its title behind it where it has one.
fn in_full(pen: &Pen, it: &Named) -> String {
    match &it.title {
        None => it.name.to_string(),
        Some(title) => pen.say(format!("{}（{title}）", it.name), format!("{} ({title})", it.name)),
    }
}

fn opening(pen: &mut Pen, it: &Explanation) {
    let title = pen.say("信用风险分类结果说明", "How this household was classified");
    pen.blocks.push(Block::Title(title));
    let (key, subject, as_of) = (&it.household.key, &it.household.subject, pen.date(it.as_of));
    pen.paragraph(pen.say(format!("{subject}：{key}"), format!("{subject}: {key}")));
    let fields = pen.reads(&it.household.identity);
    if !fields.is_empty() {
        pen.paragraph(pen.say(format!("登记信息：{fields}"), format!("Registered: {fields}")));
    }
    let dates = match it.cutoff.map(|it| pen.date(it)) {
        Some(cutoff) => pen.say(
            format!("基准日：{as_of}；数据截至：{cutoff}"),
            format!("As of {as_of}; data up to {cutoff}"),
        ),
        None => pen.say(format!("基准日：{as_of}"), format!("As of {as_of}")),
    };
    pen.paragraph(dates);
    let sets: Vec<String> = it
        .sets
        .iter()
        .filter(|it| it.applies)
        .map(|set| {
            let title = set.title.as_deref().unwrap_or(&set.package);
            let text = format!("{title} {}", set.version);
            match &set.replaced_by {
                None => text,
                Some(by) => pen.say(
                    format!("{text}（以“{by}”修订后的为准，下面只说明“{by}”的结果）"),
                    format!("{text} (as amended by “{by}”, whose results follow)"),
                ),
            }
        })
        .collect();
    if !sets.is_empty() {
        let sets = sets.join(&pen.say("；", "; "));
        pen.paragraph(pen.say(format!("适用规则：{sets}"), format!("Rules: {sets}")));
    }
}

/// Each result in one sentence with its reason.
fn conclusion(pen: &mut Pen, it: &Explanation) {
    pen.heading("结论", "Conclusion");
    for result in it.results.iter().filter(|it| it.value.state == State::Present) {
        let grade = grade(pen, result);
        let name = in_full(pen, &result.name);
        let package = &result.name.package;
        let why = brief(pen, result);
        pen.item(
            0,
            pen.say(
                format!("{package} · {name}：{grade}。{why}"),
                format!("{package} · {name}: {grade}. {why}"),
            ),
        );
    }
    let without: Vec<String> = it
        .results
        .iter()
        .filter(|it| it.value.state != State::Present)
        .map(|it| format!("{}（{}）", name(&it.name), it.value.of(pen.lang)))
        .collect();
    if !without.is_empty() {
        let list = pen.list(&without);
        pen.item(0, pen.say(format!("没有结果的：{list}"), format!("Without a result: {list}")));
    }
}

/// `D（高）`
fn grade(pen: &Pen, result: &GradeResult) -> String {
    let grade = result.value.of(pen.lang);
    match &result.label {
        Some(label) => pen.say(format!("{grade}（{label}）"), format!("{grade} ({label})")),
        None => grade.to_owned(),
    }
}

/// The reason of a result in a sentence.
fn brief(pen: &Pen, result: &GradeResult) -> String {
    match &result.how {
        How::Classified(it) => classified_briefly(pen, it),
        How::Overlaid(Overlaid { row, column, .. }) => pen.say(
            format!(
                "由{}（{}）与{}（{}）叠加得出。",
                row.name, row.value.text.zh, column.name, column.value.text.zh
            ),
            format!(
                "From {} ({}) and {} ({}) together.",
                row.name, row.value.text.en, column.name, column.value.text.en
            ),
        ),
        How::Merged => pen.say(
            "由各规则集的得分加权合成。",
            "A weighted sum of the scores of several rule sets.",
        ),
    }
}

fn classified_briefly(pen: &Pen, it: &Classified) -> String {
    let by = pen.reads(&it.by);
    let row = it.row.as_ref().map(|row| quote(row.text.of(pen.lang))).unwrap_or_default();
    let score = if by.is_empty() && row.is_empty() {
        String::new()
    } else {
        pen.say(format!("{by}，属于{row}。"), format!("{by}, which falls in {row}."))
    };
    let decisive = it.decides.iter().filter(|it| matches!(it.fate, Became::Decided { .. }));
    let decisive = decisive.map(|it| {
        let name = quote(&name(&it.name));
        let outcome = it.outcome.of(pen.lang);
        let reason = it.reason.clone().unwrap_or_else(|| pen.list(&it.because));
        pen.say(
            format!("因{name}（{reason}），{outcome}。"),
            format!("Because of {name} ({reason}), {outcome}."),
        )
    });
    let gap = pen.say("", " ");
    let decisive = decisive.collect::<Vec<_>>().join(&gap);
    if decisive.is_empty() {
        score
    } else {
        format!("{decisive}{gap}{score}").trim_end().to_owned()
    }
}

/// How each grade came about, in detail.
fn grades(pen: &mut Pen, it: &Explanation) {
    let with: Vec<&GradeResult> =
        it.results.iter().filter(|it| it.value.state == State::Present).collect();
    if with.is_empty() {
        return;
    }
    pen.heading("等级是怎么定的", "How the grades were found");
    for result in with {
        match &result.how {
            How::Classified(how) => {
                let part = format!("{} · {}", result.name.package, in_full(pen, &result.name));
                let grade = grade(pen, result);
                pen.part(pen.say(format!("{part}：{grade}"), format!("{part}: {grade}")));
                classified(pen, how);
                pen.ground(0, &result.ground);
            }
            How::Overlaid(how) => {
                let part = format!("{} · {}", result.name.package, in_full(pen, &result.name));
                let grade = grade(pen, result);
                pen.part(pen.say(
                    format!("{part}（结果叠加）：{grade}"),
                    format!("{part} (overlay of results): {grade}"),
                ));
                overlaid(pen, how, &grade);
                pen.ground(0, &result.ground);
            }
            // Its account follows among the scores.
            How::Merged => {}
        }
    }
}

fn classified(pen: &mut Pen, it: &Classified) {
    let by = pen.reads(&it.by);
    if let (Some(row), Some(grade)) = (&it.row, &it.by_score) {
        let (text, grade) = (quote(row.text.of(pen.lang)), grade.of(pen.lang));
        pen.item(
            0,
            pen.say(
                format!("按分数：{by}，符合{text}，为 {grade}"),
                format!("By score: {by}, which falls in {text}: {grade}"),
            ),
        );
    }
    for decide in &it.decides {
        decided(pen, decide);
    }
}

fn decided(pen: &mut Pen, it: &Decided) {
    let name = quote(&name(&it.name));
    let (effect, outcome) = (it.effect.of(pen.lang), it.outcome.of(pen.lang));
    pen.item(
        0,
        pen.say(
            format!("直接判定{name}（{effect}）：{outcome}"),
            format!("Direct determination {name} ({effect}): {outcome}"),
        ),
    );
    why(pen, it.reason.as_ref(), &it.because, &it.facts, &it.ground);
}

/// Why something hit or holds: reason, conditions, data, records, legal ground.
fn why(pen: &mut Pen, reason: Option<&String>, because: &[String], facts: &Facts, ground: &Ground) {
    if let Some(reason) = reason {
        pen.item(1, pen.say(format!("理由：{reason}"), format!("Reason: {reason}")));
    }
    if !because.is_empty() {
        let because = because.join(&pen.say("；", "; "));
        pen.item(
            1,
            pen.say(format!("符合的条件：{because}"), format!("Conditions that hold: {because}")),
        );
    }
    if !facts.read.is_empty() {
        let reads = pen.reads(&facts.read);
        pen.item(1, pen.say(format!("所用数据：{reads}"), format!("Data: {reads}")));
    }
    pen.records(1, &facts.records);
    pen.ground(1, ground);
}

fn overlaid(pen: &mut Pen, it: &Overlaid, grade: &str) {
    let (row, column) =
        (pen.reads(std::slice::from_ref(&it.row)), pen.reads(std::slice::from_ref(&it.column)));
    let text = match &it.mode {
        Some(mode) => {
            let mode = mode.of(pen.lang);
            pen.say(
                format!("{row}，{column}，{mode}得 {grade}"),
                format!("{row} and {column}: {mode} is {grade}"),
            )
        }
        None => pen.say(
            format!("矩阵的行：{row}；列：{column}；交叉处为 {grade}"),
            format!("Row of the matrix: {row}; column: {column}; the cell says {grade}"),
        ),
    };
    pen.item(0, text);
    let place = pen.provenance(&it.provenance);
    pen.item(
        0,
        pen.say(format!("矩阵这一行的出处：{place}"), format!("Row of the matrix: {place}")),
    );
}
