//! The one place in which binary fractions are used: a solver of mixed-integer linear programmes is asked
//! whether two scores can lie somewhere. Where it says yes, the choices are worked out again exactly; where it
//! says no, that is a claim of floating-point arithmetic, which whoever shows it has to say.

#[cfg(not(feature = "linear"))]
use super::{Target, Whole};

/// What is known of a question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in super::super) enum Answer {
    /// These choices lead there, which was worked out exactly.
    Yes(Vec<usize>),
    /// The solver says that nothing leads there.
    No,
    /// The solver has no answer, or one that turned out to be wrong.
    Unknown,
}

/// Without a solver nothing is known.
#[cfg(not(feature = "linear"))]
pub(super) fn answer(_: &Whole, _: Target, _: &[Vec<usize>]) -> Answer {
    Answer::Unknown
}

#[cfg(feature = "linear")]
pub(super) use self::with_solver::answer;

#[cfg(feature = "linear")]
#[expect(
    clippy::float_arithmetic,
    clippy::disallowed_types,
    reason = "a solver counts in binary fractions; its word is never taken"
)]
mod with_solver {
    use microlp::{
        ComparisonOp, LinearExpr, OptimizationDirection, Problem, SolveOptions, Variable,
    };

    use super::super::{Choice, Linear, Part, Span, Target, Whole};
    use super::Answer;

    /// Steps of branch and bound for one question; a number and not a time, so that every machine says the same.
    const MOST_NODES: u64 = 4_000;
    /// Numbers beyond this are told apart too badly in binary fractions.
    const MOST: i64 = 10_000_000;
    /// Choices of one question.
    const MOST_CHOICES: usize = 6_000;

    /// Asks the solver.
    pub(in super::super) fn answer(score: &Whole, target: Target, costs: &[Vec<usize>]) -> Answer {
        let mut choices = Vec::new();
        score.choices(&mut choices);
        let spans = [0, 1].map(|side| score.sums(side));
        let far = spans.iter().any(|it| it.0.abs() > MOST || it.1.abs() > MOST);
        if far || choices.iter().map(|it| it.len()).sum::<usize>() > MOST_CHOICES {
            return Answer::Unknown;
        }
        let mut build = Build::new(&choices, costs);
        for (side, wanted) in target.into_iter().enumerate() {
            let mut next = 0;
            let sum = build.whole(score, side, &mut next);
            build.between(&sum, wanted);
        }
        let mut options = SolveOptions::default();
        options.node_limit = Some(MOST_NODES);
        match build.problem.solve_with(options) {
            Ok(outcome) => {
                let Some(solution) = outcome.solution() else { return Answer::Unknown };
                let chosen: Vec<usize> = build
                    .taken
                    .iter()
                    .map(|all| {
                        let worth = |it: &Variable| solution.var_value(*it);
                        let places = all.iter().map(worth).enumerate();
                        places.max_by(|a, b| a.1.total_cmp(&b.1)).map_or(0, |it| it.0)
                    })
                    .collect();
                if Linear::is_there(score, &chosen, target) {
                    Answer::Yes(chosen)
                } else {
                    Answer::Unknown
                }
            }
            Err(microlp::Error::Infeasible) => Answer::No,
            Err(_) => Answer::Unknown,
        }
    }

    /// A sum of variables and a number.
    #[derive(Clone, Default)]
    struct Sum {
        terms: Vec<(Variable, f64)>,
        plus: f64,
    }

    impl Sum {
        fn add(&mut self, other: &Self, by: f64) {
            self.terms.extend(other.terms.iter().map(|it| (it.0, it.1 * by)));
            self.plus += other.plus * by;
        }
    }

    struct Build {
        problem: Problem,
        /// For each choice a variable for each of its pairs; none where there is only one pair.
        taken: Vec<Vec<Variable>>,
    }

    impl Build {
        /// Of each choice exactly one pair is taken.
        fn new(choices: &[&Choice], costs: &[Vec<usize>]) -> Self {
            let mut problem = Problem::new(OptimizationDirection::Minimize);
            let mut taken = Vec::with_capacity(choices.len());
            for (at, choice) in choices.iter().enumerate() {
                let cost = |number: usize| costs.get(at).and_then(|it| it.get(number)).copied();
                let own: Vec<Variable> = match choice.len() {
                    0 | 1 => Vec::new(),
                    many => (0..many)
                        .map(|it| problem.add_binary_var(float_of(cost(it).unwrap_or(0))))
                        .collect(),
                };
                if !own.is_empty() {
                    let one: LinearExpr = own.iter().map(|it| (*it, 1.0)).collect();
                    problem.add_constraint(one, ComparisonOp::Eq, 1.0);
                }
                taken.push(own);
            }
            Self { problem, taken }
        }

        fn whole(&mut self, whole: &Whole, side: usize, next: &mut usize) -> Sum {
            let mut sum = Sum { terms: Vec::new(), plus: float(whole.base[side]) };
            for part in &whole.parts {
                match part {
                    Part::Choice(pairs) => {
                        let own = |it: &(i64, i64)| float(if side == 0 { it.0 } else { it.1 });
                        match self.taken.get(*next).map_or(&[][..], Vec::as_slice) {
                            [] => sum.plus += pairs.first().map_or(0.0, own),
                            all => sum.terms.extend(all.iter().copied().zip(pairs.iter().map(own))),
                        }
                        *next += 1;
                    }
                    Part::Whole(it, by) => {
                        let inner = self.whole(it, side, next);
                        sum.add(&inner, float(by[side]));
                    }
                }
            }
            self.cut(whole, side, sum)
        }

        /// The sum after the floor, the cap and the rounding.
        fn cut(&mut self, whole: &Whole, side: usize, mut sum: Sum) -> Sum {
            let cut = whole.cuts[side];
            let (mut low, mut high) = whole.sums(side);
            if let Some(floor) = cut.floor.filter(|it| *it > low) {
                sum = self.bounded(&sum, (low, high), floor, true);
                (low, high) = (floor, high.max(floor));
            }
            if let Some(cap) = cut.cap.filter(|it| *it < high) {
                sum = self.bounded(&sum, (low, high), cap, false);
                (low, high) = (low.min(cap), cap);
            }
            if cut.unit > 1 {
                let ends = [low, high].map(|it| (it + cut.unit / 2).div_euclid(cut.unit));
                let ends = ends.map(|it| {
                    i32::try_from(it).unwrap_or(if it < 0 { i32::MIN } else { i32::MAX })
                });
                let steps = self.problem.add_integer_var(0.0, (ends[0], ends[1]));
                let unit = float(cut.unit);
                // Halves go up: the sum lies from half a unit below to less than half a unit above.
                let mut off = sum;
                off.terms.push((steps, -unit));
                self.between(&off, (-(cut.unit / 2), (cut.unit - 1) / 2));
                sum = Sum { terms: vec![(steps, unit)], plus: 0.0 };
            }
            sum
        }

        /// The greater of a sum and a number, or the smaller.
        fn bounded(&mut self, sum: &Sum, (low, high): Span, at: i64, greater: bool) -> Sum {
            let (from, to) = if greater { (at, high.max(at)) } else { (low.min(at), at) };
            let out = self.problem.add_var(0.0, (float(from), float(to)));
            // Set where the number is taken and not the sum.
            let cut = self.problem.add_binary_var(0.0);
            let mut off = Sum { terms: vec![(out, 1.0)], plus: 0.0 };
            off.add(sum, -1.0);
            let reach = |it: i64| float((it - at).abs());
            let (gap, rest) =
                if greater { (reach(low), reach(high)) } else { (reach(high), reach(low)) };
            let sign = if greater { 1.0 } else { -1.0 };
            // It lies on the side of the sum, at the sum unless the number is taken …
            let mut within = Sum::default();
            within.add(&off, sign);
            self.at_least(&within, 0.0);
            within.terms.push((cut, -gap));
            self.at_most(&within, 0.0);
            // … and then at the number.
            let mut from_number = Sum { terms: vec![(out, sign)], plus: -sign * float(at) };
            from_number.terms.push((cut, rest));
            self.at_most(&from_number, rest);
            Sum { terms: vec![(out, 1.0)], plus: 0.0 }
        }

        fn between(&mut self, sum: &Sum, (low, high): Span) {
            if low > -MOST * 10 {
                self.at_least(sum, float(low));
            }
            if high < MOST * 10 {
                self.at_most(sum, float(high));
            }
        }

        fn at_least(&mut self, sum: &Sum, bound: f64) {
            self.constrain(sum, ComparisonOp::Ge, bound);
        }

        fn at_most(&mut self, sum: &Sum, bound: f64) {
            self.constrain(sum, ComparisonOp::Le, bound);
        }

        fn constrain(&mut self, sum: &Sum, op: ComparisonOp, bound: f64) {
            let all: LinearExpr = sum.terms.iter().copied().collect();
            self.problem.add_constraint(all, op, bound - sum.plus);
        }
    }

    /// A number that a binary fraction holds exactly.
    fn float(it: i64) -> f64 {
        i32::try_from(it).map_or(if it < 0 { f64::MIN } else { f64::MAX }, f64::from)
    }

    fn float_of(it: usize) -> f64 {
        u32::try_from(it).map_or(f64::MAX, f64::from)
    }
}
