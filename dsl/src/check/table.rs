//! Tables in all their modes: their cells take the type of their column, their results one type.

use std::collections::BTreeMap;

use super::scope::{Elab, Frame, Missing, Typed};
use super::ty;
use crate::diag::{Code, Diagnostic, Words};
use crate::model::{
    Cell, Content, Each, Expr, Id, Mode, Node, NumberTy, Ref, Row, RowKey, Table, Test, Ty, TyKind,
    Unit,
};
use crate::span::Span;
use crate::syntax::ast::{self, Alternative, CellKind, ExprKind, RowResult};
use crate::value::Value;

/// What the results of a table, or a formula, have to be.
#[derive(Debug, Clone)]
pub(super) enum Want {
    /// Points of an indicator.
    Points,
    /// A share: 折减.
    Ratio,
    /// A value of this kind.
    Kind(TyKind),
    /// Any value, the same for all rows.
    Any,
}

impl Want {
    /// The grade of that name.
    pub(super) fn grade(reference: &Ref) -> Self {
        Self::Kind(TyKind::Member(reference.clone()))
    }
}

/// What a definition is worth.
#[derive(Debug, Clone)]
pub(super) struct Worth {
    /// The content for the model.
    pub(super) content: Content,
    /// Its type, or one a result column.
    pub(super) tys: Vec<Ty>,
    /// What may be missing in it.
    pub(super) missing: Option<Missing>,
}

impl Worth {
    /// The type of the only result.
    pub(super) fn ty(&self) -> Ty {
        self.tys.first().cloned().unwrap_or(Ty::present(TyKind::Unknown))
    }
}

impl Elab<'_, '_> {
    /// A formula or a table. `passes`: 不适用 may go through it without a row.
    pub(super) fn def(
        &mut self,
        def: &ast::Def,
        want: &Want,
        fade: Option<&ast::Def>,
        passes: bool,
    ) -> Option<Worth> {
        match def {
            ast::Def::Formula(it) => {
                let typed = self.wanted(it, want)?;
                let typed = if passes { typed.passing() } else { typed };
                let ty = Ty { kind: typed.expr.ty.kind.clone(), optional: typed.missing.is_some() };
                Some(Worth {
                    content: Content::Formula(typed.expr),
                    tys: vec![ty],
                    missing: typed.missing,
                })
            }
            ast::Def::Table(it) if it.each.is_some() => self.each(it, want, fade),
            ast::Def::Table(it) => {
                let mode = it.mode.map(|it| mode_of(it.0));
                let (table, tys, missing) = self.rows(it, mode, want, passes)?;
                Some(Worth { content: Content::Table(table), tys, missing })
            }
            ast::Def::Matrix(it) => {
                self.report(
                    Diagnostic::new(Code::E0209, it.span).arg("part", self.unit.text(it.span)),
                );
                None
            }
        }
    }

    /// An expression of the kind that is wanted.
    pub(super) fn wanted(&mut self, expr: &ast::Expr, want: &Want) -> Option<Typed> {
        let expect = match want {
            Want::Kind(kind) => Some(kind.clone()),
            _ => None,
        };
        let value = self.expr(expr, expect.as_ref());
        self.as_wanted(value, want)
    }

    fn as_wanted(&mut self, mut value: Typed, want: &Want) -> Option<Typed> {
        if value.is_unknown() {
            return None;
        }
        match want {
            Want::Any => {}
            Want::Points | Want::Ratio => {
                let found = value.expr.ty.as_number().map(|it| it.unit.clone());
                let points = *want_unit(want) == Unit::Points;
                let fits = match found {
                    Some(Unit::Plain | Unit::Count(_)) if points || ty::is_bare(&value.expr) => {
                        true
                    }
                    Some(Unit::Ratio) => true,
                    Some(Unit::Points) => points,
                    _ => false,
                };
                if !fits {
                    self.mismatch(value.span, ty::unit_words(want_unit(want)), &value.expr.ty.kind);
                    return None;
                }
                ty::retag(&mut value.expr, want_unit(want));
                // Points have to be there: a missing value scores nothing only where the author says so.
                if let Some(missing) = value.missing {
                    self.lacking(missing, value.span);
                    return None;
                }
            }
            Want::Kind(kind) => {
                ty::adapt(&mut value.expr, kind);
                if !ty::fits(&value.expr.ty.kind, kind) {
                    self.mismatch(value.span, ty::words(self.unit, kind), &value.expr.ty.kind);
                    return None;
                }
            }
        }
        Some(value)
    }

    /// 逐条
    fn each(&mut self, table: &ast::Table, want: &Want, fade: Option<&ast::Def>) -> Option<Worth> {
        let source = table.each.as_ref()?;
        let (source, elem, called) = self.own_source(source)?;
        let (inner, tys, fade) = self.bound(Frame { elem, called }, |own| {
            own.learn_source(&source);
            let mode = table.inner_mode.map(|it| mode_of(it.0));
            let (inner, tys, _) = own.rows(table, mode, want, false)?;
            let fade = fade.and_then(|it| own.fade(it));
            Some((inner, tys, fade))
        })?;
        let mut ty = tys.into_iter().next()?;
        ty.optional = false;
        let (fade, share) = fade.map_or((None, 0), |it| (Some(it.0), it.1));
        if let TyKind::Number(NumberTy { places, .. }) = &mut ty.kind {
            *places = places.saturating_add(share);
        }
        let mode = table.mode.map_or(Mode::Sum, |it| mode_of(it.0));
        Some(Worth {
            content: Content::Each(Each { mode, source, table: inner, fade }),
            tys: vec![ty],
            missing: None,
        })
    }

    /// 折减, and the decimal places of its shares.
    fn fade(&mut self, def: &ast::Def) -> Option<(Table, u8)> {
        let ast::Def::Table(table) = def else {
            let wanted = Words::both("按日期的折减表", "a table by a date");
            self.report(
                Diagnostic::new(Code::E0301, Span::default())
                    .arg("expected", wanted)
                    .arg("found", ""),
            );
            return None;
        };
        let (table, tys, _) = self.rows(table, None, &Want::Ratio, false)?;
        let places = tys.first().and_then(Ty::as_number).map_or(0, |it| it.places);
        Some((table, places))
    }

    /// The columns and rows of a table.
    fn rows(
        &mut self,
        table: &ast::Table,
        mode: Option<Mode>,
        want: &Want,
        passes: bool,
    ) -> Option<(Table, Vec<Ty>, Option<Missing>)> {
        let mut columns: Vec<Typed> = table.columns.iter().map(|it| self.expr(it, None)).collect();
        if columns.iter().any(Typed::is_unknown) {
            return None;
        }
        let mut missing = if passes { pass_through(table, &mut columns) } else { None };
        let width = table.results.len().max(1);
        let wants: Vec<Want> = (0..width).map(|at| self.want_of(table, at, want)).collect();
        let mut out =
            Table { mode: mode.unwrap_or(Mode::First), columns: Vec::new(), rows: Vec::new() };
        let mut results: Vec<Vec<Typed>> = vec![Vec::new(); width];
        let mut complete = true;
        let mark = self.facts.mark();
        for row in &table.rows {
            match self.row(row, &columns, &wants, out.mode) {
                Some((row, found)) => {
                    for (column, found) in results.iter_mut().zip(found) {
                        match found {
                            Some(it) => column.push(it),
                            None => {
                                missing =
                                    missing.or(Some(Missing { span: row.1, inapplicable: true }));
                            }
                        }
                    }
                    out.rows.push(row.0);
                }
                None => complete = false,
            }
        }
        self.facts.back_to(mark);
        if !complete || out.rows.is_empty() {
            return None;
        }
        let tys = self.result_types(&results, &mut out.rows, &mut missing)?;
        if matches!(out.mode, Mode::Sum) && tys.iter().any(|it| it.as_number().is_none()) {
            self.mismatch(table.span, Words::both("数", "a number"), &tys.first()?.kind);
            return None;
        }
        out.columns = columns.into_iter().map(|it| it.expr).collect();
        Some((out, tys, missing))
    }

    /// One type for each result column, to which every result is brought.
    fn result_types(
        &self,
        results: &[Vec<Typed>],
        rows: &mut [Row],
        missing: &mut Option<Missing>,
    ) -> Option<Vec<Ty>> {
        let mut tys = Vec::new();
        for (at, column) in results.iter().enumerate() {
            let ty = if column.is_empty() {
                Ty::present(TyKind::Unknown)
            } else {
                self.joined(&column.iter().collect::<Vec<_>>())?
            };
            let really = column.iter().find_map(|it| it.missing.filter(|it| !it.inapplicable));
            *missing = really.or(*missing);
            for row in rows.iter_mut() {
                if let Some(Some(it)) = row.results.get_mut(at) {
                    ty::adapt(it, &ty.kind);
                }
            }
            tys.push(ty);
        }
        Some(tys)
    }

    /// What the results of one result column have to be, where the file does not say it otherwise.
    fn want_of(&mut self, table: &ast::Table, at: usize, want: &Want) -> Want {
        if !matches!(want, Want::Any) {
            return want.clone();
        }
        let results = table.rows.iter().filter_map(|it| match it.results.get(at) {
            Some(RowResult::Expr(it)) => Some(it),
            _ => None,
        });
        let results: Vec<&ast::Expr> = results.collect();
        let members: Vec<&ast::Expr> =
            results.iter().copied().filter(|it| self.could_be_member(it)).collect();
        if members.is_empty() {
            return Want::Any;
        }
        let other = results.iter().find(|it| !self.could_be_member(it));
        let typed = other.map(|it| self.unit.quietly(|| self.expr(it, None)));
        if let Some(typed) = typed.filter(|it| !it.is_unknown()) {
            return Want::Kind(typed.expr.ty.kind);
        }
        self.enumeration_of(&members).map_or(Want::Any, |it| Want::grade(&it))
    }

    /// The enumeration that has these members, or most of them; an own one rather than another's.
    fn enumeration_of(&self, members: &[&ast::Expr]) -> Option<Ref> {
        let names = members.iter().filter_map(|it| match &it.kind {
            ExprKind::Path(path) => path.names.first().map(|it| it.text.as_str()),
            _ => None,
        });
        let names: Vec<&str> = names.collect();
        // How many of the members each has, by whose it is and its id.
        let mut has: BTreeMap<(Option<Id>, Id), usize> = BTreeMap::new();
        for (it, _) in names.iter().flat_map(|it| self.unit.enums_with(it)) {
            *has.entry((it.package, it.id)).or_default() += 1;
        }
        let rank = |it: &(&(Option<Id>, Id), &usize)| (*it.1, it.0.0.is_none());
        let best = has.iter().map(|it| rank(&it)).max()?;
        let mut fitting = has.iter().filter(|it| rank(it) == best);
        let (package, id) = fitting.next()?.0.clone();
        fitting.next().is_none().then(|| Ref { package, ..Ref::own(&id) })
    }

    /// A row with its results, and where it stands.
    #[expect(clippy::type_complexity, reason = "a row and what it gives, used once")]
    fn row(
        &mut self,
        row: &ast::Row,
        columns: &[Typed],
        wants: &[Want],
        mode: Mode,
    ) -> Option<((Row, Span), Vec<Option<Typed>>)> {
        let key = self.key_of(row, columns)?;
        if row.results.len() != wants.len() {
            let (wanted, found) = (wants.len().to_string(), row.results.len().to_string());
            self.report(
                Diagnostic::new(Code::E0312, row.span).arg("wanted", wanted).arg("found", found),
            );
            return None;
        }
        let mark = self.facts.mark();
        self.learn_key(&key, columns);
        let results: Option<Vec<Option<Typed>>> =
            row.results.iter().zip(wants).map(|(it, want)| self.result_of(it, want)).collect();
        self.facts.back_to(mark);
        if let (RowKey::When(it), Mode::First) = (&key, mode) {
            self.learn(it, false);
        }
        let results = results?;
        let model = Row {
            key,
            results: results.iter().map(|it| it.as_ref().map(|it| it.expr.clone())).collect(),
            origin: self.unit.origin(row.span),
            text: self.unit.text(row.span),
        };
        Some(((model, row.span), results))
    }

    /// Takes in what is known where a row holds.
    pub(super) fn learn_key(&mut self, key: &RowKey, columns: &[Typed]) {
        match key {
            RowKey::Otherwise => columns.iter().for_each(|it| self.learn_present(&it.expr)),
            RowKey::Cells(cells) => {
                for (cell, column) in cells.iter().zip(columns) {
                    if excludes_missing(cell) {
                        self.learn_present(&column.expr);
                    }
                }
            }
            RowKey::When(it) => self.learn(it, true),
            RowKey::Always => {}
        }
    }

    /// When a row of a table with these columns holds.
    pub(super) fn key_of(&mut self, row: &ast::Row, columns: &[Typed]) -> Option<RowKey> {
        Some(match &row.key {
            ast::RowKey::Otherwise => RowKey::Otherwise,
            ast::RowKey::Always => RowKey::Always,
            ast::RowKey::Condition(it) => {
                let condition = self.condition(it);
                if condition.ty.kind == TyKind::Unknown {
                    return None;
                }
                RowKey::When(condition)
            }
            ast::RowKey::Cells(cells) => {
                if cells.len() != columns.len() {
                    let (wanted, found) = (columns.len().to_string(), cells.len().to_string());
                    self.report(
                        Diagnostic::new(Code::E0319, row.span)
                            .arg("wanted", wanted)
                            .arg("found", found),
                    );
                    return None;
                }
                let cells: Option<Vec<Cell>> =
                    cells.iter().zip(columns).map(|it| self.cell(it.0, it.1)).collect();
                RowKey::Cells(cells?)
            }
        })
    }

    /// A result of a row.
    #[expect(
        clippy::option_option,
        reason = "no result after a problem, and no value where the author wrote -"
    )]
    pub(super) fn result_of(&mut self, result: &RowResult, want: &Want) -> Option<Option<Typed>> {
        match result {
            RowResult::None(_) => Some(None),
            RowResult::Frequency(it, span) => {
                let value = Typed::constant(
                    Value::Frequency(it.clone()),
                    Ty::present(TyKind::Frequency),
                    *span,
                );
                self.as_wanted(value, want).map(Some)
            }
            RowResult::Expr(it) => self.wanted(it, want).map(Some),
        }
    }
}

fn want_unit(want: &Want) -> &'static Unit {
    match want {
        Want::Ratio => &Unit::Ratio,
        _ => &Unit::Points,
    }
}

/// Lets 不适用 pass through columns that have no row for it; gives one of the reasons.
fn pass_through(table: &ast::Table, columns: &mut [Typed]) -> Option<Missing> {
    let mut passed = None;
    for (at, column) in columns.iter_mut().enumerate() {
        let only_na = column.missing.is_some_and(|it| it.inapplicable);
        if only_na && !handles_missing(table, at) {
            passed = column.missing.take();
            column.expr.ty.optional = false;
        }
    }
    passed
}

/// Does some row say what holds where the column is missing?
fn handles_missing(table: &ast::Table, column: usize) -> bool {
    table.rows.iter().any(|row| match &row.key {
        ast::RowKey::Cells(cells) => match cells.get(column).map(|it| &it.kind) {
            Some(CellKind::OneOf(all)) => {
                all.iter().any(|it| matches!(it, Alternative::Missing(_)))
            }
            Some(CellKind::Any) => true,
            None => false,
        },
        _ => false,
    })
}

fn excludes_missing(cell: &Cell) -> bool {
    match cell {
        Cell::Any => false,
        Cell::OneOf(tests) => !tests.iter().any(|it| matches!(it, Test::Missing)),
    }
}

/// A mode of rows.
pub(super) fn mode_of(mode: ast::Mode) -> Mode {
    match mode {
        ast::Mode::Sum => Mode::Sum,
        ast::Mode::Highest => Mode::Highest,
        ast::Mode::Lowest => Mode::Lowest,
        ast::Mode::First => Mode::First,
    }
}

/// A constant number in a header.
pub(super) fn number_of(expr: &Expr) -> Option<crate::value::Decimal> {
    match &expr.node {
        Node::Const(Value::Number(it)) => Some(*it),
        _ => None,
    }
}
