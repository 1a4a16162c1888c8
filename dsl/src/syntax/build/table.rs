//! Formulas, tables and matrices.

use super::{Builder, Children, Pair, expr, find, first, hole};
use crate::diag::{Code, Diagnostic, Words};
use crate::span::Span;
use crate::syntax::ast::{
    Cell, Def, Expr, ExprKind, Line, Matrix, Mode, Row, RowAt, RowEdit, RowKey, RowResult, Table,
};
use crate::syntax::literal;
use crate::syntax::rules::Rule;
use crate::value::Frequency;

impl Builder {
    /// `def = { eq ~ nl? ~ source | table }`
    pub(super) fn def(&mut self, pair: Pair<'_>) -> Def {
        let span = self.span(&pair);
        for part in pair.into_inner() {
            match part.as_rule() {
                Rule::source => return Def::Formula(self.source(part)),
                Rule::table => return self.table(part),
                _ => {}
            }
        }
        Def::Formula(hole(span))
    }

    /// A rule that holds a definition behind a word.
    pub(super) fn def_in(&mut self, pair: Pair<'_>) -> Def {
        let span = self.span(&pair);
        match find(pair, Rule::def) {
            Some(def) => self.def(def),
            None => Def::Formula(hole(span)),
        }
    }

    /// `parted = { mode? ~ (each ~ mode?)? ~ (parted_by | parted_matrix | parted_conds) }`: the table, whose rows
    /// begin behind the lines of prose, and those lines.
    pub(super) fn parted(&mut self, pair: Pair<'_>) -> (Vec<Line>, Def) {
        let body = pair.clone().into_inner().last();
        let prose = body.map_or_else(Vec::new, |it| expr::parts(it, Rule::text_clause));
        let prose: Vec<Line> = prose.into_iter().filter_map(|it| self.line(it)).collect();
        let mut def = self.table(pair);
        if let (Def::Table(Table { span, .. }) | Def::Matrix(Matrix { span, .. }), Some(last)) =
            (&mut def, prose.last())
        {
            span.start = last.span.end;
        }
        (prose, def)
    }

    /// `table = { mode? ~ (each ~ mode?)? ~ (by_rows | matrix | always | cond_rows) }`
    fn table(&mut self, pair: Pair<'_>) -> Def {
        let span = self.span(&pair);
        let mut children = Children::of(pair);
        let mode = children.take(Rule::mode).and_then(|it| self.mode(it));
        let each = children.take(Rule::each).map(|it| self.filtered(it));
        let inner_mode = children.take(Rule::mode).and_then(|it| self.mode(it));
        let (columns, results, rows) = (Vec::new(), Vec::new(), Vec::new());
        let mut table = Table { mode, each, inner_mode, columns, results, rows, span };
        let Some(body) = children.next() else { return Def::Table(table) };
        match body.as_rule() {
            Rule::matrix | Rule::parted_matrix => return self.matrix(body, &table),
            Rule::by_rows | Rule::parted_by => self.by_rows(body, &mut table),
            Rule::always => table.rows.push(self.always(body)),
            _ => {
                let rows = expr::parts(body, Rule::cond_row);
                table.rows = rows.into_iter().map(|it| self.row(it)).collect();
            }
        }
        Def::Table(table)
    }

    /// `mode = { k_sum | k_highest | k_lowest | k_in_order }`
    fn mode(&self, pair: Pair<'_>) -> Option<(Mode, Span)> {
        let span = self.span(&pair);
        let mode = match first(pair)?.as_rule() {
            Rule::k_sum => Mode::Sum,
            Rule::k_highest => Mode::Highest,
            Rule::k_lowest => Mode::Lowest,
            Rule::k_in_order => Mode::First,
            _ => return None,
        };
        Some((mode, span))
    }

    /// `always = { colon ~ result }`
    fn always(&mut self, pair: Pair<'_>) -> Row {
        let span = self.span(&pair);
        let result = find(pair, Rule::result);
        let results = result.into_iter().map(|it| self.result(it)).collect();
        Row { key: RowKey::Always, results, span }
    }

    /// `by_rows = { k_by ~ expr ~ (comma ~ expr)* ~ giving? ~ (sep ~ row)+ ~ semi? }`
    fn by_rows(&mut self, pair: Pair<'_>, table: &mut Table) {
        for part in pair.into_inner() {
            match part.as_rule() {
                Rule::expr => table.columns.push(self.expr(part)),
                Rule::giving => {
                    let names = expr::parts(part, Rule::name);
                    table.results = names.iter().map(|it| self.name(it)).collect();
                }
                Rule::row => table.rows.push(self.row(part)),
                _ => {}
            }
        }
    }

    /// `row = { (k_otherwise | cell ~ (comma ~ cell)*) ~ colon ~ results }` and
    /// `cond_row = { (k_otherwise | expr) ~ colon ~ results }`
    fn row(&mut self, pair: Pair<'_>) -> Row {
        let span = self.span(&pair);
        let (mut key, mut cells, mut results) = (RowKey::Otherwise, Vec::new(), Vec::new());
        for part in pair.into_inner() {
            match part.as_rule() {
                Rule::cell => cells.push(self.cell(part)),
                Rule::expr => key = RowKey::Condition(self.expr(part)),
                Rule::results => results = self.results(part),
                _ => {}
            }
        }
        if !cells.is_empty() {
            key = RowKey::Cells(cells);
        }
        Row { key, results, span }
    }

    /// `row_edit = { nth_row ~ (eq ~ nl? ~ results | k_becomes? ~ (row | cond_row | row_key)) }` and
    /// `cell_edit = { (k_otherwise | cell ~ (comma ~ cell)*) ~ eq ~ nl? ~ results }`
    pub(super) fn row_edit(&mut self, pair: Pair<'_>) -> RowEdit {
        let span = self.span(&pair);
        let (mut at, mut key, mut results) = (None, None, Vec::new());
        let mut cells = Vec::new();
        for part in pair.into_inner() {
            match part.as_rule() {
                Rule::nth_row => {
                    let number = find(part.clone(), Rule::num);
                    let number = number.and_then(|it| literal::whole(it.as_str())).unwrap_or(0);
                    let (start, end) = (part.as_span().start(), part.as_span().end());
                    let offset = |at: usize| self.base + super::offset(at);
                    let place = Span { file: self.file, start: offset(start), end: offset(end) };
                    at = Some(RowAt::Number(number, place));
                }
                Rule::cell => cells.push(self.cell(part)),
                Rule::row_key => key = Some(RowKey::Cells(self.cells(part))),
                Rule::row | Rule::cond_row => {
                    let row = self.row(part);
                    (key, results) = (Some(row.key), row.results);
                }
                Rule::results => results = self.results(part),
                _ => {}
            }
        }
        let by_key = if cells.is_empty() { RowKey::Otherwise } else { RowKey::Cells(cells) };
        RowEdit { at: at.unwrap_or(RowAt::Key(by_key)), key, results, span }
    }

    /// `results = { result ~ (comma ~ result)* }`
    fn results(&mut self, pair: Pair<'_>) -> Vec<RowResult> {
        expr::parts(pair, Rule::result).into_iter().map(|it| self.result(it)).collect()
    }

    /// `result = { frequency | none | source }`
    fn result(&mut self, pair: Pair<'_>) -> RowResult {
        let span = self.span(&pair);
        match first(pair) {
            Some(it) if it.as_rule() == Rule::none => RowResult::None(span),
            Some(it) if it.as_rule() == Rule::frequency => match frequency(it) {
                Some(it) if it.every == 0 || it.most == Some(0) => {
                    self.report(Code::E0124, span);
                    RowResult::Expr(hole(span))
                }
                Some(frequency) => RowResult::Frequency(frequency, span),
                None => {
                    self.report(Code::E0104, span);
                    RowResult::Expr(hole(span))
                }
            },
            Some(it) => RowResult::Expr(self.source(it)),
            None => RowResult::Expr(hole(span)),
        }
    }

    /// `matrix = { k_rows ~ path ~ k_cols ~ path ~ mode? ~ (nl ~ matrix_head ~ (nl ~ matrix_row)+)? }`
    fn matrix(&mut self, pair: Pair<'_>, table: &Table) -> Def {
        let span = self.span(&pair);
        if let Some(each) = &table.each {
            let expected = Words::both(
                "一行一列的表前面不能写“逐条”",
                "“each” cannot stand before a table of rows and columns",
            );
            self.problems.push(Diagnostic::new(Code::E0101, each.span).arg("expected", expected));
        }
        let mut paths = expr::parts(pair.clone(), Rule::path).into_iter();
        let (Some(rows), Some(columns)) = (paths.next(), paths.next()) else {
            return Def::Formula(Expr { kind: ExprKind::Missing, span });
        };
        let (rows, columns) = (self.path(&rows), self.path(&columns));
        let (mut header, mut body, mut mode) = (Vec::new(), Vec::new(), table.mode);
        for part in pair.into_inner() {
            match part.as_rule() {
                Rule::mode => mode = self.mode(part),
                Rule::matrix_head => header = self.cells(part),
                Rule::matrix_row => {
                    let results = find(part.clone(), Rule::results);
                    let results = results.map_or_else(Vec::new, |it| self.results(it));
                    body.extend(self.cell_in(part).map(|key| (key, results)));
                }
                _ => {}
            }
        }
        Def::Matrix(Matrix { rows, columns, header, body, mode, span: table.span })
    }

    pub(super) fn cells(&mut self, pair: Pair<'_>) -> Vec<Cell> {
        expr::parts(pair, Rule::cell).into_iter().map(|it| self.cell(it)).collect()
    }
}

/// `frequency = { k_every ~ num? ~ period ~ k_at_least_before? ~ num ~ (k_to ~ num)? ~ times? ~ k_at_least? }`
pub(super) fn frequency(pair: Pair<'_>) -> Option<Frequency> {
    let (mut every, mut unit, mut counts, mut open) = (1, None, Vec::new(), false);
    for part in pair.into_inner() {
        match part.as_rule() {
            Rule::num if unit.is_none() => every = literal::whole(part.as_str())?,
            Rule::num => counts.push(literal::whole(part.as_str())?),
            Rule::period => unit = literal::frequency_unit(part.as_str()),
            Rule::k_at_least | Rule::k_at_least_before => open = true,
            _ => {}
        }
    }
    let least = counts.first().copied()?;
    let most = if open { None } else { counts.last().copied() };
    Some(Frequency { every, unit: unit?, least, most })
}
