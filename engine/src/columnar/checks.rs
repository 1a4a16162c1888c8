//! Rules of data quality (校验): those about a household are answered in columns, those about its records say which
//! households have to be looked at one by one, and those about whole tables see the records of all as those of one
//! household.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;

use heng_dsl::value::{Date, Value};

use super::batch::{Batch, Known};
use super::fuse::fused;
use super::lower::{Lowered, Lowering};
use super::part::founded;
use super::plan::{Load, NodeId, Op};
use super::rounds::{Between, Rounds};
use super::store::{Inputs, dictionary};
use super::{Plan, Reads, Refusal};
use crate::columns::{Column, Columns, TableColumns, offsets, state};
use crate::eval::Evaluator;
use crate::part::PART;
use crate::program::Program;
use crate::source::Source;

/// A household that may break a rule, or perhaps does not.
pub(crate) struct Doubtful<'d> {
    /// Where it is, by its number there.
    pub(crate) columns: &'d Columns,
    pub(crate) at: usize,
    /// Its number in the register.
    pub(crate) number: usize,
    /// Rules about the household, by number, and what their condition comes to.
    pub(crate) told: Vec<(usize, Value)>,
    /// Rules about its records that have to be asked, by number.
    pub(crate) open: Vec<usize>,
}

/// What rules come to.
pub(crate) struct Asked<T> {
    /// Whatever was made of each doubtful household, in order.
    pub(crate) of_households: Vec<T>,
    /// Rules about whole tables, by number, and what their condition comes to.
    pub(crate) of_tables: Vec<(usize, Value)>,
}

/// Asks all rules of a register; `needs` are the declarations that they read. Rules are numbered over all packages.
/// Nothing where the plan has no operation for what a rule asks: then each household has to be looked at.
pub(crate) fn asked<T: Send>(
    program: &Program,
    source: &dyn Source,
    (needs, as_of): (&[usize], Date),
    look: impl Fn(&Doubtful<'_>) -> Vec<T> + Sync,
) -> Option<Result<Asked<T>, Vec<Refusal>>> {
    let evaluator = &Evaluator::new(program, as_of);
    let of_households = Rules::of(evaluator, needs, Lowering::rules_of_households)?;
    let of_tables = Rules::of(evaluator, needs, Lowering::rules_of_tables)?;
    Some(of_both([of_households, of_tables], evaluator, source, &look))
}

fn of_both<T: Send>(
    [of_households, of_tables]: [Rules; 2],
    evaluator: &Evaluator<'_>,
    source: &dyn Source,
    look: &(impl Fn(&Doubtful<'_>) -> Vec<T> + Sync),
) -> Result<Asked<T>, Vec<Refusal>> {
    let whole = of_households.plan.has_to_hold(source, evaluator.program().linked())?;
    let source = whole.as_deref().map_or(source, |it| it as &dyn Source);
    let wanted = Wanted::of(&of_tables.plan.reads);
    let found = of_households.batches(evaluator, source, |rules, batch| {
        let looked_at: Vec<T> = doubtful(rules, batch).iter().flat_map(look).collect();
        (looked_at, wanted.records(evaluator, batch))
    })?;
    let (of_households, records): (Vec<Vec<T>>, Vec<Records>) = found.into_iter().unzip();
    let everyone = together(evaluator, source, records);
    let of_tables = of_tables.batches(evaluator, &everyone, |rules, batch| {
        rules.iter().map(|it| (it.rule, told(it, batch, 0))).collect::<Vec<_>>()
    })?;
    Ok(Asked {
        of_households: of_households.into_iter().flatten().collect(),
        of_tables: of_tables.into_iter().flatten().collect(),
    })
}

/// The households of a batch that may break a rule.
fn doubtful<'b>(rules: &[Lowered], batch: &Batch<'b>) -> Vec<Doubtful<'b>> {
    let (columns, first) = (batch.store.columns, batch.first);
    let mut found: BTreeMap<usize, Doubtful<'b>> = BTreeMap::new();
    for rule in rules {
        let doubt = batch.whole(rule.doubt);
        let is_open = |at: &usize| doubt.state(*at) != state::THERE || doubt.lanes.at(*at) != 0;
        for at in (0..batch.len).filter(is_open) {
            let (own, number) = (first + at, batch.store.first + first + at);
            let household = found.entry(at).or_insert_with(|| Doubtful {
                columns,
                at: own,
                number,
                told: Vec::new(),
                open: Vec::new(),
            });
            if rule.is_own {
                household.told.push((rule.rule, told(rule, batch, at)));
            } else {
                household.open.push(rule.rule);
            }
        }
    }
    found.into_values().collect()
}

/// What the condition of a rule comes to: 否 where it is broken, 不适用 where the rule is not about this.
fn told(rule: &Lowered, batch: &Batch<'_>, at: usize) -> Value {
    let [concerned, holds] = rule.told;
    match batch.value(concerned, at) {
        Value::Bool(true) => batch.value(holds, at),
        Value::Bool(false) => Value::NotApplicable,
        other => other,
    }
}

/// Rules, and the plan that answers them.
struct Rules {
    plan: Plan,
    rules: Vec<Lowered>,
}

impl Rules {
    fn of<'p>(
        evaluator: &'p Evaluator<'p>,
        needs: &[usize],
        lower: impl FnOnce(&mut Lowering<'p>, &'p Program) -> Vec<Lowered>,
    ) -> Option<Self> {
        let program = evaluator.program();
        let mut lowering = Lowering::new(program, evaluator, false);
        lowering.declarations(needs, &|_| false);
        let rules = lower(&mut lowering, program);
        let is_known =
            |op: &Op| !matches!(op, Op::Load(Load::Site(_) | Load::Earlier(_) | Load::EarlierDate));
        let graph = lowering.graph;
        if !lowering.unsupported.is_empty() || !graph.nodes.iter().all(|it| is_known(&it.op)) {
            return None;
        }
        let mut plan = Plan::of_graph(graph);
        plan.results = plan.stage(roots(&rules));
        plan.reads = plan.reads(program.linked());
        Some(Self { plan, rules })
    }

    /// Asks the rules batch by batch, and takes something of each, in order.
    fn batches<T: Send>(
        self,
        evaluator: &Evaluator<'_>,
        source: &dyn Source,
        take: impl Fn(&[Lowered], &Batch<'_>) -> T + Sync,
    ) -> Result<Vec<T>, Vec<Refusal>> {
        let Self { mut plan, rules } = self;
        let dictionary = &dictionary(source.dictionary(), &plan.reads);
        plan.fused = fused(&plan, source, dictionary);
        plan.results = plan.stage(roots(&rules));
        let plan = &plan;
        let rounds = Rounds {
            program: evaluator.program(),
            evaluator,
            source,
            plan,
            dictionary,
            known: &Known::of(plan.nodes.len()),
            batch: PART,
            clock: None,
            spent: &Mutex::new(Vec::new()),
            done: &|_, _| {},
            between: Between::default(),
        };
        rounds.batches(&Inputs::new(), &plan.results, 1, |batch| take(&rules, batch))
    }
}

/// What has to be known of each rule.
fn roots(rules: &[Lowered]) -> BTreeSet<NodeId> {
    let told = rules.iter().filter(|it| it.is_own).flat_map(|it| it.told);
    told.chain(rules.iter().map(|it| it.doubt)).collect()
}

/// The records that rules about whole tables read.
struct Wanted {
    /// By slot of the table the columns.
    tables: BTreeMap<usize, BTreeSet<usize>>,
}

/// Records of some households: of each table the columns that are wanted, and how many there are.
type Records = BTreeMap<usize, (usize, Vec<Option<Column>>)>;

impl Wanted {
    fn of(reads: &Reads) -> Self {
        let slots = reads.tables.iter().flatten();
        let mut tables: BTreeMap<usize, BTreeSet<usize>> =
            slots.map(|it| (*it, BTreeSet::new())).collect();
        for (load, _) in &reads.loads {
            if let Load::Column(table, column) = load {
                tables.entry(*table).or_default().insert(*column);
            }
        }
        Self { tables }
    }

    /// The records of those households of a batch that were founded by the as-of date.
    fn records(&self, evaluator: &Evaluator<'_>, batch: &Batch<'_>) -> Records {
        let columns = batch.store.columns;
        let of = batch.first..batch.first + batch.len;
        let own = founded(evaluator, columns, of);
        let one = |(slot, wanted): (&usize, &BTreeSet<usize>)| {
            let rows = own.iter().flat_map(|it| columns.rows(*slot, batch.first + *it as usize));
            let rows: Vec<u32> = rows.filter_map(|it| u32::try_from(it).ok()).collect();
            let all = columns.tables.get(*slot).map_or(&[][..], |it| &it.columns);
            let taken = all.iter().enumerate().map(|(at, column)| {
                column.as_ref().filter(|_| wanted.contains(&at)).map(|it| it.gather(&rows))
            });
            (*slot, (rows.len(), taken.collect()))
        };
        self.tables.iter().map(one).collect()
    }
}

/// A household that has these records, and is nobody.
fn together(evaluator: &Evaluator<'_>, source: &dyn Source, records: Vec<Records>) -> Columns {
    let linked = evaluator.program().linked();
    let mut everyone = Columns::new(linked, source.cutoff());
    let kinds = everyone.kinds().tables.clone();
    let mut all: Records = Records::new();
    for (slot, (rows, columns)) in records.into_iter().flatten() {
        let of_table = kinds.get(slot).map_or(&[][..], Vec::as_slice);
        let (before, own) = all.entry(slot).or_insert_with(|| (0, vec![None; of_table.len()]));
        for ((own, column), kind) in own.iter_mut().zip(columns).zip(of_table) {
            *own = match (own.take(), column) {
                (None, None) => None,
                (own, column) => {
                    let mut own = own.unwrap_or_else(|| Column::missing(*kind, *before));
                    own.append(column.unwrap_or_else(|| Column::missing(*kind, rows)));
                    Some(own)
                }
            };
        }
        *before += rows;
    }
    everyone.keys.push("");
    everyone.fields = vec![None; linked.fields().len()];
    everyone.dictionary = source.dictionary().clone();
    for slot in 0..kinds.len() {
        match all.remove(&slot) {
            Some((rows, columns)) => {
                let offsets = offsets(std::iter::once(rows));
                everyone.tables.push(TableColumns { offsets, columns });
            }
            None => everyone.add_no_records(),
        }
    }
    everyone
}
