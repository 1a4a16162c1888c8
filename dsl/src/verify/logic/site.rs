//! Where conditions stand in a version, with the words to speak of them.

use super::super::{NodePath, Part, TableAt};
use crate::model::{
    Condition, ConditionMode, Content, Each, Expr, Let, Mode, RowKey, Table, Version,
};

/// Rows in front of one that are taken into account; behind more of them a row is looked at alone.
const MAX_BEFORE: usize = 40;

/// A condition or a formula that stands somewhere.
pub(super) struct Site<'m> {
    pub(super) at: NodePath,
    pub(super) says: Says<'m>,
    pub(super) what: What<'m>,
}

/// How a place is spoken of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Says<'m> {
    /// What its author wrote.
    Text(&'m str),
    /// Something inside what has that name.
    In(&'m str),
}

/// What stands at a place.
pub(super) enum What<'m> {
    /// Conditions, each with its text, that come together in this way.
    Conditions(ConditionMode, Vec<(&'m Expr, &'m str, NodePath)>),
    /// The condition of a row, after the rows before it of which the first counts.
    Row(&'m Expr, Vec<&'m Expr>),
    /// A condition.
    Condition(&'m Expr),
    /// A formula, in which conditions may stand.
    Formula(&'m Expr),
    /// The records of 逐条.
    Source(&'m crate::model::Source),
}

/// Everything in a version that is, or may have in it, a condition. `name` is that of its owner.
pub(super) fn sites<'m>(version: &'m Version, name: &'m str, path: &NodePath) -> Vec<Site<'m>> {
    let mut out = Sites { path, all: Vec::new() };
    if let Some(it) = &version.applies {
        out.conditions(it, |_| path.with(Part::Applies));
    }
    out.lets(&version.lets);
    out.content(&version.content, TableAt::Content, name);
    for (at, it) in version.conditional.iter().enumerate() {
        let place = path.with(Part::Conditional(at));
        out.add(place.clone(), Says::Text(&it.text), What::Condition(&it.when));
        out.add(place, Says::Text(&it.text), What::Formula(&it.value));
    }
    out.all
}

/// The places of a data-quality rule.
pub(super) fn of_check<'m>(check: &'m crate::model::Check, path: &NodePath) -> Vec<Site<'m>> {
    let mut out = Sites { path, all: Vec::new() };
    if let Some(it) = &check.applies {
        out.conditions(it, |_| path.clone());
    }
    out.lets(&check.lets);
    out.add(path.clone(), Says::In(&check.name), What::Condition(&check.require));
    out.all
}

struct Sites<'m, 'p> {
    path: &'p NodePath,
    all: Vec<Site<'m>>,
}

impl<'m> Sites<'m, '_> {
    fn add(&mut self, at: NodePath, says: Says<'m>, what: What<'m>) {
        self.all.push(Site { at, says, what });
    }

    fn lets(&mut self, lets: &'m [Let]) {
        for (at, it) in lets.iter().enumerate() {
            self.content(&it.content, TableAt::Let(at), &it.name);
        }
    }

    fn content(&mut self, content: &'m Content, at: TableAt, name: &'m str) {
        let whole = self.path.with(Part::Table(at));
        match content {
            Content::Formula(it) if it.ty == crate::model::Ty::bool() => {
                self.add(whole, Says::In(name), What::Condition(it));
            }
            Content::Formula(it) => self.add(whole, Says::In(name), What::Formula(it)),
            Content::Table(it) => self.table(it, at, name),
            Content::Each(Each { source, table, fade, .. }) => {
                self.add(whole, Says::In(name), What::Source(source));
                self.table(table, at, name);
                if let Some(it) = fade {
                    self.table(it, TableAt::Fade, name);
                }
            }
            Content::Condition(it) => {
                let path = self.path.clone();
                self.conditions(it, |at| path.with(Part::Condition(at)));
            }
            Content::List(it) => {
                let path = self.path.clone();
                self.conditions(&it.admit, |at| path.with(Part::Condition(at)));
                if let Some(it) = &it.remove {
                    self.conditions(it, |at| path.with(Part::Remove(at)));
                }
                if let Some(it) = &it.quota {
                    self.add(whole, Says::In(name), What::Formula(&it.top));
                }
            }
            Content::Source(it) => self.add(whole, Says::In(name), What::Source(it)),
            Content::Matrix(_) | Content::Parts => {}
        }
    }

    fn conditions(&mut self, condition: &'m Condition, at: impl Fn(usize) -> NodePath) {
        let texts = condition.texts.iter().map(String::as_str).chain(std::iter::repeat(""));
        let parts = condition.parts.iter().zip(texts).enumerate();
        let parts: Vec<_> = parts.map(|(number, (it, text))| (it, text, at(number))).collect();
        let text = parts.first().map_or("", |it| it.1);
        self.add(at(0), Says::Text(text), What::Conditions(condition.mode, parts));
    }

    fn table(&mut self, table: &'m Table, at: TableAt, name: &'m str) {
        let whole = self.path.with(Part::Table(at));
        for it in &table.columns {
            self.add(whole.clone(), Says::In(name), What::Formula(it));
        }
        let mut before = Vec::new();
        for (number, row) in table.rows.iter().enumerate() {
            let place = self.path.with(Part::Row(at, number));
            let says = Says::Text(&row.text);
            if let RowKey::When(it) = &row.key {
                self.add(
                    place.clone(),
                    says,
                    What::Row(
                        it,
                        if before.len() > MAX_BEFORE { Vec::new() } else { before.clone() },
                    ),
                );
                if table.mode == Mode::First && before.len() <= MAX_BEFORE {
                    before.push(it);
                }
            }
            for it in row.results.iter().flatten() {
                self.add(place.clone(), says, What::Formula(it));
            }
        }
    }
}
