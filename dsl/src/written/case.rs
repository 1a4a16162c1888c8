//! A case of a model as it is written in a rule file: what is given, and what is expected.
//!
//! The text says the same when it is read again; that is held by a test over the shipped sets. Values
//! have their units, so that a reader does not have to know the types.

use crate::diag::{Lang, plural};
use crate::model::linked::Linked;
use crate::model::{
    Case, DeclKind, Expectation, GivenHousehold, HoldingKind, Ref, Ty, TyKind, Unit,
};
use crate::units;
use crate::value::{Date, Decimal, Frequency, Value};

/// Writes cases in one spelling.
#[derive(Debug, Clone, Copy)]
pub struct CaseText<'l> {
    linked: &'l Linked,
    lang: Lang,
}

impl<'l> CaseText<'l> {
    /// In the spelling of a language.
    pub fn new(linked: &'l Linked, lang: Lang) -> Self {
        Self { linked, lang }
    }

    /// A whole case. `None` where it cannot be written by itself: another household has records, which
    /// only 沿用 can give it, or something expected has no form.
    pub fn case(&self, case: &Case) -> Option<String> {
        self.written(None, case)
    }

    /// A case that is like another one but for what it gives and expects.
    pub fn like(&self, other: &str, case: &Case) -> Option<String> {
        self.written(Some(other), case)
    }

    fn written(&self, like: Option<&str>, case: &Case) -> Option<String> {
        let head = self.pick("用例", "case");
        let as_of = self.pick("基准日", "as_of");
        let like = like.map(|it| format!(" {} {}", self.pick("沿用", "like"), text(it)));
        let like = like.unwrap_or_default();
        let mut lines = vec![format!("{head} {} {as_of} {}{like}", text(&case.title), case.as_of)];
        lines.extend(self.given(&case.household)?);
        for (count, other) in &case.others {
            if !other.records.is_empty() || !other.history.is_empty() || other.fields.is_empty() {
                return None;
            }
            let lead = match self.lang {
                Lang::Zh => format!("另有 {count} 户"),
                Lang::En => format!("another {}", plural(count, "household")),
            };
            lines.push(format!("  {lead} {}", self.fields(other)?));
        }
        let expect = self.pick("期望", "expect");
        for it in &case.expect {
            let [name, value] = self.expectation(it)?;
            lines.push(format!("  {expect} {name}{}{value}", self.colon()));
        }
        Some(lines.join("\n"))
    }

    /// The lines 给定 of a household.
    fn given(&self, given: &GivenHousehold) -> Option<Vec<String>> {
        let word = self.pick("给定", "given");
        let mut lines = Vec::new();
        if !given.fields.is_empty() {
            lines.push(format!("  {word} {}", self.fields(given)?));
        }
        let mut table = None;
        for record in &given.records {
            let slot = record.table.slot.index();
            if table.replace(slot) != Some(slot) {
                lines.push(format!("  {word} {}", name(&self.linked.table(slot).name)));
            }
            let mut cells = Vec::new();
            for (column, value) in &record.fields {
                let field = self.linked.table(slot).fields.get(column.slot.index())?;
                cells.push(self.assign(&field.name, value, &field.ty)?);
            }
            lines.push(format!("    {}", cells.join(", ")));
        }
        if !given.history.is_empty() {
            lines.push(format!("  {word} {}", self.pick("历次结果", "history")));
        }
        for result in &given.history {
            let mut cells =
                vec![format!("{}{}{}", self.pick("基准日", "as_of"), self.colon(), result.as_of)];
            for (decl, value) in &result.values {
                let decl = self.linked.decl(decl.slot.index());
                cells.push(self.assign(&decl.name, value, &decl.ty)?);
            }
            lines.push(format!("    {}", cells.join(", ")));
        }
        Some(lines)
    }

    fn fields(&self, given: &GivenHousehold) -> Option<String> {
        let each = given.fields.iter().map(|(field, value)| {
            let field = self.linked.field(field.slot.index());
            self.assign(&field.name, value, &field.ty)
        });
        Some(each.collect::<Option<Vec<_>>>()?.join(", "))
    }

    fn assign(&self, of: &str, value: &Value, ty: &Ty) -> Option<String> {
        Some(format!("{}{}{}", name(of), self.colon(), self.value(value, ty)?))
    }

    /// What an expectation is about, and what it says; `None` for what has no form: an error, and what
    /// is open.
    pub fn expectation(&self, it: &Expectation) -> Option<[String; 2]> {
        Some(match it {
            Expectation::Worth(decl, value) => {
                let ty = &self.linked.decl(decl.slot.index()).ty;
                [self.decl(decl), self.value(value, ty)?]
            }
            Expectation::Measure(decl, column, value) => {
                let found = self.linked.decl(decl.slot.index());
                let DeclKind::Measure { columns } = &found.kind else { return None };
                let ty = &columns.iter().find(|it| it.name == *column)?.ty;
                [format!("{}.{}", self.decl(decl), name(column)), self.value(value, ty)?]
            }
            Expectation::Missing(fields) => {
                let names = fields.iter().map(|it| name(&self.linked.field(it.slot.index()).name));
                [self.pick("缺失", "missing").to_owned(), self.list(names)]
            }
            Expectation::Holding { kind, decls } => {
                let word = match kind {
                    HoldingKind::Tag => self.pick("标注", "tag"),
                    HoldingKind::Alert => self.pick("预警", "alert"),
                    HoldingKind::List => self.pick("名单", "list"),
                };
                let names = decls.iter().map(|it| self.decl(it));
                [word.to_owned(), self.list(names)]
            }
            Expectation::Decides(ids) => {
                let names = ids.iter().map(|it| name(it));
                [self.pick("直接判定", "decide").to_owned(), self.list(names)]
            }
            Expectation::Reason(decl, words) => {
                [format!("{}.{}", self.pick("缘由", "reason"), self.decl(decl)), text(words)]
            }
            Expectation::Open(_) => return None,
        })
    }

    fn decl(&self, decl: &Ref) -> String {
        let own = &self.linked.decl(decl.slot.index()).name;
        match &decl.package {
            Some(package) => format!("{}.{}", package_name(package), name(own)),
            None => name(own),
        }
    }

    fn list(&self, names: impl Iterator<Item = String>) -> String {
        let names: Vec<String> = names.collect();
        match (names.as_slice(), self.lang) {
            ([], _) => self.pick("无", "none").to_owned(),
            ([only], _) => only.clone(),
            (all, Lang::Zh) => format!("（{}）", all.join("、")),
            (all, Lang::En) => format!("({})", all.join(", ")),
        }
    }

    /// A value as it is written; `None` for an error, which no file can expect.
    pub fn value(&self, value: &Value, ty: &Ty) -> Option<String> {
        Some(match value {
            Value::Missing => self.pick("缺失", "missing").to_owned(),
            Value::NotApplicable => self.pick("不适用", "not_applicable").to_owned(),
            Value::Error(_) => return None,
            Value::Bool(true) => self.pick("是", "yes").to_owned(),
            Value::Bool(false) => self.pick("否", "no").to_owned(),
            Value::Number(it) => self.number(*it, ty)?,
            Value::Date(it) => date(*it),
            Value::Text(it) => text(it),
            Value::Member(at) => {
                let TyKind::Member(of) = &ty.kind else { return None };
                let members = &self.linked.enumeration(of.slot.index()).members;
                name(&members.get(usize::from(*at))?.name)
            }
            Value::Frequency(it) => match self.lang {
                Lang::Zh => it.to_string(),
                Lang::En => english(it),
            },
        })
    }

    fn number(&self, it: Decimal, ty: &Ty) -> Option<String> {
        let plain = it.trimmed().to_string();
        Some(match (&ty.as_number()?.unit, self.lang) {
            (Unit::Plain | Unit::Count(None) | Unit::Points, _) => plain,
            (Unit::Count(Some(word)), Lang::Zh) => format!("{plain} {word}"),
            (Unit::Count(Some(word)), Lang::En) => {
                let word = units::english(word, plain == "1");
                format!("{plain} {word}")
            }
            (Unit::Money, Lang::Zh) => format!("{plain} 元"),
            (Unit::Money, Lang::En) => format!("{plain} yuan"),
            (Unit::Ratio, _) => {
                let it = it.trimmed();
                format!("{}%", it.checked_mul(Decimal::from(100), it.places())?.trimmed())
            }
            (Unit::Days, Lang::Zh) => format!("{plain} 天"),
            (Unit::Days, Lang::En) => plural(plain, "day"),
            (Unit::Months, Lang::Zh) => format!("{plain} 个月"),
            (Unit::Months, Lang::En) => plural(plain, "month"),
        })
    }

    fn colon(&self) -> &'static str {
        self.pick("：", ": ")
    }

    fn pick(&self, zh: &'static str, en: &'static str) -> &'static str {
        match self.lang {
            Lang::Zh => zh,
            Lang::En => en,
        }
    }
}

fn date(it: Date) -> String {
    it.to_string()
}

/// A text in quotation marks; the curly ones round one that has straight ones.
fn text(it: &str) -> String {
    if it.contains('"') { format!("“{it}”") } else { format!("\"{it}\"") }
}

/// A name, in 「」 where it could not be told from something else.
fn name(it: &str) -> String {
    let mut signs = it.chars();
    let plain = signs.next().is_some_and(unicode_ident::is_xid_start)
        && signs.all(unicode_ident::is_xid_continue);
    if plain { it.to_owned() } else { format!("「{it}」") }
}

/// The name of a package with its version, if one was asked for.
fn package_name(it: &str) -> String {
    match it.split_once('@') {
        Some((id, version)) => format!("{}@{version}", name(id)),
        None => name(it),
    }
}

/// `every 3 years 1 time or more`
pub(crate) fn english(it: &Frequency) -> String {
    let Frequency { every, unit, least, most } = it;
    let unit = unit.words()[1];
    let period = if *every == 1 { unit.to_owned() } else { format!("{every} {unit}s") };
    let times = |count: u32| if count == 1 { "time" } else { "times" };
    match most {
        None => format!("every {period} {least} {} or more", times(*least)),
        Some(most) if most == least => format!("every {period} {least} {}", times(*least)),
        Some(most) => format!("every {period} {least} to {most} {}", times(*most)),
    }
}
