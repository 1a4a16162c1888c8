//! Records by what all rules of both versions make of them.
//!
//! Where everything is looked at together, the records of a table fall into classes: in one class are
//! those of which every condition and every row of points says the same. How many records are in each
//! class are numbers that have nothing to do with each other, and every count and every sum of points
//! follows from them exactly.

use std::collections::BTreeMap;

use heng_dsl::builtins::BuiltinId;
use heng_dsl::model::{
    Cell as TableCell, Content, Each, Expr, Let, Node, RowKey, Source, Version, walk,
};
use heng_dsl::value::{Decimal, Value};

use super::eval::{Eval, Res};
use super::keys::Key;
use super::leaf::{Cell, Leaf, number};
use super::number::LeafId;
use super::prover::{Ask, Pair, Prover};
use super::records::{Conditions, all_hold, worth_of_record};
use crate::graph::Thing;

/// Classes of one table; more are not looked at together.
const MOST_CLASSES: usize = 24;
/// Cells of one record that are told apart before the classes are left alone.
const MOST_CELLS: usize = 4_000;

/// The classes of all tables.
#[derive(Debug, Default)]
pub(super) struct Classes {
    /// Is everything looked at together?
    pub(super) joint: bool,
    /// Which classes are counted, by the key of the source.
    members: BTreeMap<Key, Vec<LeafId>>,
    /// What a record of each class is worth, by the key of the content.
    points: BTreeMap<Key, Vec<(LeafId, Decimal)>>,
    /// The class of the record that only the new side has, and the classes by their numbers.
    extra: Option<(LeafId, Vec<LeafId>)>,
}

impl Classes {
    /// The classes whose records a source counts.
    pub(super) fn members(&self, source: Key) -> Option<Vec<LeafId>> {
        self.members.get(&source).cloned()
    }

    /// The class of the record that only the new side has, and the classes by their numbers.
    pub(super) fn extra(&self) -> Option<(LeafId, Vec<LeafId>)> {
        self.extra.clone()
    }

    /// What a record of each class is worth.
    pub(super) fn points(&self, content: Key) -> Option<Vec<(LeafId, Decimal)>> {
        self.points.get(&content).cloned()
    }
}

/// A question of its own.
type Boxed<'p> = Box<dyn Fn(&mut Eval<'_, 'p>) -> Res<Vec<Value>> + 'p>;

/// Something that is asked of each record of a table.
#[derive(Clone)]
struct Function<'p> {
    key: Key,
    side: usize,
    conditions: Conditions<'p>,
    /// 逐条, with the local values of its rule; absent for a count.
    each: Option<(&'p Each, &'p [Let])>,
}

impl<'p> Prover<'p> {
    /// Looks at everything together from now on; `classes`: with records in classes.
    pub(super) fn join(&mut self, pair: Pair, classes: bool) {
        let mut rules = Vec::new();
        for (side, slot) in pair.into_iter().enumerate().filter(|_| classes) {
            let Some(slot) = slot else { continue };
            rules.extend(self.versions_upstream(side, slot).into_iter().map(|it| (side, it)));
        }
        self.join_rules(&rules);
    }

    /// Looks at everything together from now on, with the records of some rules in classes.
    pub(super) fn join_rules(&mut self, rules: &[(usize, &'p Version)]) {
        self.classes.joint = true;
        let mut tables: BTreeMap<Key, Vec<Function<'p>>> = BTreeMap::new();
        for (side, version) in rules.iter().copied() {
            let mut sources: Vec<&'p Source> = Vec::new();
            let mut eaches: Vec<&'p Content> = Vec::new();
            in_version(version, &mut sources, &mut eaches);
            for source in sources {
                let key = self.key_of_source(side, source, &version.lets);
                self.note(&mut tables, (side, key), (source, &version.lets), None);
            }
            for content in eaches {
                let Content::Each(each) = content else { continue };
                let key = self.key_of_content(side, content, &version.lets);
                let of = (&each.source, version.lets.as_slice());
                self.note(&mut tables, (side, key), of, Some((each, &version.lets)));
            }
        }
        for (table, functions) in tables {
            self.classify(table, &functions);
        }
    }

    fn note(
        &mut self,
        tables: &mut BTreeMap<Key, Vec<Function<'p>>>,
        (side, key): (usize, Key),
        (source, lets): (&'p Source, &'p [Let]),
        each: Option<(&'p Each, &'p [Let])>,
    ) {
        let Some((table, conditions)) = self.sides[side].chain(source, lets) else { return };
        // With one record more the classes are those of the other records.
        if self.sides[side].one_more() == Some(table) {
            return;
        }
        let table = self.key_of_table(side, table);
        let list = tables.entry(table).or_default();
        if !list.iter().any(|it| it.key == key && it.each.is_some() == each.is_some()) {
            list.push(Function { key, side, conditions, each });
        }
    }

    /// Makes the classes of one table, if there are few.
    fn classify(&mut self, table: Key, functions: &[Function<'p>]) {
        let asks: Vec<Boxed<'p>> = functions
            .iter()
            .cloned()
            .map(|it| {
                let ask = move |eval: &mut Eval<'_, 'p>| match it.each {
                    None => Ok(vec![Value::Bool(all_hold(eval, &it.conditions)?)]),
                    Some((each, lets)) => {
                        Ok(vec![worth_of_record(eval, &it.conditions, each, lets)?])
                    }
                };
                Box::new(ask) as Boxed<'p>
            })
            .collect();
        let asks: Vec<Ask<'_, 'p>> = functions
            .iter()
            .zip(&asks)
            .map(|(function, ask)| (function.side, Some(table), ask.as_ref()))
            .collect();
        let Ok(vectors) = self.vectors(&asks, MOST_CELLS) else { return };
        let counts = |it: &Value| !matches!(it, Value::Bool(false) | Value::NotApplicable);
        let vectors: Vec<Vec<Value>> =
            vectors.into_iter().filter(|it| it.iter().any(counts)).collect();
        if vectors.len() > MOST_CLASSES {
            return;
        }
        for function in functions {
            if function.each.is_some() {
                self.classes.points.insert(function.key, Vec::new());
            } else {
                self.classes.members.insert(function.key, Vec::new());
            }
        }
        let mut classes = Vec::with_capacity(vectors.len());
        for (class, vector) in vectors.iter().enumerate() {
            let id = self.leaf_under(format!("class {class} of {table}"), || Leaf {
                places: 0,
                step: Some(Decimal::from(1)),
                cells: vec![Cell::Number(Some(Decimal::ZERO), None)],
            });
            classes.push(id);
            for (function, value) in functions.iter().zip(vector) {
                if function.each.is_some() {
                    let list = self.classes.points.entry(function.key).or_default();
                    list.extend(number(value).map(|it| (id, it)));
                } else if *value == Value::Bool(true) {
                    self.classes.members.entry(function.key).or_default().push(id);
                }
            }
        }
        let more = self.sides[1].one_more();
        if more.is_some_and(|it| self.key_of_table(0, it) == table) {
            // One of the classes, or none.
            let numbers = (0..=classes.len()).filter_map(|it| u16::try_from(it).ok());
            let cells = numbers.map(|it| Cell::Value(Value::Member(it))).collect();
            let leaf = Leaf { places: 0, step: None, cells };
            let id = self.leaf_under("class of the record more".to_owned(), || leaf);
            self.classes.extra = Some((id, classes));
        }
    }

    /// The rules in force that a declaration is worked out from.
    pub(super) fn versions_upstream(&self, side: usize, slot: usize) -> Vec<&'p Version> {
        let side = &self.sides[side];
        let linked = side.linked();
        let mut out = Vec::new();
        for thing in side.program.upstream(slot) {
            match thing {
                Thing::Decl(slot) => out.extend(side.version(slot)),
                Thing::Decide(package, number) => {
                    let decide = linked.packages.get(package).and_then(|it| it.decides.get(number));
                    let versions = decide.map_or(&[][..], |it| &it.versions);
                    let rule = versions.iter().find(|it| it.1.period.contains(side.as_of));
                    out.extend(rule.map(|it| &it.1));
                }
                Thing::Field(_)
                | Thing::Table(_)
                | Thing::Column(..)
                | Thing::Codes(_)
                | Thing::Check(..)
                | Thing::Scope(_) => {}
            }
        }
        out
    }
}

/// The sources that a rule counts, and its points for each record.
fn in_version<'p>(
    version: &'p Version,
    sources: &mut Vec<&'p Source>,
    eaches: &mut Vec<&'p Content>,
) {
    let contents = version.lets.iter().map(|it| &it.content).chain([&version.content]);
    for content in contents {
        if let Content::Each(_) = content {
            eaches.push(content);
        }
        exprs(content, &mut |it| counted(it, sources));
    }
    let applies = version.applies.iter().flat_map(|it| &it.parts);
    let bounds = version.conditional.iter().flat_map(|it| [&it.value, &it.when]);
    applies.chain(bounds).chain(&version.bounds.weight).for_each(|it| counted(it, sources));
}

fn counted<'p>(expr: &'p Expr, sources: &mut Vec<&'p Source>) {
    if let Node::Aggregate { builtin, source, .. } = &expr.node
        && matches!(builtin, BuiltinId::Count | BuiltinId::Any | BuiltinId::None)
    {
        sources.push(source);
    }
    walk::parts(expr, &mut |it| counted(it, sources));
}

/// The expressions of a content that are about the household.
fn exprs<'p>(content: &'p Content, each: &mut dyn FnMut(&'p Expr)) {
    match content {
        Content::Formula(it) => each(it),
        Content::Table(table) => {
            table.columns.iter().for_each(&mut *each);
            for row in &table.rows {
                match &row.key {
                    RowKey::When(it) => each(it),
                    RowKey::Cells(cells) => cells.iter().for_each(|it| match it {
                        // What a cell says is a literal or a parameter.
                        TableCell::Any | TableCell::OneOf(_) => {}
                    }),
                    RowKey::Otherwise | RowKey::Always => {}
                }
                row.results.iter().flatten().for_each(&mut *each);
            }
        }
        Content::Condition(it) => it.parts.iter().for_each(each),
        Content::Each(_)
        | Content::Matrix(_)
        | Content::Source(_)
        | Content::Parts
        | Content::List(_) => {}
    }
}
