//! What declarations and locals are worth: tables, records one by one, matrices, lists.

use super::{Scope, Valid};
use crate::model::{
    Cell, Condition, ConditionMode, Content, Each, Expr, ListRule, Matrix, Mode, Row, RowKey,
    Table, Test, Ty, TyKind,
};

impl<'m> Valid<'m> {
    /// A condition, or a list of them.
    pub(super) fn condition(&mut self, condition: &'m Condition, scope: &Scope<'m>) {
        let count = condition.parts.len();
        let fits = if condition.mode == ConditionMode::One { count == 1 } else { count > 0 };
        self.insist(fits, "条件的个数不对", "it has another number of conditions");
        let texts = condition.texts.len();
        self.insist(
            texts == 0 || texts == count,
            "texts 要与 parts 一样多",
            "texts has to be as long as parts",
        );
        self.each("parts", &condition.parts, |own, it| own.holds(it, scope));
    }

    /// What something is worth; `tys` are its type, or one a column of a measure.
    pub(super) fn content(&mut self, content: &'m Content, tys: &[&Ty], scope: &Scope<'m>) {
        match content {
            Content::Formula(it) => {
                self.scored(it, scope);
                if let [ty] = tys {
                    self.exact_operand(it, ty);
                    self.insist(
                        ty.optional || !it.ty.optional,
                        "它可能缺失，而类型没有写可缺",
                        "it may be missing, and its type does not say so",
                    );
                }
            }
            Content::Table(it) => self.table(it, tys, scope),
            Content::Each(it) => self.one_by_one(it, tys, scope),
            Content::Matrix(it) => self.matrix(it, tys),
            Content::Condition(it) => {
                self.condition(it, scope);
                self.are(tys, &TyKind::Bool);
            }
            Content::Source(it) => drop(self.source(it, scope)),
            Content::Parts => {}
            Content::List(it) => self.list(it, scope),
        }
    }

    fn are(&mut self, tys: &[&Ty], kind: &TyKind) {
        let fits = tys.iter().all(|it| Self::fits(kind, &it.kind));
        self.insist(fits, "类型不符", "the types do not fit");
    }

    fn table(&mut self, table: &'m Table, tys: &[&Ty], scope: &Scope<'m>) {
        self.each("columns", &table.columns, |own, it| own.passing(it, scope));
        self.insist(!table.rows.is_empty(), "表没有行", "the table has no rows");
        let first = table.columns.is_empty() || table.mode == Mode::First;
        self.insist(first, "有列的表只取第一行", "of a table with columns the first row counts");
        let kinds_fit = match table.mode {
            Mode::Sum => tys.iter().all(|it| it.as_number().is_some()),
            Mode::Highest | Mode::Lowest => tys.iter().all(|it| self.is_ordered(&it.kind)),
            Mode::First => true,
        };
        self.insist(kinds_fit, "这样的值不能这样合起来", "such values do not come together so");
        let last = table.rows.len().saturating_sub(1);
        self.within("rows", |own| {
            for (at, row) in table.rows.iter().enumerate() {
                own.within(at, |own| {
                    let otherwise = row.key == RowKey::Otherwise && at != last;
                    own.insist(!otherwise, "其余要在最后", "otherwise comes last");
                    own.row(row, &table.columns, tys, scope);
                });
            }
        });
    }

    fn row(&mut self, row: &'m Row, columns: &'m [Expr], tys: &[&Ty], scope: &Scope<'m>) {
        match &row.key {
            RowKey::Otherwise => {}
            RowKey::Always => {
                self.insist(columns.is_empty(), "行与列不符", "the row does not fit the columns");
            }
            RowKey::When(it) => {
                self.insist(columns.is_empty(), "行与列不符", "the row does not fit the columns");
                self.within("key", |own| own.holds(it, scope));
            }
            RowKey::Cells(cells) => {
                let fits = cells.len() == columns.len() && !columns.is_empty();
                self.insist(fits, "行与列不符", "the row does not fit the columns");
                self.within("key", |own| {
                    for (at, (cell, column)) in cells.iter().zip(columns).enumerate() {
                        own.within(at, |own| own.cell(cell, column, scope));
                    }
                });
            }
        }
        let fits = row.results.len() == tys.len();
        self.insist(fits, "结果的个数不对", "it has another number of results");
        self.within("results", |own| {
            for (at, (result, ty)) in row.results.iter().zip(tys).enumerate() {
                let Some(it) = result else { continue };
                own.within(at, |own| {
                    own.scored(it, scope);
                    own.exact_operand(it, ty);
                });
            }
        });
    }

    fn cell(&mut self, cell: &'m Cell, column: &Expr, scope: &Scope<'m>) {
        let Cell::OneOf(tests) = cell else { return };
        self.insist(!tests.is_empty(), "格子空着", "the cell is empty");
        for test in tests {
            match test {
                Test::Missing => {}
                Test::Range { low, high } => {
                    let ordered = self.is_ordered(&column.ty.kind);
                    self.insist(
                        ordered && (low.is_some() || high.is_some()),
                        "这里不能写范围，或者范围没有界限",
                        "a range cannot stand here, or it has no bounds",
                    );
                    for it in low.iter().chain(high) {
                        self.cell_value(&it.value, column, scope);
                    }
                }
                Test::Equals(it) | Test::Differs(it) => self.cell_value(it, column, scope),
                Test::Starts(it) => {
                    self.text(column);
                    self.constant(it, scope);
                    self.text(it);
                }
                Test::Window(it) => {
                    self.kind(column, &TyKind::Date);
                    self.window(it, scope);
                }
            }
        }
    }

    fn cell_value(&mut self, value: &'m Expr, column: &Expr, scope: &Scope<'m>) {
        self.constant(value, scope);
        let fits = Self::fits(&value.ty.kind, &column.ty.kind) && !value.ty.optional;
        self.insist(fits, "格子的类型与列不符", "the cell does not fit the type of its column");
    }

    /// 逐条
    fn one_by_one(&mut self, each: &'m Each, tys: &[&Ty], scope: &Scope<'m>) {
        let Some(elem) = self.within("source", |own| own.source(&each.source, scope)) else {
            return;
        };
        let inner = scope.with(elem);
        self.within("table", |own| own.table(&each.table, tys, &inner));
        if let Some(fade) = &each.fade {
            let of_numbers = tys.iter().all(|it| it.as_number().is_some());
            self.insist(of_numbers, "只有数可以折减", "only numbers fade");
            self.within("fade", |own| own.fade(fade, &inner));
        }
    }

    fn fade(&mut self, fade: &'m Table, scope: &Scope<'m>) {
        let results = fade.rows.iter().flat_map(|it| &it.results).flatten();
        let numbers = results.filter_map(|it| it.ty.as_number());
        let widest = numbers.max_by_key(|it| it.places);
        let Some(widest) = widest else {
            return self.wrong("折减要有比率", "a fading needs ratios");
        };
        let ty = Ty::present(TyKind::Number(widest.clone()));
        self.table(fade, &[&ty], scope);
    }

    fn matrix(&mut self, matrix: &'m Matrix, tys: &[&Ty]) {
        let results = match tys {
            [Ty { kind: TyKind::Member(grade), .. }] => self.members(grade.slot.index()),
            _ => return self.wrong("矩阵得出等级", "a matrix gives a grade"),
        };
        for (side, grade) in
            [(&matrix.rows, &matrix.row_grade), (&matrix.columns, &matrix.column_grade)]
        {
            let decl = self.linked.decl(side.slot.index());
            let fits = matches!(&decl.ty.kind, TyKind::Member(it) if it.slot.index() == grade.slot.index());
            self.insist(fits, "矩阵的一边不是这个等级", "a side of the matrix is of another grade");
        }
        let rows = self.members(matrix.row_grade.slot.index()) + 1;
        let columns = self.members(matrix.column_grade.slot.index()) + 1;
        let shaped =
            matrix.cells.len() == rows && matrix.cells.iter().all(|it| it.len() == columns);
        self.insist(
            shaped,
            "矩阵要给每一项和缺失各一行一列",
            "a matrix has a row and a column for each member and for missing",
        );
        let mut cells = matrix.cells.iter().flatten().flatten();
        let known = cells.all(|it| usize::from(*it) < results);
        self.insist(known, "没有这一级", "there is no such grade");
        let origins = matrix.origins.len();
        self.insist(
            origins == 0 || origins == matrix.cells.len(),
            "origins 要与 cells 一样多",
            "origins has to be as long as cells",
        );
    }

    fn list(&mut self, list: &'m ListRule, scope: &Scope<'m>) {
        self.within("admit", |own| own.condition(&list.admit, scope));
        if let Some(it) = &list.remove {
            self.within("remove", |own| own.condition(it, scope));
        }
        if let Some(quota) = &list.quota {
            self.within("quota", |own| {
                own.constant(&quota.top, scope);
                let number = quota.top.ty.as_number().is_some();
                own.insist(number, "名额要一个数", "a quota is a number");
                own.each("keys", &quota.keys, |own, (it, _)| {
                    own.expr(it, scope);
                    let ordered = own.is_ordered(&it.ty.kind);
                    own.insist(ordered, "这样的值没有大小", "such values have no order");
                });
            });
        }
    }
}
