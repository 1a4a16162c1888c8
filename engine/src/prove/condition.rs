//! A grade only under a condition: whether a household for which one thing holds can lack another.
//!
//! The cells in which the first holds are found, and in each of them the grades that the second asks about
//! are worked out anew: what the score gives, and which direct determinations hit.

use std::collections::BTreeSet;

use heng_dsl::model::linked::Linked;
use heng_dsl::model::walk::{self, RefKind, Visitor};
use heng_dsl::model::{DeclKind, Expr, Ref, Version};
use heng_dsl::value::Value;

use super::Reason;
use super::dist::Dist;
use super::eval::{Eval, Res};
use super::leaf::State;
use super::prover::{Ask, Prover};
use crate::graph::Thing;

/// Cells in which the condition holds; more are not looked at one by one.
const MOST_STATES: usize = 400;

/// Declarations, fields and tables that something reads.
#[derive(Default)]
struct Reads(BTreeSet<Thing>);

impl Visitor for Reads {
    fn reference(&mut self, kind: RefKind, reference: &Ref, _: bool) {
        let slot = reference.slot.index();
        self.0.extend(match kind {
            RefKind::Decl => Some(Thing::Decl(slot)),
            RefKind::Field => Some(Thing::Field(slot)),
            RefKind::Table => Some(Thing::Table(slot)),
            RefKind::Enum | RefKind::Codes => None,
        });
    }
}

/// The declarations, fields and tables that an expression reads.
pub(super) fn things(expr: &Expr) -> BTreeSet<Thing> {
    let mut reads = Reads::default();
    walk::expr(expr, &mut reads);
    reads.0
}

/// The declarations, fields and tables that a rule reads.
pub(super) fn things_of(rule: &Version) -> BTreeSet<Thing> {
    let mut reads = Reads::default();
    walk::version(rule, &mut reads);
    reads.0
}

/// The grades that an expression reads.
pub(super) fn grades(linked: &Linked, expr: &Expr) -> Vec<usize> {
    let graded = |it: Thing| match it {
        Thing::Decl(slot) => {
            let kind = &linked.decl(slot).kind;
            matches!(kind, DeclKind::Classify { .. } | DeclKind::Overlay { .. }).then_some(slot)
        }
        _ => None,
    };
    things(expr).into_iter().filter_map(graded).collect()
}

impl<'p> Prover<'p> {
    /// May there be a household for which `condition` holds and `then` does not?
    pub(super) fn can_break(
        &mut self,
        condition: &'p Expr,
        then: &'p Expr,
    ) -> Result<bool, Reason> {
        let asked = |eval: &mut Eval<'_, 'p>| -> Res<Vec<Value>> {
            let worth = eval.expr(condition, &[])?;
            eval.values(&worth, 0)
        };
        let asks: [Ask<'_, 'p>; 1] = [(0, None, &asked)];
        let holds =
            |answers: &Vec<Vec<Value>>| answers.iter().flatten().any(|it| *it == Value::Bool(true));
        let cases = self.cases(vec![State::new()], &asks, self.budget.cells)?;
        let states: Vec<State> =
            cases.into_iter().filter(|it| holds(&it.1)).map(|it| it.0).collect();
        if states.len() > MOST_STATES {
            return Err(Reason::Cells(MOST_STATES));
        }
        let classified: Vec<usize> = grades(self.sides[0].linked(), then)
            .into_iter()
            .filter(|it| matches!(self.sides[0].linked().decl(*it).kind, DeclKind::Classify { .. }))
            .collect();
        for state in states {
            for slot in &classified {
                let found = self.within(&state, *slot)?;
                let number = self.fresh();
                let leaf = self.leaf_under(format!("grade {number}"), || Dist::of(found).leaf());
                self.take(*slot, leaf);
            }
            let broken = |eval: &mut Eval<'_, 'p>| -> Res<Vec<Value>> {
                let worth = eval.expr(then, &[])?;
                eval.values(&worth, 0)
            };
            let asks: [Ask<'_, 'p>; 1] = [(0, None, &broken)];
            let cases = self.cases(vec![state], &asks, self.budget.cells)?;
            if cases.iter().flat_map(|it| it.1.iter().flatten()).any(|it| *it == Value::Bool(false))
            {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// What a classification can give in some cells.
    fn within(&mut self, state: &State, slot: usize) -> Result<BTreeSet<(Value, Value)>, Reason> {
        let pair = [Some(slot), Some(slot)];
        self.release(slot);
        let by_score = |eval: &mut Eval<'_, 'p>| -> Res<Vec<Value>> {
            let worth = eval.decl(slot)?;
            eval.values(&worth, 0)
        };
        let asks: [Ask<'_, 'p>; 1] = [(0, None, &by_score)];
        let cases = self.cases(vec![state.clone()], &asks, self.budget.cells)?;
        let by_score: BTreeSet<(Value, Value)> =
            cases.into_iter().flat_map(|it| it.1).flatten().map(|it| (it.clone(), it)).collect();
        let found = self.determined_in(pair, &by_score, state)?;
        Ok(found.pairs.into_iter().collect())
    }
}
