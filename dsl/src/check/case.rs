//! 用例: given data and expected results, with values in the types of what they are given to.

mod expect;

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use super::field::literal;
use super::header;
use super::scope::Elab;
use super::unit::Unit;
use crate::diag::{Code, Diagnostic, Words};
use crate::model::{
    Case, Column, GivenHousehold, GivenRecord, GivenResult, Ref, RuleSet, Slot, TyKind,
};
use crate::span::Span;
use crate::syntax::ast::{self, Assign, AttrKind, ExprKind, Given, LineKind, Path};
use crate::value::{Date, Value};

/// Reads the cases.
pub(super) fn all(unit: &Unit<'_>, set: &mut RuleSet) {
    let decls: Vec<&ast::Decl> =
        unit.package.decls().filter(|it| it.kind == ast::DeclKind::Case && !it.broken).collect();
    let mut named: BTreeMap<&str, &ast::Decl> = BTreeMap::new();
    for decl in &decls {
        header::belongs(unit, decl);
        match named.entry(decl.name.text.as_str()) {
            Entry::Vacant(it) => drop(it.insert(decl)),
            Entry::Occupied(_) => unit.report(
                Diagnostic::new(Code::E0203, decl.name.span).arg("name", decl.name.text.clone()),
            ),
        }
    }
    let reader = Reader { unit, named, set, bases: RefCell::default() };
    let cases: Vec<Case> = decls.iter().filter_map(|it| reader.case(it)).collect();
    set.cases.extend(cases);
}

struct Reader<'r, 'u, 'a> {
    unit: &'u Unit<'a>,
    /// The first case of each name.
    named: BTreeMap<&'r str, &'r ast::Decl>,
    set: &'r RuleSet,
    /// The households of cases that others take over, by where the case has its name.
    bases: RefCell<BTreeMap<Span, GivenHousehold>>,
}

type Others = Vec<(u32, GivenHousehold)>;

/// What is looked at of a line: of one that runs on only the name that says so.
fn read(line: &[Assign]) -> &[Assign] {
    if runs_on(line) { line.get(..1).unwrap_or(line) } else { line }
}

/// Is it a line of expectations whose word runs together with the first name? That is said of the name.
fn runs_on(line: &[Assign]) -> bool {
    let first = line.first().and_then(|it| it.path.names.first());
    first.is_some_and(|it| ["期望", "expect"].iter().any(|word| it.text.starts_with(word)))
}

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
        let household = self.household(decl, &mut way);
        let mut expect = Vec::new();
        let mut expects = false;
        for line in &decl.lines {
            match &line.kind {
                LineKind::Expect(all) => {
                    expects = true;
                    expect.extend(all.iter().filter_map(|it| self.expectation(it)));
                }
                LineKind::Given(Given::Fields(all)) => expects |= runs_on(all),
                LineKind::Given(Given::Records(_, rows)) => {
                    expects |= rows.iter().any(|it| runs_on(it));
                }
                _ => {}
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
            others: self.others(decl),
            expect,
            origin: self.unit.origin(decl.name.span),
        })
    }

    fn elab(&self) -> Elab<'_, '_> {
        Elab::new(self.unit, &self.unit.package.id)
    }

    /// The household of a case, with what 沿用 takes over: a field given anew replaces the old one,
    /// a table given anew replaces all its records. The way is the cases that led here.
    fn household(&self, decl: &ast::Decl, way: &mut Vec<String>) -> GivenHousehold {
        way.push(decl.name.text.clone());
        let like = like_of(decl).and_then(|it| self.like(it, way));
        let mut household = like.map_or_else(GivenHousehold::default, |it| self.base(it, way));
        for line in &decl.lines {
            match &line.kind {
                LineKind::Given(Given::Fields(all)) => self.fields(read(all), &mut household),
                LineKind::Given(Given::Records(table, rows)) => {
                    self.records(table, rows, &mut household);
                }
                _ => {}
            }
        }
        household
    }

    /// The household of a case that another one takes over. It is worked out once, unless it leads in a circle.
    fn base(&self, decl: &ast::Decl, way: &mut Vec<String>) -> GivenHousehold {
        let known = self.bases.borrow().get(&decl.name.span).cloned();
        if let Some(known) = known {
            return known;
        }
        let household = self.household(decl, way);
        if self.ends(decl) {
            self.bases.borrow_mut().insert(decl.name.span, household.clone());
        }
        household
    }

    /// Does the way of 沿用 from a case come to an end?
    fn ends(&self, decl: &ast::Decl) -> bool {
        let mut way = vec![decl.name.span];
        let mut next = like_of(decl);
        while let Some(found) = next.and_then(|it| self.named.get(it.text.as_str())) {
            if way.contains(&found.name.span) {
                return false;
            }
            way.push(found.name.span);
            next = like_of(found);
        }
        true
    }

    /// The other households of a case, those that 沿用 takes over first.
    fn others(&self, decl: &ast::Decl) -> Others {
        let mut way = vec![decl];
        while let Some(like) = way.last().copied().and_then(like_of) {
            let known = |it: &ast::Decl| way.iter().any(|on| on.name.text == it.name.text);
            match self.named.get(like.text.as_str()).filter(|it| !known(it)) {
                Some(found) => way.push(found),
                None => break,
            }
        }
        let lines = way.iter().rev().flat_map(|it| &it.lines);
        let another = lines.filter_map(|line| match &line.kind {
            LineKind::Another { count, like, fields } => self.another(count, like.as_ref(), fields),
            _ => None,
        });
        another.collect()
    }

    fn another(
        &self,
        count: &ast::Expr,
        like: Option<&ast::Text>,
        fields: &[Assign],
    ) -> Option<(u32, GivenHousehold)> {
        let mut way = Vec::new();
        let like = like.and_then(|it| self.like(it, &way));
        let mut other = like.map_or_else(GivenHousehold::default, |it| self.base(it, &mut way));
        self.fields(fields, &mut other);
        let mut elab = self.elab();
        let number = elab.constant(count, None).and_then(|it| super::table::number_of(&it));
        let number = number.and_then(crate::value::Decimal::to_whole);
        let number = number.and_then(|it| u32::try_from(it).ok());
        let Some(number) = number.filter(|it| (1..=100_000).contains(it)) else {
            let wanted =
                Words::both("一到十万之间的户数", "a number of households from 1 to 100,000");
            elab.mismatch(count.span, wanted, &TyKind::Text);
            return None;
        };
        Some((number, other))
    }

    /// The case that 沿用 names, unless it leads back to where it came from.
    fn like(&self, text: &ast::Text, way: &[String]) -> Option<&ast::Decl> {
        let found = self.named.get(text.text.as_str()).filter(|it| !way.contains(&it.name.text));
        if found.is_none() {
            self.no_such_case(text);
        }
        found.copied()
    }

    fn no_such_case(&self, text: &ast::Text) {
        // It may be the one that could not be read, whose title may be what is wrong with it.
        if self.unit.broken.iter().any(|it| it.kind == ast::DeclKind::Case) {
            return;
        }
        let mut problem = Diagnostic::new(Code::E0320, text.span).arg("title", text.text.clone());
        if let Some(near) = crate::near::nearest(&text.text, self.named.keys().copied()) {
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
                let near = self.unit.household_names();
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

    /// Earlier results: each with its as-of date and what declarations of this set were worth.
    fn history(&self, table: &ast::Name, rows: &[Vec<Assign>]) -> Vec<GivenResult> {
        let mut results = Vec::<GivenResult>::new();
        for row in rows {
            let mut as_of: Option<(Date, Span)> = None;
            let mut values: Vec<(Ref, Value)> = Vec::new();
            for assign in row {
                let Some(name) = single(&assign.path) else {
                    self.odd_path(&assign.path);
                    continue;
                };
                if matches!(name.text.as_str(), "基准日" | "as_of") {
                    if let Some(Value::Date(date)) = self.value(&assign.value, &TyKind::Date) {
                        as_of = Some((date, assign.value.span));
                    }
                    continue;
                }
                let Some((decl, kind)) = self.recorded(name) else { continue };
                let Some(value) = self.value(&assign.value, &kind) else { continue };
                values.retain(|it| it.0 != decl);
                values.push((decl, value));
            }
            let Some((as_of, span)) = as_of else {
                let place = row.first().map_or(table.span, |it| it.path.span);
                header::lacks(self.unit, place, ["基准日：…", "as_of: …"]);
                continue;
            };
            if results.iter().any(|it| it.as_of == as_of) {
                let name = as_of.to_string();
                self.unit.report(Diagnostic::new(Code::E0203, span).arg("name", name));
            }
            results.push(GivenResult { as_of, values });
        }
        results
    }

    /// A declaration of this set that an earlier result has, and its type.
    fn recorded(&self, name: &ast::Name) -> Option<(Ref, TyKind)> {
        let plain = |at: &usize| {
            !self.unit.is_measure(*at)
                && !self.unit.is_record_set(*at)
                && self.unit.record_table_of(*at).is_none()
        };
        let Some(at) = self.unit.item(&name.text).filter(plain) else {
            let near = self.set.decls.iter().map(|it| it.name.to_string()).collect();
            let what = Words::both("历次结果里的结果", "result of an earlier month");
            self.unit.unknown(name, what, near);
            return None;
        };
        let (ty, _) = self.unit.item_reading(at, name.span);
        Some((Ref::own(&self.unit.items[at].id), ty.kind))
    }

    fn records(&self, table: &ast::Name, rows: &[Vec<Assign>], household: &mut GivenHousehold) {
        if matches!(table.text.as_str(), "历次结果" | "history") {
            household.history = self.history(table, rows);
            return;
        }
        let Some(view) = self.unit.table(&table.text) else {
            let near = self.unit.table_names();
            self.unit.unknown(table, Words::both("记录表", "record table"), near);
            return;
        };
        household.records.retain(|it| it.table != view.reference);
        for row in rows {
            let mut record = GivenRecord { table: view.reference.clone(), fields: Vec::new() };
            for assign in read(row) {
                let Some(name) = single(&assign.path) else {
                    self.odd_path(&assign.path);
                    continue;
                };
                let Some(at) = view.fields.called(&name.text) else {
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
}

/// The case that a case is like.
fn like_of(decl: &ast::Decl) -> Option<&ast::Text> {
    decl.attrs.iter().find_map(|it| match &it.kind {
        AttrKind::Like(text) => Some(text),
        _ => None,
    })
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
