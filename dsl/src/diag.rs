//! Problems as data: a stable code, arguments, places, and a certain fix where there is one.
//!
//! A stage pushes a [`Diagnostic`] with arguments; the words stand in one table (`codes.rs`) in both
//! languages and are made when something is shown. No renderer, no colour, no language setting here.

mod codes;

use std::borrow::Cow;
use std::fmt::{self, Write as _};

use crate::span::Span;
use crate::value::Date;

pub use self::codes::{CODES, Code, CodeRecord, Severity};

/// A piece of text that may differ between the two languages.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Words {
    /// Chinese.
    pub zh: Cow<'static, str>,
    /// English.
    pub en: Cow<'static, str>,
}

impl Words {
    /// Words for both languages.
    pub fn both(zh: impl Into<Cow<'static, str>>, en: impl Into<Cow<'static, str>>) -> Self {
        Self { zh: zh.into(), en: en.into() }
    }

    /// Words that arrive as one text, `中文 / English`; the same words in both where there is no ` / `.
    pub fn parted(text: &str) -> Self {
        match text.split_once(" / ") {
            Some((zh, en)) => Self::both(zh.to_owned(), en.to_owned()),
            None => text.to_owned().into(),
        }
    }

    /// The words in one language.
    pub fn of(&self, lang: Lang) -> &str {
        match lang {
            Lang::Zh => &self.zh,
            Lang::En => &self.en,
        }
    }
}

impl<T: Into<Cow<'static, str>>> From<T> for Words {
    /// The same words in both languages: what the author wrote, a number, a date.
    fn from(text: T) -> Self {
        let text = text.into();
        Self { zh: text.clone(), en: text }
    }
}

/// A language of messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Lang {
    /// 中文
    Zh,
    /// English
    En,
}

/// One problem, where it is, and how to put it right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// What kind of problem this is.
    pub code: Code,
    /// The values that the message speaks of, by the name of their placeholder.
    pub args: Vec<(&'static str, Words)>,
    /// The place the author has to look at.
    pub primary: Label,
    /// Other places that make the problem understandable, in reading order.
    pub related: Vec<Label>,
    /// A change that certainly helps.
    pub fix: Option<Fix>,
    /// A household that shows the problem, evaluated before it is given.
    pub example: Option<Example>,
}

/// A household that shows a problem: what of it matters, in words. Everything else is as usual.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Example {
    /// The as-of date.
    pub as_of: Date,
    /// Fields by name, with their values.
    pub fields: Vec<(String, Words)>,
    /// Records: the name of their table, and fields by name with their values.
    pub records: Vec<(String, Vec<(String, Words)>)>,
}

impl Example {
    /// One line, as a case would give it: `基准日 2026-01-01，给定 种类：罚款, 金额：0.01 元`.
    pub fn line(&self, lang: Lang) -> String {
        let [as_of, given, comma, colon, space] = match lang {
            Lang::Zh => ["基准日 ", "，给定 ", ", ", "：", " "],
            Lang::En => ["as of ", ", given ", ", ", ": ", " "],
        };
        let list = |all: &[(String, Words)]| {
            let each = all.iter().map(|(name, value)| format!("{name}{colon}{}", value.of(lang)));
            each.collect::<Vec<_>>().join(comma)
        };
        let mut text = format!("{as_of}{}", self.as_of);
        if !self.fields.is_empty() {
            let _ = write!(text, "{given}{}", list(&self.fields));
        }
        let mut records = self.records.iter().peekable();
        while let Some(record) = records.next() {
            let mut count = 1;
            while records.next_if_eq(&record).is_some() {
                count += 1;
            }
            let (table, cells) = record;
            let times = if count == 1 { String::new() } else { format!("×{count}") };
            let _ = write!(text, "{given}{table}{times}{space}{}", list(cells));
        }
        text.trim_end().to_owned()
    }
}

/// A place and, optionally, what is to be seen there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Label {
    /// The text in question.
    pub span: Span,
    /// A few words under the underline; empty for none.
    pub text: Words,
}

/// A change that can be made without asking: replace `span` by `text`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fix {
    /// One sentence: what the change does.
    pub title: Words,
    /// What to replace; empty to insert.
    pub span: Span,
    /// The replacement.
    pub text: String,
}

impl Diagnostic {
    /// A problem at `span`.
    pub fn new(code: Code, span: Span) -> Self {
        let primary = Label { span, text: "".into() };
        let (args, related) = (Vec::new(), Vec::new());
        Self { code, args, primary, related, fix: None, example: None }
    }

    /// Fills the placeholder `name` of the message.
    #[must_use]
    pub fn arg(mut self, name: &'static str, value: impl Into<Words>) -> Self {
        self.args.push((name, value.into()));
        self
    }

    /// Says what is to be seen at the primary place.
    #[must_use]
    pub fn label(mut self, text: impl Into<Words>) -> Self {
        self.primary.text = text.into();
        self
    }

    /// Shows another place.
    #[must_use]
    pub fn related(mut self, span: Span, text: impl Into<Words>) -> Self {
        self.related.push(Label { span, text: text.into() });
        self
    }

    /// Offers a change that certainly helps.
    #[must_use]
    pub fn fix(mut self, title: impl Into<Words>, span: Span, text: impl Into<String>) -> Self {
        self.fix = Some(Fix { title: title.into(), span, text: text.into() });
        self
    }

    /// How bad it is.
    pub fn severity(&self) -> Severity {
        self.code.record().severity
    }

    /// The message: one sentence without a full stop.
    pub fn message(&self, lang: Lang) -> String {
        self.fill(self.code.record().message, lang)
    }

    /// What to do about it, where the code has general advice.
    pub fn help(&self, lang: Lang) -> Option<String> {
        self.code.record().help.map(|it| self.fill(it, lang))
    }

    fn fill(&self, template: [&'static str; 2], lang: Lang) -> String {
        let mut text = match lang {
            Lang::Zh => template[0].to_owned(),
            Lang::En => template[1].to_owned(),
        };
        for (name, value) in &self.args {
            text = text.replace(&format!("{{{name}}}"), value.of(lang));
        }
        text
    }
}

/// A number and what it counts, in English: `1 household`, `2 households`.
pub fn plural(count: impl fmt::Display, noun: &str) -> String {
    let count = count.to_string();
    let end = if count == "1" { "" } else { "s" };
    format!("{count} {noun}{end}")
}

impl fmt::Display for Diagnostic {
    /// Its code and its message in English, for programs that embed the language; people are shown the
    /// place, too, in their own language.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "[{}] {}", self.code.record().name, self.message(Lang::En))
    }
}

impl std::error::Error for Diagnostic {}

/// Sorts by place and code, and leaves at most one problem per code and span. Problems of stored models
/// stand apart by what they say, because few of them have a line.
pub fn tidy(diagnostics: &mut Vec<Diagnostic>) {
    diagnostics.sort_by_key(|it| (it.primary.span, it.code));
    diagnostics.dedup_by(|a, b| {
        let same = (a.primary.span, a.code) == (b.primary.span, b.code);
        same && (a.code < Code::E0701 || a.args == b.args)
    });
}

/// Is any of them an error?
pub fn has_errors(diagnostics: &[Diagnostic]) -> bool {
    diagnostics.iter().any(|it| it.severity() == Severity::Error)
}
