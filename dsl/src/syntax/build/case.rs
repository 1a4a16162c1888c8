//! The lines of a 用例.

use super::{Builder, Pair, expr, find, first, hole, table};
use crate::diag::Code;
use crate::syntax::ast::{Assign, Expr, ExprKind, Given, LineKind, Name, Path};
use crate::syntax::rules::Rule;

impl Builder {
    /// `given = { k_given ~ (given_fields | given_records) }`
    pub(super) fn given(&mut self, pair: Pair<'_>) -> Option<Given> {
        let body = pair.into_inner().nth(1)?;
        if body.as_rule() == Rule::given_fields {
            return first(body).map(|it| Given::Fields(self.assigns(it)));
        }
        let table = self.name_in(body.clone());
        let records = expr::parts(body, Rule::assigns);
        Some(Given::Records(table, records.into_iter().map(|it| self.assigns(it)).collect()))
    }

    /// `another = { k_another ~ numlit ~ (case_like ~ assigns? | assigns) }`
    pub(super) fn another(&mut self, pair: Pair<'_>) -> LineKind {
        let span = self.span(&pair);
        let count = find(pair.clone(), Rule::numlit);
        let count = count.map_or_else(|| hole(span), |it| self.numlit(it));
        let like = find(pair.clone(), Rule::case_like).map(|it| self.string_in(it));
        let fields = find(pair, Rule::assigns).map_or_else(Vec::new, |it| self.assigns(it));
        LineKind::Another { count, like, fields }
    }

    /// `assigns = { assign ~ (comma ~ nl? ~ assign)* }`
    fn assigns(&mut self, pair: Pair<'_>) -> Vec<Assign> {
        expr::parts(pair, Rule::assign).into_iter().map(|it| self.assign(it)).collect()
    }

    /// `expect = { k_expect ~ (open | outcome ~ (comma ~ nl? ~ outcome)*) }`; an open one is one without
    /// a name.
    pub(super) fn expect(&mut self, pair: Pair<'_>) -> Vec<Assign> {
        if let Some(open) = find(pair.clone(), Rule::open) {
            let span = self.span(&open);
            let path = Path { names: Vec::new(), span };
            return vec![Assign { path, value: Expr { span, kind: ExprKind::Open } }];
        }
        expr::parts(pair, Rule::outcome).into_iter().map(|it| self.assign(it)).collect()
    }

    /// `assign = { path ~ colon ~ (expr | nothing) }` and
    /// `outcome = { (k_missing | path) ~ colon ~ (nothing | open | frequency | expr) }`
    fn assign(&mut self, pair: Pair<'_>) -> Assign {
        let span = self.span(&pair);
        let (mut path, mut value) = (None, None);
        for part in pair.into_inner() {
            match part.as_rule() {
                Rule::path => path = Some(self.path(&part)),
                Rule::k_missing => path = Some(self.word_path(&part)),
                Rule::expr => value = Some(self.expr(part)),
                _ => value = value.or_else(|| self.outcome_value(&part)),
            }
        }
        let path = path.unwrap_or_else(|| Path { names: Vec::new(), span });
        Assign { path, value: value.unwrap_or_else(|| hole(span)) }
    }

    /// What is no expression: 缺失, `？`, a frequency.
    fn outcome_value(&mut self, pair: &Pair<'_>) -> Option<Expr> {
        let span = self.span(pair);
        let kind = match pair.as_rule() {
            Rule::nothing => ExprKind::Path(self.word_path(pair)),
            Rule::open => ExprKind::Open,
            Rule::frequency => match table::frequency(pair.clone()) {
                Some(frequency) => ExprKind::Frequency(frequency),
                None => {
                    self.report(Code::E0104, span);
                    ExprKind::Missing
                }
            },
            _ => return None,
        };
        Some(Expr { kind, span })
    }

    /// The word 缺失 where a name could stand.
    fn word_path(&self, word: &Pair<'_>) -> Path {
        let span = self.span(word);
        Path { names: vec![Name { text: word.as_str().trim().to_owned(), span }], span }
    }
}
