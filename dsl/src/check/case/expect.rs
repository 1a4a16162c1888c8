//! 期望: what must come out of a 用例.

use super::{Reader, single};
use crate::check::scope::Typed;
use crate::diag::{Code, Diagnostic, Words};
use crate::model::{Asked, DeclKind, Expectation, HoldingKind, Id, Node, Ref, TyKind};
use crate::syntax::ast::{self, Assign, ExprKind, Path};

impl Reader<'_, '_, '_> {
    pub(super) fn expectation(&self, assign: &Assign) -> Option<Expectation> {
        if assign.value.kind == ExprKind::Open {
            return self.asked(assign).map(Expectation::Open);
        }
        let first = assign.path.names.first()?;
        match (first.text.as_str(), assign.path.names.get(1)) {
            ("缺失" | "missing", None) => {
                return Some(Expectation::Missing(self.missing(&assign.value)?));
            }
            ("标注" | "tag" | "tags", None) => {
                return self.holding(HoldingKind::Tag, &assign.value);
            }
            ("预警" | "alert" | "alerts", None) => {
                return self.holding(HoldingKind::Alert, &assign.value);
            }
            ("名单" | "list" | "lists", None) => {
                return self.holding(HoldingKind::List, &assign.value);
            }
            ("直接判定" | "decide" | "decides", None) => return self.decides(&assign.value),
            ("缘由" | "reason", Some(_)) => return self.reason(assign),
            _ => {}
        }
        if let (Some(item), Some(column)) = (self.unit.item(&first.text), assign.path.names.get(1))
            && self.unit.is_measure(item)
        {
            return self.measure(item, column, &assign.value);
        }
        let (decl, kind) = self.decl(&assign.path)?;
        let value = self.value(&assign.value, &kind)?;
        Some(Expectation::Worth(decl, value))
    }

    /// What an outcome that is still open is about.
    fn asked(&self, assign: &Assign) -> Option<Asked> {
        let Some(first) = assign.path.names.first() else { return Some(Asked::Everything) };
        let second = assign.path.names.get(1);
        match (first.text.as_str(), second) {
            ("缺失" | "missing", None) => return Some(Asked::Missing),
            ("标注" | "tag" | "tags", None) => return Some(Asked::Holding(HoldingKind::Tag)),
            ("预警" | "alert" | "alerts", None) => {
                return Some(Asked::Holding(HoldingKind::Alert));
            }
            ("名单" | "list" | "lists", None) => return Some(Asked::Holding(HoldingKind::List)),
            ("直接判定" | "decide" | "decides", None) => return Some(Asked::Decides),
            _ => {}
        }
        if let (Some(item), Some(column)) = (self.unit.item(&first.text), second)
            && self.unit.is_measure(item)
        {
            let (decl, column, _) = self.column(item, column)?;
            return Some(Asked::Measure(decl, column));
        }
        self.decl(&assign.path).map(|it| Asked::Worth(it.0))
    }

    /// A declaration and its type.
    fn decl(&self, path: &Path) -> Option<(Ref, TyKind)> {
        let Typed { expr, span, .. } =
            match single(path).and_then(|it| self.unit.item(&it.text).map(|at| (it, at))) {
                // A name that the household has too means the declaration here.
                Some((name, at)) if !self.unit.is_measure(at) && !self.unit.is_record_set(at) => {
                    let (ty, _) = self.unit.item_reading(at, name.span);
                    Typed::new(Node::Decl(Ref::own(&self.unit.items[at].id)), ty, name.span)
                }
                _ => self.elab().path(path, None),
            };
        match expr.node {
            Node::Decl(decl) => Some((decl, expr.ty.kind)),
            Node::Hole => None,
            _ => {
                let words = Words::both("不是规则得出的结果", "not a result of the rules");
                let name = self.unit.text(span);
                self.unit.report(
                    Diagnostic::new(Code::E0204, span).arg("name", name).arg("what", words),
                );
                None
            }
        }
    }

    fn missing(&self, value: &ast::Expr) -> Option<Vec<Ref>> {
        let mut out = Vec::new();
        for path in paths(value) {
            let name = path.names.last()?;
            match self.unit.household_field(&name.text) {
                Some(view) => out.push(view.reference),
                None => {
                    let near = self.unit.household_names();
                    self.unit.unknown(
                        name,
                        Words::both("本户的字段", "field of the household"),
                        near,
                    );
                    return None;
                }
            }
        }
        Some(out)
    }

    fn holding(&self, kind: HoldingKind, value: &ast::Expr) -> Option<Expectation> {
        let mut decls = Vec::new();
        for path in paths(value) {
            let (decl, _) = self.decl(path)?;
            let fits = decl.package.is_some()
                || self.set.decls.iter().find(|it| it.id == decl.id).is_some_and(|it| {
                    matches!(
                        (&it.kind, kind),
                        (DeclKind::Tag { .. }, HoldingKind::Tag)
                            | (DeclKind::Alert { .. }, HoldingKind::Alert)
                            | (DeclKind::List, HoldingKind::List)
                    )
                });
            if !fits {
                let words = Words::both("不是这一种", "not of that kind");
                let name = self.unit.text(path.span);
                self.unit.report(
                    Diagnostic::new(Code::E0204, path.span).arg("name", name).arg("what", words),
                );
                return None;
            }
            decls.push(decl);
        }
        Some(Expectation::Holding { kind, decls })
    }

    fn decides(&self, value: &ast::Expr) -> Option<Expectation> {
        let mut out: Vec<Id> = Vec::new();
        for path in paths(value) {
            let name = path.names.last()?;
            let found = self
                .set
                .decides
                .iter()
                .find(|it| it.name.as_ref() == name.text || it.id.as_ref() == name.text);
            match found {
                Some(it) => out.push(it.id.clone()),
                None => {
                    let near = self.set.decides.iter().map(|it| it.name.to_string()).collect();
                    self.unit.unknown(name, Words::both("直接判定", "direct determination"), near);
                    return None;
                }
            }
        }
        Some(Expectation::Decides(out))
    }

    fn reason(&self, assign: &Assign) -> Option<Expectation> {
        let names = assign.path.names.get(1..)?.to_vec();
        let path = Path { names, span: assign.path.span };
        let (decl, _) = self.decl(&path)?;
        match &assign.value.kind {
            ExprKind::Text(text) => Some(Expectation::Reason(decl, text.clone())),
            _ => {
                self.elab().mismatch(
                    assign.value.span,
                    Words::both("引号里的文字", "a text in quotes"),
                    &TyKind::Bool,
                );
                None
            }
        }
    }

    fn measure(&self, item: usize, column: &ast::Name, value: &ast::Expr) -> Option<Expectation> {
        let (decl, column, kind) = self.column(item, column)?;
        Some(Expectation::Measure(decl, column, self.value(value, &kind)?))
    }

    /// A column of a measure, and its type.
    fn column(&self, item: usize, column: &ast::Name) -> Option<(Ref, Id, TyKind)> {
        let decl = self.unit.item_decl(item)?;
        let DeclKind::Measure { columns } = &decl.kind else { return None };
        let Some(found) = columns.iter().find(|it| it.name.as_ref() == column.text) else {
            let near = columns.iter().map(|it| it.name.to_string()).collect();
            self.unit.unknown(column, Words::both("措施的一列", "column of the measure"), near);
            return None;
        };
        Some((Ref::own(&decl.id), found.name.clone(), found.ty.kind.clone()))
    }
}

/// The paths of a list, or the only one; none for 无.
fn paths(expr: &ast::Expr) -> Vec<&Path> {
    match &expr.kind {
        ExprKind::Path(path)
            if path.names.iter().all(|it| matches!(it.text.as_str(), "无" | "none")) =>
        {
            Vec::new()
        }
        ExprKind::Path(path) => vec![path],
        ExprKind::List(all) => all.iter().flat_map(paths).collect(),
        ExprKind::Paren(it) => paths(it),
        _ => Vec::new(),
    }
}
