//! Which households rules of data quality (校验) have to be asked about one by one.

use std::sync::Mutex;

use heng_dsl::value::{Date, Value};

use super::fuse::fused;
use super::lower::Lowering;
use super::plan::{Load, Op};
use super::rounds::Rounds;
use super::store::Store;
use super::{Plan, Reads, Stage};
use crate::columns::Columns;
use crate::eval::Evaluator;
use crate::part::PART;
use crate::program::Program;

/// The numbers of all households that may break a rule, in order, and perhaps of others; `needs` are the
/// declarations that the rules read. Nothing where the plan has no operation for what a rule asks: then each
/// household has to be looked at.
pub(crate) fn doubtful(
    program: &Program,
    columns: &Columns,
    needs: &[usize],
    as_of: Date,
) -> Option<Vec<usize>> {
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
    let store = Store::of(columns, program.linked(), &plan.reads).ok()?;
    plan.fused = fused(&plan, &store, columns.len());
    plan.results = plan.stage(doubts.iter().copied().collect());
    let plan = &plan;
    let spent = &Mutex::new(Vec::new());
    let done = &|_, _| {};
    let rounds =
        Rounds { program, evaluator, columns, plan, batch: PART, clock: None, spent, done };
    let found = rounds.batches(&store, &plan.results, 1, |batch| {
        let is_doubtful =
            |at: &usize| doubts.iter().any(|it| batch.value(*it, *at) != Value::Bool(false));
        (0..batch.len).filter(is_doubtful).map(|at| batch.first + at).collect::<Vec<_>>()
    });
    Some(found.concat())
}
