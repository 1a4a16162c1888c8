//! Expressions, windows and literals.

use super::super::ast::{
    CompareOp, Expr, ExprKind, Mode, Name, Path, ProductOp, Quantity, SumOp, Window, WindowKind,
};
use super::super::literal;
use super::super::rules::Rule;
use super::super::spelling::{Spelling, YEAR_BEFORE};
use super::Writer;
use super::table::frequency;
use crate::span::Span;

impl Writer<'_> {
    pub(super) fn expr(&mut self, it: &Expr) {
        match &it.kind {
            ExprKind::Missing => self.put(self.page.stretch(it.span.start, it.span.end)),
            ExprKind::Number(it) => self.quantity(it),
            ExprKind::Date(it) => self.put(&it.to_string()),
            ExprKind::Text(it) => self.quoted(it),
            ExprKind::Bool(it) => self.word(if *it { Rule::k_yes } else { Rule::k_no }),
            ExprKind::Frequency(it) => self.put(&frequency(it, self.to)),
            ExprKind::Open => self.put(match self.to {
                Spelling::Chinese => "？",
                Spelling::English => "?",
            }),
            ExprKind::Window(it) => self.window(it),
            ExprKind::YearBefore(window) => {
                self.put(self.to.pick(YEAR_BEFORE));
                self.bracketed(it.span, std::slice::from_ref(&**window));
            }
            ExprKind::Path(it) => self.value_path(it),
            ExprKind::Call(name, args) => {
                self.put(self.to.function(&name.text));
                self.bracketed(it.span, args);
            }
            ExprKind::Same(paths) => self.same(paths),
            ExprKind::Negate(it) => {
                self.put("-");
                self.expr(it);
            }
            ExprKind::Not(it) => {
                self.lead(Rule::k_not);
                self.expr(it);
            }
            ExprKind::Sum(first, rest) => self.sum(first, rest),
            ExprKind::Product(first, rest) => self.product(first, rest),
            ExprKind::And(terms) => self.terms(Rule::k_and, terms),
            ExprKind::Or(terms) => self.terms(Rule::k_or, terms),
            ExprKind::Compare(op, a, b) => self.compare(*op, a, b),
            ExprKind::In { negated, item, set } => self.member(*negated, item, set),
            ExprKind::Within(a, b) => self.with_word_between(a, Rule::k_within, b),
            ExprKind::Contains(a, b) => self.with_word_between(a, Rule::k_contains, b),
            ExprKind::Starts(a, b) => self.with_word_between(a, Rule::k_starts, b),
            ExprKind::IfMissing(a, b) => self.with_word_between(a, Rule::k_if_missing, b),
            ExprKind::Present { negated, item } => {
                self.expr(item);
                self.put(" ");
                self.word(if *negated { Rule::k_is_missing } else { Rule::k_present });
            }
            ExprKind::If(condition, yes, no) => self.choice(condition, yes, no),
            ExprKind::Keep(it, places) => self.keep(it, *places),
            ExprKind::Where { source, called, condition } => {
                self.filtered(source, called.as_ref(), condition.as_deref());
            }
            ExprKind::By { item, key, milder } => self.by(item, key, *milder),
            ExprKind::List(items) => self.list(it.span, items),
            ExprKind::Paren(inner) => self.bracketed(it.span, std::slice::from_ref(&**inner)),
        }
    }

    fn sum(&mut self, first: &Expr, rest: &[(SumOp, Expr)]) {
        self.expr(first);
        let mut end = first.span.end;
        for (op, term) in rest {
            let sign = match op {
                SumOp::Add => "+",
                SumOp::Subtract => "-",
            };
            // A line of a table that begins with a sign is a row: such a break stays behind the sign.
            let (before, behind) = self.breaks(end, term.span.start);
            if behind && !before {
                self.put(" ");
                self.put(sign);
                self.page.go_on(end, term.span.start);
            } else {
                self.page.blank_or_break(end, term.span.start);
                self.put(sign);
                self.put(" ");
            }
            self.expr(term);
            end = term.span.end;
        }
    }

    fn product(&mut self, first: &Expr, rest: &[(ProductOp, Expr)]) {
        self.expr(first);
        let mut end = first.span.end;
        for (op, factor) in rest {
            self.page.blank_or_break(end, factor.span.start);
            self.put(match op {
                ProductOp::Multiply => "× ",
                ProductOp::Divide => "÷ ",
            });
            self.expr(factor);
            end = factor.span.end;
        }
    }

    /// Terms joined by 且 or 或, which stand at the beginning of a new line.
    fn terms(&mut self, word: Rule, terms: &[Expr]) {
        let mut end = None;
        for it in terms {
            if let Some(end) = end {
                self.page.blank_or_break(end, it.span.start);
                self.lead(word);
            }
            self.expr(it);
            end = Some(it.span.end);
        }
    }

    fn compare(&mut self, op: CompareOp, a: &Expr, b: &Expr) {
        self.expr(a);
        self.put(" ");
        self.put(sign(op));
        self.page.blank_or_break(a.span.end, b.span.start);
        self.expr(b);
    }

    fn member(&mut self, negated: bool, item: &Expr, set: &Expr) {
        self.expr(item);
        self.put(" ");
        self.word(if negated { Rule::k_not_in } else { Rule::k_in });
        let wide = self.to == Spelling::Chinese && matches!(set.kind, ExprKind::List(_));
        if !wide {
            self.put(" ");
        }
        self.expr(set);
    }

    fn with_word_between(&mut self, a: &Expr, word: Rule, b: &Expr) {
        self.expr(a);
        self.spaced(word);
        self.expr(b);
    }

    fn choice(&mut self, condition: &Expr, yes: &Expr, no: &Expr) {
        self.lead(Rule::k_if);
        self.expr(condition);
        self.branch(condition.span.end, Rule::k_then, yes);
        self.branch(yes.span.end, Rule::k_else, no);
    }

    /// 则 or 否则, on the line where the author put it.
    fn branch(&mut self, from: u32, word: Rule, it: &Expr) {
        let (before, behind) = self.breaks(from, it.span.start);
        if before {
            self.page.go_on(from, it.span.start);
        } else {
            self.put(" ");
        }
        self.word(word);
        if behind && !before {
            self.page.go_on(from, it.span.start);
        } else {
            self.put(" ");
        }
        self.expr(it);
    }

    fn keep(&mut self, it: &Expr, places: u8) {
        self.expr(it);
        self.spaced(Rule::k_keep);
        self.places(places);
    }

    /// `2 位`
    pub(super) fn places(&mut self, places: u8) {
        self.put(&format!("{places} "));
        match (self.to, places) {
            (Spelling::English, 1) => self.put("place"),
            _ => self.word(Rule::k_places),
        }
    }

    /// `R 称 后案 其中 c`
    fn filtered(&mut self, source: &Expr, called: Option<&Name>, condition: Option<&Expr>) {
        self.expr(source);
        let mut end = source.span.end;
        if let Some(name) = called {
            self.spaced(Rule::k_called);
            self.name(name);
            end = name.span.end;
        }
        if let Some(condition) = condition {
            self.put(" ");
            self.word(Rule::k_where);
            self.page.blank_or_break(end, condition.span.start);
            self.expr(condition);
        }
    }

    fn by(&mut self, item: &Expr, key: &Path, milder: Option<Mode>) {
        self.expr(item);
        self.spaced(Rule::k_by);
        self.value_path(key);
        if let Some(mode) = milder {
            self.spaced(Rule::k_milder);
            self.mode(mode);
        }
    }

    fn same(&mut self, paths: &[Path]) {
        for (at, path) in paths.iter().enumerate() {
            if at > 0 {
                self.put(" ");
            }
            self.lead(Rule::k_same);
            self.path(path);
        }
    }

    /// `（A、B）`
    pub(super) fn list(&mut self, span: Span, items: &[Expr]) {
        let [open, pause, close] = match self.to {
            Spelling::Chinese => ["（", "、", "）"],
            Spelling::English => ["(", ", ", ")"],
        };
        self.put(open);
        self.items(span, items, pause);
        self.put(close);
    }

    /// `(a, b)`
    fn bracketed(&mut self, span: Span, items: &[Expr]) {
        self.put("(");
        self.items(span, items, ", ");
        self.put(")");
    }

    /// What stands between brackets that end with `span`.
    fn items(&mut self, span: Span, items: &[Expr], separator: &str) {
        let mut end = span.start;
        for (at, it) in items.iter().enumerate() {
            if at > 0 {
                let broken = self.page.is_broken(end, it.span.start);
                self.put(if broken { separator.trim_end() } else { separator });
            }
            self.page.go_on(end, it.span.start);
            self.expr(it);
            end = it.span.end;
        }
        self.page.go_on(end, span.end);
    }

    pub(super) fn window(&mut self, it: &Window) {
        match &it.kind {
            WindowKind::Last(length) => self.stretch(Rule::k_last, length),
            WindowKind::Next(length) => self.stretch(Rule::k_next, length),
            WindowKind::Ago { far, near, unit: _, unit_text } => self.ago(*far, *near, unit_text),
            WindowKind::Calendar(it) => self.put(self.to.window(*it)),
        }
    }

    fn stretch(&mut self, word: Rule, length: &Expr) {
        self.lead(word);
        self.expr(length);
    }

    /// `前 15 至 3 个月`. Ends that are not whole in the unit that was written are told in months or days.
    fn ago(&mut self, far: u32, near: u32, unit: &str) {
        let (unit, factor) = match literal::time(unit) {
            Some((_, factor)) if far.is_multiple_of(factor) && near.is_multiple_of(factor) => {
                (unit, factor)
            }
            Some((unit, _)) => (literal::time_word(unit), 1),
            None => (unit, 1),
        };
        let (far, near) = (far / factor, near / factor);
        match self.to {
            Spelling::Chinese => {
                let unit = self.to.unit(unit, false);
                self.put(&format!("前 {far} 至 {near} {unit}"));
            }
            Spelling::English => {
                let unit = self.to.unit(unit, near == 1);
                self.put(&format!("{far} to {near} {unit} ago"));
            }
        }
    }

    /// `20`, `1.5万元`, `24 个月`, `5%`
    pub(super) fn quantity(&mut self, it: &Quantity) {
        let written = it.written.to_string();
        self.put(&written);
        if it.unit_text.is_empty() {
            return;
        }
        if !it.unit_text.starts_with(['%', '‰', '万', '亿']) {
            self.put(" ");
        }
        self.put(self.to.unit(&it.unit_text, written == "1"));
    }

    /// From the end of one operand to the start of the next: did the author break the line before the
    /// word between them, and behind it?
    fn breaks(&self, from: u32, to: u32) -> (bool, bool) {
        let (mut word, mut broken) = (false, [false, false]);
        for line in self.page.stretch(from, to).split_inclusive('\n') {
            let code = line.split(['#', '＃']).next().unwrap_or("");
            word |= !code.trim_matches(|it| it == '\n' || literal::is_blank(it)).is_empty();
            broken[usize::from(word)] |= line.ends_with('\n');
        }
        (broken[0], broken[1])
    }
}

fn sign(op: CompareOp) -> &'static str {
    match op {
        CompareOp::Equal => "=",
        CompareOp::NotEqual => "≠",
        CompareOp::Less => "<",
        CompareOp::LessOrEqual => "≤",
        CompareOp::Greater => ">",
        CompareOp::GreaterOrEqual => "≥",
    }
}
