//! The cells of tables.

use super::{Builder, Children, Pair, expr, first, has, hole};
use crate::span::Span;
use crate::syntax::ast::{
    Alternative, Bound, Cell, CellKind, CompareOp, Expr, ExprKind, RangeForm,
};
use crate::syntax::rules::Rule;

impl Builder {
    /// `cell = { alt ~ (glue_or ~ alt)* | any }`
    pub(super) fn cell(&mut self, pair: Pair<'_>) -> Cell {
        let span = self.span(&pair);
        if has(&pair, Rule::any) {
            return Cell { kind: CellKind::Any, span };
        }
        let alternatives = expr::parts(pair, Rule::alt);
        let alternatives = alternatives.into_iter().map(|it| self.alt(it)).collect();
        Cell { kind: CellKind::OneOf(alternatives), span }
    }

    /// `alt = { k_missing | window | interval | compared | k_over … | k_under ~ v | v ~ tail? }`
    fn alt(&mut self, pair: Pair<'_>) -> Alternative {
        let span = self.span(&pair);
        let mut children = Children::of(pair);
        let Some(head) = children.next() else { return Alternative::Value(hole(span)) };
        match head.as_rule() {
            Rule::k_missing => Alternative::Missing(span),
            Rule::window => match self.window(head) {
                Some(window) => Alternative::Window(window),
                None => Alternative::Value(hole(span)),
            },
            Rule::interval => self.interval(head),
            Rule::compared => self.compared(head),
            Rule::k_over => {
                let low = self.next_value(&mut children, false);
                let word = children.0.clone().find(|it| it.as_rule() == Rule::k_under);
                children.take(Rule::k_to);
                children.take(Rule::k_under);
                let high = self.next_value(&mut children, word.is_none());
                let at_most = children.take(Rule::k_at_most).is_some();
                let form = if at_most { RangeForm::AtMost } else { RangeForm::Words };
                Alternative::Range { low, high, form, span }
            }
            Rule::k_under => {
                let high = self.next_value(&mut children, false);
                Alternative::Range { low: None, high, form: RangeForm::Words, span }
            }
            _ => {
                let value = self.v(head);
                match children.take(Rule::tail) {
                    Some(tail) => self.tail(value, tail, span),
                    None => plain(value),
                }
            }
        }
    }

    fn next_value(&mut self, children: &mut Children<'_>, inclusive: bool) -> Option<Bound> {
        let value = children.take(Rule::v)?;
        Some(Bound { value: self.v(value), inclusive })
    }

    /// `tail = { k_at_least ~ (k_under ~ v | v ~ k_at_most)? | k_at_most | … }`
    fn tail(&mut self, value: Expr, pair: Pair<'_>, span: Span) -> Alternative {
        let ago = has(&pair, Rule::k_ago);
        let mut children = Children::of(pair);
        let word = children.next().map(|it| it.as_rule());
        let this = |inclusive| Some(Bound { value: value.clone(), inclusive });
        let (low, high, form) = match word {
            Some(Rule::k_at_least) => {
                let under = children.take(Rule::k_under).is_some();
                let high = self.next_value(&mut children, !under);
                let at_most = children.take(Rule::k_at_most).is_some();
                (this(true), high, if at_most { RangeForm::AtMost } else { RangeForm::Words })
            }
            Some(Rule::k_at_most) => (None, this(true), RangeForm::Words),
            Some(Rule::k_within_bound) => (None, this(true), RangeForm::Within),
            Some(Rule::k_beyond) => (this(false), None, RangeForm::Within),
            Some(Rule::k_starts) => return Alternative::Starts(value),
            _ => {
                let end = self.next_value(&mut children, true);
                if let (true, Some(end)) = (ago, &end) {
                    let window = self.ago(&value, &end.value, span);
                    return window
                        .map_or_else(|| Alternative::Value(hole(span)), Alternative::Window);
                }
                let at_most = children.take(Rule::k_at_most).is_some();
                (this(true), end, if at_most { RangeForm::ToAtMost } else { RangeForm::Words })
            }
        };
        Alternative::Range { low, high, form, span }
    }

    /// `interval = { (lb | lp) ~ v? ~ comma ~ v? ~ (rb | rp) }`
    fn interval(&mut self, pair: Pair<'_>) -> Alternative {
        let span = self.span(&pair);
        let (closed_low, closed_high) = (has(&pair, Rule::lb), has(&pair, Rule::rb));
        let mut children = Children::of(pair);
        children.next();
        let low = self.next_value(&mut children, closed_low);
        children.take(Rule::comma);
        let high = self.next_value(&mut children, closed_high);
        Alternative::Range { low, high, form: RangeForm::Interval, span }
    }

    /// `compared = { cmp_op ~ v }`
    fn compared(&mut self, pair: Pair<'_>) -> Alternative {
        let span = self.span(&pair);
        let mut children = Children::of(pair);
        let op = children.next().and_then(expr::compare_op);
        let value = children.take(Rule::v).map_or_else(|| hole(span), |it| self.v(it));
        let bound = |inclusive| Some(Bound { value: value.clone(), inclusive });
        let (low, high) = match op {
            Some(CompareOp::Less) => (None, bound(false)),
            Some(CompareOp::LessOrEqual) => (None, bound(true)),
            Some(CompareOp::Greater) => (bound(false), None),
            Some(CompareOp::GreaterOrEqual) => (bound(true), None),
            Some(CompareOp::NotEqual) => return Alternative::Not(value),
            Some(CompareOp::Equal) | None => return plain(value),
        };
        Alternative::Range { low, high, form: RangeForm::Sign, span }
    }

    /// A rule whose only part is a cell.
    pub(super) fn cell_in(&mut self, pair: Pair<'_>) -> Option<Cell> {
        first(pair).filter(|it| it.as_rule() == Rule::cell).map(|it| self.cell(it))
    }
}

/// A value as an alternative: the name of a calendar window is a window.
fn plain(value: Expr) -> Alternative {
    match value.kind {
        ExprKind::Window(window) => Alternative::Window(window),
        kind => Alternative::Value(Expr { kind, span: value.span }),
    }
}
