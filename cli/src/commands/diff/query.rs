//! What `--where` asks: `行业 开头 "62" 且 B→C`.
//!
//! Terms with 且 or `and` between them, all of which have to hold:
//!
//! * `B→C` or `B->C`: the grade goes from B to C; `*` for any, a name in front says which grade
//!   (`食品风险 B→C`), otherwise every grade is looked at;
//! * `C4`, `C2、C4`: only changes of these kinds are listed;
//! * everything else is one condition of the household, in the language of rules, in the scope of the new
//!   version.

use heng_dsl::diag::Words;
use heng_dsl::diff::Kind;

/// A question about a comparison.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Query {
    /// The kinds of change that are listed; empty for all.
    pub(super) kinds: Vec<Kind>,
    /// From which grade to which.
    pub(super) flows: Vec<Flow>,
    /// The condition of the household.
    pub(super) household: Option<String>,
}

/// A grade that changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Flow {
    /// The name of the classification or overlay; absent for each.
    pub(super) grade: Option<String>,
    /// The member before; absent for any.
    pub(super) from: Option<String>,
    /// The member after; absent for any.
    pub(super) to: Option<String>,
}

impl Query {
    /// Reads a question.
    pub(super) fn parse(text: &str) -> Result<Self, Words> {
        let mut query = Self::default();
        let mut conditions: Vec<&str> = Vec::new();
        for term in terms(text) {
            if let Some(kinds) = kinds(term) {
                query.kinds.extend(kinds);
            } else if let Some(flow) = flow(term) {
                query.flows.push(flow?);
            } else if !term.is_empty() {
                conditions.push(term);
            } else {
                return Err(Words::both(
                    "“且”的一边是空的".to_owned(),
                    "one side of “and” is empty".to_owned(),
                ));
            }
        }
        if !conditions.is_empty() {
            query.household = Some(conditions.join(" 且 "));
        }
        Ok(query)
    }

    /// Does it ask for households?
    pub(super) fn asks_for_households(&self) -> bool {
        !self.flows.is_empty() || self.household.is_some()
    }
}

/// The parts between 且 or `and` that stand outside of brackets and quotation marks.
fn terms(text: &str) -> Vec<&str> {
    let mut out = Vec::new();
    let (mut depth, mut quoted, mut start) = (0_usize, false, 0);
    for (at, sign) in text.char_indices() {
        match sign {
            '"' => quoted = !quoted,
            '“' => quoted = true,
            '”' => quoted = false,
            '(' | '（' => depth += 1,
            ')' | '）' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if quoted || depth > 0 || at < start {
            continue;
        }
        let rest = text.get(at..).unwrap_or_default();
        let word = ["且", " and "].into_iter().find(|it| rest.starts_with(it));
        if let Some(word) = word {
            out.push(text.get(start..at).unwrap_or_default().trim());
            start = at + word.len();
        }
    }
    out.push(text.get(start..).unwrap_or_default().trim());
    out
}

/// `C4`, `C2、C4`.
fn kinds(term: &str) -> Option<Vec<Kind>> {
    let parts = term.split(['、', ',', '，']).map(str::trim);
    parts
        .map(|part| Kind::ALL.into_iter().find(|it| it.code().eq_ignore_ascii_case(part)))
        .collect()
}

/// `B→C`, `食品风险 B->C`, `*→D`.
fn flow(term: &str) -> Option<Result<Flow, Words>> {
    let quoted = term.contains(['"', '“']);
    let (left, right) =
        term.split_once('→').or_else(|| term.split_once("->")).filter(|_| !quoted)?;
    let (left, right) = (left.trim(), right.trim());
    let (grade, from) = match left.rsplit_once(char::is_whitespace) {
        Some((grade, from)) => (Some(grade.trim().to_owned()), from),
        None => (None, left),
    };
    let member = |it: &str| (!matches!(it, "*" | "＊")).then(|| it.to_owned());
    if from.is_empty() || right.is_empty() || right.contains(char::is_whitespace) {
        return Some(Err(Words::both(
            format!("“{term}”应写成“B→C”，任意等级用“*”"),
            format!("“{term}” should read “B→C”, with “*” for any grade"),
        )));
    }
    Some(Ok(Flow { grade, from: member(from), to: member(right) }))
}

#[cfg(test)]
mod tests {
    use super::{Flow, Query};
    use heng_dsl::diff::Kind;

    fn flow(grade: Option<&str>, from: Option<&str>, to: Option<&str>) -> Flow {
        let own = |it: Option<&str>| it.map(str::to_owned);
        Flow { grade: own(grade), from: own(from), to: own(to) }
    }

    #[test]
    fn terms_of_each_sort() {
        let query = Query::parse("行业 开头 \"62\" 且 B→C 且 人数 > 3").unwrap();
        assert_eq!(query.household.as_deref(), Some("行业 开头 \"62\" 且 人数 > 3"));
        assert_eq!(query.flows, [flow(None, Some("B"), Some("C"))]);
        let query = Query::parse("食品风险 *->D and C2、c4").unwrap();
        assert_eq!(query.flows, [flow(Some("食品风险"), None, Some("D"))]);
        assert_eq!(query.kinds, [Kind::Threshold, Kind::CutOff]);
        assert_eq!(query.household, None);
    }

    #[test]
    fn what_stands_in_brackets_or_quotation_marks_is_left_alone() {
        let condition = "(人数 > 3 且 面积 > 5) 或 名称 含 \"且→\"";
        assert_eq!(Query::parse(condition).unwrap().household.as_deref(), Some(condition));
    }

    #[test]
    fn what_says_nothing_is_refused() {
        for text in ["", "且", "A→B 且", "→C", "B→", "A → B C"] {
            assert!(Query::parse(text).is_err(), "{text}");
        }
    }
}
