//! Formulas, tables, matrices and their cells.

use unicode_width::UnicodeWidthStr;

use super::super::ast::{
    Alternative, Bound, Cell, CellKind, Def, Expr, ExprKind, Matrix, Mode, RangeForm, Row, RowAt,
    RowEdit, RowKey, RowResult, Table,
};
use super::super::rules::Rule;
use super::super::spelling::Spelling;
use super::Writer;
use super::page::STEP;
use crate::value::Frequency;
use crate::written;

impl Writer<'_> {
    /// A definition whose first sign stands at `start`, or behind it.
    pub(super) fn def(&mut self, it: &Def, start: u32) {
        match it {
            Def::Formula(it) => {
                self.put("=");
                self.page.blank_or_break(start, it.span.start);
                self.expr(it);
            }
            Def::Table(it) => self.table(it),
            Def::Matrix(it) => self.matrix(it),
        }
    }

    fn table(&mut self, it: &Table) {
        let Table { mode, each, inner_mode, columns, results, rows, span } = it;
        let mut end = span.start;
        let mut first = true;
        let mut part = |writer: &mut Self| {
            if !std::mem::take(&mut first) {
                writer.put(" ");
            }
        };
        if let Some((mode, span)) = mode {
            part(self);
            self.mode(*mode);
            end = end.max(span.end);
        }
        if let Some(each) = each {
            part(self);
            self.lead(Rule::k_each);
            self.expr(each);
            end = end.max(each.span.end);
        }
        if let Some((mode, span)) = inner_mode {
            part(self);
            self.mode(*mode);
            end = end.max(span.end);
        }
        if let Some(last) = columns.last() {
            part(self);
            self.lead(Rule::k_by);
            self.comma_separated(columns, Self::expr);
            end = end.max(last.span.end);
        }
        if let Some(last) = results.last() {
            part(self);
            self.lead(Rule::k_giving);
            self.comma_separated(results, Self::name);
            end = end.max(last.span.end);
        }
        self.rows(rows, end);
    }

    /// Rows, on lines of their own or joined by `；` as the author put them.
    fn rows(&mut self, rows: &[Row], mut end: u32) {
        let indent = self.page.indent() + STEP;
        for row in rows {
            if let RowKey::Always = row.key {
                self.results(&row.results);
                continue;
            }
            if self.page.is_broken(end, row.span.start) {
                self.page.row(indent, end, row.span.start);
            } else {
                self.put(match self.to {
                    Spelling::Chinese => "；",
                    Spelling::English => "; ",
                });
            }
            self.key(&row.key);
            self.results(&row.results);
            end = row.span.end;
        }
    }

    fn key(&mut self, key: &RowKey) {
        match key {
            RowKey::Otherwise => self.word(Rule::k_otherwise),
            RowKey::Cells(cells) => self.comma_separated(cells, Self::cell),
            RowKey::Condition(it) => self.expr(it),
            RowKey::Always => {}
        }
    }

    /// `第 2 行 = 50`, `第 2 行 1 至 3 次：50`, `第 2 行 改为 1 至 3 次`, `D, A = D`
    pub(super) fn row_edit(&mut self, it: &RowEdit) {
        let RowEdit { at, key, results, span } = it;
        let end = match at {
            RowAt::Number(number, place) => {
                self.put(&match self.to {
                    Spelling::Chinese => format!("第 {number} 行"),
                    Spelling::English => format!("row {number}"),
                });
                place.end
            }
            RowAt::Key(key) => {
                self.key(key);
                key_end(key).unwrap_or(span.start)
            }
        };
        match (key, results.first()) {
            (None, None) => {}
            (None, Some(first)) => {
                self.put(" =");
                self.page.blank_or_break(end, result_start(first));
                self.comma_separated(results, Self::result);
            }
            (Some(key), None) => {
                self.spaced(Rule::k_becomes);
                self.key(key);
            }
            (Some(key), Some(_)) => {
                self.put(" ");
                self.key(key);
                self.results(results);
            }
        }
    }

    /// `：1%, 每 3 年 1 次, 非现场`
    fn results(&mut self, them: &[RowResult]) {
        self.colon();
        self.comma_separated(them, Self::result);
    }

    fn result(&mut self, it: &RowResult) {
        match it {
            RowResult::Expr(it) => self.expr(it),
            RowResult::Frequency(it, _) => {
                let text = frequency(it, self.to);
                self.put(&text);
            }
            RowResult::None(_) => self.put("-"),
        }
    }

    pub(super) fn mode(&mut self, mode: Mode) {
        self.word(match mode {
            Mode::Sum => Rule::k_sum,
            Mode::Highest => Rule::k_highest,
            Mode::Lowest => Rule::k_lowest,
            Mode::First => Rule::k_in_order,
        });
    }

    /// `行 甲 列 乙` and rows whose columns stand below each other.
    fn matrix(&mut self, it: &Matrix) {
        let Matrix { rows, columns, header, body, mode, span } = it;
        self.lead(Rule::k_rows);
        self.path(rows);
        self.spaced(Rule::k_cols);
        self.path(columns);
        let mut end = columns.span.end.max(mode.map_or(0, |it| it.1.end)).max(span.start);
        if let Some((mode, _)) = mode {
            self.put(" ");
            self.mode(*mode);
        }
        let Some(first) = header.first() else { return };
        let head = self.cells_aside(header, Self::cell);
        let key = |cell| self.aside(|it| it.cell(cell)) + self.colon_sign();
        let keys: Vec<String> = body.iter().map(|it| key(&it.0)).collect();
        let texts: Vec<_> = body.iter().map(|it| self.cells_aside(&it.1, Self::result)).collect();
        let margin = keys.iter().map(|it| it.width()).max().unwrap_or(0);
        let widths = widths(std::iter::once(&head).chain(&texts));
        let indent = self.page.indent() + STEP;
        self.page.row(indent, end, first.span.start);
        self.put(&aligned("", margin, &head, &widths));
        end = header.last().map_or(end, |it| it.span.end);
        for ((cell, results), (key, texts)) in body.iter().zip(keys.iter().zip(&texts)) {
            self.page.row(indent, end, cell.span.start);
            end = results.last().map_or(cell.span.end, result_end);
            if self.page.is_broken(cell.span.start, end) {
                self.cell(cell);
                self.results(results);
            } else {
                self.put(&aligned(key, margin, texts, &widths));
            }
        }
    }

    fn cells_aside<T>(&self, them: &[T], write: fn(&mut Self, &T)) -> Vec<String> {
        them.iter().map(|it| self.aside(|writer| write(writer, it))).collect()
    }

    fn cell(&mut self, it: &Cell) {
        match &it.kind {
            CellKind::Any => self.put("-"),
            CellKind::OneOf(them) => {
                for (at, it) in them.iter().enumerate() {
                    if at > 0 {
                        self.spaced(Rule::k_or);
                    }
                    self.alternative(it);
                }
            }
        }
    }

    fn alternative(&mut self, it: &Alternative) {
        match it {
            Alternative::Missing(_) => self.word(Rule::k_missing),
            Alternative::Range { low, high, form, span: _ } => {
                self.range(low.as_ref(), high.as_ref(), *form);
            }
            Alternative::Value(it) => self.expr(it),
            Alternative::Not(it) => {
                self.put("≠ ");
                self.expr(it);
            }
            Alternative::Starts(it) => {
                self.expr(it);
                self.spaced_or_touching(it, Rule::k_starts);
            }
            Alternative::Window(it) => self.window(it),
        }
    }

    fn range(&mut self, low: Option<&Bound>, high: Option<&Bound>, form: RangeForm) {
        match form {
            RangeForm::Interval => self.interval(low, high),
            RangeForm::Sign => self.compared(low, high),
            RangeForm::Words | RangeForm::Within | RangeForm::AtMost | RangeForm::ToAtMost => {
                self.bounds(low, high, form);
            }
        }
    }

    /// `[30, 45)`
    fn interval(&mut self, low: Option<&Bound>, high: Option<&Bound>) {
        self.put(if low.is_some_and(|it| it.inclusive) { "[" } else { "(" });
        if let Some(low) = low {
            self.expr(&low.value);
        }
        self.put(",");
        if let Some(high) = high {
            self.put(" ");
            self.expr(&high.value);
        }
        self.put(if high.is_some_and(|it| it.inclusive) { "]" } else { ")" });
    }

    /// `≥ 4`
    fn compared(&mut self, low: Option<&Bound>, high: Option<&Bound>) {
        for (bound, signs) in [(low, ["≥ ", "> "]), (high, ["≤ ", "< "])] {
            if let Some(bound) = bound {
                self.put(if bound.inclusive { signs[0] } else { signs[1] });
                self.expr(&bound.value);
            }
        }
    }

    /// `30 以上不满 45`
    fn bounds(&mut self, low: Option<&Bound>, high: Option<&Bound>, form: RangeForm) {
        let to = matches!(form, RangeForm::Words | RangeForm::ToAtMost)
            && high.is_some_and(|it| it.inclusive);
        if let Some(low) = low {
            match (low.inclusive, form) {
                (true, _) => {
                    self.expr(&low.value);
                    if !to {
                        self.spaced_or_touching(&low.value, Rule::k_at_least);
                    }
                }
                (false, RangeForm::Within) => {
                    self.expr(&low.value);
                    self.spaced_or_touching(&low.value, Rule::k_beyond);
                }
                (false, _) => {
                    self.lead(Rule::k_over);
                    self.expr(&low.value);
                }
            }
        }
        let Some(high) = high else { return };
        match low {
            Some(low) if to => {
                self.spaced_or_touching(&low.value, Rule::k_to);
                self.put(" ");
            }
            // 以上不满: the two words touch.
            Some(low) if low.inclusive && !high.inclusive && self.to == Spelling::Chinese => {
                self.word(Rule::k_under);
            }
            Some(low) if !high.inclusive => self.spaced_or_touching(&low.value, Rule::k_under),
            Some(_) => self.put(" "),
            None if !high.inclusive => self.word(Rule::k_under),
            None => {}
        }
        if !high.inclusive {
            self.put(" ");
        }
        self.expr(&high.value);
        let word = match form {
            RangeForm::Within => Rule::k_within_bound,
            _ => Rule::k_at_most,
        };
        if high.inclusive && (low.is_none() || form != RangeForm::Words) {
            self.spaced_or_touching(&high.value, word);
        }
    }

    /// A word behind a value: it touches a unit, `4 次以上`, and nothing else, `4 以上`.
    fn spaced_or_touching(&mut self, value: &Expr, word: Rule) {
        let touching = self.to == Spelling::Chinese
            && match &value.kind {
                ExprKind::Number(it) => it.unit_text.ends_with(char::is_alphabetic),
                ExprKind::Negate(it) => {
                    matches!(&it.kind, ExprKind::Number(it) if it.unit_text.ends_with(char::is_alphabetic))
                }
                _ => false,
            };
        if !touching {
            self.put(" ");
        }
        self.word(word);
    }
}

/// The width of each column.
fn widths<'r>(rows: impl Iterator<Item = &'r Vec<String>>) -> Vec<usize> {
    let mut widths = Vec::new();
    for row in rows {
        widths.resize(widths.len().max(row.len()), 0);
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = cell.width().max(*width);
        }
    }
    widths
}

/// A row of a matrix: its key in the margin, and cells with commas between.
fn aligned(key: &str, margin: usize, cells: &[String], widths: &[usize]) -> String {
    let mut out = key.to_owned() + &" ".repeat(margin.saturating_sub(key.width()));
    for (at, (cell, width)) in cells.iter().zip(widths).enumerate() {
        out.push_str(cell);
        if at + 1 < cells.len() {
            out.push(',');
            out.push_str(&" ".repeat(width.saturating_sub(cell.width()) + 1));
        }
    }
    out
}

/// Where a key ends; 其余 does not say.
fn key_end(it: &RowKey) -> Option<u32> {
    match it {
        RowKey::Cells(cells) => cells.last().map(|it| it.span.end),
        RowKey::Condition(it) => Some(it.span.end),
        RowKey::Otherwise | RowKey::Always => None,
    }
}

fn result_start(it: &RowResult) -> u32 {
    match it {
        RowResult::Expr(it) => it.span.start,
        RowResult::Frequency(_, span) | RowResult::None(span) => span.start,
    }
}

fn result_end(it: &RowResult) -> u32 {
    match it {
        RowResult::Expr(it) => it.span.end,
        RowResult::Frequency(_, span) | RowResult::None(span) => span.end,
    }
}

pub(super) fn frequency(it: &Frequency, to: Spelling) -> String {
    match to {
        Spelling::Chinese => it.to_string(),
        Spelling::English => written::case::english(it),
    }
}
