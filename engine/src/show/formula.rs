//! Formulas of a model in the words of the language, for handbooks: what stands in a stored model can be
//! read without the text that it was made from.
//!
//! It is text for people. What an author wrote in another way (其中 with a name for the record, a chain
//! of brackets) may come out differently, but says the same.

use heng_dsl::builtins::BuiltinId;
use heng_dsl::diag::Lang;
use heng_dsl::model::linked::Linked;
use heng_dsl::model::{
    CalendarUnit, CalendarWindow, Column, CompareOp, Expr, Id, ItemPart, Let, Node, Population,
    ProductOp, Ref, Source, Term, Unit, Window,
};
use heng_dsl::value::{Rounding, TimeUnit, Value};

/// Stands for what a model does not have, which only one that another program wrote can lack.
const NOTHING: &str = "…";

/// Writes the formulas of one rule.
#[derive(Debug, Clone, Copy)]
pub struct Formulas<'l> {
    linked: &'l Linked,
    lets: &'l [Let],
    lang: Lang,
}

/// How tightly the parts of an expression hold together; what is looser than its place stands in
/// brackets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Hold {
    Choice,
    Or,
    And,
    Not,
    Question,
    Sum,
    Product,
    Atom,
}

impl<'l> Formulas<'l> {
    /// Of a rule with these local values.
    pub fn new(linked: &'l Linked, lets: &'l [Let], lang: Lang) -> Self {
        Self { linked, lets, lang }
    }

    /// An expression.
    pub fn expr(&self, expr: &Expr) -> String {
        self.node(expr).1
    }

    /// A set of records, groups or calendar units.
    pub fn source(&self, source: &Source) -> String {
        match source {
            Source::Table(it) => self.linked.table(it.slot.index()).name.to_string(),
            Source::Named(it) => self.decl(it),
            Source::Filter { of, condition } => {
                // Two filters on top of each other are one with both conditions.
                let mut conditions = vec![condition];
                let mut inner = of;
                while let Source::Filter { of, condition } = inner.as_ref() {
                    conditions.insert(0, condition);
                    inner = of;
                }
                let and = self.pick(" 且 ", " and ");
                let hold = if conditions.len() > 1 { Hold::Not } else { Hold::Choice };
                let all: Vec<String> = conditions.iter().map(|it| self.at(it, hold)).collect();
                let of = self.source(inner);
                format!("{of}{}{}", self.pick(" 其中 ", " where "), all.join(and))
            }
            Source::Group { of, key } => {
                format!("{}{}{}", self.source(of), self.pick(" 按 ", " by "), self.expr(key))
            }
            Source::Members { .. } => self.pick("组", "group").to_owned(),
            Source::Calendar { unit, count } => {
                let builtin = match unit {
                    CalendarUnit::Year => BuiltinId::CalendarYears,
                    CalendarUnit::Quarter => BuiltinId::CalendarQuarters,
                    CalendarUnit::Month => BuiltinId::CalendarMonths,
                };
                format!("{}({})", self.name(builtin), self.expr(count))
            }
            Source::History => self.pick("历次结果", "history").to_owned(),
        }
    }

    fn pick(&self, zh: &'static str, en: &'static str) -> &'static str {
        match self.lang {
            Lang::Zh => zh,
            Lang::En => en,
        }
    }

    fn name(&self, builtin: BuiltinId) -> &'static str {
        let [zh, en] = builtin.record().names;
        self.pick(zh, en)
    }

    /// An expression at a place that asks for some hold.
    fn at(&self, expr: &Expr, place: Hold) -> String {
        let (hold, text) = self.node(expr);
        match (hold < place, self.lang) {
            (false, _) => text,
            (true, Lang::Zh) => format!("（{text}）"),
            (true, Lang::En) => format!("({text})"),
        }
    }

    fn node(&self, expr: &Expr) -> (Hold, String) {
        match &expr.node {
            Node::AtDate { decl, date, milder_is_highest } => {
                let by = match milder_is_highest {
                    None => self.pick(" 按 ", " by "),
                    Some(_) => self.pick(" 从旧兼从轻 ", " milder "),
                };
                (Hold::Question, format!("{}{by}{}", self.decl(decl), self.at(date, Hold::Sum)))
            }
            Node::Negate(it) => (Hold::Product, format!("-{}", self.at(it, Hold::Atom))),
            Node::Sum(terms) => (Hold::Sum, self.sum(terms)),
            Node::Product { op, left, right } => {
                let sign = match op {
                    ProductOp::Multiply => " × ",
                    ProductOp::Divide => " ÷ ",
                };
                let (left, right) = (self.at(left, Hold::Product), self.at(right, Hold::Atom));
                (Hold::Product, format!("{left}{sign}{right}"))
            }
            Node::Shift { date, by, back } => {
                let sign = if *back { " - " } else { " + " };
                let (date, by) = (self.at(date, Hold::Sum), self.at(by, Hold::Product));
                (Hold::Sum, format!("{date}{sign}{by}"))
            }
            Node::Round(it, rounding) => self.rounded(expr, it, *rounding),
            Node::IfMissing(it, otherwise) => {
                let word = self.pick(" 缺则 ", " if missing ");
                let (it, otherwise) = (self.at(it, Hold::Sum), self.at(otherwise, Hold::Sum));
                (Hold::Choice, format!("{it}{word}{otherwise}"))
            }
            Node::If(when, then, otherwise) => (Hold::Choice, self.choice(when, then, otherwise)),
            Node::Compare { .. }
            | Node::In { .. }
            | Node::KnownCode { .. }
            | Node::Within { .. }
            | Node::Present { .. }
            | Node::Contains(..)
            | Node::Starts(..)
            | Node::Not(_)
            | Node::And(_)
            | Node::Or(_) => self.question(expr),
            Node::Hole
            | Node::Const(_)
            | Node::AsOf
            | Node::Field(_)
            | Node::RecordField { .. }
            | Node::Item { .. }
            | Node::Past { .. }
            | Node::Decl(_)
            | Node::RecordDecl { .. }
            | Node::Local(_)
            | Node::Code { .. }
            | Node::Call { .. }
            | Node::Aggregate { .. }
            | Node::Population(_) => (Hold::Atom, self.atom(expr)),
        }
    }

    fn choice(&self, when: &Expr, then: &Expr, otherwise: &Expr) -> String {
        let [when, then] = [when, then].map(|it| self.at(it, Hold::Or));
        let otherwise = self.expr(otherwise);
        match self.lang {
            Lang::Zh => format!("如果 {when} 则 {then} 否则 {otherwise}"),
            Lang::En => format!("if {when} then {then} else {otherwise}"),
        }
    }

    /// A literal, a name, or a function with its brackets.
    fn atom(&self, expr: &Expr) -> String {
        match &expr.node {
            Node::Const(it) => self.value(it, expr),
            Node::AsOf => self.pick("基准日", "as_of").to_owned(),
            Node::Field(it) => {
                self.own(self.pick("本户", "household"), &self.linked.field(it.slot.index()).name)
            }
            Node::RecordField { up, column } => self.record_field(*up, column),
            Node::Item { part, .. } => self.item(*part).to_owned(),
            Node::Past { decl, .. } | Node::Decl(decl) | Node::RecordDecl { decl, .. } => {
                self.decl(decl)
            }
            Node::Local(at) => {
                let local = usize::try_from(*at).ok().and_then(|at| self.lets.get(at));
                local.map_or_else(|| NOTHING.to_owned(), |it| it.name.to_string())
            }
            Node::Code { key, column } => {
                let table = self.linked.code_table(column.table.slot.index());
                let column = table.columns.get(column.slot.index());
                let column = column.map_or(NOTHING, |it| it.name.as_ref());
                format!("{}.{column}", self.at(key, Hold::Atom))
            }
            Node::Call { builtin, args } => {
                let args: Vec<String> = args.iter().map(|it| self.expr(it)).collect();
                format!("{}({})", self.name(*builtin), args.join(", "))
            }
            Node::Aggregate { builtin, source, arg } => {
                let source = self.source(source);
                let arg = arg.as_ref().map(|it| format!(", {}", self.expr(it)));
                format!("{}({source}{})", self.name(*builtin), arg.unwrap_or_default())
            }
            Node::Population(it) => self.population(it),
            _ => NOTHING.to_owned(),
        }
    }

    /// What is answered by 是 or 否.
    fn question(&self, expr: &Expr) -> (Hold, String) {
        let list = |parts: &[Expr], hold: Hold, word: &str| {
            let parts: Vec<String> = parts.iter().map(|it| self.at(it, hold)).collect();
            parts.join(word)
        };
        let two = |left: &Expr, word: &str, right: &Expr| {
            format!("{}{word}{}", self.at(left, Hold::Sum), self.at(right, Hold::Sum))
        };
        let text = match &expr.node {
            Node::Compare { op, left, right } => two(left, compared(*op), right),
            Node::In { negated, item, set } => {
                let word = self.is_in(*negated);
                let set: Vec<String> = set.iter().map(|it| self.expr(it)).collect();
                let item = self.at(item, Hold::Sum);
                match self.lang {
                    Lang::Zh => format!("{item}{word}（{}）", set.join("、")),
                    Lang::En => format!("{item}{word}({})", set.join(", ")),
                }
            }
            Node::KnownCode { negated, item, codes } => {
                let codes = &self.linked.code_table(codes.slot.index()).name;
                format!("{}{}{codes}", self.at(item, Hold::Sum), self.is_in(*negated))
            }
            Node::Within { date, window } => self.within(date, window),
            Node::Present { negated, item } => {
                let word = if *negated {
                    self.pick(" 缺失", " is missing")
                } else {
                    self.pick(" 有值", " is present")
                };
                format!("{}{word}", self.at(item, Hold::Sum))
            }
            Node::Contains(whole, part) => two(whole, self.pick(" 含 ", " contains "), part),
            Node::Starts(whole, part) => two(whole, self.pick(" 开头 ", " starts "), part),
            Node::Not(it) => {
                let it = self.at(it, Hold::Not);
                return (Hold::Not, format!("{}{it}", self.pick("非 ", "not ")));
            }
            Node::And(parts) => {
                return (Hold::And, list(parts, Hold::Not, self.pick(" 且 ", " and ")));
            }
            Node::Or(parts) => {
                return (Hold::Or, list(parts, Hold::And, self.pick(" 或 ", " or ")));
            }
            _ => return self.node(expr),
        };
        (Hold::Question, text)
    }

    fn is_in(&self, negated: bool) -> &'static str {
        if negated { self.pick(" 不属于 ", " not in ") } else { self.pick(" 属于 ", " in ") }
    }

    fn value(&self, value: &Value, expr: &Expr) -> String {
        match value {
            Value::Text(it) => format!("\"{it}\""),
            // A bare date is written as in the rules, so that it is told from a text of the year.
            Value::Date(it) => it.to_string(),
            other => super::value(self.linked, other, &expr.ty, self.lang),
        }
    }

    fn sum(&self, terms: &[Term]) -> String {
        let mut text = String::new();
        for (at, term) in terms.iter().enumerate() {
            text.push_str(match (at, term.negative) {
                (0, false) => "",
                (0, true) => "-",
                (_, false) => " + ",
                (_, true) => " - ",
            });
            text.push_str(&self.at(&term.expr, Hold::Product));
        }
        text
    }

    fn rounded(&self, whole: &Expr, it: &Expr, rounding: Rounding) -> (Hold, String) {
        let places = whole.ty.as_number().map_or(0, |it| it.places);
        let of = |builtin| format!("{}({}, {places})", self.name(builtin), self.expr(it));
        match rounding {
            Rounding::HalfUp => {
                let it = self.at(it, Hold::Sum);
                let text = match self.lang {
                    Lang::Zh => format!("{it} 保留 {places} 位"),
                    Lang::En => format!("{it} keep {places} places"),
                };
                (Hold::Question, text)
            }
            Rounding::Up => (Hold::Atom, of(BuiltinId::RoundUp)),
            Rounding::Down => (Hold::Atom, of(BuiltinId::RoundDown)),
        }
    }

    fn decl(&self, decl: &Ref) -> String {
        let name = &self.linked.decl(decl.slot.index()).name;
        decl.package.as_ref().map_or_else(|| name.to_string(), |it| format!("{it}.{name}"))
    }

    fn record_field(&self, up: u32, column: &Column) -> String {
        let table = self.linked.table(column.table.slot.index());
        let field = table.fields.get(column.slot.index());
        let field = field.map_or(column.id.as_ref(), |it| it.name.as_ref());
        // The name that the author gave to an outer record is not kept.
        match up {
            0 => self.own(self.pick("本条", "this"), field),
            _ => format!("{}.{field}", self.outer(up)),
        }
    }

    /// A field, with what it belongs to in front where a rule has the same name.
    fn own(&self, of: &str, field: &str) -> String {
        let is_rule = |it: &Id| it.as_ref() == field;
        let taken = self.linked.decls().any(|it| is_rule(&it.name))
            || self.lets.iter().any(|it| is_rule(&it.name));
        if taken { format!("{of}.{field}") } else { field.to_owned() }
    }

    fn outer(&self, up: u32) -> String {
        let word = self.pick("外层", "outer");
        if up == 1 { word.to_owned() } else { format!("{word}{up}") }
    }

    fn item(&self, part: ItemPart) -> &'static str {
        match part {
            ItemPart::Year => self.pick("年", "year"),
            ItemPart::Quarter => self.pick("季", "quarter"),
            ItemPart::Month => self.pick("月", "month"),
            ItemPart::Start => self.pick("起日", "start"),
            ItemPart::End => self.pick("止日", "end"),
            ItemPart::Key => self.pick("组值", "key"),
            ItemPart::Size => self.pick("条数", "size"),
            ItemPart::AsOf => self.pick("基准日", "as_of"),
        }
    }

    fn population(&self, it: &Population) -> String {
        let mut of = if it.keys.is_empty() {
            self.pick("全体", "everyone").to_owned()
        } else {
            let keys: Vec<String> = it.keys.iter().map(|it| self.expr(it)).collect();
            format!("{}{}", self.pick("同 ", "same "), keys.join(self.pick("、", ", ")))
        };
        if let Some(filter) = &it.filter {
            of.push_str(self.pick(" 其中 ", " where "));
            of.push_str(&self.expr(filter));
        }
        if let Some(arg) = &it.arg {
            of.push_str(", ");
            of.push_str(&self.expr(arg));
        }
        format!("{}({of})", self.name(it.builtin))
    }

    /// `近 24 个月`, with the date in front where it is not the event date of the record.
    fn within(&self, date: &Expr, window: &Window) -> String {
        let window = self.window(window);
        if self.is_event_date(date) {
            return window;
        }
        format!("{}{}{window}", self.at(date, Hold::Sum), self.pick(" 在 ", " within "))
    }

    fn is_event_date(&self, date: &Expr) -> bool {
        let Node::RecordField { up: 0, column } = &date.node else { return false };
        let table = self.linked.table(column.table.slot.index());
        table.order.first().is_some_and(|it| *it == column.id)
    }

    /// A stretch of time.
    pub fn window(&self, window: &Window) -> String {
        match window {
            Window::Last(length) => {
                format!("{}{}", self.pick("近 ", "last "), self.at(length, Hold::Sum))
            }
            Window::Next(length) => {
                format!("{}{}", self.pick("未来 ", "next "), self.at(length, Hold::Sum))
            }
            Window::Ago { far, near, unit } => match (self.lang, unit) {
                (Lang::Zh, TimeUnit::Day) => format!("前 {far} 至 {near} 天"),
                (Lang::Zh, TimeUnit::Month) => format!("前 {far} 至 {near} 个月"),
                (Lang::En, TimeUnit::Day) => format!("{far} to {near} days ago"),
                (Lang::En, TimeUnit::Month) => format!("{far} to {near} months ago"),
            },
            Window::Calendar(it) => self.calendar(*it).to_owned(),
            Window::YearBefore(it) => {
                format!("{}{}", self.window(it), self.pick(" 的去年同期", " a year before"))
            }
        }
    }

    fn calendar(&self, window: CalendarWindow) -> &'static str {
        match window {
            CalendarWindow::ThisMonth => self.pick("本月", "this month"),
            CalendarWindow::LastMonth => self.pick("上月", "last month"),
            CalendarWindow::ThisQuarter => self.pick("本季度", "this quarter"),
            CalendarWindow::LastQuarter => self.pick("上季度", "last quarter"),
            CalendarWindow::ThisYear => self.pick("本年度", "this year"),
            CalendarWindow::LastYear => self.pick("上年度", "last year"),
            CalendarWindow::SameMonthLastYear => self.pick("去年同月", "same month last year"),
            CalendarWindow::SameQuarterLastYear => self.pick("去年同季", "same quarter last year"),
        }
    }
}

fn compared(op: CompareOp) -> &'static str {
    match op {
        CompareOp::Equal => " = ",
        CompareOp::NotEqual => " ≠ ",
        CompareOp::Less => " < ",
        CompareOp::LessOrEqual => " ≤ ",
        CompareOp::Greater => " > ",
        CompareOp::GreaterOrEqual => " ≥ ",
    }
}

/// The word for a kind of value in field lists: `金额`, `日期`, the name of an enumeration.
pub fn kind(linked: &Linked, ty: &heng_dsl::model::Ty, lang: Lang) -> String {
    use heng_dsl::model::TyKind;
    let pick = |zh: &str, en: &str| match lang {
        Lang::Zh => zh.to_owned(),
        Lang::En => en.to_owned(),
    };
    match &ty.kind {
        TyKind::Bool => pick("是否", "yes or no"),
        TyKind::Date => pick("日期", "date"),
        TyKind::Text => pick("文本", "text"),
        TyKind::Member(it) => linked.enumeration(it.slot.index()).name.to_string(),
        TyKind::Code(it) => linked.code_table(it.slot.index()).name.to_string(),
        TyKind::Frequency => pick("频次", "frequency"),
        TyKind::Unknown => pick("不明", "unknown"),
        TyKind::Number(it) => match &it.unit {
            Unit::Plain if it.places == 0 => pick("整数", "whole number"),
            Unit::Plain => pick("小数", "decimal"),
            Unit::Count(None) => pick("整数", "whole number"),
            Unit::Count(Some(word)) => pick(
                &format!("数（{word}）"),
                &format!("number ({})", heng_dsl::units::english(word, false)),
            ),
            Unit::Money => pick("金额", "money"),
            Unit::Ratio => pick("比率", "ratio"),
            Unit::Points => pick("分", "points"),
            Unit::Days => pick("天数", "days"),
            Unit::Months => pick("月数", "months"),
        },
    }
}
