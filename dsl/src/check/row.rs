//! Amendments of one row of a table, one cell of a matrix or of a code table: everything else stays as
//! the base has it, with its origin, and what is put in place says what stood there.

use super::amend;
use super::decl::Made;
use super::matrix::Side;
use super::scope::{Elab, Frame, Typed};
use super::table::Want;
use super::unit::Unit;
use super::{source, ty};
use crate::diag::{Code, Diagnostic, Words};
use crate::model::{
    CodeRow, CodeTable, Content, DeclKind, Each, Expr, Matrix, MeasureColumn, Mode, Node, Row,
    RowKey, Table, Ty, TyKind,
};
use crate::span::Span;
use crate::syntax::ast::{
    self, Alternative, CellKind, ExprKind, LineKind, RowAt, RowEdit, RowResult,
};
use crate::value::{Decimal, Rounding, Value};

/// Changes the rows and cells that an amendment names in the content of a version.
pub(super) fn rows(
    elab: &mut Elab<'_, '_>,
    amendment: &ast::Decl,
    kind: &DeclKind,
    made: &mut Made,
) {
    for line in &amendment.lines {
        let LineKind::Row(edit) = &line.kind else { continue };
        let mut content = std::mem::replace(&mut made.version.content, Content::Parts);
        let change = Change { amendment, edit, kind };
        match &mut content {
            Content::Table(table) => {
                let places = change.in_table(elab, table, made);
                settle(made, places, 0);
            }
            Content::Each(each) => change.in_each(elab, each, made),
            Content::Matrix(matrix) => change.in_matrix(elab, matrix, made),
            _ if elab.unit.base_is_wrong() => {}
            Content::Formula(_)
            | Content::Condition(_)
            | Content::Source(_)
            | Content::Parts
            | Content::List(_) => {
                let why = Words::both(
                    format!("“{}”的内容不是一张表", amendment.name.text),
                    format!("the content of “{}” is no table", amendment.name.text),
                );
                elab.report(Diagnostic::new(Code::E0622, edit.span).arg("why", why));
            }
        }
        made.version.content = content;
    }
}

/// Takes the new results into the type of the declaration; `share` are places that 折减 adds.
fn settle(made: &mut Made, found: Option<Vec<Option<Typed>>>, share: u8) {
    for it in found.into_iter().flatten() {
        let Some(it) = it else {
            made.inapplicable = true;
            continue;
        };
        made.inapplicable |= it.missing.is_some_and(|it| it.inapplicable);
        let mut ty = it.expr.ty.clone();
        ty.optional = it.missing.is_some_and(|it| !it.inapplicable);
        if let TyKind::Number(number) = &mut ty.kind {
            number.places = number.places.saturating_add(share);
        }
        if let Some(joined) = ty::join(&made.ty, &ty) {
            made.ty = joined;
        }
    }
}

/// One row or cell that an amendment changes.
struct Change<'c> {
    amendment: &'c ast::Decl,
    edit: &'c RowEdit,
    kind: &'c DeclKind,
}

impl Change<'_> {
    /// 逐条: the rows hold for a record, which is bound.
    fn in_each(&self, elab: &mut Elab<'_, '_>, each: &mut Each, made: &mut Made) {
        let Some(elem) = source::elem_of(elab.unit, None, &each.source) else { return };
        let found = elab.bound(Frame { elem, called: None }, |own| {
            own.learn_source(&each.source);
            self.in_table(own, &mut each.table, made)
        });
        let fade = each.fade.iter().flat_map(|it| &it.rows).flat_map(|it| it.results.iter());
        let share = fade.flatten().filter_map(|it| it.ty.as_number()).map(|it| it.places).max();
        settle(made, found, share.unwrap_or(0));
    }

    /// The results of the row, where they are new.
    fn in_table(
        &self,
        elab: &mut Elab<'_, '_>,
        table: &mut Table,
        made: &mut Made,
    ) -> Option<Vec<Option<Typed>>> {
        let span = self.edit.span;
        let columns = table.columns.iter();
        let columns: Vec<Typed> =
            columns.map(|it| Typed::new(it.node.clone(), it.ty.clone(), span)).collect();
        let at = self.position(elab, table, &columns)?;
        let old = table.rows.get(at)?.clone();
        let key = match &self.edit.key {
            None => old.key.clone(),
            Some(key) => elab.key_of(&as_row(key, table, span), &columns)?,
        };
        let wants: Vec<Want> =
            (0..old.results.len()).map(|column| self.want(table, column)).collect();
        let mut row = Row { key, ..old.clone() };
        let mut found = None;
        if !self.edit.results.is_empty() {
            let results = self.results(elab, table, at, (&row.key, &columns), &wants)?;
            row.results = results.iter().map(|it| it.as_ref().map(|it| it.expr.clone())).collect();
            found = Some(results);
        }
        row.text = self.text(elab.unit, &old.text);
        row.origin = amend::origin(elab.unit, self.amendment, span, Some(old.text));
        table.rows[at] = row;
        self.adapt(table, made);
        found
    }

    /// The number of the row in the model.
    fn position(&self, elab: &mut Elab<'_, '_>, table: &Table, columns: &[Typed]) -> Option<usize> {
        match &self.edit.at {
            RowAt::Number(number, span) => {
                let at = usize::try_from(*number).ok()?.checked_sub(1);
                let at = at.filter(|it| *it < table.rows.len());
                if at.is_none() {
                    elab.report(
                        Diagnostic::new(Code::E0620, *span)
                            .arg("number", number.to_string())
                            .arg("rows", table.rows.len().to_string()),
                    );
                }
                at
            }
            RowAt::Key(key) => {
                let span = self.edit.span;
                let wanted = elab.key_of(&as_row(key, table, span), columns)?;
                let at = table.rows.iter().position(|it| it.key == wanted);
                if at.is_none() {
                    let rows = table.rows.iter().map(|it| split(&it.text).0);
                    elab.report(
                        Diagnostic::new(Code::E0621, span)
                            .arg("key", before_sign(&elab.unit.text(span)).to_owned())
                            .arg("rows", rows.collect::<Vec<_>>().join("；")),
                    );
                }
                at
            }
        }
    }

    /// What a result of a column has to be: what the declaration asks for, else what the other rows have.
    fn want(&self, table: &Table, column: usize) -> Want {
        match self.kind {
            DeclKind::Indicator { .. } => Want::Points,
            DeclKind::Classify { grade } | DeclKind::Overlay { grade } => Want::grade(grade),
            DeclKind::Param
            | DeclKind::Value
            | DeclKind::RecordValue { .. }
            | DeclKind::RecordSet
            | DeclKind::Dimension { .. }
            | DeclKind::Total
            | DeclKind::Merge
            | DeclKind::Tag { .. }
            | DeclKind::Alert { .. }
            | DeclKind::Measure { .. }
            | DeclKind::List => {
                let mut there = table.rows.iter().filter_map(|it| it.results.get(column)?.as_ref());
                there.next().map_or(Want::Any, |it| Want::Kind(it.ty.kind.clone()))
            }
        }
    }

    /// The new results of row `at`, in the light of what its key and the rows above it say.
    fn results(
        &self,
        elab: &mut Elab<'_, '_>,
        table: &Table,
        at: usize,
        (key, columns): (&RowKey, &[Typed]),
        wants: &[Want],
    ) -> Option<Vec<Option<Typed>>> {
        let results = &self.edit.results;
        if results.len() != wants.len() {
            let (wanted, found) = (wants.len().to_string(), results.len().to_string());
            elab.report(
                Diagnostic::new(Code::E0312, self.edit.span)
                    .arg("wanted", wanted)
                    .arg("found", found),
            );
            return None;
        }
        let mark = elab.facts.mark();
        for above in table.rows.iter().take(at).filter(|_| table.mode == Mode::First) {
            if let RowKey::When(it) = &above.key {
                elab.learn(it, false);
            }
        }
        elab.learn_key(key, columns);
        let found = results.iter().zip(wants).map(|(it, want)| elab.result_of(it, want)).collect();
        elab.facts.back_to(mark);
        found
    }

    /// Brings all results of a column to the type that they have in common.
    fn adapt(&self, table: &mut Table, made: &mut Made) {
        let width = table.rows.iter().map(|it| it.results.len()).max().unwrap_or(0);
        let mut kinds = Vec::new();
        for column in 0..width {
            let there = table.rows.iter().filter_map(|it| it.results.get(column)?.as_ref());
            let mut tys = there.map(|it| it.ty.clone());
            let Some(first) = tys.next() else { continue };
            let joined = tys.fold(first, |all, it| ty::join(&all, &it).unwrap_or(all));
            let results = table.rows.iter_mut().filter_map(|it| it.results.get_mut(column));
            results.flatten().for_each(|it| ty::adapt(it, &joined.kind));
            kinds.push(joined);
        }
        if let DeclKind::Measure { columns } = self.kind {
            let columns = columns.iter().zip(kinds);
            let columns = columns.map(|(it, ty)| MeasureColumn { name: it.name.clone(), ty });
            made.columns = columns.collect();
        }
    }

    /// The row as a reader sees it from now on.
    fn text(&self, unit: &Unit<'_>, old: &str) -> String {
        let written = unit.text(self.edit.span);
        let (old_key, old_results) = split(old);
        if self.edit.key.is_none() {
            return format!("{old_key}：{}", behind_sign(&written));
        }
        let row = match &self.edit.at {
            RowAt::Number(_, span) => {
                let row = written.strip_prefix(unit.text(*span).as_str()).unwrap_or(&written);
                let row = row.trim_start();
                row.strip_prefix("改为").or_else(|| row.strip_prefix("becomes")).unwrap_or(row)
            }
            RowAt::Key(_) => &written,
        };
        let row = row.trim();
        if self.edit.results.is_empty() { format!("{row}：{old_results}") } else { row.to_owned() }
    }

    /// `D, A = D`
    fn in_matrix(&self, elab: &mut Elab<'_, '_>, matrix: &mut Matrix, made: &mut Made) {
        let (DeclKind::Overlay { grade }, Some((row, column, result))) = (self.kind, self.cell())
        else {
            let why = Words::both(
                "矩阵一次改一格，写成“行, 列 = 等级”，例如“D, A = D”",
                "a matrix is changed cell by cell: “row, column = grade”, such as “D, A = D”",
            );
            elab.report(Diagnostic::new(Code::E0622, self.edit.span).arg("why", why));
            return;
        };
        let side = |decl, grade| Side::known(elab.unit, decl, grade, self.edit.span);
        let sides =
            side(&matrix.rows, &matrix.row_grade).zip(side(&matrix.columns, &matrix.column_grade));
        let Some((rows, columns)) = sides else { return };
        let at = (elab.position(row, &rows), elab.position(column, &columns));
        let (Some(row), Some(column)) = at else { return };
        let Some(new) = elab.matrix_cell(result, grade) else { return };
        let Some(cell) = matrix.cells.get_mut(row).and_then(|it| it.get_mut(column)) else {
            return;
        };
        let old = std::mem::replace(cell, new);
        made.inapplicable |= new.is_none();
        matrix.mode = None;
        let member = |at: u16| {
            Some(elab.unit.enum_of(grade)?.members.get(usize::from(at))?.name.to_string())
        };
        let old = old.and_then(member).unwrap_or_else(|| "-".to_owned());
        let replaced = format!("{}，{} = {old}", rows.name(row), columns.name(column));
        if let Some(it) = matrix.origins.get_mut(row) {
            *it = amend::origin(elab.unit, self.amendment, self.edit.span, Some(replaced));
        }
    }

    /// The key of the row, that of the column, and what is put in the cell.
    fn cell(&self) -> Option<(&ast::Cell, &ast::Cell, &RowResult)> {
        match (&self.edit.at, self.edit.results.as_slice()) {
            (RowAt::Key(ast::RowKey::Cells(cells)), [result]) => match cells.as_slice() {
                [row, column] => Some((row, column, result)),
                _ => None,
            },
            _ => None,
        }
    }
}

/// A row with a key and nothing else. In a table without columns a lone cell is a condition.
fn as_row(key: &ast::RowKey, table: &Table, span: Span) -> ast::Row {
    let lone = match key {
        ast::RowKey::Cells(cells) if table.columns.is_empty() => match cells.as_slice() {
            [only] => condition(only),
            _ => None,
        },
        _ => None,
    };
    let key = lone.map_or_else(|| key.clone(), ast::RowKey::Condition);
    ast::Row { key, results: Vec::new(), span }
}

fn condition(cell: &ast::Cell) -> Option<ast::Expr> {
    match &cell.kind {
        CellKind::OneOf(all) => match all.as_slice() {
            [Alternative::Value(it)] => Some(it.clone()),
            _ => None,
        },
        CellKind::Any => None,
    }
}

/// A row as written, in front of and behind its `：`; one inside quotation marks does not count.
pub(crate) fn split(row: &str) -> (&str, &str) {
    let mut quoted = false;
    for (at, sign) in row.char_indices() {
        match sign {
            '"' => quoted = !quoted,
            '“' => quoted = true,
            '”' => quoted = false,
            '：' | ':' if !quoted => {
                let behind = row.get(at + sign.len_utf8()..).unwrap_or("");
                return (row.get(..at).unwrap_or("").trim(), behind.trim());
            }
            _ => {}
        }
    }
    (row.trim(), "")
}

fn before_sign(edit: &str) -> &str {
    edit.split(['=', '＝']).next().unwrap_or(edit).trim()
}

fn behind_sign(edit: &str) -> &str {
    edit.split_once(['=', '＝']).map_or(edit, |it| it.1).trim()
}

/// Changes one cell of a code table: `"5221", 风险 = 120%`.
pub(super) fn in_codes(
    unit: &Unit<'_>,
    amendment: &ast::Decl,
    edit: &RowEdit,
    table: &mut CodeTable,
) {
    let change = Change { amendment, edit, kind: &DeclKind::Param };
    let cell = change.cell().and_then(|(row, column, result)| match result {
        RowResult::Expr(result) => Some((row, column_name(column)?, result)),
        RowResult::Frequency(..) | RowResult::None(_) => None,
    });
    let (Some((row, column, result)), Some(key)) = (cell, table.key()) else {
        let why = Words::both(
            "代码表一次改一格，写成“\"代码\", 列名 = 值”",
            "a code table is changed cell by cell: “\"code\", column = value”",
        );
        unit.report(Diagnostic::new(Code::E0622, edit.span).arg("why", why));
        return;
    };
    let known = |it: &&crate::model::Field| {
        !it.key && (it.name.as_ref() == column.text || it.id.as_ref() == column.text)
    };
    let Some(field) = table.columns.iter().find(known).cloned() else {
        let near = table.columns.iter().filter(|it| !it.key).map(|it| it.name.to_string());
        unit.unknown(column, Words::both("列", "column"), near.collect());
        return;
    };
    let at = table.columns.iter().position(|it| it.id == field.id);
    let code = code_of(unit, row);
    let found = table.rows.iter_mut().find(|it| it.values.get(key) == Some(&Value::text(&code)));
    let Some(found) = found else {
        let place = row.span;
        unit.report(
            Diagnostic::new(Code::E0623, place)
                .arg("code", code)
                .arg("name", table.name.to_string()),
        );
        return;
    };
    let Some(value) = constant_of(unit, result, &field.ty) else { return };
    put(unit, &change, found, at, value, &field.ty);
}

fn put(
    unit: &Unit<'_>,
    change: &Change<'_>,
    row: &mut CodeRow,
    at: Option<usize>,
    value: Value,
    ty: &Ty,
) {
    let Some(cell) = at.and_then(|at| row.values.get_mut(at)) else { return };
    let old = std::mem::replace(cell, value);
    let old = match &old {
        Value::Number(it) => it.to_string(),
        Value::Text(it) => it.to_string(),
        Value::Date(it) => it.to_string(),
        Value::Bool(it) => (if *it { "是" } else { "否" }).to_owned(),
        Value::Member(at) => match &ty.kind {
            TyKind::Member(it) => unit
                .enum_of(it)
                .and_then(|it| it.members.get(usize::from(*at)))
                .map_or_else(String::new, |it| it.name.to_string()),
            _ => String::new(),
        },
        Value::Missing | Value::NotApplicable | Value::Error(_) | Value::Frequency(_) => {
            "-".to_owned()
        }
    };
    let replaced = format!("{} = {old}", before_sign(&unit.text(change.edit.span)));
    row.origin = Some(amend::origin(unit, change.amendment, change.edit.span, Some(replaced)));
}

fn column_name(cell: &ast::Cell) -> Option<&ast::Name> {
    match &cell.kind {
        CellKind::OneOf(all) => match all.as_slice() {
            [Alternative::Value(ast::Expr { kind: ExprKind::Path(path), .. })] => {
                path.names.first().filter(|_| path.names.len() == 1)
            }
            _ => None,
        },
        CellKind::Any => None,
    }
}

/// A code, with or without quotation marks: leading zeros of a number count.
fn code_of(unit: &Unit<'_>, cell: &ast::Cell) -> String {
    match &cell.kind {
        CellKind::OneOf(all) => match all.as_slice() {
            [Alternative::Value(ast::Expr { kind: ExprKind::Text(text), .. })] => text.clone(),
            _ => unit.text(cell.span),
        },
        CellKind::Any => unit.text(cell.span),
    }
}

/// The value of a literal as a column of that type stores it.
fn constant_of(unit: &Unit<'_>, written: &ast::Expr, ty: &Ty) -> Option<Value> {
    let mut elab = Elab::new(unit, &unit.package.id);
    let mut value = elab.constant(written, Some(&ty.kind))?;
    ty::adapt(&mut value, &ty.kind);
    let stored = match &value.node {
        Node::Const(it) if ty::fits(&value.ty.kind, &ty.kind) => stored(it, &value, ty),
        _ => None,
    };
    if stored.is_none() {
        elab.mismatch(written.span, ty::words(unit, &ty.kind), &value.ty.kind);
    }
    stored
}

fn stored(value: &Value, expr: &Expr, ty: &Ty) -> Option<Value> {
    let (Value::Number(number), Some(wanted), Some(_)) =
        (value, ty.as_number(), expr.ty.as_number())
    else {
        return Some(value.clone());
    };
    let exact = number.trimmed().places() <= wanted.places;
    let rounded: Option<Decimal> = number.round(wanted.places, Rounding::HalfUp);
    rounded.filter(|_| exact).map(Value::Number)
}

#[cfg(test)]
mod tests {
    use super::split;

    #[test]
    fn a_row_is_split_at_its_own_colon() {
        assert_eq!(split("2 至 3 次：80"), ("2 至 3 次", "80"));
        assert_eq!(split("\"a:b\" 开头 : 1, 2"), ("\"a:b\" 开头", "1, 2"));
        assert_eq!(split("“甲：乙”：是"), ("“甲：乙”", "是"));
        assert_eq!(split("其余"), ("其余", ""));
    }
}
