//! Operands: literals, windows, calls, brackets.

use super::{Builder, Children, Pair, find, has, hole, offset};
use crate::diag::{Code, Diagnostic, Words};
use crate::span::Span;
use crate::syntax::ast::{Expr, ExprKind, Path, Quantity, UnitWord, Window, WindowKind};
use crate::syntax::literal;
use crate::syntax::rules::Rule;
use crate::syntax::spelling::{self, YEAR_BEFORE};
use crate::value::TimeUnit;

impl Builder {
    /// `prim = { prim_of | dash ~ prim_of }` with `prim_of = _{ date | window | number | … }`, and `lone`, which has
    /// fewer of these.
    pub(super) fn prim(&mut self, pair: Pair<'_>) -> Expr {
        let span = self.span(&pair);
        let mut children = Children::of(pair);
        let negative = children.take(Rule::dash).is_some();
        let Some(operand) = children.next() else { return hole(span) };
        if negative {
            self.node(span, |it| ExprKind::Negate(Box::new(it.operand(operand))))
        } else {
            self.operand(operand)
        }
    }

    fn operand(&mut self, pair: Pair<'_>) -> Expr {
        let span = self.span(&pair);
        match pair.as_rule() {
            Rule::date => self.date_expr(pair),
            Rule::window => match self.window(pair) {
                Some(window) => Expr { kind: ExprKind::Window(window), span },
                None => hole(span),
            },
            Rule::number => self.number(pair),
            Rule::numlit => self.numlit(pair),
            Rule::string => Expr { kind: ExprKind::Text(self.string(pair).text), span },
            Rule::k_yes => Expr { kind: ExprKind::Bool(true), span },
            Rule::k_no => Expr { kind: ExprKind::Bool(false), span },
            Rule::paren => self.paren(pair),
            Rule::if_ => self.if_(pair),
            Rule::same => {
                let paths = pair.into_inner().filter(|it| it.as_rule() == Rule::path);
                Expr { kind: ExprKind::Same(paths.map(|it| self.path(&it)).collect()), span }
            }
            Rule::call => self.call(pair),
            Rule::path => self.path_expr(&pair),
            _ => hole(span),
        }
    }

    /// A date as an expression.
    pub(super) fn date_expr(&mut self, pair: Pair<'_>) -> Expr {
        let span = self.span(&pair);
        let kind = self.date(pair).map_or(ExprKind::Missing, ExprKind::Date);
        Expr { kind, span }
    }

    /// `number = { numlit ~ (k_to ~ numlit ~ k_ago)? }`
    fn number(&mut self, pair: Pair<'_>) -> Expr {
        let span = self.span(&pair);
        let ago = has(&pair, Rule::k_ago);
        let mut numbers = pair.into_inner().filter(|it| it.as_rule() == Rule::numlit);
        let (Some(first), second) = (numbers.next(), numbers.next()) else { return hole(span) };
        let first = self.numlit(first);
        let Some(second) = second.filter(|_| ago) else { return first };
        let second = self.numlit(second);
        match self.ago(&first, &second, span) {
            Some(window) => Expr { kind: ExprKind::Window(window), span },
            None => hole(span),
        }
    }

    /// `15 to 3 months ago`
    pub(super) fn ago(&mut self, far: &Expr, near: &Expr, span: Span) -> Option<Window> {
        let (Expr { kind: ExprKind::Number(far), .. }, Expr { kind: ExprKind::Number(near), .. }) =
            (far, near)
        else {
            return None;
        };
        let unit = match near.unit {
            Some(UnitWord::Months) => Some(TimeUnit::Month),
            Some(UnitWord::Days) => Some(TimeUnit::Day),
            _ => None,
        };
        let unit_text = near.unit_text.clone();
        let factor = literal::time(&unit_text).map_or(1, |it| i64::from(it.1));
        let far_factor = if far.unit.is_none() { factor } else { 1 };
        let whole = |it: &Quantity, factor: i64| {
            let number = it.number.to_whole()?.checked_mul(factor)?;
            u32::try_from(number).ok()
        };
        let ends = (whole(far, far_factor), whole(near, 1), unit);
        let (Some(far), Some(near), Some(unit)) = ends else {
            self.report(Code::E0104, span);
            return None;
        };
        Some(Window { kind: WindowKind::Ago { far, near, unit, unit_text }, span })
    }

    /// `numlit = ${ num ~ (blank* ~ unit)? ~ num_end }`
    pub(super) fn numlit(&mut self, pair: Pair<'_>) -> Expr {
        let span = self.span(&pair);
        let mut children = Children::of(pair);
        let Some(number) = children.take(Rule::num) else { return hole(span) };
        let unit = children.take(Rule::unit);
        self.quantity(&number, unit.as_ref(), span)
    }

    fn quantity(&mut self, number: &Pair<'_>, unit: Option<&Pair<'_>>, span: Span) -> Expr {
        if let Some(unit) = unit.filter(|it| it.as_str() == "月") {
            let unit_span = self.span(unit);
            let title = Words::both("改为“个月”", "write 个月");
            let problem = Diagnostic::new(Code::E0106, span)
                .arg("number", literal::fold(number.as_str()))
                .fix(title, unit_span, "个月");
            self.problems.push(problem);
        }
        match literal::quantity(number.as_str(), unit.map_or("", |it| it.as_str())) {
            Some(quantity) => Expr { kind: ExprKind::Number(quantity), span },
            None => {
                self.report(Code::E0104, span);
                hole(span)
            }
        }
    }

    /// `duration = ${ num ~ blank* ~ time_unit }`
    fn duration(&mut self, pair: Pair<'_>) -> Expr {
        let span = self.span(&pair);
        let mut children = Children::of(pair);
        let (Some(number), unit) = (children.next(), children.next()) else { return hole(span) };
        self.quantity(&number, unit.as_ref(), span)
    }

    /// `window = { (k_last | k_next) ~ (duration | path) | k_before ~ num ~ k_to ~ duration }`
    pub(super) fn window(&mut self, pair: Pair<'_>) -> Option<Window> {
        let span = self.span(&pair);
        let mut children = Children::of(pair);
        let word = children.next()?.as_rule();
        if word == Rule::k_before {
            let far = children.next()?;
            let far_span = self.span(&far);
            let far = self.quantity(&far, None, far_span);
            let near = children.0.find(|it| it.as_rule() == Rule::duration)?;
            let near = self.duration(near);
            return self.ago(&far, &near, span);
        }
        let length = children.next()?;
        let length = match length.as_rule() {
            Rule::duration => self.duration(length),
            _ => self.path_expr(&length),
        };
        let length = Box::new(length);
        let kind = match word {
            Rule::k_last => WindowKind::Last(length),
            _ => WindowKind::Next(length),
        };
        Some(Window { kind, span })
    }

    /// A path as an expression; the names of calendar windows are windows.
    pub(super) fn path_expr(&self, pair: &Pair<'_>) -> Expr {
        let path = self.path(pair);
        let span = path.span;
        match spelling::calendar(pair.as_str()) {
            Some(window) => {
                let window = Window { kind: WindowKind::Calendar(window), span };
                Expr { kind: ExprKind::Window(window), span }
            }
            None => Expr { kind: ExprKind::Path(path), span },
        }
    }

    /// `call = ${ path ~ args? }`
    fn call(&mut self, pair: Pair<'_>) -> Expr {
        let span = self.span(&pair);
        let mut children = Children::of(pair);
        let Some(path) = children.take(Rule::path) else { return hole(span) };
        let Some(args) = children.take(Rule::args) else { return self.path_expr(&path) };
        let function = path.as_str().to_owned();
        let path = self.path(&path);
        self.node(span, |it| {
            let args = args.into_inner().filter(|arg| arg.as_rule() == Rule::source);
            let mut args: Vec<Expr> = args.map(|arg| it.source(arg)).collect();
            if YEAR_BEFORE.contains(&function.as_str()) && args.len() == 1 {
                return args
                    .pop()
                    .map_or(ExprKind::Missing, |arg| ExprKind::YearBefore(Box::new(arg)));
            }
            it.called(path, args)
        })
    }

    fn called(&mut self, path: Path, args: Vec<Expr>) -> ExprKind {
        let mut names = path.names;
        match (names.pop(), names.is_empty()) {
            (Some(name), true) => ExprKind::Call(name, args),
            _ => {
                self.report(Code::E0114, path.span);
                ExprKind::Missing
            }
        }
    }

    /// `paren = { lp ~ (source ~ (list_sep ~ source)*)? ~ rp }`
    fn paren(&mut self, pair: Pair<'_>) -> Expr {
        let span = self.span(&pair);
        let items: Vec<Pair<'_>> =
            pair.into_inner().filter(|it| it.as_rule() == Rule::source).collect();
        self.node(span, |it| {
            let single = items.len() == 1;
            let mut items: Vec<Expr> = items.into_iter().map(|item| it.source(item)).collect();
            match items.pop() {
                Some(item) if single => ExprKind::Paren(Box::new(item)),
                Some(last) => {
                    items.push(last);
                    ExprKind::List(items)
                }
                None => ExprKind::List(items),
            }
        })
    }

    /// `（A、B）` as a list, also around a single expression.
    pub(super) fn list(&mut self, pair: Pair<'_>) -> Expr {
        let expr = self.paren(pair);
        match expr.kind {
            ExprKind::Paren(item) => Expr { kind: ExprKind::List(vec![*item]), span: expr.span },
            kind => Expr { kind, span: expr.span },
        }
    }

    /// `if_ = { k_if ~ expr ~ k_then ~ expr ~ k_else ~ expr }`
    fn if_(&mut self, pair: Pair<'_>) -> Expr {
        let span = self.span(&pair);
        let mut parts = pair.into_inner().filter(|it| it.as_rule() == Rule::expr);
        let (Some(condition), Some(yes), Some(no)) = (parts.next(), parts.next(), parts.next())
        else {
            return hole(span);
        };
        self.node(span, |it| {
            let condition = Box::new(it.expr(condition));
            ExprKind::If(condition, Box::new(it.expr(yes)), Box::new(it.expr(no)))
        })
    }

    /// `v = { date | signed | string | k_yes | k_no | path ~ by? }`
    pub(super) fn v(&mut self, pair: Pair<'_>) -> Expr {
        let span = self.span(&pair);
        let by = find(pair.clone(), Rule::by);
        let Some(value) = super::first(pair) else { return hole(span) };
        let value = match value.as_rule() {
            Rule::signed => self.signed(value),
            Rule::path => self.path_expr(&value),
            _ => self.operand(value),
        };
        match by {
            Some(by) => self.by(value, by, span),
            None => value,
        }
    }

    /// `limit_value = { signed | path }`
    pub(super) fn limit_value(&mut self, pair: Pair<'_>) -> Expr {
        self.v(pair)
    }

    /// `signed = { numlit | dash ~ numlit }`
    fn signed(&mut self, pair: Pair<'_>) -> Expr {
        let span = self.span(&pair);
        let negative = has(&pair, Rule::dash);
        let Some(number) = find(pair, Rule::numlit) else { return hole(span) };
        let number = self.numlit(number);
        if negative { Expr { kind: ExprKind::Negate(Box::new(number)), span } } else { number }
    }

    /// A count in a place where only a small one makes sense: the places of `保留 2 位`.
    pub(super) fn places(&mut self, pair: &Pair<'_>) -> u8 {
        let places = literal::whole(pair.as_str()).and_then(|it| u8::try_from(it).ok());
        if places.is_none() {
            let start = self.base + offset(pair.as_span().start());
            let end = self.base + offset(pair.as_span().end());
            self.report(Code::E0104, Span { file: self.file, start, end });
        }
        places.unwrap_or(0)
    }
}
