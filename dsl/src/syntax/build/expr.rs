//! Operators, from the loosest to the tightest.

use super::{Builder, Children, Pair, find, first, has, hole};
use crate::diag::Code;
use crate::span::Span;
use crate::syntax::ast::{CompareOp, Expr, ExprKind, Mode, ProductOp, SumOp};
use crate::syntax::rules::Rule;

impl Builder {
    /// `source = { expr ~ (k_called ~ name)? ~ (k_where ~ expr)? ~ by? ~ keep? }`
    pub(super) fn source(&mut self, pair: Pair<'_>) -> Expr {
        let by = find(pair.clone(), Rule::by);
        let keep = find(pair.clone(), Rule::keep).and_then(|it| find(it, Rule::num));
        let span = self.span(&pair);
        let kept = keep.as_ref().map(|it| self.places(it));
        let inner = |it: &mut Self| match by {
            Some(by) => {
                let before = it.before(&by, span);
                it.grouped(pair, by, before)
            }
            None => it.filtered(pair),
        };
        match kept {
            Some(places) => self.node(span, |it| ExprKind::Keep(Box::new(inner(it)), places)),
            None => inner(self),
        }
    }

    /// From the start of `whole` to the end of `part`.
    fn before(&self, part: &Pair<'_>, whole: Span) -> Span {
        whole.to(self.span(part))
    }

    fn grouped(&mut self, pair: Pair<'_>, by: Pair<'_>, span: Span) -> Expr {
        self.depth += 1;
        let item = self.filtered(pair);
        self.depth -= 1;
        self.by(item, by, span)
    }

    /// `by = { k_by ~ path ~ (k_milder ~ (k_highest | k_lowest))? }`
    pub(super) fn by(&mut self, item: Expr, by: Pair<'_>, span: Span) -> Expr {
        let milder = match (has(&by, Rule::k_highest), has(&by, Rule::k_lowest)) {
            (true, _) => Some(Mode::Highest),
            (_, true) => Some(Mode::Lowest),
            _ => None,
        };
        let key = self.path_in(by);
        self.node(span, |_| ExprKind::By { item: Box::new(item), key, milder })
    }

    /// `expr ~ (k_called ~ name)? ~ (k_where ~ expr)?` of a source or of 逐条
    pub(super) fn filtered(&mut self, pair: Pair<'_>) -> Expr {
        let span = self.span(&pair);
        let mut children = Children(pair.into_inner());
        children.take(Rule::k_each);
        let Some(source) = children.take(Rule::expr) else { return hole(span) };
        let span = self.span(&source);
        let called = children.take(Rule::k_called).and_then(|_| children.take(Rule::name));
        let condition = children.take(Rule::k_where).and_then(|_| {
            children.take(Rule::nl);
            children.take(Rule::expr)
        });
        let last = condition.as_ref().or(called.as_ref());
        let Some(last) = last else { return self.expr(source) };
        let span = span.to(self.span(last));
        self.node(span, |it| {
            let source = Box::new(it.expr(source));
            let called = called.map(|name| it.name(&name));
            let condition = condition.map(|condition| Box::new(it.expr(condition)));
            ExprKind::Where { source, called, condition }
        })
    }

    /// An expression or an operand of one. A level of the grammar that holds nothing but the one below it, as
    /// most do, is passed by.
    pub(super) fn expr(&mut self, mut pair: Pair<'_>) -> Expr {
        while let Some(only) = only_operand(&pair) {
            pair = only;
        }
        match pair.as_rule() {
            Rule::conj => self.conj(pair),
            Rule::neg => self.neg(pair),
            Rule::cmp => self.cmp(pair),
            Rule::add => self.add(pair),
            Rule::mul => self.mul(pair),
            Rule::post => self.post(pair),
            Rule::prim | Rule::lone => self.prim(pair),
            _ => self.disj(pair),
        }
    }

    /// `expr = { lone | conj ~ (or_op ~ conj)* }`
    fn disj(&mut self, pair: Pair<'_>) -> Expr {
        let span = self.span(&pair);
        let terms = parts(pair, Rule::conj);
        if terms.len() > 1 && terms.iter().any(|it| has(it, Rule::and_op)) {
            self.report(Code::E0107, span);
        }
        self.flat(terms, span, ExprKind::Or)
    }

    /// `conj = { neg ~ (and_op ~ neg)* }`
    fn conj(&mut self, pair: Pair<'_>) -> Expr {
        let span = self.span(&pair);
        self.flat(parts(pair, Rule::neg), span, ExprKind::And)
    }

    /// One term as it is, several as a flat list.
    fn flat(
        &mut self,
        mut terms: Vec<Pair<'_>>,
        span: Span,
        make: fn(Vec<Expr>) -> ExprKind,
    ) -> Expr {
        if terms.len() > 1 {
            return self
                .node(span, |it| make(terms.into_iter().map(|pair| it.expr(pair)).collect()));
        }
        terms.pop().map_or_else(|| hole(span), |pair| self.expr(pair))
    }

    /// `neg = { k_not{0, 8} ~ cmp }`
    fn neg(&mut self, pair: Pair<'_>) -> Expr {
        let span = self.span(&pair);
        let mut children = Children::of(pair);
        let mut words = Vec::new();
        while let Some(word) = children.take(Rule::k_not) {
            words.push(self.span(&word).to(span));
        }
        let Some(inner) = children.next() else { return hole(span) };
        self.negated(&words, inner, span)
    }

    fn negated(&mut self, words: &[Span], inner: Pair<'_>, whole: Span) -> Expr {
        match words.split_first() {
            None => self.expr(inner),
            Some((word, rest)) => {
                let span = Span { end: whole.end, ..*word };
                self.node(span, |it| ExprKind::Not(Box::new(it.negated(rest, inner, whole))))
            }
        }
    }

    /// `cmp = { add ~ cmp_tail? }`
    fn cmp(&mut self, pair: Pair<'_>) -> Expr {
        let span = self.span(&pair);
        let mut children = Children::of(pair);
        let Some(left) = children.next() else { return hole(span) };
        let Some(tail) = children.take(Rule::cmp_tail) else { return self.expr(left) };
        self.node(span, |it| {
            let left = Box::new(it.expr(left));
            it.cmp_tail(left, tail)
        })
    }

    /// `cmp_tail = { cmp_op ~ add | (k_not_in | k_in) ~ (paren | path) | k_within ~ add | … }`
    fn cmp_tail(&mut self, left: Box<Expr>, pair: Pair<'_>) -> ExprKind {
        let span = self.span(&pair);
        let mut children = Children::of(pair);
        let Some(word) = children.next() else { return ExprKind::Missing };
        let right = children.0.find(|it| it.as_rule() != Rule::nl);
        let add = |it: &mut Self| {
            Box::new(right.clone().map_or_else(|| hole(span), |pair| it.expr(pair)))
        };
        match word.as_rule() {
            Rule::cmp_op => match compare_op(word) {
                Some(op) => ExprKind::Compare(op, left, add(self)),
                None => ExprKind::Missing,
            },
            rule @ (Rule::k_in | Rule::k_not_in) => {
                let set = match right {
                    Some(it) if it.as_rule() == Rule::paren => self.list(it),
                    Some(it) => self.path_expr(&it),
                    None => hole(span),
                };
                ExprKind::In { negated: rule == Rule::k_not_in, item: left, set: Box::new(set) }
            }
            Rule::k_within => ExprKind::Within(left, add(self)),
            Rule::k_present => ExprKind::Present { negated: false, item: left },
            Rule::k_is_missing => ExprKind::Present { negated: true, item: left },
            Rule::k_contains => ExprKind::Contains(left, add(self)),
            Rule::k_starts => ExprKind::Starts(left, add(self)),
            _ => ExprKind::Missing,
        }
    }

    /// `add = { mul ~ (add_op ~ mul)* }`
    fn add(&mut self, pair: Pair<'_>) -> Expr {
        let span = self.span(&pair);
        let mut children = Children::of(pair);
        let Some(left) = children.take(Rule::mul) else { return hole(span) };
        let rest =
            operations(
                children,
                |op| {
                    if has(op, Rule::plus) { SumOp::Add } else { SumOp::Subtract }
                },
            );
        if rest.is_empty() {
            return self.expr(left);
        }
        self.node(span, |it| {
            let left = Box::new(it.expr(left));
            ExprKind::Sum(left, rest.into_iter().map(|(op, pair)| (op, it.expr(pair))).collect())
        })
    }

    /// `mul = { post ~ (mul_op ~ post)* }`
    fn mul(&mut self, pair: Pair<'_>) -> Expr {
        let span = self.span(&pair);
        let mut children = Children::of(pair);
        let Some(left) = children.take(Rule::post) else { return hole(span) };
        let rest = operations(children, |op| {
            if has(op, Rule::times_sign) { ProductOp::Multiply } else { ProductOp::Divide }
        });
        if rest.is_empty() {
            return self.expr(left);
        }
        self.node(span, |it| {
            let left = Box::new(it.expr(left));
            ExprKind::Product(
                left,
                rest.into_iter().map(|(op, pair)| (op, it.expr(pair))).collect(),
            )
        })
    }

    /// `post = { prim ~ (k_if_missing ~ prim)? }`
    fn post(&mut self, pair: Pair<'_>) -> Expr {
        let span = self.span(&pair);
        let mut operands = parts(pair, Rule::prim).into_iter();
        let (Some(item), default) = (operands.next(), operands.next()) else { return hole(span) };
        let Some(default) = default else { return self.expr(item) };
        self.node(span, |it| {
            let item = Box::new(it.expr(item));
            ExprKind::IfMissing(item, Box::new(it.expr(default)))
        })
    }
}

/// What a level of the grammar for operators holds, if it holds nothing else.
fn only_operand<'i>(pair: &Pair<'i>) -> Option<Pair<'i>> {
    let levels = [Rule::expr, Rule::conj, Rule::neg, Rule::cmp, Rule::add, Rule::mul, Rule::post];
    let mut inside = pair.clone().into_inner();
    let only = inside.next().filter(|_| levels.contains(&pair.as_rule()))?;
    inside.next().is_none().then_some(only)
}

/// The operators and operands behind the first operand.
fn operations<'i, Op>(
    mut children: Children<'i>,
    op: impl Fn(&Pair<'i>) -> Op,
) -> Vec<(Op, Pair<'i>)> {
    let mut rest = Vec::new();
    while let Some(sign) = children.next() {
        children.take(Rule::nl);
        let Some(operand) = children.next() else { break };
        rest.push((op(&sign), operand));
    }
    rest
}

/// The children of one rule.
pub(super) fn parts(pair: Pair<'_>, rule: Rule) -> Vec<Pair<'_>> {
    pair.into_inner().filter(|it| it.as_rule() == rule).collect()
}

/// `cmp_op = { ge | le | ne | gt | lt | eq }`
pub(super) fn compare_op(pair: Pair<'_>) -> Option<CompareOp> {
    Some(match first(pair)?.as_rule() {
        Rule::ge => CompareOp::GreaterOrEqual,
        Rule::le => CompareOp::LessOrEqual,
        Rule::ne => CompareOp::NotEqual,
        Rule::gt => CompareOp::Greater,
        Rule::lt => CompareOp::Less,
        Rule::eq => CompareOp::Equal,
        _ => return None,
    })
}
