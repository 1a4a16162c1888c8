//! The columns of a batch as outcomes of single households.

use heng_dsl::value::Value;

use super::batch::Batch;
use super::column::{Column, state};
use super::plan::{Kind, Node, NodeId, Op};
use super::{Output, What};
use crate::data::Register;
use crate::eval::{Evaluator, settle};
use crate::outcome::{Hit, Outcome};

/// A result that is looked up once for the whole batch.
#[derive(Clone, Copy)]
struct Looked<'b> {
    column: &'b Column,
    kind: Kind,
    /// It is the same for all households, and stands once.
    constant: bool,
}

impl Looked<'_> {
    fn at(self, at: usize) -> usize {
        if self.constant { 0 } else { at }
    }

    fn state(self, at: usize) -> u8 {
        self.column.state(self.at(at))
    }
}

/// What declarations are worth: the slot, the number of the scope among those of the batch, the column.
type Worth<'b> = (usize, Option<usize>, Looked<'b>);

impl Batch<'_> {
    /// The outcomes of those households that were founded by the as-of date.
    pub(super) fn outcomes(&self, on: &Evaluator<'_>, register: &Register) -> Vec<Outcome> {
        let households = register.households.iter().skip(self.first).take(self.len).enumerate();
        let founded = households.filter(|(_, it)| on.is_founded(it));
        let slots = on.program().linked().decls().len();
        let initial: Vec<Value> = (0..slots).map(|it| on.initial(it).clone()).collect();
        let (scopes, worths) = self.looked();
        let gaps = self.plan().missing.iter();
        let gaps: Vec<(usize, Looked<'_>)> =
            gaps.filter_map(|it| Some((it.0, self.look(it.1)?))).collect();
        let others = self.plan().outputs.iter();
        let others = others.filter(|it| !matches!(it.what, What::Value(_)));
        let others: Vec<(&Output, Vec<Looked<'_>>)> = others
            .map(|it| (it, it.hits().iter().filter_map(|it| self.look(*it)).collect()))
            .collect();
        let outcomes = founded.map(|(at, household)| {
            let about: Vec<Value> = scopes.iter().map(|it| self.shown(*it, at)).collect();
            let mut values = initial.clone();
            for (slot, scope, looked) in &worths {
                let Some(place) = values.get_mut(*slot) else { continue };
                *place = match scope.and_then(|it| about.get(it)) {
                    None | Some(Value::Bool(true)) => self.shown(*looked, at),
                    Some(Value::Bool(false)) => Value::NotApplicable,
                    Some(other) => other.clone(),
                };
            }
            let missing = gaps.iter().filter(|it| holds(it.1, at)).map(|it| it.0).collect();
            let quarantined = household.quarantined.iter().map(|it| it.1).sum();
            let (measures, decides) = (Vec::new(), Vec::new());
            let key = household.key.clone();
            let mut outcome = Outcome { key, values, measures, decides, missing, quarantined };
            for (output, looked) in &others {
                self.put(output, looked, at, &mut outcome);
            }
            outcome
        });
        outcomes.collect()
    }

    /// What the packages are about, and what declarations are worth.
    fn looked(&self) -> (Vec<Looked<'_>>, Vec<Worth<'_>>) {
        let (mut nodes, mut scopes, mut worths) = (Vec::new(), Vec::new(), Vec::new());
        for output in &self.plan().outputs {
            let What::Value(node) = output.what else { continue };
            let scope = output.scope.and_then(|scope| {
                let known = nodes.iter().position(|it| *it == scope);
                known.or_else(|| {
                    scopes.push(self.look(scope)?);
                    nodes.push(scope);
                    Some(nodes.len() - 1)
                })
            });
            worths.extend(self.look(node).map(|it| (output.slot, scope, it)));
        }
        (scopes, worths)
    }

    fn look(&self, node: NodeId) -> Option<Looked<'_>> {
        let column = self.column(node)?;
        let Node { op, kind, .. } = &self.plan().nodes[node.index()];
        Some(Looked { column, kind: *kind, constant: matches!(op, Op::Const(_)) })
    }

    fn shown(&self, looked: Looked<'_>, at: usize) -> Value {
        looked.column.value(looked.at(at), looked.kind, self.dictionary())
    }

    /// Adds a measure or what became of direct determinations, where each hits was looked up.
    fn put(&self, output: &Output, looked: &[Looked<'_>], at: usize, outcome: &mut Outcome) {
        if output.scope.is_some_and(|it| !self.is_true(it, at)) {
            return;
        }
        match &output.what {
            What::Value(_) => {}
            What::Measure { found, columns } => {
                if self.is_true(*found, at) {
                    let values = columns.iter().map(|it| self.value(*it, at)).collect();
                    outcome.measures.push((output.slot, values));
                }
            }
            What::Hits { by_score, all, last, .. } => {
                // One that cannot be worked out might have decided: the grade is an error.
                let unknown = looked.iter().any(|it| it.state(at) != state::THERE);
                if unknown || !looked.iter().any(|it| holds(*it, at)) {
                    return;
                }
                let Value::Member(by_score) = self.value(*by_score, at) else { return };
                let held = all.iter().zip(looked).filter(|it| holds(*it.1, at));
                let held: Vec<_> = held.map(|it| *it.0).collect();
                let (target, fates) = (output.slot, settle(by_score, *last, &held).1);
                let hits = fates.into_iter().map(|(decide, fate)| Hit { target, decide, fate });
                outcome.decides.extend(hits);
            }
        }
    }

    fn is_true(&self, node: NodeId, at: usize) -> bool {
        self.look(node).is_some_and(|it| holds(it, at))
    }
}

/// Is a condition 是?
fn holds(looked: Looked<'_>, at: usize) -> bool {
    looked.state(at) == state::THERE && looked.column.lanes.at(looked.at(at)) == 1
}
