//! The lines of a declaration.

use super::super::ast::{
    Accepted, Assign, BoundWord, DeclKind, Def, Effect, EffectKind, Expr, ExprKind, Field,
    FieldKind, Filled, Given, Line, LineKind, Mark, MarkKind, Member, Name, OrderKey, Path,
    Promise, Text, TextWord, TypeName, When,
};
use super::super::rules::Rule;
use super::super::spelling::{self, Spelling};
use super::page::STEP;
use super::{Writer, order};
use crate::span::Span;
use crate::value::Period;

impl Writer<'_> {
    pub(super) fn line(&mut self, it: &Line) {
        let Line { kind, span } = it;
        let start = span.start;
        match kind {
            LineKind::Text(word, text) => {
                self.lead(text_word(*word));
                self.put(&text.text);
            }
            LineKind::Effective(period) => self.effective(*period),
            LineKind::Applies(when) => self.conditions(Some(Rule::k_applies), when, start),
            LineKind::Let(name, def) => self.local(name, def),
            LineKind::Score { deduct: false, def } => self.defined(Rule::k_score, def, start),
            LineKind::Score { deduct: true, def } => self.defined(Rule::k_deduct, def, start),
            LineKind::Fade(def) => self.defined(Rule::k_fade, def, start),
            LineKind::Bound { word, value, when } => self.bound(*word, value, when),
            LineKind::Accept { what, because } => {
                self.lead(Rule::k_accept);
                self.word(match what {
                    Accepted::Lowering => Rule::k_lowering,
                    Accepted::Reversal => Rule::k_reversal,
                });
                self.spaced(Rule::k_because);
                self.put(&because.text);
            }
            LineKind::When(when) => self.conditions(None, when, start),
            LineKind::Require(it) => self.behind(Rule::k_require, it),
            LineKind::Admit(when) => self.conditions(Some(Rule::k_admit), when, start),
            LineKind::Remove(when) => self.conditions(Some(Rule::k_remove), when, start),
            LineKind::Quota { top, keys } => self.quota(top, keys),
            LineKind::Dated { from, value } => {
                self.lead(Rule::k_from);
                self.put(&from.to_string());
                self.colon();
                self.expr(value);
            }
            LineKind::Def(def) => self.def(def, start),
            LineKind::Effect(it) => self.effect(it),
            LineKind::Row(it) => self.row_edit(it),
            LineKind::File(text) => {
                self.lead(Rule::k_file);
                self.quoted(&text.text);
            }
            LineKind::Field(it) => self.field(it),
            LineKind::Members(members) => self.members(members, start),
            LineKind::Given(it) => self.given(it),
            LineKind::Another { count, like, fields } => self.another(count, like.as_ref(), fields),
            LineKind::Expect(them) => {
                self.lead(Rule::k_expect);
                self.assigns(them, Self::outcome);
            }
            LineKind::Promise(it) => self.promise(it),
            LineKind::Earliest(it) => self.behind(Rule::k_earliest, it),
            LineKind::Becomes(it) => {
                self.lead(Rule::k_becomes);
                self.filled(it);
            }
            LineKind::Adds { table, fields } => self.adds(table, fields),
            LineKind::Carries(names) => self.carries(names),
            LineKind::Encoded(parts) => self.encoded(parts),
        }
    }

    fn local(&mut self, name: &Name, def: &Def) {
        self.lead(Rule::k_let);
        self.name(name);
        self.put(" ");
        self.def(def, name.span.end);
    }

    fn defined(&mut self, word: Rule, def: &Def, start: u32) {
        self.lead(word);
        self.def(def, start);
    }

    fn filled(&mut self, it: &Filled) {
        let Filled { field, value, span: _ } = it;
        self.named_formula(field, value);
    }

    /// `新增 年报：报告年度 = 年, 从业人数 = 2`
    fn adds(&mut self, table: &Name, fields: &[Filled]) {
        self.lead(Rule::k_adding);
        self.name(table);
        let mut end = table.span.end;
        for (at, it) in fields.iter().enumerate() {
            let broken = self.page.is_broken(end, it.span.start);
            match (at == 0, broken) {
                (true, true) => self.put(self.colon_sign().trim_end()),
                (true, false) => self.colon(),
                (false, true) => self.put(","),
                (false, false) => self.put(", "),
            }
            self.page.go_on(end, it.span.start);
            self.filled(it);
            end = it.span.end;
        }
    }

    /// `修复日期 = 基准日`
    fn named_formula(&mut self, name: &Name, it: &Expr) {
        self.name(name);
        self.put(" =");
        self.page.blank_or_break(name.span.end, it.span.start);
        self.expr(it);
    }

    fn another(&mut self, count: &Expr, like: Option<&Text>, fields: &[Assign]) {
        self.behind(Rule::k_another, count);
        if let Some(like) = like {
            self.spaced(Rule::k_like);
            self.quoted(&like.text);
        }
        if !fields.is_empty() {
            self.put(" ");
            self.assigns(fields, Self::field_name);
        }
    }

    /// A word and an expression.
    fn behind(&mut self, word: Rule, it: &Expr) {
        self.lead(word);
        self.expr(it);
    }

    fn effective(&mut self, period: Period) {
        let Period { from, until } = period;
        self.word(Rule::k_effective);
        if let Some(from) = from {
            self.spaced(Rule::k_from);
            self.put(&from.to_string());
        }
        if let Some(until) = until {
            self.spaced(Rule::k_until);
            self.put(&until.to_string());
        }
    }

    /// `当 …`, behind a word of its own.
    fn conditions(&mut self, word: Option<Rule>, when: &When, start: u32) {
        if let Some(word) = word {
            self.lead(word);
        }
        self.lead(Rule::k_when);
        let (word, conditions) = match when {
            When::One(it) => return self.expr(it),
            When::Any(them) => (Rule::k_any_of, them),
            When::All(them) => (Rule::k_all_of, them),
        };
        self.word(word);
        let (indent, mut end) = (self.page.indent() + STEP, start);
        for it in conditions {
            self.page.row(indent, end, it.span.start);
            self.expr(it);
            end = it.span.end;
        }
    }

    fn bound(&mut self, word: BoundWord, value: &Expr, when: &Expr) {
        self.behind(bound_word(word), value);
        self.spaced(Rule::k_when);
        self.expr(when);
    }

    fn quota(&mut self, top: &Expr, keys: &[OrderKey]) {
        self.word(Rule::k_quota);
        self.spaced(Rule::k_top);
        self.expr(top);
        self.spaced(Rule::k_by);
        self.comma_separated(keys, |writer, key| {
            let OrderKey { expr, descending, in_time } = key;
            writer.expr(expr);
            writer.put(" ");
            writer.word(match (in_time, descending) {
                (false, false) => Rule::k_asc,
                (false, true) => Rule::k_desc,
                (true, false) => Rule::k_early,
                (true, true) => Rule::k_late,
            });
        });
    }

    pub(super) fn effect(&mut self, it: &Effect) {
        let Effect { target, kind, span: _ } = it;
        self.path(target);
        let (word, by, limit_word, limit) = match kind {
            EffectKind::Set(grade) => {
                self.spaced(Rule::k_set);
                return self.path(grade);
            }
            EffectKind::Raise { by, limit } => (Rule::k_raise, by, Rule::k_not_above, limit),
            EffectKind::Lower { by, limit } => (Rule::k_lower, by, Rule::k_not_below, limit),
        };
        self.spaced(word);
        self.expr(by);
        if let Some(limit) = limit {
            self.spaced(limit_word);
            self.path(limit);
        }
    }

    fn field(&mut self, it: &Field) {
        let Field { name, kind, marks, span: _ } = it;
        match kind {
            FieldKind::Derived(it) => self.named_formula(name, it),
            FieldKind::Typed(it) => {
                self.name(name);
                self.colon();
                self.type_name(it);
            }
        }
        let mut marks: Vec<&Mark> = marks.iter().collect();
        marks.sort_by_key(|it| order::mark(&it.kind));
        for it in marks {
            self.put(" ");
            self.mark(it);
        }
    }

    /// `小数 3 位 千克`
    fn type_name(&mut self, it: &TypeName) {
        let TypeName { name, places, unit, span: _ } = it;
        self.translated(name, Spelling::ty);
        if let Some(places) = places {
            self.put(" ");
            self.places(*places);
        }
        if let Some(unit) = unit {
            self.put(" ");
            let known = if spelling::is_money(&name.text) {
                Spelling::money_unit
            } else {
                Spelling::field_unit
            };
            self.translated(unit, known);
        }
    }

    fn mark(&mut self, it: &Mark) {
        let named = |writer: &mut Self, word, name: &Name| {
            writer.word(word);
            writer.put(" ");
            writer.name(name);
        };
        match &it.kind {
            MarkKind::Key => self.word(Rule::k_key),
            MarkKind::Optional => self.word(Rule::k_optional),
            MarkKind::Signed => self.word(Rule::k_signed),
            MarkKind::Sensitive => self.word(Rule::k_sensitive),
            MarkKind::Later(name) => named(self, Rule::k_later, name),
            MarkKind::With(name) => named(self, Rule::k_with, name),
            MarkKind::Default(it) => self.behind(Rule::k_default, it),
            MarkKind::Column(text) => {
                self.lead(Rule::k_column);
                self.quoted(&text.text);
            }
            MarkKind::Alias(name) => named(self, Rule::k_alias, name),
        }
    }

    /// `：A "低" 绿、B`, whose colon stands at `start`.
    fn members(&mut self, members: &[Member], start: u32) {
        let mut end = start;
        for (at, Member { name, label, colour }) in members.iter().enumerate() {
            let broken = self.page.is_broken(end, name.span.start);
            self.put(match (at == 0, self.to, broken) {
                (true, Spelling::Chinese, _) => "：",
                (true, Spelling::English, true) => ":",
                (true, Spelling::English, false) => ": ",
                (false, Spelling::Chinese, _) => "、",
                (false, Spelling::English, true) => ",",
                (false, Spelling::English, false) => ", ",
            });
            self.page.go_on(end, name.span.start);
            self.name(name);
            end = name.span.end;
            if let Some(label) = label {
                self.put(" ");
                self.quoted(&label.text);
                end = label.span.end;
            }
            if let Some(colour) = colour {
                self.put(" ");
                self.name(colour);
                end = colour.span.end;
            }
        }
    }

    fn promise(&mut self, it: &Promise) {
        match it {
            Promise::Records { adding, table, worsens, target } => {
                self.lead(if *adding { Rule::k_adding } else { Rule::k_removing });
                self.name(table);
                self.never(*worsens, target);
            }
            Promise::Reachable(path) => {
                self.lead(Rule::k_reachable);
                self.path(path);
            }
            Promise::Implies(condition, conclusion) => {
                self.behind(Rule::k_when, condition);
                self.page.blank_or_break(condition.span.end, conclusion.span.start);
                self.behind(Rule::k_then, conclusion);
            }
            Promise::Against { set, target, by } => {
                self.lead(Rule::k_against);
                self.path(set);
                self.spaced(Rule::k_compared);
                self.path(target);
                self.spaced(Rule::k_change_by);
                self.expr(by);
            }
            Promise::Worsening { cause, worsens, target } => {
                self.path(cause);
                self.put(" ");
                self.word(Rule::k_worse);
                self.never(*worsens, target);
            }
            Promise::Apart { first, second } => {
                self.name(first);
                self.spaced(Rule::k_along_with);
                self.name(second);
                self.put(" ");
                self.word(Rule::k_never_together);
            }
        }
    }

    fn never(&mut self, worsens: bool, target: &Path) {
        self.spaced(if worsens { Rule::k_no_worse } else { Rule::k_no_improve });
        self.value_path(target);
    }

    fn carries(&mut self, names: &[Name]) {
        self.word(Rule::k_carries);
        let mut end = None;
        for name in names {
            self.next_of(end, name.span);
            self.name(name);
            end = Some(name.span.end);
        }
    }

    /// A blank before the first thing of a list, a comma between it and the one that ended at `end`.
    fn next_of(&mut self, end: Option<u32>, next: Span) {
        let Some(end) = end else { return self.put(" ") };
        let broken = self.page.is_broken(end, next.start);
        self.put(match (self.to, broken) {
            (Spelling::Chinese, _) => "、",
            (Spelling::English, true) => ",",
            (Spelling::English, false) => ", ",
        });
        self.page.go_on(end, next.start);
    }

    fn encoded(&mut self, parts: &[(Option<DeclKind>, Path)]) {
        self.word(Rule::k_encoded);
        let mut end = None;
        for (kind, path) in parts {
            self.next_of(end, path.span);
            if let Some(kind) = kind {
                self.put(self.to.declaration(*kind));
                self.put(" ");
            }
            self.value_path(path);
            end = Some(path.span.end);
        }
    }

    fn given(&mut self, it: &Given) {
        self.lead(Rule::k_given);
        match it {
            Given::Fields(them) => self.assigns(them, Self::field_name),
            Given::Records(name, records) => {
                let history = spelling::is_history(&name.text);
                if history {
                    self.put(self.to.history());
                } else {
                    self.name(name);
                }
                let named = if history { Self::result_field } else { Self::field_name };
                let (indent, mut end) = (self.page.indent() + STEP, name.span.end);
                for record in records {
                    let Some((first, last)) = record.first().zip(record.last()) else { continue };
                    self.page.row(indent, end, first.path.span.start);
                    self.assigns(record, named);
                    end = last.value.span.end;
                }
            }
        }
    }

    /// `面积：180 平方米, 状态：存续`
    fn assigns(&mut self, them: &[Assign], named: fn(&mut Self, &Path)) {
        let mut end = None;
        for Assign { path, value } in them {
            if let Some(end) = end {
                self.put(",");
                self.page.blank_or_break(end, path.span.start);
            }
            // `期望 ？` has no name.
            if !path.names.is_empty() {
                named(self, path);
                self.colon();
            }
            self.given_value(value);
            end = Some(value.span.end);
        }
    }

    fn field_name(&mut self, path: &Path) {
        self.path(path);
    }

    fn result_field(&mut self, path: &Path) {
        match path.names.as_slice() {
            [only] => self.translated(only, Spelling::of_result),
            _ => self.path(path),
        }
    }

    fn outcome(&mut self, path: &Path) {
        match path.names.as_slice() {
            [only] => self.translated(only, Spelling::outcome),
            _ => self.value_path(path),
        }
    }

    /// 缺失, a list in brackets, or a value.
    fn given_value(&mut self, it: &Expr) {
        match &it.kind {
            ExprKind::Path(path) => match path.names.as_slice() {
                [only] => self.translated(only, Spelling::nothing),
                _ => self.value_path(path),
            },
            ExprKind::Paren(inner) => self.list(it.span, std::slice::from_ref(&**inner)),
            _ => self.expr(it),
        }
    }
}

pub(super) fn bound_word(word: BoundWord) -> Rule {
    match word {
        BoundWord::Max => Rule::k_max,
        BoundWord::Cap => Rule::k_cap,
        BoundWord::Floor => Rule::k_floor,
        BoundWord::Base => Rule::k_base,
        BoundWord::Weight => Rule::k_weight,
    }
}

fn text_word(word: TextWord) -> Rule {
    match word {
        TextWord::Basis => Rule::k_basis,
        TextWord::Note => Rule::k_note,
        TextWord::Reason => Rule::k_reason,
        TextWord::Source => Rule::k_source,
        TextWord::MadeBy => Rule::k_made_by,
        TextWord::GivenBy => Rule::k_given_by,
        TextWord::OwnedBy => Rule::k_owned_by,
        TextWord::Channel => Rule::k_channel,
        TextWord::Manual => Rule::k_manual,
        TextWord::OutOfScope => Rule::k_out_of_scope,
        TextWord::Replaces => Rule::k_replaces,
    }
}
