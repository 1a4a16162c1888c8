//! Which households rules of data quality (校验) have to be asked about one by one.

use std::sync::Mutex;

use heng_dsl::value::{Date, Value};

use super::batch::Known;
use super::fuse::fused;
use super::lower::Lowering;
use super::plan::{Load, Op};
use super::rounds::{Between, Rounds};
use super::store::{Sites, dictionary};
use super::{Plan, Reads, Refusal, Stage};
use crate::columns::Columns;
use crate::eval::Evaluator;
use crate::part::PART;
use crate::program::Program;
use crate::source::Source;

/// Looks at all households that may break a rule, in order, and perhaps at others; `needs` are the declarations
/// that the rules read. `look` is told the columns that have a household, its number among them, and its number in
/// the register. Nothing where the plan has no operation for what a rule asks: then each household has to be looked
/// at.
pub(crate) fn doubtful<T: Send>(
    program: &Program,
    source: &dyn Source,
    (needs, as_of): (&[usize], Date),
    look: impl Fn(&Columns, usize, usize) -> Vec<T> + Sync,
) -> Option<Result<Vec<T>, Vec<Refusal>>> {
    let evaluator = &Evaluator::new(program, as_of);
    let mut lowering = Lowering::new(program, evaluator);
    lowering.declarations(needs);
    let doubts = lowering.doubts(program);
    let is_known =
        |op: &Op| !matches!(op, Op::Load(Load::Site(_) | Load::Earlier(_) | Load::EarlierDate));
    let graph = lowering.graph;
    if !lowering.unsupported.is_empty() || !graph.nodes.iter().all(|it| is_known(&it.op)) {
        return None;
    }
    let mut plan = Plan {
        fused: vec![None; graph.nodes.len()],
        nodes: graph.nodes,
        decls: graph.decls,
        domains: graph.domains,
        rounds: Vec::new(),
        questions: Vec::new(),
        results: Stage::default(),
        outputs: Vec::new(),
        missing: Vec::new(),
        reads: Reads::default(),
    };
    plan.results = plan.stage(doubts.iter().copied().collect());
    plan.reads = plan.reads(program.linked());
    let whole = match plan.has_to_hold(source, program.linked()) {
        Ok(it) => it,
        Err(why) => return Some(Err(why)),
    };
    let source = whole.as_deref().map_or(source, |it| it as &dyn Source);
    let dictionary = &dictionary(source.dictionary(), &plan.reads);
    plan.fused = fused(&plan, source, dictionary);
    plan.results = plan.stage(doubts.iter().copied().collect());
    let plan = &plan;
    let spent = &Mutex::new(Vec::new());
    let done = &|_, _| {};
    let (batch, clock) = (PART, None);
    let known = &Known::of(plan.nodes.len());
    let rounds = Rounds {
        program,
        evaluator,
        source,
        plan,
        dictionary,
        known,
        batch,
        clock,
        spent,
        done,
        between: Between::default(),
    };
    let found = rounds.batches(&Sites::new(), &plan.results, 1, |batch| {
        let is_doubtful =
            |at: &usize| doubts.iter().any(|it| batch.value(*it, *at) != Value::Bool(false));
        let (store, first) = (batch.store, batch.first);
        let looked_at = (0..batch.len).filter(is_doubtful).map(|at| first + at);
        looked_at.flat_map(|at| look(store.columns, at, store.first + at)).collect::<Vec<T>>()
    });
    Some(found.map(|it| it.into_iter().flatten().collect()))
}
