//! A declaration takes another id, and whoever reads it follows.

use crate::model::rewrite::{self, Change};
use crate::model::{
    Cell, Condition, Content, DeclKind, Expr, Id, Node, Ref, RowKey, RuleSet, Source, Table,
    TemplatePart, Test, Version, Window,
};

struct Rename<'i> {
    /// The package as others name it; absent for the own one.
    package: Option<&'i Id>,
    from: &'i Id,
    to: &'i Id,
}

/// Changes the id of a declaration of `package`, where it stands and where it is read.
pub(super) fn rename(set: &mut RuleSet, package: &Id, (from, to): (&Id, &Id)) {
    let own = set.id == *package;
    let mut it = Rename { package: (!own).then_some(package), from, to };
    if own {
        for decl in set.decls.iter_mut().filter(|it| it.id == *from) {
            // A name that was the id goes with it.
            if decl.name == decl.id {
                decl.name = to.clone();
            }
            decl.id = to.clone();
        }
    }
    it.rule_set(set);
}

impl Rename<'_> {
    fn reference(&self, it: &mut Ref) {
        if it.package.as_ref() == self.package && it.id == *self.from {
            it.id = self.to.clone();
        }
    }

    fn rule_set(&mut self, set: &mut RuleSet) {
        set.applies.iter_mut().for_each(|it| self.condition(it));
        for decl in &mut set.decls {
            match &mut decl.kind {
                DeclKind::Dimension { within: whole }
                | DeclKind::Indicator { dimension: whole, .. } => {
                    whole.iter_mut().for_each(|it| self.reference(it));
                }
                _ => {}
            }
            decl.versions.iter_mut().for_each(|it| self.version(it));
        }
        for decide in &mut set.decides {
            self.reference(&mut decide.target);
            decide.versions.iter_mut().for_each(|it| self.version(&mut it.1));
        }
        for it in &mut set.checks {
            it.applies.iter_mut().for_each(|it| self.condition(it));
            it.lets.iter_mut().for_each(|it| self.content(&mut it.content));
            self.expr(&mut it.require, 0);
        }
        for it in &mut set.actions {
            it.about.iter_mut().for_each(|it| rewrite::source(it, 0, self));
            it.when.iter_mut().for_each(|it| self.condition(it));
            it.earliest.iter_mut().for_each(|it| self.expr(it, 0));
            it.becomes.iter_mut().for_each(|it| self.expr(&mut it.value, 0));
            it.adds.iter_mut().flat_map(|it| &mut it.fields).for_each(|it| self.expr(&mut it.1, 0));
        }
    }

    fn condition(&mut self, it: &mut Condition) {
        it.parts.iter_mut().for_each(|it| self.expr(it, 0));
    }

    fn version(&mut self, it: &mut Version) {
        it.applies.iter_mut().for_each(|it| self.condition(it));
        it.lets.iter_mut().for_each(|it| self.content(&mut it.content));
        self.content(&mut it.content);
        it.bounds.weight.iter_mut().for_each(|it| self.expr(it, 0));
        for it in &mut it.conditional {
            self.expr(&mut it.value, 0);
            self.expr(&mut it.when, 0);
        }
        for it in it.reason.iter_mut().flat_map(|it| &mut it.parts) {
            if let TemplatePart::Value(it) = it {
                self.expr(it, 0);
            }
        }
    }

    fn content(&mut self, it: &mut Content) {
        match it {
            Content::Formula(it) => self.expr(it, 0),
            Content::Table(it) => self.table(it),
            Content::Each(it) => {
                rewrite::source(&mut it.source, 0, self);
                self.table(&mut it.table);
                it.fade.iter_mut().for_each(|it| self.table(it));
            }
            Content::Matrix(it) => {
                self.reference(&mut it.rows);
                self.reference(&mut it.columns);
            }
            Content::Condition(it) => self.condition(it),
            Content::Source(it) => rewrite::source(it, 0, self),
            Content::Parts => {}
            Content::List(it) => {
                self.condition(&mut it.admit);
                it.remove.iter_mut().for_each(|it| self.condition(it));
                if let Some(it) = &mut it.quota {
                    self.expr(&mut it.top, 0);
                    it.keys.iter_mut().for_each(|it| self.expr(&mut it.0, 0));
                }
            }
        }
    }

    fn table(&mut self, it: &mut Table) {
        it.columns.iter_mut().for_each(|it| self.expr(it, 0));
        for row in &mut it.rows {
            match &mut row.key {
                RowKey::Otherwise | RowKey::Always => {}
                RowKey::When(it) => self.expr(it, 0),
                RowKey::Cells(cells) => cells.iter_mut().for_each(|it| self.cell(it)),
            }
            row.results.iter_mut().flatten().for_each(|it| self.expr(it, 0));
        }
    }

    fn cell(&mut self, it: &mut Cell) {
        let Cell::OneOf(tests) = it else { return };
        for test in tests {
            match test {
                Test::Missing => {}
                Test::Range { low, high } => {
                    low.iter_mut().chain(high).for_each(|it| self.expr(&mut it.value, 0));
                }
                Test::Equals(it) | Test::Differs(it) | Test::Starts(it) => self.expr(it, 0),
                Test::Window(it) => self.window(it),
            }
        }
    }

    fn window(&mut self, it: &mut Window) {
        match it {
            Window::Last(it) | Window::Next(it) => self.expr(it, 0),
            Window::Ago { .. } | Window::Calendar(_) => {}
            Window::YearBefore(it) => self.window(it),
        }
    }
}

impl Change for Rename<'_> {
    fn expr(&mut self, it: &mut Expr, bound: u32) {
        match &mut it.node {
            Node::Decl(decl)
            | Node::Past { decl, .. }
            | Node::RecordDecl { decl, .. }
            | Node::AtDate { decl, .. } => Rename::reference(self, decl),
            _ => {}
        }
        rewrite::parts(it, bound, self);
    }

    fn source(&mut self, it: &mut Source, _: u32) {
        if let Source::Named(it) = it {
            Rename::reference(self, it);
        }
    }
}
