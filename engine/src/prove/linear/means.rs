//! The same question asked of both means: which grades the score can give in the old and in the new version.

use std::collections::BTreeSet;

use heng_dsl::value::{Date, Value};

use super::super::prover::{Pair, Prover};
use super::super::{Budget, Forms, Incomparable, Outcome, Reason, about, on_a_thread};
use super::Target;
use crate::program::Program;

/// What each means of proof says of a change of the grade that the score gives, before direct determinations.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Question {
    /// The grade of the score in the old version.
    pub from: Outcome,
    /// The grade of the score in the new version.
    pub to: Outcome,
    /// Whether it can be, as the exact dynamic programme says; absent where it would take too much.
    pub exact: Option<bool>,
    /// Whether it can be, as the solver of linear programmes says; absent where it has no answer.
    pub solver: Option<bool>,
}

/// Every change of a grade by its score, asked of both means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Means {
    /// The questions.
    pub questions: Vec<Question>,
    /// The same questions in their order as text in SMT-LIB, for a solver that is no part of this program.
    pub smt: String,
}

/// Asks both means about a grade whose score is a plain sum; nothing where it is none. This is for holding the
/// means against each other: a proof asks the second one only where the first would take too much.
///
/// # Errors
///
/// The two have nothing in common that could be compared.
pub fn means(
    old: &Program,
    new: &Program,
    grade: (&str, &str),
    as_of: Date,
    budget: Budget,
) -> Result<Option<Means>, Incomparable> {
    let about = about(old, new, grade, as_of, budget)?;
    Ok(on_a_thread(|| {
        let forms = Forms::of([old, new]);
        let mut prover = forms.prover(as_of, budget);
        let place = |side: usize| about.place(&forms, side).map(|it| it.0);
        prover.means([Some(place(0)?), Some(place(1)?)])
    }))
}

impl Prover<'_> {
    fn means(&mut self, pair: Pair) -> Option<Means> {
        let linear = self.linear(pair)?;
        let asked = linear.pairs();
        let targets = asked.iter().map(|it| -> &[Target] { &it.1 });
        let smt = linear.smt(targets);
        let exact = self.by_score(pair).ok();
        let mut questions = Vec::with_capacity(asked.len());
        for (both, targets) in &asked {
            questions.push(Question {
                from: Outcome::of(&both.0),
                to: Outcome::of(&both.1),
                exact: exact.as_ref().map(|it| it.contains(both)),
                solver: linear.can(targets),
            });
        }
        Some(Means { questions, smt })
    }

    /// The grades that the score gives.
    fn by_score(&mut self, pair: Pair) -> Result<BTreeSet<(Value, Value)>, Reason> {
        let before = self.take_to_hold([0, 1].map(|side| self.package_of(pair, side)));
        let found = self.worths(pair, false);
        self.take_to_hold(before);
        Ok(found?.pairs.into_iter().collect())
    }
}
