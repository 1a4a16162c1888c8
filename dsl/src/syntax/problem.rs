//! From the place where pest stopped to a problem in the author's words.
//!
//! A change is offered only if the declaration can be read with it.

use pest::Parser as _;
use pest::error::{Error, ErrorVariant, InputLocation};

use super::build::offset;
use super::chunks::{self, Chunk};
use super::keywords;
use super::literal::is_blank;
use super::repair;
use super::rules::{HengParser, Rule};
use crate::diag::{Code, Diagnostic, Words};
use crate::span::{FileId, Span};

/// Where pest stopped, moved to the end of the last line with text where only blanks follow.
pub(super) fn place(text: &str, error: &Error<Rule>) -> usize {
    let at = match error.location {
        InputLocation::Pos(at) | InputLocation::Span((at, _)) => at,
    };
    let rest = text.get(at..).unwrap_or("");
    if rest.lines().all(chunks::is_empty) {
        text.get(..at).unwrap_or("").trim_end().len()
    } else {
        at
    }
}

/// A text that could not be read, and begins at byte `base` of the file.
pub(super) fn unreadable(file: FileId, base: u32, text: &str, error: &Error<Rule>) -> Diagnostic {
    let at = place(text, error);
    let span = |start: usize, end: usize| Span {
        file,
        start: base + offset(start),
        end: base + offset(end),
    };
    let rest = text.get(at..).unwrap_or("");
    let length = rest.chars().next().filter(|it| *it != '\n').map_or(0, char::len_utf8);
    if matches!(error.variant, ErrorVariant::CustomError { .. }) {
        // The grammar has no words of its own for an error: pest stopped at one of its limits.
        return super::build::too_deep(span(at, at + length));
    }
    if rest.starts_with(['"', '“', '「']) && !closed_on_line(rest) {
        return Diagnostic::new(Code::E0109, span(at, at + length));
    }
    if let Some(open) = repair::unmatched(text) {
        let width = text.get(open..).and_then(|it| it.chars().next()).map_or(0, char::len_utf8);
        return Diagnostic::new(Code::E0108, span(open, open + width));
    }
    let expected = positives(error);
    let reads = |fixed: &str| HengParser::parse(Rule::chunk, fixed).is_ok();
    if let Some(change) = repair::certain(text, at, reads) {
        let place = span(change.start, change.end);
        let right = change.text.trim();
        let title = match right {
            _ if change.code == Code::E0119 => Words::both("分成两次比较", "compare twice"),
            "" => Words::both("去掉", "remove it"),
            _ => Words::both(format!("改为“{right}”"), format!("write “{right}”")),
        };
        return Diagnostic::new(change.code, place)
            .arg("hint", Words::both(TWICE[0], TWICE[1]))
            .arg("wrong", text.get(change.start..change.end).unwrap_or("").to_owned())
            .arg("right", change.text.trim().to_owned())
            .fix(title, place, change.text);
    }
    if let Some(hint) = repair::hint(text, at, expected) {
        return Diagnostic::new(Code::E0119, span(at, at + length)).arg("hint", hint);
    }
    if let Some((start, unit)) = repair::unknown_unit(text, at, expected) {
        let place = span(start, start + unit.len());
        return Diagnostic::new(Code::E0105, place).arg("unit", unit.to_owned());
    }
    let line = text.lines().next().unwrap_or("");
    let word = chunks::margin_word(line).unwrap_or("");
    if expected.contains(&Rule::name) && line.trim() == word && at <= line.len() {
        return Diagnostic::new(Code::E0116, span(0, word.len())).arg("word", word.to_owned());
    }
    Diagnostic::new(Code::E0101, span(at, at + length)).arg("expected", words_for(expected))
}

/// What to do about `0 ≤ x ≤ 5`.
const TWICE: [&str; 2] = [
    "一次只比较两个数，两头都要比较就写“0 ≤ x 且 x ≤ 5”",
    "only two numbers are compared at a time; for both ends write “0 ≤ x and x ≤ 5”",
];

/// Does the quotation mark at the start of `rest` find its partner on the line?
fn closed_on_line(rest: &str) -> bool {
    let line = rest.lines().next().unwrap_or("");
    let mut characters = line.chars();
    match characters.next() {
        Some('"') => characters.any(|it| it == '"'),
        Some('“') => characters.any(|it| it == '”'),
        _ => characters.any(|it| it == '」'),
    }
}

fn positives(error: &Error<Rule>) -> &[Rule] {
    match &error.variant {
        ErrorVariant::ParsingError { positives, .. } => positives,
        ErrorVariant::CustomError { .. } => &[],
    }
}

/// How many expected things are named.
const NAMED: usize = 6;

/// What could have stood there, in words: punctuation first, then kinds of things, then words.
fn words_for(expected: &[Rule]) -> Words {
    let mut words: Vec<[String; 2]> = Vec::new();
    let things = expected.iter().filter_map(|it| Some(thing(*it)?.map(str::to_owned)));
    let spelled = expected.iter().filter_map(|it| Some(keywords::spelling(*it)?.map(quoted)));
    for word in things.chain(spelled) {
        if !words.contains(&word) {
            words.push(word);
        }
    }
    if words.contains(&BETWEEN.map(str::to_owned)) {
        return Words::both(
            "连接两个值的符号（+、=、且之类），或者本行到此为止",
            "a sign between two values (such as +, = or “and”), or the end of the line",
        );
    }
    if words.is_empty() {
        return Words::both("本行的结尾", "the end of the line");
    }
    words.truncate(NAMED);
    let zh: Vec<&str> = words.iter().map(|it| it[0].as_str()).collect();
    let en: Vec<&str> = words.iter().map(|it| it[1].as_str()).collect();
    Words::both(zh.join("、"), en.join(", "))
}

/// A word as it is written, told apart from the sentence around it.
fn quoted(word: &str) -> String {
    format!("“{word}”")
}

/// What stands between two values; where that could follow, nothing else needs to be named.
const BETWEEN: [&str; 2] = ["连接两个值的符号", "a sign between two values"];

/// Things that have no spelling of their own.
fn thing(rule: Rule) -> Option<[&'static str; 2]> {
    Some(match rule {
        Rule::rp => ["“）”", "“)”"],
        Rule::colon => ["“：”", "“:”"],
        Rule::comma => ["“，”", "“,”"],
        Rule::pause => ["“、”", "“、”"],
        Rule::nl => ["换行", "a new line"],
        Rule::eq => ["“=”", "“=”"],
        Rule::call => ["一个值", "a value"],
        Rule::name | Rule::path => ["名称", "a name"],
        Rule::num | Rule::numlit | Rule::number | Rule::signed => ["数", "a number"],
        Rule::date => ["日期", "a date"],
        Rule::string => ["加引号的文字", "text in quotation marks"],
        Rule::text => ["文字", "text"],
        Rule::time_unit => ["时间单位", "a unit of time"],
        Rule::unit => ["单位", "a unit"],
        Rule::version => ["版本号", "a version"],
        Rule::expr | Rule::source | Rule::prim | Rule::cmp | Rule::add | Rule::mul | Rule::v => {
            ["一个值", "a value"]
        }
        Rule::cmp_op
        | Rule::cmp_tail
        | Rule::add_op
        | Rule::mul_op
        | Rule::or_op
        | Rule::and_op => BETWEEN,
        Rule::glue_or => ["“或”", "“or”"],
        Rule::glue_and => ["“且”", "“and”"],
        Rule::attr | Rule::decide_attr | Rule::amend_attr | Rule::data_attr | Rule::codes_attr => {
            ["“属于”“满分”之类的词", "a word such as “in” or “max”"]
        }
        Rule::mark => ["“可缺”“主键”之类的词", "a word such as “optional” or “key”"],
        Rule::clause | Rule::text_clause | Rule::data_line | Rule::case_line => {
            ["一行内容", "a line of the declaration"]
        }
        Rule::table | Rule::def => ["= 或者一张表", "= or a table"],
        Rule::nth_row => ["第几行", "the number of a row"],
        Rule::row | Rule::cond_row => ["一行“条件：结果”", "a row “condition: result”"],
        _ => return None,
    })
}

/// A line at the margin that begins no declaration: the lines before the first one, or one that
/// ended the reading of a declaration.
pub(super) fn no_declaration(file: FileId, chunk: &Chunk<'_>) -> Diagnostic {
    let mut at = chunk.start;
    let lines = chunk.text.split_inclusive('\n');
    let mut found = "";
    for line in lines {
        if !chunks::is_empty(line) {
            found = line;
            break;
        }
        at += line.len();
    }
    let inner = found.trim_start_matches(is_blank);
    let indent = found.len() - inner.len();
    let word = chunks::margin_word(inner).unwrap_or("");
    let start = offset(at + indent);
    let span = Span { file, start, end: start + offset(word.len()) };
    let blanks = Span { file, start: offset(at), end: start };
    if indent > 0 && keywords::declaration(word).is_some() {
        let title = Words::both("去掉行首的空格", "remove the blanks before it");
        return Diagnostic::new(Code::E0117, span)
            .arg("word", word.to_owned())
            .fix(title, blanks, "");
    }
    let problem = Diagnostic::new(Code::E0102, span).arg("word", word.to_owned());
    match repair::nearest_declaration(word) {
        Some(near) => {
            let title = Words::both(format!("改为“{near}”"), format!("write “{near}”"));
            problem.fix(title, span, near)
        }
        None => problem,
    }
}
