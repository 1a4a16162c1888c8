//! Windows of time.

use super::scope::{Elab, Typed};
use crate::diag::{Code, Diagnostic, Words};
use crate::model::{CalendarWindow, Expr, Node, TyKind, Unit, Window};
use crate::syntax::ast;
use crate::value::TimeUnit;

impl Elab<'_, '_> {
    /// A window as written, or 去年同期 of one.
    pub(super) fn window_expr(&mut self, expr: &ast::Expr) -> Option<Window> {
        match &expr.kind {
            ast::ExprKind::Window(it) => self.window(it),
            ast::ExprKind::YearBefore(it) => {
                Some(Window::YearBefore(Box::new(self.window_expr(it)?)))
            }
            ast::ExprKind::Paren(it) => self.window_expr(it),
            ast::ExprKind::Missing => None,
            _ => {
                let wanted = Words::both(
                    "一段时间，例如“近 12 个月”",
                    "a stretch of time such as “last 12 months”",
                );
                let found = Words::both("别的写法", "something else");
                self.report(
                    Diagnostic::new(Code::E0301, expr.span)
                        .arg("expected", wanted)
                        .arg("found", found),
                );
                None
            }
        }
    }

    /// A window as written.
    pub(super) fn window(&mut self, window: &ast::Window) -> Option<Window> {
        Some(match &window.kind {
            ast::WindowKind::Last(it) => Window::Last(Box::new(self.duration(it)?)),
            ast::WindowKind::Next(it) => Window::Next(Box::new(self.duration(it)?)),
            ast::WindowKind::Ago { far, near, unit, unit_text: _ } => {
                if near >= far {
                    let words = match unit {
                        TimeUnit::Day => Words::both("天", "days"),
                        TimeUnit::Month => Words::both("个月", "months"),
                    };
                    let problem = Diagnostic::new(Code::E0316, window.span).arg("unit", words);
                    let problem = problem.arg("far", far.to_string());
                    self.report(problem.arg("near", near.to_string()));
                    return None;
                }
                Window::Ago { far: *far, near: *near, unit: *unit }
            }
            ast::WindowKind::Calendar(it) => Window::Calendar(calendar(*it)),
        })
    }

    /// A constant duration in days or months.
    fn duration(&mut self, expr: &ast::Expr) -> Option<Expr> {
        let it = self.constant(expr, None)?;
        match it.ty.as_number().map(|it| &it.unit) {
            Some(Unit::Days | Unit::Months) => Some(it),
            _ => {
                let wanted = Words::both(
                    "带时间单位的时长，例如“24 个月”",
                    "a duration such as “24 months”",
                );
                self.mismatch(expr.span, wanted, &it.ty.kind);
                None
            }
        }
    }

    /// `日期 在 近 6 个月`
    pub(super) fn within(
        &mut self,
        date: &ast::Expr,
        window: &ast::Expr,
        whole: &ast::Expr,
    ) -> Typed {
        let window = self.window_expr(window);
        let date = self.expr(date, None);
        if !matches!(date.expr.ty.kind, TyKind::Date | TyKind::Unknown) {
            self.mismatch(date.span, Words::both("日期", "a date"), &date.expr.ty.kind);
            return Typed::hole(whole.span);
        }
        let Some(window) = window.filter(|_| !date.is_unknown()) else {
            return Typed::hole(whole.span);
        };
        let node = Node::Within { date: Box::new(date.expr), window };
        Typed::made_of(node, crate::model::Ty::bool(), whole.span, &[date.missing])
    }

    /// A bare window: the event date of the bound record lies in it.
    pub(super) fn bare_window(&mut self, expr: &ast::Expr) -> Typed {
        let Some(window) = self.window_expr(expr) else { return Typed::hole(expr.span) };
        let Some(date) = self.event_date(expr.span) else {
            if !self.is_hidden() && !self.event_date_is_lost() {
                self.report(Diagnostic::new(Code::E0307, expr.span));
            }
            return Typed::hole(expr.span);
        };
        let node = Node::Within { date: Box::new(date.expr), window };
        Typed::made_of(node, crate::model::Ty::bool(), expr.span, &[date.missing])
    }
}

fn calendar(it: ast::CalendarWindow) -> CalendarWindow {
    match it {
        ast::CalendarWindow::ThisMonth => CalendarWindow::ThisMonth,
        ast::CalendarWindow::LastMonth => CalendarWindow::LastMonth,
        ast::CalendarWindow::ThisQuarter => CalendarWindow::ThisQuarter,
        ast::CalendarWindow::LastQuarter => CalendarWindow::LastQuarter,
        ast::CalendarWindow::ThisYear => CalendarWindow::ThisYear,
        ast::CalendarWindow::LastYear => CalendarWindow::LastYear,
        ast::CalendarWindow::SameMonthLastYear => CalendarWindow::SameMonthLastYear,
        ast::CalendarWindow::SameQuarterLastYear => CalendarWindow::SameQuarterLastYear,
    }
}
