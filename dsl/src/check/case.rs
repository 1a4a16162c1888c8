//! 用例: given data and expected results, with values in the types of what they are given to.

use super::field::literal;
use super::header;
use super::scope::{Elab, Typed};
use super::unit::Unit;
use crate::diag::{Code, Diagnostic, Words};
use crate::model::{
    Case, Column, DeclKind, Expectation, GivenHousehold, GivenRecord, HoldingKind, Id, Node, Ref,
    RuleSet, Slot, TyKind,
};
use crate::syntax::ast::{self, Assign, AttrKind, ExprKind, Given, LineKind, Path};
use crate::value::Value;

/// Reads the cases.
pub(super) fn all(unit: &Unit<'_>, set: &mut RuleSet) {
    let decls: Vec<&ast::Decl> =
        unit.package.decls().filter(|it| it.kind == ast::DeclKind::Case && !it.broken).collect();
    for (at, decl) in decls.iter().enumerate() {
        header::belongs(unit, decl);
        if decls[..at].iter().any(|it| it.name.text == decl.name.text) {
            unit.report(
                Diagnostic::new(Code::E0203, decl.name.span).arg("name", decl.name.text.clone()),
            );
        }
        let reader = Reader { unit, decls: &decls, set };
        let case = reader.case(decl);
        set.cases.extend(case);
    }
}

struct Reader<'r, 'u, 'a> {
    unit: &'u Unit<'a>,
    decls: &'r [&'r ast::Decl],
    set: &'r RuleSet,
}

type Others = Vec<(u32, GivenHousehold)>;

impl Reader<'_, '_, '_> {
    fn case(&self, decl: &ast::Decl) -> Option<Case> {
        let as_of = decl.attrs.iter().find_map(|it| match &it.kind {
            AttrKind::AsOf(date) => Some(*date),
            _ => None,
        });
        if as_of.is_none() {
            header::lacks(self.unit, decl.name.span, ["基准日", "as_of"]);
        }
        let mut way = Vec::new();
        let (household, others) = self.given(decl, &mut way);
        let mut expect = Vec::new();
        let mut expects = false;
        for line in &decl.lines {
            if let LineKind::Expect(all) = &line.kind {
                expects = true;
                expect.extend(all.iter().filter_map(|it| self.expectation(it)));
            }
        }
        if !expects {
            header::lacks(self.unit, decl.name.span, ["期望 …", "expect …"]);
        }
        Some(Case {
            title: decl.name.text.clone(),
            as_of: as_of?,
            legal: header::legal(&decl.lines),
            household,
            others,
            expect,
            origin: self.unit.origin(decl.name.span),
        })
    }

    fn elab(&self) -> Elab<'_, '_> {
        Elab::new(self.unit, &self.unit.package.id)
    }

    /// The data of a case, with what 沿用 takes over: a field given anew replaces the old one, a
    /// table given anew replaces all its records.
    fn given(&self, decl: &ast::Decl, way: &mut Vec<String>) -> (GivenHousehold, Others) {
        let mut household = GivenHousehold::default();
        let mut others = Others::new();
        let like = decl.attrs.iter().find_map(|it| match &it.kind {
            AttrKind::Like(text) => Some(text),
            _ => None,
        });
        way.push(decl.name.text.clone());
        if let Some(text) = like {
            let found = self
                .decls
                .iter()
                .find(|it| it.name.text == text.text && !way.contains(&it.name.text));
            match found {
                Some(found) => (household, others) = self.given(found, way),
                None => self.no_such_case(text),
            }
        }
        for line in &decl.lines {
            match &line.kind {
                LineKind::Given(Given::Fields(all)) => self.fields(all, &mut household),
                LineKind::Given(Given::Records(table, rows)) => {
                    self.records(table, rows, &mut household);
                }
                LineKind::Another { count, fields } => {
                    let mut other = GivenHousehold::default();
                    self.fields(fields, &mut other);
                    let mut elab = self.elab();
                    let number =
                        elab.constant(count, None).and_then(|it| super::table::number_of(&it));
                    let number = number
                        .and_then(crate::value::Decimal::to_whole)
                        .and_then(|it| u32::try_from(it).ok());
                    match number.filter(|it| (1..=100_000).contains(it)) {
                        Some(number) => others.push((number, other)),
                        None => {
                            let wanted = Words::both(
                                "一到十万之间的户数",
                                "a number of households from 1 to 100,000",
                            );
                            elab.mismatch(count.span, wanted, &TyKind::Text);
                        }
                    }
                }
                _ => {}
            }
        }
        (household, others)
    }

    fn no_such_case(&self, text: &ast::Text) {
        let names: Vec<&str> = self.decls.iter().map(|it| it.name.text.as_str()).collect();
        let mut problem = Diagnostic::new(Code::E0320, text.span).arg("title", text.text.clone());
        if let Some(near) = super::suggest::nearest(&text.text, names.into_iter()) {
            let title = Words::both(format!("改为“{near}”"), format!("change it to “{near}”"));
            problem = problem.fix(title, text.span, format!("\"{near}\""));
        }
        self.unit.report(problem);
    }

    fn fields(&self, all: &[Assign], household: &mut GivenHousehold) {
        for assign in all {
            let Some(name) = single(&assign.path) else {
                self.odd_path(&assign.path);
                continue;
            };
            let Some(view) = self.unit.household_field(&name.text) else {
                if self.unit.is_hidden(&[]) {
                    continue;
                }
                let near =
                    self.unit.household_fields().map(|it| it.field.name.to_string()).collect();
                self.unit.unknown(name, Words::both("本户的字段", "field of the household"), near);
                continue;
            };
            let ty = self.unit.field_ty(&view);
            if view.field.derived.is_some() || view.own.is_some_and(|at| self.unit.is_derived(at)) {
                self.derived(name);
                continue;
            }
            let Some(value) = self.value(&assign.value, &ty.kind) else { continue };
            household.fields.retain(|it| it.0 != view.reference);
            household.fields.push((view.reference, value));
        }
    }

    fn derived(&self, name: &ast::Name) {
        let words = Words::both(
            "由别的字段推得，不能给定",
            "derived from other fields, so it cannot be given",
        );
        self.unit.report(
            Diagnostic::new(Code::E0204, name.span)
                .arg("name", name.text.clone())
                .arg("what", words),
        );
    }

    fn odd_path(&self, path: &Path) {
        if let Some(name) = path.names.first() {
            self.unit.unknown(name, Words::both("字段", "field"), Vec::new());
        }
    }

    fn records(&self, table: &ast::Name, rows: &[Vec<Assign>], household: &mut GivenHousehold) {
        let Some(view) = self.unit.table(&table.text) else {
            let near = self.unit.tables().iter().map(|it| it.table.name.to_string()).collect();
            self.unit.unknown(table, Words::both("记录表", "record table"), near);
            return;
        };
        household.records.retain(|it| it.table != view.reference);
        for row in rows {
            let mut record = GivenRecord { table: view.reference.clone(), fields: Vec::new() };
            for assign in row {
                let Some(name) = single(&assign.path) else {
                    self.odd_path(&assign.path);
                    continue;
                };
                let found =
                    view.table.fields.iter().position(|it| {
                        it.name.as_ref() == name.text || it.id.as_ref() == name.text
                    });
                let Some(at) = found else {
                    if self.unit.is_hidden(&[&view.reference]) {
                        continue;
                    }
                    let near = view.table.fields.iter().map(|it| it.name.to_string()).collect();
                    let what = Words::both(
                        format!("“{}”的字段", table.text),
                        format!("field of “{}”", table.text),
                    );
                    self.unit.unknown(name, what, near);
                    continue;
                };
                let ty = self.unit.record_field_ty(&view, at);
                if view.table.fields[at].derived.is_some() || self.unit.is_derived_record(&view, at)
                {
                    self.derived(name);
                    continue;
                }
                let Some(value) = self.value(&assign.value, &ty.kind) else { continue };
                let column = Column {
                    table: view.reference.clone(),
                    id: view.table.fields[at].id.clone(),
                    slot: Slot::default(),
                };
                record.fields.push((column, value));
            }
            household.records.push(record);
        }
    }

    /// A literal, 缺失 or 不适用.
    fn value(&self, expr: &ast::Expr, kind: &TyKind) -> Option<Value> {
        match nothing(expr) {
            Some(value) => Some(value),
            None => literal(&mut self.elab(), expr, kind),
        }
    }

    fn expectation(&self, assign: &Assign) -> Option<Expectation> {
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
                    let near =
                        self.unit.household_fields().map(|it| it.field.name.to_string()).collect();
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
        let decl = self.unit.item_decl(item)?;
        let DeclKind::Measure { columns } = &decl.kind else { return None };
        let Some(found) = columns.iter().find(|it| it.name.as_ref() == column.text) else {
            let near = columns.iter().map(|it| it.name.to_string()).collect();
            self.unit.unknown(column, Words::both("措施的一列", "column of the measure"), near);
            return None;
        };
        let value = self.value(value, &found.ty.kind)?;
        Some(Expectation::Measure(Ref::own(&decl.id), found.name.clone(), value))
    }
}

fn single(path: &Path) -> Option<&ast::Name> {
    match path.names.as_slice() {
        [only] => Some(only),
        _ => None,
    }
}

/// 缺失 and 不适用, which are no values.
fn nothing(expr: &ast::Expr) -> Option<Value> {
    let ExprKind::Path(path) = &expr.kind else { return None };
    match single(path)?.text.as_str() {
        "缺失" | "missing" => Some(Value::Missing),
        "不适用" | "not_applicable" => Some(Value::NotApplicable),
        _ => None,
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
