//! Why a condition holds or does not: the parts that settle it, each with the values that it compared,
//! and of records the first thing that keeps each of them out.

use heng_dsl::diag::Lang;
use heng_dsl::model::{
    Condition, ConditionMode, Content, DeclKind, Expr, Let, Node, Source, Ty, TyKind,
};
use heng_dsl::value::Value;

use super::{Apart, DEEPEST, MOST, Rule, Why};
use crate::eval::{Element, Frame};
use crate::explain::facts::provenance;
use crate::explain::{Said, Shown};
use crate::show::formula::Formulas;

/// How many records are told one by one.
const RECORDS: usize = 4;

impl<'p> Apart<'p> {
    /// The parts of a condition that keep it from holding (`wanted`), or that make it hold.
    pub(super) fn condition(
        &mut self,
        condition: &'p Condition,
        frame: &Frame<'_, 'p>,
        rule: Rule<'p>,
        wanted: bool,
        depth: usize,
    ) -> Vec<Why> {
        let place = provenance(&condition.origin).place;
        let all = match condition.mode {
            ConditionMode::Any => wanted,
            ConditionMode::One | ConditionMode::All => !wanted,
        };
        let mut told = Vec::new();
        for part in &condition.parts {
            let holds = self.working.ask(part, frame) == Value::Bool(true);
            if all || holds != wanted {
                told.extend(self.because(part, frame, rule, wanted, depth));
            }
        }
        told.truncate(MOST);
        for why in &mut told {
            why.place = why.place.take().or_else(|| place.clone());
        }
        told
    }

    /// Why an expression that is answered by 是 or 否 is not (`wanted`), or is, answered by 是.
    pub(super) fn because(
        &mut self,
        expr: &'p Expr,
        frame: &Frame<'_, 'p>,
        rule: Rule<'p>,
        wanted: bool,
        depth: usize,
    ) -> Vec<Why> {
        let (parts, all) = match &expr.node {
            Node::Not(it) => return self.because(it, frame, rule, !wanted, depth),
            Node::And(parts) => (parts, !wanted),
            Node::Or(parts) => (parts, wanted),
            _ => return vec![self.question(expr, frame, rule, wanted, depth)],
        };
        let mut told = Vec::new();
        for part in parts {
            let holds = self.working.ask(part, frame) == Value::Bool(true);
            if all || holds != wanted {
                told.extend(self.because(part, frame, rule, wanted, depth));
            }
        }
        told
    }

    /// One question, with the values that it is about and what they rest on.
    fn question(
        &mut self,
        expr: &'p Expr,
        frame: &Frame<'_, 'p>,
        rule: Rule<'p>,
        wanted: bool,
        depth: usize,
    ) -> Why {
        let answer = self.working.ask(expr, frame);
        let mut values = Vec::new();
        let mut because = Vec::new();
        for operand in operands(expr) {
            if !matches!(operand.node, Node::Const(_)) {
                let value = self.working.ask(operand, frame);
                values.push(self.valued(operand, &value, &rule.version.lets));
            }
            because.extend(self.behind(operand, frame, rule, wanted, depth));
        }
        because.extend(self.behind(expr, frame, rule, wanted, depth));
        because.truncate(MOST);
        let text = self.answered(expr, &answer, &rule.version.lets, &values);
        Why::new(text).because(because)
    }

    /// `连续未报 ≥ 2 不成立：连续未报 是 1`
    fn answered(&self, expr: &Expr, answer: &Value, lets: &[Let], values: &[Said]) -> Said {
        let text = self.written(expr, lets);
        let verdict = match answer {
            Value::Bool(true) => Said::both("成立", "holds"),
            Value::Bool(false) => Said::both("不成立", "does not hold"),
            other => Shown::new(self.linked, other, &Ty::bool()).text,
        };
        let list = |each: fn(&Said) -> &str, glue: &str| {
            values.iter().map(each).collect::<Vec<_>>().join(glue)
        };
        let values = if values.is_empty() {
            Said::default()
        } else {
            Said::both(
                format!("：{}", list(|it| &it.zh, "，")),
                format!(": {}", list(|it| &it.en, ", ")),
            )
        };
        Said::both(
            format!("“{}”{}{}", text.zh, verdict.zh, values.zh),
            format!("“{}” {}{}", text.en, verdict.en, values.en),
        )
    }

    /// An expression in the words of the language.
    pub(super) fn written(&self, expr: &Expr, lets: &[Let]) -> Said {
        let of = |lang| Formulas::new(self.linked, lets, lang).expr(expr);
        Said::both(of(Lang::Zh), of(Lang::En))
    }

    /// `连续未报 是 1`
    pub(super) fn valued(&self, expr: &Expr, value: &Value, lets: &[Let]) -> Said {
        let (text, value) =
            (self.written(expr, lets), Shown::new(self.linked, value, &expr.ty).text);
        Said::both(format!("{} 是 {}", text.zh, value.zh), format!("{} is {}", text.en, value.en))
    }

    /// What a value rests on: the rule of another declaration or of a local value, or records.
    fn behind(
        &mut self,
        expr: &'p Expr,
        frame: &Frame<'_, 'p>,
        rule: Rule<'p>,
        wanted: bool,
        depth: usize,
    ) -> Vec<Why> {
        if depth >= DEEPEST {
            return Vec::new();
        }
        match &expr.node {
            Node::Aggregate { source, .. } => self.records(source, frame, rule),
            Node::Local(at) => {
                let local = usize::try_from(*at).ok().and_then(|it| rule.version.lets.get(it));
                match local.map(|it| &it.content) {
                    Some(Content::Formula(it)) if is_question(it) => {
                        self.because(it, frame, rule, wanted, depth + 1)
                    }
                    Some(Content::Formula(it)) => self.behind(it, frame, rule, wanted, depth + 1),
                    _ => Vec::new(),
                }
            }
            Node::Decl(it) => self.behind_decl(it.slot.index(), wanted, depth + 1),
            _ => Vec::new(),
        }
    }

    fn behind_decl(&mut self, slot: usize, wanted: bool, depth: usize) -> Vec<Why> {
        if *self.kind(slot) == DeclKind::Param {
            return Vec::new();
        }
        let Some(rule) = self.rule(slot) else { return Vec::new() };
        let frame = rule.frame();
        let mut told = match &rule.version.content {
            Content::Formula(it) if is_question(it) => {
                self.because(it, &frame, rule, wanted, depth)
            }
            Content::Formula(it) => self.behind(it, &frame, rule, wanted, depth),
            Content::Condition(it) => self.condition(it, &frame, rule, wanted, depth),
            _ => Vec::new(),
        };
        let place = provenance(&rule.version.content_origin).place;
        for why in &mut told {
            why.place = why.place.take().or_else(|| place.clone());
        }
        told
    }

    /// The records of a source: which count, and what keeps the others out.
    fn records(&mut self, source: &'p Source, frame: &Frame<'_, 'p>, rule: Rule<'p>) -> Vec<Why> {
        let mut conditions: Vec<&'p Expr> = Vec::new();
        let mut base = source;
        while let Source::Filter { of, condition } = base {
            let parts: &'p [Expr] = match &condition.node {
                Node::And(parts) => parts,
                _ => std::slice::from_ref(condition),
            };
            conditions.splice(0..0, parts);
            base = of;
        }
        let table = match base {
            Source::Table(it) => self.linked.table(it.slot.index()),
            Source::Named(_)
            | Source::Filter { .. }
            | Source::Group { .. }
            | Source::Members { .. }
            | Source::Calendar { .. }
            | Source::History => return Vec::new(),
        };
        let elements = self.working.elements_of(base, frame).unwrap_or_default();
        if elements.is_empty() {
            return vec![Why::new(Said::both(
                format!("没有“{}”的记录", table.name),
                format!("there is no record of “{}”", table.name),
            ))];
        }
        let more = elements.len().saturating_sub(RECORDS);
        let mut told: Vec<Why> = Vec::new();
        for element in elements.iter().take(RECORDS) {
            told.push(self.record(element, &conditions, frame, rule));
        }
        if more > 0 {
            told.push(Why::new(Said::both(
                format!("另有 {more} 条记录"),
                format!("and {more} more records"),
            )));
        }
        told
    }

    /// A record, and the first condition that it does not satisfy.
    fn record(
        &mut self,
        element: &Element,
        conditions: &[&'p Expr],
        frame: &Frame<'_, 'p>,
        rule: Rule<'p>,
    ) -> Why {
        let name = match element {
            Element::Record(table, number) => self.view.record(*table, *number, &[]),
            Element::Group(_) | Element::Unit(..) | Element::Result(_) => None,
        };
        let name = name.map_or_else(Said::default, |it| {
            let date = it.date.map(|it| format!(" {it}")).unwrap_or_default();
            let id = it.id.map(|it| format!(" {it}")).unwrap_or_default();
            Said::same(format!("{}{date}{id}", it.table))
        });
        for condition in conditions {
            let answer = self.working.ask_of(condition, element, frame);
            if answer == Value::Bool(true) {
                continue;
            }
            let mut values = Vec::new();
            for operand in operands(condition) {
                if !matches!(operand.node, Node::Const(_)) {
                    let value = self.working.ask_of(operand, element, frame);
                    values.push(self.valued(operand, &value, &rule.version.lets));
                }
            }
            let said = self.answered(condition, &answer, &rule.version.lets, &values);
            return Why::new(Said::both(
                format!("{}：{}", name.zh, said.zh),
                format!("{}: {}", name.en, said.en),
            ));
        }
        Why::new(Said::both(format!("{}：算在内", name.zh), format!("{}: counts", name.en)))
    }
}

/// What a question compares or asks about.
fn operands(expr: &Expr) -> Vec<&Expr> {
    match &expr.node {
        Node::Compare { left, right, .. } => vec![left, right],
        Node::Contains(a, b) | Node::Starts(a, b) => vec![a, b],
        Node::In { item, .. } | Node::KnownCode { item, .. } | Node::Present { item, .. } => {
            vec![item]
        }
        Node::Within { date, .. } => vec![date],
        Node::Not(it) => operands(it),
        _ => Vec::new(),
    }
}

/// Is the expression answered by 是 or 否?
fn is_question(expr: &Expr) -> bool {
    expr.ty.kind == TyKind::Bool
}
