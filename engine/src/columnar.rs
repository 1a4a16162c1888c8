//! Many households at once: the model as a plan of operations on columns, with the same results as the
//! reference evaluator.
//!
//! # How it works
//!
//! * [`lower`] turns the declarations that are asked for into a graph of typed operations on a date
//!   ([`plan`]): versions chosen, windows made into stretches of days, decimal places fixed, constants
//!   worked out, whatever stands twice shared. Nothing is left of names.
//! * Values live in places ([`plan::Domain`]): one for the run, one for each household of a batch, one for
//!   each record of a table, one for each record of each calendar unit, and so on. A nested filter is
//!   therefore no special case, and what does not depend on a record is worked out outside of it.
//! * [`batch`] works a batch of households out, operation by operation. A column holds numbers in the
//!   narrowest lanes that its bounds allow (bounds follow from the data, by interval arithmetic), and what
//!   is not there as one byte beside each; where all is there it holds none.
//! * An operation has three ways, the first that answers: a [`kernel`] for whole columns; the answers that
//!   were given before for the same small operands; every lane by itself. The last two take their answers
//!   from [`meaning`], which is put together from the functions of the reference evaluator.
//!
//! Results do not depend on the size of batches, nor on threads: batches share nothing, and are joined in
//! the order of the register.
//!
//! What is absent: anything that falls back to another engine. What the plan has no operation for yet is
//! refused by name ([`Refusal`]).

mod batch;
mod checks;
mod domain;
mod frame;
mod fuse;
mod in_order;
mod kernel;
mod located;
mod lower;
mod meaning;
mod month;
mod moved;
mod part;
mod plan;
mod profile;
mod register;
mod replay;
mod rounds;
mod run;
mod store;
mod unroll;
mod unsupported;
mod waiting;
mod worth;

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use heng_dsl::diag::{Lang, Words};
use heng_dsl::model::linked::Linked;
use heng_dsl::value::{Date, Value};

pub(crate) use self::checks::{Asked, Doubtful, asked};
use self::fuse::Fused;
use self::lower::{Lowering, Question};
pub(crate) use self::month::{Earlier, Kept, Record, Taken, states_only};
pub use self::month::{Looked, Month};
pub(crate) use self::part::founded;
use self::plan::{Domain, Elements, Graph, Kind, Load, Node, NodeId, Op, told_by};
pub use self::profile::{Clock, Spent};
pub use self::replay::{Drawn, Replayed, replay};
pub(crate) use self::run::{Given, bare_results, outcomes, some_results};
pub use self::run::{Quarantined, Ran, in_batches, month, moved, population, results, run};
use self::unroll::unrolled;
use crate::columns::Columns;
use crate::eval::{Evaluator, Hitting};
use crate::program::Program;
use crate::source::{Source, Unreadable};

/// Why a register cannot be worked out this way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// The plan has no operation for something that a declaration uses: what, and which declaration.
    Unsupported([&'static str; 2], String),
    /// The data hold something in this field that its type does not allow, or that follows from others.
    Data(String),
    /// A stretch of the register cannot be read.
    Unreadable(Unreadable),
}

impl Refusal {
    /// One sentence without a full stop.
    pub fn words(&self) -> Words {
        match self {
            Self::Unsupported([zh, en], path) => Words::both(
                format!("“{path}”用到{zh}，列式引擎还不能计算"),
                format!("“{path}” uses {en}, which the columnar engine cannot work out yet"),
            ),
            Self::Data(field) => Words::both(
                format!("“{field}”中有不合其类型的值，列式引擎不计算这样的数据"),
                format!(
                    "“{field}” has values that are not of its type; the columnar engine does not \
                     work out such data"
                ),
            ),
            Self::Unreadable(it) => Words::both(
                format!("“{}”读不出来：{}", it.file, it.why),
                format!("“{}” cannot be read: {}", it.file, it.why),
            ),
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.words().of(Lang::En))
    }
}

impl std::error::Error for Refusal {}

/// A construct that has no operation yet, and the declaration that uses it.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Unsupported {
    what: &'static [&'static str; 2],
    path: String,
}

/// A result of the plan.
#[derive(Debug)]
struct Output {
    /// The declaration.
    slot: usize,
    /// Where its package is about the household; absent where it is about all.
    scope: Option<NodeId>,
    what: What,
}

/// What a result consists of.
#[derive(Debug)]
enum What {
    /// What the declaration is worth.
    Value(NodeId),
    /// The columns of a measure, where a row was found.
    Measure { found: NodeId, columns: Vec<NodeId> },
    /// Direct determinations: where each hits, where there is a grade by the score.
    Hits { by_score: NodeId, hits: Vec<NodeId>, all: Vec<Hitting>, last: u16 },
    /// Which clauses of the rule hold.
    Held(Held),
}

/// Which clauses of a rule hold, as reason codes ([`crate::reasons`]).
#[derive(Debug)]
enum Held {
    /// The code of the one that holds; not there where none does.
    Row(NodeId),
    /// Whether each holds, which is always known.
    Each(Vec<NodeId>),
}

impl Output {
    fn roots(&self) -> impl Iterator<Item = NodeId> {
        let own: Vec<NodeId> = match &self.what {
            What::Value(node) => vec![*node],
            What::Measure { found, columns } => [*found].iter().chain(columns).copied().collect(),
            What::Hits { by_score, hits, .. } => [*by_score].iter().chain(hits).copied().collect(),
            What::Held(Held::Row(code)) => vec![*code],
            What::Held(Held::Each(all)) => all.clone(),
        };
        own.into_iter().chain(self.scope)
    }

    fn nodes(&mut self) -> impl Iterator<Item = &mut NodeId> {
        let own: Vec<&mut NodeId> = match &mut self.what {
            What::Value(node) => vec![node],
            What::Measure { found, columns } => [found].into_iter().chain(columns).collect(),
            What::Hits { by_score, hits, .. } => [by_score].into_iter().chain(hits).collect(),
            What::Held(Held::Row(code)) => vec![code],
            What::Held(Held::Each(all)) => all.iter_mut().collect(),
        };
        own.into_iter().chain(&mut self.scope)
    }
}

/// What a plan reads of the data.
#[derive(Debug, Default)]
struct Reads {
    loads: Vec<(Load, Kind)>,
    /// Record tables, by slot; none for earlier results.
    tables: BTreeSet<Option<usize>>,
    /// What the rules name and a column may hold.
    constants: Vec<Value>,
}

/// Operations in order.
#[derive(Debug, Default)]
struct Stage {
    /// Each after its operands.
    schedule: Vec<NodeId>,
    /// For each of all operations those of which it is the last to ask.
    last_uses: Vec<Vec<NodeId>>,
    /// Functions of few values after which no other one asks where some values lie, and their numbers.
    last_located: BTreeMap<NodeId, Vec<usize>>,
    /// Functions of few values that no operation asks: they wait until somebody reads the result.
    waiting: BTreeSet<NodeId>,
}

/// A program on a date as operations on columns.
#[derive(Debug)]
pub struct Plan {
    nodes: Vec<Node>,
    /// For which declaration each was added first.
    decls: Vec<Option<usize>>,
    /// Which operations are functions of few values.
    fused: Vec<Option<Fused>>,
    domains: Vec<Domain>,
    /// What has to be worked out before each round over the register.
    rounds: Vec<Stage>,
    questions: Vec<Question>,
    /// What has to be worked out for the results.
    results: Stage,
    outputs: Vec<Output>,
    /// Household fields, and which households met a gap in them.
    missing: Vec<(usize, NodeId)>,
    reads: Reads,
}

impl Plan {
    /// The plan of a program on a date.
    ///
    /// # Errors
    ///
    /// Everything that the program uses and the plan has no operation for.
    pub fn new(program: &Program, as_of: Date) -> Result<Self, Vec<Refusal>> {
        Self::of(program, &Evaluator::new(program, as_of), false, &|_| false)
    }

    /// What an operation gives.
    fn kind(&self, at: NodeId) -> Kind {
        self.nodes[at.index()].kind
    }

    /// All of a register that would be read stretch by stretch, where a rule asks for the key itself: each stretch
    /// would number keys in a way of its own.
    fn has_to_hold<'s>(
        &self,
        source: &'s dyn Source,
        linked: &Linked,
    ) -> Result<Option<Cow<'s, Columns>>, Vec<Refusal>> {
        let is_key = |it: &Load| matches!(it, Load::Field(slot) if linked.field(*slot).key);
        let reads_key = self.reads.loads.iter().any(|it| is_key(&it.0));
        let whole = (reads_key && source.held().is_none()).then(|| source.whole());
        whole.transpose().map_err(|it| vec![Refusal::Unreadable(it)])
    }

    /// How many operations the results take.
    pub fn operations(&self) -> usize {
        self.results.schedule.len()
    }

    /// The plan of a program, where of some declarations it is known beforehand what they are worth.
    fn of(
        program: &Program,
        on: &Evaluator<'_>,
        with_reasons: bool,
        is_known: &dyn Fn(usize) -> bool,
    ) -> Result<Self, Vec<Refusal>> {
        let mut lowering = Lowering::new(program, on, with_reasons);
        lowering.declarations(program.order(), is_known);
        let mut questions = lowering.questions(program);
        let mut missing = lowering.missing();
        if !lowering.unsupported.is_empty() {
            let all = lowering.unsupported.into_iter();
            return Err(all.map(|it| Refusal::Unsupported(*it.what, it.path)).collect());
        }
        let mut outputs = lowering.outputs;
        let roots = outputs.iter().flat_map(Output::roots);
        let roots = roots.chain(questions.iter().flat_map(Question::roots));
        let roots = roots.chain(missing.iter().map(|it| it.1));
        let unrolled = unrolled(&lowering.graph, roots);
        let nodes = outputs.iter_mut().flat_map(Output::nodes);
        let asked = questions.iter_mut().flat_map(Question::nodes);
        let missed = missing.iter_mut().map(|it| &mut it.1);
        nodes.chain(asked).chain(missed).for_each(|it| *it = unrolled.now(*it));
        let graph = unrolled.graph;
        let mut plan = Self { questions, outputs, missing, ..Self::of_graph(graph) };
        plan.stages(program);
        plan.reads = plan.reads(program.linked());
        Ok(plan)
    }

    /// Operations of which nothing is asked yet.
    fn of_graph(graph: Graph<'_>) -> Self {
        Self {
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
        }
    }

    /// Without the results of all but some declarations, and without what only those need; also without the functions of the
    /// register that only those ask, if nobody else wants to know what they give.
    fn narrow(&mut self, program: &Program, only: &BTreeSet<usize>, functions: bool) {
        self.outputs.retain(|it| only.contains(&it.slot));
        self.missing.clear();
        if !functions {
            let asked = self.sites();
            self.questions.retain(|it| asked.contains(&it.site));
        }
        self.stages(program);
        self.reads = self.reads(program.linked());
    }

    /// The functions of the register that the results ask, by themselves or by way of others, by site.
    fn sites(&self) -> BTreeSet<usize> {
        let mut waiting: Vec<NodeId> = self.outputs.iter().flat_map(Output::roots).collect();
        let (mut seen, mut sites) = (BTreeSet::new(), BTreeSet::new());
        while let Some(at) = waiting.pop() {
            if !seen.insert(at) {
                continue;
            }
            let node = &self.nodes[at.index()];
            if let Op::Load(Load::Site(site)) = node.op
                && sites.insert(site)
            {
                let of = self.questions.iter().filter(|it| it.site == site);
                waiting.extend(of.flat_map(Question::roots));
            }
            waiting.extend(self.asks(at));
            waiting.extend(self.grouped(node));
        }
        sites
    }

    /// What is worked out when.
    fn stages(&mut self, program: &Program) {
        let rounds = (1..=program.rounds()).map(|round| {
            let asked = self.questions.iter().filter(|it| it.round == round);
            self.stage(asked.flat_map(Question::roots).collect())
        });
        self.rounds = rounds.collect();
        let results = self.outputs.iter().flat_map(Output::roots);
        self.results = self.stage(results.chain(self.missing.iter().map(|it| it.1)).collect());
    }

    /// What some results need, and where each operation is asked last.
    fn stage(&self, mut kept: BTreeSet<NodeId>) -> Stage {
        let mut needed = BTreeSet::new();
        let mut waiting: Vec<NodeId> = kept.iter().copied().collect();
        while let Some(at) = waiting.pop() {
            if needed.insert(at) {
                let node = &self.nodes[at.index()];
                waiting.extend(self.asks(at));
                // The elements of groups are found when they are first asked for.
                let grouped = self.grouped(node);
                kept.extend(&grouped);
                waiting.extend(grouped);
            }
        }
        let is_function = |it: &NodeId| self.fused[it.index()].is_some();
        let every: BTreeSet<NodeId> = needed.iter().flat_map(|it| self.asks(*it)).collect();
        let waiting: BTreeSet<NodeId> =
            needed.difference(&every).copied().filter(is_function).collect();
        kept.extend(waiting.iter().flat_map(|it| self.asks(*it)));
        let mut last_uses = vec![Vec::new(); self.nodes.len()];
        let mut asked = BTreeSet::new();
        for at in needed.iter().rev() {
            for arg in self.asks(*at) {
                if asked.insert(arg) && !kept.contains(&arg) {
                    last_uses[at.index()].push(arg);
                }
            }
        }
        // A later one stands in place of an earlier one.
        let mut last = BTreeMap::new();
        for at in &needed {
            let function = self.fused[at.index()].iter();
            last.extend(function.flat_map(Fused::located).map(|it| (it, *at)));
        }
        let mut last_located: BTreeMap<NodeId, Vec<usize>> = BTreeMap::new();
        for (number, at) in last {
            last_located.entry(at).or_default().push(number);
        }
        let schedule = needed.into_iter().collect();
        Stage { schedule, last_uses, last_located, waiting }
    }

    /// What an operation is worked out from.
    fn asks(&self, at: NodeId) -> Vec<NodeId> {
        match &self.fused[at.index()] {
            Some(fused) => fused.sources.iter().map(|it| it.0).collect(),
            None => self.nodes[at.index()].args.clone(),
        }
    }

    /// What tells which elements the domain of a node has, and those that it looks through.
    fn grouped(&self, node: &Node) -> Vec<NodeId> {
        let of = if let Op::Gather(of, _) = node.op { Some(of) } else { None };
        let domains = [Some(node.domain), of].into_iter().flatten();
        domains.flat_map(|it| told_by(&self.domains, it)).collect()
    }

    fn reads(&self, linked: &Linked) -> Reads {
        let mut reads = Reads::default();
        let stages = self.rounds.iter().chain([&self.results]);
        let needed: BTreeSet<NodeId> = stages.flat_map(|it| &it.schedule).copied().collect();
        for node in needed.iter().map(|it| &self.nodes[it.index()]) {
            match &node.op {
                Op::Load(
                    load @ (Load::Field(_)
                    | Load::Column(..)
                    | Load::EarlierDate
                    | Load::Earlier(_)),
                ) => reads.loads.push((*load, node.kind)),
                Op::Const(value @ (Value::Text(_) | Value::Frequency(_))) => {
                    reads.constants.push(value.clone());
                }
                Op::Cell(table, column) => {
                    let table = linked.code_table(*table);
                    let cells = table.rows.iter().filter_map(|it| it.values.get(*column));
                    let default = table.columns.get(*column).and_then(|it| it.default.as_ref());
                    reads.constants.extend(cells.chain(default).cloned());
                }
                _ => {}
            }
        }
        for domain in &self.domains {
            match domain.elements {
                Elements::Records(table) => drop(reads.tables.insert(Some(table))),
                Elements::Earlier => drop(reads.tables.insert(None)),
                _ => {}
            }
        }
        reads
    }
}
