//! The report as tables of text, for whoever draws them.

use heng_dsl::diag::Lang;
use heng_dsl::model::CheckLevel;

use super::{GroupLine, QualityReport, RuleLine};

/// A table of text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TextTable {
    /// What it shows.
    pub title: String,
    /// The headers.
    pub headers: Vec<String>,
    /// The rows, each as long as the headers.
    pub rows: Vec<Vec<String>>,
}

impl QualityReport {
    /// Three tables: rules that are broken, source systems, responsible units.
    pub fn tables(&self, lang: Lang) -> [TextTable; 3] {
        let at = lang as usize;
        let rules = TextTable {
            title: ["数据质量：按规则", "Data quality by rule"][at].to_owned(),
            headers: RULE_HEADERS.map(|it| it[at].to_owned()).to_vec(),
            rows: self
                .rules
                .iter()
                .filter(|it| it.findings + it.faults > 0)
                .map(|it| rule_row(it, lang))
                .collect(),
        };
        let groups = |title: [&str; 2], name: [&str; 2], lines: &[GroupLine]| TextTable {
            title: title[at].to_owned(),
            headers: [name, ["规则", "rules"], ["问题", "findings"], ["户", "households"]]
                .map(|it| it[at].to_owned())
                .to_vec(),
            rows: lines.iter().map(|it| group_row(it, lang)).collect(),
        };
        [
            rules,
            groups(
                ["数据质量：按来源系统", "Data quality by source"],
                ["来源", "source"],
                &self.sources,
            ),
            groups(
                ["数据质量：按责任单位", "Data quality by unit"],
                ["责任单位", "unit"],
                &self.units,
            ),
        ]
    }
}

const RULE_HEADERS: [[&str; 2]; 8] = [
    ["规则", "rule"],
    ["级别", "level"],
    ["表", "table"],
    ["来源", "source"],
    ["责任单位", "unit"],
    ["问题", "findings"],
    ["户", "households"],
    ["例", "samples"],
];

fn rule_row(line: &RuleLine, lang: Lang) -> Vec<String> {
    let words = line.rule.words();
    let rule = match line.rule.code() {
        Some(code) => format!("{code} {}", words.of(lang)),
        None => words.of(lang).to_owned(),
    };
    let findings = match (line.faults, lang) {
        (0, _) => line.findings.to_string(),
        (faults, Lang::Zh) => format!("{}（另有{faults}处无法判断）", line.findings),
        (faults, Lang::En) => format!("{} ({faults} more undecided)", line.findings),
    };
    vec![
        rule,
        level(line.level, lang).to_owned(),
        line.table.clone(),
        line.source.clone().unwrap_or_default(),
        line.unit.clone().unwrap_or_default(),
        findings,
        line.households.to_string(),
        line.samples.join(", "),
    ]
}

fn group_row(line: &GroupLine, lang: Lang) -> Vec<String> {
    let nobody = ["（未写明）", "(not declared)"][lang as usize];
    vec![
        line.name.clone().unwrap_or_else(|| nobody.to_owned()),
        line.rules.to_string(),
        line.findings.to_string(),
        line.households.to_string(),
    ]
}

/// 提示, 警告 or 错误.
fn level(level: CheckLevel, lang: Lang) -> &'static str {
    let words = match level {
        CheckLevel::Note => ["提示", "note"],
        CheckLevel::Warning => ["警告", "warning"],
        CheckLevel::Error => ["错误", "error"],
    };
    words[lang as usize]
}
