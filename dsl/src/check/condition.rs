//! Conditions: 是否 that is always there. What one part establishes is known to the next.

use super::scope::{Elab, Typed};
use crate::diag::{Code, Diagnostic, Words};
use crate::model::{Condition, ConditionMode, Expr, Node, Ty, TyKind};
use crate::span::Span;
use crate::syntax::ast::{self, ExprKind};

/// How a part of a condition is joined to what stands around it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Joint {
    /// Alone, or with 且.
    And,
    /// With 或, or under 非.
    Other,
}

impl Elab<'_, '_> {
    /// 当, 当 任一, 当 全部 with what was written.
    pub(super) fn when(&mut self, when: &ast::When, span: Span) -> Condition {
        let (mode, parts): (_, Vec<&ast::Expr>) = match when {
            ast::When::One(it) => (ConditionMode::One, vec![it]),
            ast::When::Any(all) => (ConditionMode::Any, all.iter().collect()),
            ast::When::All(all) => (ConditionMode::All, all.iter().collect()),
        };
        let texts = parts.iter().map(|it| self.unit.text(it.span)).collect();
        // Every part of a list is asked and reported by itself, so none can rely on another.
        let parts = parts.iter().map(|it| self.condition(it)).collect();
        Condition { mode, parts, texts, origin: self.unit.origin(span) }
    }

    /// A condition.
    pub(super) fn condition(&mut self, expr: &ast::Expr) -> Expr {
        self.part(expr, Joint::And)
    }

    fn part(&mut self, expr: &ast::Expr, joint: Joint) -> Expr {
        let unit = self.unit;
        unit.stack.part(|| self.joined_part(expr, joint))
    }

    fn joined_part(&mut self, expr: &ast::Expr, joint: Joint) -> Expr {
        match &expr.kind {
            ExprKind::And(parts) => {
                let parts = self.chain(parts, Joint::And, true);
                Expr { ty: Ty::bool(), node: Node::And(parts) }
            }
            ExprKind::Or(parts) => {
                let parts = self.chain(parts, Joint::Other, false);
                Expr { ty: Ty::bool(), node: Node::Or(parts) }
            }
            ExprKind::Not(it) => {
                let inner = self.part(it, Joint::Other);
                Expr { ty: Ty::bool(), node: Node::Not(Box::new(inner)) }
            }
            ExprKind::Paren(it) => self.part(it, joint),
            _ => self.atom(expr, joint),
        }
    }

    /// Parts joined by 且 or 或: each knows that those before it held, or did not.
    fn chain(&mut self, parts: &[ast::Expr], joint: Joint, holds: bool) -> Vec<Expr> {
        let mark = self.facts.mark();
        let mut out = Vec::with_capacity(parts.len());
        let mut unsure = false;
        for part in parts {
            let said = self.unit.said();
            let part = self.part(part, joint);
            // What a part that was not understood says of the others is not known.
            if unsure {
                self.unit.unsay(said, |it| matches!(it.code, Code::E0302 | Code::E0315));
            }
            unsure |= self.unit.said() > said;
            self.learn(&part, holds);
            out.push(part);
        }
        self.facts.back_to(mark);
        out
    }

    fn atom(&mut self, expr: &ast::Expr, joint: Joint) -> Expr {
        let value = match &expr.kind {
            ExprKind::Window(_) | ExprKind::YearBefore(_) => self.bare_window(expr),
            _ => self.expr(expr, Some(&TyKind::Bool)),
        };
        if !matches!(value.expr.ty.kind, TyKind::Bool | TyKind::Unknown) {
            self.mismatch(value.span, Words::both("条件", "a condition"), &value.expr.ty.kind);
            return Typed::hole(value.span).expr;
        }
        if let Some(missing) = value.missing {
            let problem = self.unhandled(&value, missing.span, joint);
            self.report(problem);
        }
        let mut out = value.expr;
        out.ty.optional = false;
        out
    }

    /// A condition over something that may be missing, with the words that handle it.
    fn unhandled(&self, value: &Typed, missing: Span, joint: Joint) -> Diagnostic {
        let name = self.unit.text(missing);
        let inapplicable = value.missing.is_some_and(|it| it.inapplicable);
        let code = if inapplicable { Code::E0315 } else { Code::E0302 };
        let problem = Diagnostic::new(code, missing).arg("name", name.clone());
        let [present, no] = if self.unit.english {
            [" is present and ", " if missing no"]
        } else {
            [" 有值 且 ", " 缺则 否"]
        };
        if value.span == missing {
            let title = Words::both("缺失时当作否", "take it for no where it is missing");
            return problem.fix(title, missing.behind(), no);
        }
        if name.chars().count() > 40 || missing.file != value.span.file {
            return problem;
        }
        let title =
            Words::both(format!("先问“{name} 有值”"), format!("ask “{name} is present” first"));
        if joint == Joint::And {
            let start = Span { end: value.span.start, ..value.span };
            return problem.fix(title, start, format!("{name}{present}"));
        }
        let all = self.unit.text(value.span);
        problem.fix(title, value.span, format!("({name}{present}{all})"))
    }
}
