//! The indented lines of a declaration.

use super::{Builder, Pair, expr, find, first, has, hole};
use crate::span::Span;
use crate::syntax::ast::{
    Accepted, BoundWord, Def, Effect, EffectKind, Expr, Field, FieldKind, Filled, Line, LineKind,
    Mark, MarkKind, Name, OrderKey, TextWord, TypeName, When,
};
use crate::syntax::rules::Rule;
use crate::value::Period;

impl Builder {
    /// A line of any declaration; nothing where a date in it does not exist.
    pub(super) fn line(&mut self, pair: Pair<'_>) -> Option<Line> {
        let pair = match pair.as_rule() {
            Rule::clause
            | Rule::data_line
            | Rule::action_line
            | Rule::clause_line
            | Rule::ruleset_line
            | Rule::amend_line
            | Rule::amend_head
            | Rule::case_line => first(pair)?,
            _ => pair,
        };
        if pair.as_rule() == Rule::clause {
            return self.line(pair);
        }
        let span = self.span(&pair);
        Some(Line { kind: self.line_kind(pair)?, span })
    }

    fn line_kind(&mut self, pair: Pair<'_>) -> Option<LineKind> {
        Some(match pair.as_rule() {
            Rule::text_clause => LineKind::Text(text_word(&pair)?, self.prose_in(pair)),
            Rule::effective => LineKind::Effective(self.effective(pair)),
            Rule::applies => LineKind::Applies(self.when_in(pair)),
            Rule::let_ => LineKind::Let(self.name_in(pair.clone()), self.def_in(pair)),
            Rule::score => {
                LineKind::Score { deduct: has(&pair, Rule::k_deduct), def: self.def_in(pair) }
            }
            Rule::fade => LineKind::Fade(self.def_in(pair)),
            Rule::accept => LineKind::Accept {
                what: if has(&pair, Rule::k_lowering) {
                    Accepted::Lowering
                } else {
                    Accepted::Reversal
                },
                because: self.prose_in(find(pair, Rule::because)?),
            },
            Rule::bound_clause => self.bound_clause(pair),
            Rule::when => LineKind::When(self.when(pair)),
            Rule::require => LineKind::Require(self.expr_in(pair)),
            Rule::admit => LineKind::Admit(self.when_in(pair)),
            Rule::remove => LineKind::Remove(self.when_in(pair)),
            Rule::quota => self.quota(pair),
            Rule::dated => {
                let value = self.source_in(pair.clone());
                LineKind::Dated { from: self.date_in(pair)?, value }
            }
            Rule::def => LineKind::Def(self.def(pair)),
            Rule::effect => LineKind::Effect(self.effect(pair)),
            Rule::row_edit | Rule::cell_edit => LineKind::Row(self.row_edit(pair)),
            Rule::table_file => LineKind::File(self.string_in(pair)),
            Rule::field => LineKind::Field(self.field(pair)),
            Rule::earliest => LineKind::Earliest(self.source_in(pair)),
            Rule::becomes => LineKind::Becomes(find(pair, Rule::filled).map(|it| self.filled(it))?),
            Rule::adds => {
                let table = self.name_in(pair.clone());
                let fields = expr::parts(pair, Rule::filled).into_iter();
                LineKind::Adds { table, fields: fields.map(|it| self.filled(it)).collect() }
            }
            Rule::carries => {
                let names = expr::parts(pair, Rule::name).into_iter();
                LineKind::Carries(names.map(|it| self.name(&it)).collect())
            }
            Rule::encoded => self.encoded(pair),
            Rule::given => LineKind::Given(self.given(pair)?),
            Rule::another => self.another(pair),
            Rule::expect => LineKind::Expect(self.expect(pair)),
            _ => return None,
        })
    }

    /// A rule that holds an expression behind a word.
    pub(super) fn expr_in(&mut self, pair: Pair<'_>) -> Expr {
        let span = self.span(&pair);
        find(pair, Rule::expr).map_or_else(|| hole(span), |it| self.expr(it))
    }

    /// A rule that holds a source behind a word.
    fn source_in(&mut self, pair: Pair<'_>) -> Expr {
        let span = self.span(&pair);
        find(pair, Rule::source).map_or_else(|| hole(span), |it| self.source(it))
    }

    /// A rule that holds `当 …` behind a word.
    fn when_in(&mut self, pair: Pair<'_>) -> When {
        let span = self.span(&pair);
        find(pair, Rule::when).map_or_else(|| When::One(hole(span)), |it| self.when(it))
    }

    /// `when = { k_when ~ ((k_any_of | k_all_of) ~ (nl ~ cond_line)+ | expr) }`
    fn when(&mut self, pair: Pair<'_>) -> When {
        let (any, all) = (has(&pair, Rule::k_any_of), has(&pair, Rule::k_all_of));
        if !any && !all {
            return When::One(self.expr_in(pair));
        }
        let lines = expr::parts(pair, Rule::cond_line);
        let lines = lines.into_iter().map(|it| self.expr_in(it)).collect();
        if any { When::Any(lines) } else { When::All(lines) }
    }

    /// `effective = { k_effective ~ (from_date ~ until_date? | until_date) }`
    fn effective(&mut self, pair: Pair<'_>) -> Period {
        let mut period = Period::ALWAYS;
        for part in pair.into_inner() {
            match part.as_rule() {
                Rule::from_date => period.from = self.date_in(part),
                Rule::until_date => period.until = self.date_in(part),
                _ => {}
            }
        }
        period
    }

    /// `bound_clause = { (k_cap | k_floor) ~ expr ~ k_when ~ expr }`
    fn bound_clause(&mut self, pair: Pair<'_>) -> LineKind {
        let span = self.span(&pair);
        let word = if has(&pair, Rule::k_cap) { BoundWord::Cap } else { BoundWord::Floor };
        let mut parts = expr::parts(pair, Rule::expr).into_iter();
        let mut next = || parts.next().map_or_else(|| hole(span), |it| self.expr(it));
        LineKind::Bound { word, value: next(), when: next() }
    }

    /// `quota = { k_quota ~ k_top ~ limit_value ~ k_by ~ order ~ (comma ~ order)* }`
    fn quota(&mut self, pair: Pair<'_>) -> LineKind {
        let span = self.span(&pair);
        let (mut top, mut keys) = (hole(span), Vec::new());
        for part in pair.into_inner() {
            match part.as_rule() {
                Rule::limit_value => top = self.limit_value(part),
                Rule::order => {
                    let descending = has(&part, Rule::k_desc) || has(&part, Rule::k_late);
                    let in_time = has(&part, Rule::k_early) || has(&part, Rule::k_late);
                    keys.push(OrderKey { expr: self.expr_in(part), descending, in_time });
                }
                _ => {}
            }
        }
        LineKind::Quota { top, keys }
    }

    /// `effect = { path ~ (k_set ~ path | (k_raise | k_lower) ~ numlit ~ limit?) }`
    pub(super) fn effect(&mut self, pair: Pair<'_>) -> Effect {
        let span = self.span(&pair);
        let raises = has(&pair, Rule::k_raise);
        let limit = find(pair.clone(), Rule::limit).map(|it| self.path_in(it));
        let number = find(pair.clone(), Rule::numlit);
        let target = self.path_in(pair.clone());
        let kind = match number {
            Some(number) => {
                let by = self.numlit(number);
                if raises {
                    EffectKind::Raise { by, limit }
                } else {
                    EffectKind::Lower { by, limit }
                }
            }
            None => {
                let grade = expr::parts(pair, Rule::path).pop();
                EffectKind::Set(grade.map_or_else(|| target.clone(), |it| self.path(&it)))
            }
        };
        Effect { target, kind, span }
    }

    /// `field = { name ~ (colon ~ type ~ mark* | eq ~ nl? ~ source) }`
    fn field(&mut self, pair: Pair<'_>) -> Field {
        let span = self.span(&pair);
        let name = self.name_in(pair.clone());
        let mut kind = FieldKind::Derived(hole(span));
        let mut marks = Vec::new();
        for part in pair.into_inner() {
            match part.as_rule() {
                Rule::type_ => kind = FieldKind::Typed(self.type_name(part)),
                Rule::source => kind = FieldKind::Derived(self.source(part)),
                Rule::mark => marks.extend(self.mark(part)),
                _ => {}
            }
        }
        Field { name, kind, marks, span }
    }

    /// `type_ = { name ~ (num ~ k_places)? ~ type_unit? }`
    fn type_name(&mut self, pair: Pair<'_>) -> TypeName {
        let span = self.span(&pair);
        let name = self.name_in(pair.clone());
        let places = find(pair.clone(), Rule::num).map(|it| self.places(&it));
        let unit = find(pair, Rule::type_unit).and_then(first);
        let unit = unit.map(|it| self.name(&it));
        TypeName { name, places, unit, span }
    }

    /// `mark = { k_key | k_optional | … | later | with | default | column | alias }`
    fn mark(&mut self, pair: Pair<'_>) -> Option<Mark> {
        let span = self.span(&pair);
        let mark = first(pair)?;
        let kind = match mark.as_rule() {
            Rule::k_key => MarkKind::Key,
            Rule::k_optional => MarkKind::Optional,
            Rule::k_signed => MarkKind::Signed,
            Rule::k_sensitive => MarkKind::Sensitive,
            Rule::later => MarkKind::Later(self.name_in(mark)),
            Rule::with => MarkKind::With(self.name_in(mark)),
            Rule::default => MarkKind::Default(find(mark, Rule::v).map(|it| self.v(it))?),
            Rule::column => MarkKind::Column(self.string_in(mark)),
            Rule::alias => MarkKind::Alias(self.name_in(mark)),
            _ => return None,
        };
        Some(Mark { kind, span })
    }

    /// `encoded = { k_encoded ~ encoded_in ~ ((pause | comma) ~ encoded_in)* }`
    fn encoded(&self, pair: Pair<'_>) -> LineKind {
        let parts = expr::parts(pair, Rule::encoded_in).into_iter();
        LineKind::Encoded(
            parts
                .map(|it| {
                    let kind = find(it.clone(), Rule::any_kind).and_then(super::decl::declared);
                    (kind, self.path_in(it))
                })
                .collect(),
        )
    }

    /// `filled = { name ~ eq ~ nl? ~ source }`
    fn filled(&mut self, pair: Pair<'_>) -> Filled {
        let span = self.span(&pair);
        Filled { field: self.name_in(pair.clone()), value: self.source_in(pair), span }
    }

    /// A definition on the line of the header.
    pub(super) fn header_def(&mut self, pair: Pair<'_>) -> (Def, Span) {
        let span = self.span(&pair);
        (self.def(pair), span)
    }

    /// A name, or an empty one at `span`.
    pub(super) fn name_or(&self, pair: Option<Pair<'_>>, span: Span) -> Name {
        pair.map_or_else(|| Name { text: String::new(), span }, |it| self.name(&it))
    }
}

/// `text_word = { k_basis | k_note | … }`
fn text_word(clause: &Pair<'_>) -> Option<TextWord> {
    let word = find(clause.clone(), Rule::text_word).and_then(first)?;
    Some(match word.as_rule() {
        Rule::k_basis => TextWord::Basis,
        Rule::k_note => TextWord::Note,
        Rule::k_reason => TextWord::Reason,
        Rule::k_source => TextWord::Source,
        Rule::k_made_by => TextWord::MadeBy,
        Rule::k_given_by => TextWord::GivenBy,
        Rule::k_owned_by => TextWord::OwnedBy,
        Rule::k_channel => TextWord::Channel,
        Rule::k_manual => TextWord::Manual,
        Rule::k_out_of_scope => TextWord::OutOfScope,
        Rule::k_replaces => TextWord::Replaces,
        _ => return None,
    })
}
