//! Where what a case expects and what came out part ways: the steps of the way, each with its place.
//!
//! What led to a result is read off the outcome and the trace. Why a condition does not hold no trace
//! tells: its parts are asked again, one by one, of the same evaluator. Only what differs is told: the
//! row that holds and the one that would give what was expected, the parts of a condition that fail,
//! the largest shares of a score.

mod condition;
mod rows;
mod score;

use heng_dsl::model::linked::Linked;
use heng_dsl::model::{Content, DecideEffect, DeclKind, Matrix, Version};
use heng_dsl::value::{Date, Value};
use serde::Serialize;

use super::data::Provenance;
use super::facts::{View, provenance};
use super::{Said, Shown, gaps, grades};
use crate::data::Household;
use crate::eval::{Evaluator, Frame, Working};
use crate::outcome::{Outcome, RuleId, Trace};
use crate::population::PopulationValues;
use crate::program::Program;

/// A step on the way to what came out, or to what was expected.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Why {
    /// One sentence.
    pub text: Said,
    /// File and line of the rule; absent where no rule speaks, and for a stored model.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub place: Option<String>,
    /// What the step rests on.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub because: Vec<Self>,
}

impl Why {
    fn new(text: Said) -> Self {
        Self { text, place: None, because: Vec::new() }
    }

    fn at(text: Said, provenance: &Provenance) -> Self {
        Self { text, place: provenance.place.clone(), because: Vec::new() }
    }

    fn because(mut self, because: Vec<Self>) -> Self {
        self.because = because;
        self
    }
}

/// How many steps of one kind are told beside each other.
const MOST: usize = 5;

/// How many declarations deep a condition is followed.
const DEEPEST: usize = 3;

/// One household that was worked out, and can be asked.
pub(crate) struct Apart<'p> {
    view: View<'p>,
    linked: &'p Linked,
    working: Working<'p>,
}

/// A rule that is asked.
#[derive(Clone, Copy)]
struct Rule<'p> {
    version: &'p Version,
    id: RuleId,
}

impl<'p> Rule<'p> {
    fn frame<'s>(self) -> Frame<'s, 'p> {
        Frame::new(&self.version.lets).of(self.id)
    }
}

impl<'p> Apart<'p> {
    /// Of a household, by its number in the register of these population values.
    pub(crate) fn new(
        evaluator: &'p Evaluator<'p>,
        (household, number): (&'p Household, usize),
        (outcome, trace): (&'p Outcome, &'p Trace),
        population: &'p PopulationValues,
    ) -> Self {
        let program: &Program = evaluator.program();
        let mut working = Working::new(evaluator, household, population, number);
        working.work_out(program.order());
        let as_of: Date = evaluator.as_of();
        // What a case gives is written in a rule file: nothing of it is hidden.
        let view = View::new(program, household, (outcome, trace), as_of, true);
        Self { view, linked: program.linked(), working }
    }

    /// Why a declaration is not worth what was expected.
    pub(crate) fn worth(&mut self, slot: usize, expected: &Value) -> Vec<Why> {
        let found = self.view.worth(slot);
        if let Some(why) = self.without_value(slot, found) {
            return vec![why];
        }
        let Some(rule) = self.rule(slot) else { return Vec::new() };
        match &rule.version.content {
            Content::Table(table) if matches!(self.kind(slot), DeclKind::Classify { .. }) => {
                self.classified(slot, rule, table, expected)
            }
            Content::Table(table) => self.rows(slot, rule, table, (0, expected)),
            Content::Matrix(matrix) => self.overlaid(slot, matrix, expected),
            Content::Condition(_) | Content::List(_) => self.holds(slot, !super::holds(found)),
            Content::Formula(it) if matches!(found, Value::Bool(_)) => {
                let frame = rule.frame();
                self.because(it, &frame, rule, *found != Value::Bool(true), 0)
            }
            Content::Formula(_) | Content::Each(_) | Content::Parts => self.account(slot),
            Content::Source(_) => Vec::new(),
        }
    }

    /// Why a column of a measure is not worth what was expected.
    pub(crate) fn measure(&mut self, slot: usize, column: usize, expected: &Value) -> Vec<Why> {
        let applies = self.view.outcome.measures.iter().any(|it| it.0 == slot);
        if !applies {
            let found = self.view.worth(slot);
            return self.without_value(slot, found).into_iter().collect();
        }
        let Some(rule) = self.rule(slot) else { return Vec::new() };
        match &rule.version.content {
            Content::Table(table) => self.rows(slot, rule, table, (column, expected)),
            _ => Vec::new(),
        }
    }

    /// Why something holds that should not, or does not hold that should (`wanted`).
    fn holds(&mut self, slot: usize, wanted: bool) -> Vec<Why> {
        let found = self.view.worth(slot);
        if let Some(why) = self.without_value(slot, found) {
            return vec![why];
        }
        let Some(rule) = self.rule(slot) else { return Vec::new() };
        let frame = rule.frame();
        match &rule.version.content {
            Content::Condition(it) => self.condition(it, &frame, rule, wanted, 0),
            Content::List(list) => {
                let admitted = self.working.condition_of(&list.admit, &frame);
                if admitted != Value::Bool(true) || !wanted {
                    return self.condition(&list.admit, &frame, rule, wanted, 0);
                }
                match &list.remove {
                    Some(it) if self.working.condition_of(it, &frame) == Value::Bool(true) => {
                        self.condition(it, &frame, rule, false, 0)
                    }
                    _ => vec![Why::new(Said::both("名额已满", "all places are taken"))],
                }
            }
            // A tag with several labels: some row gave none.
            Content::Table(table) => self.rows(slot, rule, table, (0, &Value::Bool(wanted))),
            _ => Vec::new(),
        }
    }

    /// Why a 标注, 预警 or 名单 holds that should not, or does not hold that should (`wanted`), under its
    /// name.
    pub(crate) fn held(&mut self, slot: usize, wanted: bool) -> Option<Why> {
        let name = &self.linked.decl(slot).name;
        let text = if wanted {
            Said::both(format!("“{name}”不成立"), format!("“{name}” does not hold"))
        } else {
            Said::both(format!("“{name}”成立"), format!("“{name}” holds"))
        };
        let because = self.holds(slot, wanted);
        let place = self.rule(slot).map(|it| provenance(&it.version.origin)).unwrap_or_default();
        (!because.is_empty()).then(|| Why::at(text, &place).because(because))
    }

    /// Why a direct determination hits that should not, or does not hit that should (`wanted`). By the
    /// classification, and its number among those of the classification.
    pub(crate) fn decides(&mut self, target: usize, number: usize, wanted: bool) -> Vec<Why> {
        let linked = self.linked;
        let Some(decide) = linked.decides(target).nth(number) else { return Vec::new() };
        let as_of = self.view.as_of;
        let versions = decide.versions.iter().enumerate();
        let Some((at, (_, version))) = versions.clone().find(|it| it.1.1.period.contains(as_of))
        else {
            let text = Said::both(
                format!("“{}”在 {as_of} 没有生效", decide.name),
                format!("“{}” was not in force on {as_of}", decide.name),
            );
            return vec![Why::new(text)];
        };
        let rule = Rule { version, id: RuleId::Decide(target, number, at) };
        let frame = rule.frame();
        let text = if wanted {
            Said::both(
                format!("“{}”没有命中", decide.name),
                format!("“{}” did not hit", decide.name),
            )
        } else {
            Said::both(format!("“{}”命中", decide.name), format!("“{}” hit", decide.name))
        };
        let applies = version.applies.as_ref();
        let outside =
            applies.filter(|it| self.working.condition_of(it, &frame) != Value::Bool(true));
        let because = match (outside, &version.content) {
            (Some(applies), _) => self.condition(applies, &frame, rule, true, 0),
            (None, Content::Condition(it)) => self.condition(it, &frame, rule, wanted, 0),
            (None, _) => Vec::new(),
        };
        vec![Why::at(text, &provenance(&version.origin)).because(because)]
    }

    /// Why a field of the household is read and missing that should not be, or the other way round
    /// (`wanted`).
    pub(crate) fn missing(&self, field: usize, wanted: bool) -> Why {
        let name = &self.linked.field(field).name;
        if !wanted {
            let all = gaps::missing(&self.view);
            let readers = all.into_iter().find(|it| it.field == name.as_ref());
            let readers = readers.map(|it| it.read_by).unwrap_or_default();
            return Why::new(if readers.is_empty() {
                Said::both(
                    format!("“{name}”没有给定，而规则要读"),
                    format!("“{name}” is not given, and rules read it"),
                )
            } else {
                Said::both(
                    format!("“{name}”没有给定，而{}要读", readers.join("、")),
                    format!("“{name}” is not given and is read by {}", readers.join(", ")),
                )
            });
        }
        let read = self.view.field(field);
        Why::new(if read.value.state == super::State::Present {
            Said::both(
                format!("“{name}”给定为 {}", read.value.text.zh),
                format!("“{name}” is given as {}", read.value.text.en),
            )
        } else {
            Said::both(format!("没有规则读到“{name}”"), format!("no rule read “{name}”"))
        })
    }

    fn kind(&self, slot: usize) -> &'p DeclKind {
        &self.linked.decl(slot).kind
    }

    /// The rule of a declaration that was in force.
    fn rule(&self, slot: usize) -> Option<Rule<'p>> {
        let at = self.view.step(slot)?.version?;
        let version = self.linked.decl(slot).versions.get(at)?;
        Some(Rule { version, id: RuleId::Decl(slot, at) })
    }

    /// Why a declaration has no value, where it has none.
    fn without_value(&mut self, slot: usize, found: &Value) -> Option<Why> {
        let name = &self.linked.decl(slot).name;
        match found {
            Value::NotApplicable => {
                let text = gaps::why_not(&self.view, slot);
                let rule = self.rule(slot);
                let why = match rule {
                    Some(it) => Why::at(text, &provenance(&it.version.origin)),
                    None => Why::new(text),
                };
                let applies = rule.and_then(|it| Some((it, it.version.applies.as_ref()?)));
                let because = applies
                    .map(|(rule, applies)| self.condition(applies, &rule.frame(), rule, true, 0));
                Some(why.because(because.unwrap_or_default()))
            }
            Value::Error(_) => {
                let from = gaps::source(&self.view, slot, |it| matches!(it, Value::Error(_)))?;
                Some(Why::new(Said::both(
                    format!("“{name}”的错误来自“{from}”"),
                    format!("the error of “{name}” comes from “{from}”"),
                )))
            }
            Value::Missing => {
                let from = gaps::source(&self.view, slot, |it| *it == Value::Missing);
                Some(Why::new(match from {
                    Some(from) => {
                        Said::both(format!("“{from}”缺失"), format!("“{from}” is missing"))
                    }
                    None => Said::both(
                        "读到的数据缺失，规则没有为它规定值",
                        "data that it reads are missing, and the rule has no value for that",
                    ),
                }))
            }
            _ => None,
        }
    }

    /// The cut-off that holds and the one that would give the grade, what the score is made of, and
    /// the determinations that moved the grade.
    fn classified(
        &mut self,
        slot: usize,
        rule: Rule<'p>,
        table: &'p heng_dsl::model::Table,
        expected: &Value,
    ) -> Vec<Why> {
        let by_score = self.view.step(slot).and_then(|it| it.grade_by_score).map(Value::Member);
        let mut all = Vec::new();
        for hit in self.view.outcome.decides.iter().filter(|it| it.target == slot) {
            let grade = match self.kind(slot) {
                DeclKind::Classify { grade } => self.linked.enumeration(grade.slot.index()),
                _ => continue,
            };
            let Some(it) = grades::decided(&self.view, hit, grade) else { continue };
            let text = Said::both(
                format!("直接判定“{}”：{}", it.name.name, it.outcome.zh),
                format!("direct determination “{}”: {}", it.name.name, it.outcome.en),
            );
            let provenance = &it.ground.provenance;
            let because = it.because.iter().map(|it| Why::new(Said::same(it.clone()))).collect();
            all.push(Why::at(text, provenance).because(because));
        }
        if by_score.as_ref() == Some(expected) {
            return all;
        }
        all.extend(self.rows(slot, rule, table, (0, expected)));
        if !table.rows.iter().any(|it| rows::gives(it, 0, expected)) {
            all.extend(self.would_decide(slot, expected));
        }
        all
    }

    /// The direct determinations that would set the expected grade and did not hit.
    fn would_decide(&mut self, target: usize, expected: &Value) -> Vec<Why> {
        let linked = self.linked;
        let hit: Vec<usize> = self.view.outcome.decides.iter().map(|it| it.decide).collect();
        let numbers = linked.decides(target).enumerate().filter(|(number, it)| {
            let sets = |effect: &DecideEffect| match effect {
                DecideEffect::Set(to) => Value::Member(*to) == *expected,
                DecideEffect::Raise { .. } | DecideEffect::Lower { .. } => false,
            };
            !hit.contains(number) && it.versions.iter().any(|it| sets(&it.0))
        });
        let numbers: Vec<usize> = numbers.map(|it| it.0).take(MOST).collect();
        numbers.into_iter().flat_map(|it| self.decides(target, it, true)).collect()
    }

    /// The cell that holds, and those that would give the grade.
    fn overlaid(&self, slot: usize, matrix: &'p Matrix, expected: &Value) -> Vec<Why> {
        let sides = [&matrix.rows, &matrix.columns].map(|it| {
            let at = it.slot.index();
            (self.linked.decl(at).name.clone(), self.view.shown(at))
        });
        let [row, column] = &sides;
        let said = |it: &(heng_dsl::model::Id, Shown)| {
            Said::both(
                format!("{} 是 {}", it.0, it.1.text.zh),
                format!("{} is {}", it.0, it.1.text.en),
            )
        };
        let (row, column) = (said(row), said(column));
        let text =
            Said::both(format!("{}，{}", row.zh, column.zh), format!("{}, {}", row.en, column.en));
        let place = self.rule(slot).map(|it| provenance(&it.version.content_origin));
        let mut all = vec![Why::at(text, &place.unwrap_or_default())];
        let Value::Member(expected) = expected else { return all };
        let key = |grade: &heng_dsl::model::Ref, at: usize| {
            let grade = self.linked.enumeration(grade.slot.index());
            let missing = Said::both("缺失", "missing");
            grade.members.get(at).map_or(missing, |it| Said::same(it.name.to_string()))
        };
        let cells = matrix.cells.iter().enumerate();
        let cells = cells.flat_map(|(row, it)| it.iter().enumerate().map(move |it| (row, it)));
        let giving = cells.filter(|it| *it.1.1 == Some(*expected)).map(|(row, (column, _))| {
            let (row, column) = (key(&matrix.row_grade, row), key(&matrix.column_grade, column));
            [format!("{} × {}", row.zh, column.zh), format!("{} × {}", row.en, column.en)]
        });
        let giving: Vec<[String; 2]> = giving.take(MOST).collect();
        let list = |lang: usize, glue: &str| {
            giving.iter().map(|it| it[lang].as_str()).collect::<Vec<_>>().join(glue)
        };
        let ty = &self.linked.decl(slot).ty;
        let expected = Shown::new(self.linked, &Value::Member(*expected), ty).text;
        all.push(Why::new(if giving.is_empty() {
            Said::both(
                format!("没有一格得 {}", expected.zh),
                format!("no cell gives {}", expected.en),
            )
        } else {
            Said::both(
                format!("得 {} 的格：{}", expected.zh, list(0, "、")),
                format!("cells that give {}: {}", expected.en, list(1, ", ")),
            )
        }));
        all
    }
}
