//! Every place of a package that a mutant changes, in one fixed order.
//!
//! The same walk serves twice: once to find what could be changed, once for each mutant to change it.

use heng_dsl::model::linked::Linked;
use heng_dsl::model::{
    Cell, Condition, Content, DeclKind, Expr, Id, Matrix, Node, Origin, RowKey, RuleSet, Table,
    Test, Ty, TyKind, Version, Window, change,
};
use heng_dsl::value::Value;

use super::spot::{Spot, Where};
use crate::outcome::{InnerTable, RuleId};

/// Is told each place.
pub(super) type Found<'f> = dyn FnMut(&Where, Spot<'_>) + 'f;

/// Goes over everything that the package declares or amends itself, in the order written.
pub(super) fn visit(linked: &Linked, package: usize, set: &mut RuleSet, found: &mut Found<'_>) {
    let id = set.id.clone();
    let slots = (0..linked.decls().len()).filter(|it| linked.package_of(*it) == package);
    for (slot, decl) in slots.zip(&mut set.decls) {
        let name = decl.name.clone();
        for (at, version) in decl.versions.iter_mut().enumerate() {
            if version.content_origin.package != id {
                continue;
            }
            let mut walk = Walk::new(RuleId::Decl(slot, at), &name, &version.content_origin);
            walk.param = decl.kind == DeclKind::Param;
            walk.version(linked, version, &decl.ty, found);
        }
    }
    for decide in &mut set.decides {
        let target = decide.target.slot.index();
        let number = linked.decides(target).position(|it| it.id == decide.id).unwrap_or_default();
        let last = last_member(linked, target);
        let name = decide.name.clone();
        for (at, (effect, version)) in decide.versions.iter_mut().enumerate() {
            if version.content_origin.package != id {
                continue;
            }
            let rule = RuleId::Decide(target, number, at);
            let mut walk = Walk::new(rule, &name, &version.content_origin);
            found(&walk.at, Spot::Effect { effect, last });
            walk.version(linked, version, &Ty::bool(), found);
        }
    }
}

fn last_member(linked: &Linked, target: usize) -> u16 {
    let members = match &linked.decl(target).kind {
        DeclKind::Classify { grade } => linked.enumeration(grade.slot.index()).members.len(),
        _ => 0,
    };
    u16::try_from(members.saturating_sub(1)).unwrap_or_default()
}

struct Walk {
    at: Where,
    /// The content is the value of a parameter.
    param: bool,
}

impl Walk {
    fn new(rule: RuleId, name: &Id, origin: &Origin) -> Self {
        let table = InnerTable { local: None, fade: false };
        let at = Where {
            rule,
            name: name.clone(),
            table,
            row: None,
            text: String::new(),
            origin: origin.clone(),
        };
        Self { at, param: false }
    }

    fn version(&mut self, linked: &Linked, version: &mut Version, ty: &Ty, found: &mut Found<'_>) {
        let origin = self.at.origin.clone();
        if let Some(it) = &mut version.applies {
            self.condition(it, found);
        }
        for (number, local) in version.lets.iter_mut().enumerate() {
            self.at.table.local = Some(number);
            self.at.text = format!("取 {}", local.name);
            self.at.origin = origin.clone();
            self.content(linked, &mut local.content, ty, found);
        }
        self.at.table.local = None;
        self.clause(&origin);
        self.content(linked, &mut version.content, ty, found);
        self.clause(&origin);
        let bounds = &mut version.bounds;
        let words = [["上限", "cap"], ["下限", "floor"], ["起评", "base"]];
        for (number, word) in
            [&mut bounds.cap, &mut bounds.floor, &mut bounds.base].into_iter().zip(words)
        {
            if let Some(number) = number {
                found(&self.at, Spot::Header { number, ty, word });
            }
        }
        if let Some(weight) = &mut bounds.weight {
            "权重".clone_into(&mut self.at.text);
            self.expr(weight, found);
        }
        for bound in &mut version.conditional {
            self.at.text.clone_from(&bound.text);
            self.at.origin = bound.origin.clone();
            self.expr(&mut bound.value, found);
            self.expr(&mut bound.when, found);
        }
    }

    /// Back to what is no row.
    fn clause(&mut self, origin: &Origin) {
        self.at.row = None;
        self.at.text = String::new();
        self.at.origin = origin.clone();
    }

    fn condition(&mut self, condition: &mut Condition, found: &mut Found<'_>) {
        for (number, part) in condition.parts.iter_mut().enumerate() {
            self.at.text = condition.texts.get(number).cloned().unwrap_or_default();
            self.at.origin = condition.origin.clone();
            self.expr(part, found);
        }
    }

    fn content(&mut self, linked: &Linked, content: &mut Content, ty: &Ty, found: &mut Found<'_>) {
        match content {
            Content::Formula(it) => {
                if let (true, Node::Const(value)) = (self.param, &mut it.node) {
                    found(&self.at, Spot::Literal { value, ty: &it.ty, result: true });
                } else {
                    self.expr(it, found);
                }
            }
            Content::Table(it) => self.table(it, found),
            Content::Each(each) => {
                change::source(&mut each.source, &mut |it| self.expr(it, found));
                self.table(&mut each.table, found);
                if let Some(fade) = &mut each.fade {
                    self.at.table.fade = true;
                    self.table(fade, found);
                    self.at.table.fade = false;
                }
            }
            Content::Matrix(it) => self.matrix(linked, it, ty, found),
            Content::Condition(it) => self.condition(it, found),
            Content::Source(it) => change::source(it, &mut |it| self.expr(it, found)),
            Content::Parts => {}
            Content::List(list) => {
                self.condition(&mut list.admit, found);
                if let Some(it) = &mut list.remove {
                    self.condition(it, found);
                }
                if let Some(quota) = &mut list.quota {
                    "名额".clone_into(&mut self.at.text);
                    self.expr(&mut quota.top, found);
                }
            }
        }
    }

    fn table(&mut self, table: &mut Table, found: &mut Found<'_>) {
        for column in &mut table.columns {
            self.at.row = None;
            self.expr(column, found);
        }
        for at in 0..table.rows.len() {
            let tys: Vec<Ty> = table.columns.iter().map(|it| it.ty.clone()).collect();
            let Some(row) = table.rows.get_mut(at) else { continue };
            self.at.row = Some(at);
            self.at.text.clone_from(&row.text);
            self.at.origin = row.origin.clone();
            match &mut row.key {
                RowKey::Otherwise | RowKey::Always => {}
                RowKey::When(it) => self.expr(it, found),
                RowKey::Cells(cells) => {
                    for (column, (cell, ty)) in cells.iter_mut().zip(&tys).enumerate() {
                        change::bounds(cell, &mut |bound, low| {
                            found(&self.at, Spot::Bound { bound, low, column, ty });
                        });
                        self.windows(cell, found);
                    }
                }
            }
            for result in row.results.iter_mut().flatten() {
                if let Node::Const(value) = &mut result.node {
                    found(&self.at, Spot::Literal { value, ty: &result.ty, result: true });
                } else {
                    self.expr(result, found);
                }
            }
            found(&self.at, Spot::Row { table, at });
        }
        self.at.row = None;
    }

    fn windows(&self, cell: &mut Cell, found: &mut Found<'_>) {
        let Cell::OneOf(tests) = cell else { return };
        for test in tests {
            if let Test::Window(window) = test {
                self.window(window, found);
            }
        }
    }

    fn window(&self, window: &mut Window, found: &mut Found<'_>) {
        match window {
            Window::Last(it) | Window::Next(it) => self.expr(it, found),
            Window::Ago { far, near, .. } => {
                found(&self.at, Spot::Months(far));
                found(&self.at, Spot::Months(near));
            }
            Window::Calendar(_) => {}
            Window::YearBefore(it) => self.window(it, found),
        }
    }

    fn matrix(&mut self, linked: &Linked, matrix: &mut Matrix, ty: &Ty, found: &mut Found<'_>) {
        if matrix.mode.is_some() {
            return;
        }
        let members = match &ty.kind {
            TyKind::Member(it) => linked.enumeration(it.slot.index()).members.len(),
            _ => 0,
        };
        let members = u16::try_from(members).unwrap_or_default();
        let key = |grade: &heng_dsl::model::Ref, at: usize| {
            let grade = linked.enumeration(grade.slot.index());
            grade.members.get(at).map_or_else(|| "缺失".to_owned(), |it| it.name.to_string())
        };
        for (row, cells) in matrix.cells.iter_mut().enumerate() {
            for (column, cell) in cells.iter_mut().enumerate() {
                let (a, b) = (key(&matrix.row_grade, row), key(&matrix.column_grade, column));
                self.at.text = format!("{a} × {b}");
                if let Some(origin) = matrix.origins.get(row) {
                    self.at.origin = origin.clone();
                }
                self.at.row = Some(row);
                found(&self.at, Spot::Cell { cell, members, grade: ty });
            }
        }
        self.at.row = None;
    }

    /// Comparisons, their numbers, and the lengths of windows; other literals say which kind of thing
    /// is meant and have no neighbour.
    fn expr(&self, expr: &mut Expr, found: &mut Found<'_>) {
        if let Node::Const(value) = &mut expr.node {
            if matches!(value, Value::Number(_)) {
                found(&self.at, Spot::Literal { value, ty: &expr.ty, result: false });
            }
            return;
        }
        if let Node::Compare { op, .. } = &mut expr.node {
            found(&self.at, Spot::Op(op));
        }
        if let Node::Within { date, window } = &mut expr.node {
            self.expr(date, found);
            self.window(window, found);
            return;
        }
        change::parts(expr, &mut |it| self.expr(it, found));
    }
}
