//! What an expression can see at its place: bound records, local values, and what is known to be there.

use super::fact::Facts;
use super::unit::Unit;
use crate::diag::{Code, Diagnostic, Words};
use crate::model::{CalendarUnit, Expr, Id, Node, Ref, Source, Ty, TyKind};
use crate::span::Span;
use crate::value::Value;

/// An expression with the place that it was written at.
#[derive(Debug, Clone)]
pub(super) struct Typed {
    /// The expression. Its type is optional exactly if `missing` says why.
    pub(super) expr: Expr,
    /// Where it stands.
    pub(super) span: Span,
    /// What may be missing in it.
    pub(super) missing: Option<Missing>,
}

/// Why a value may be missing.
#[derive(Debug, Clone, Copy)]
pub(super) struct Missing {
    /// The part that may be missing.
    pub(super) span: Span,
    /// It can only be not applicable (不适用), which passes through 值, 分类 and 合成.
    pub(super) inapplicable: bool,
}

impl Typed {
    /// A value that is there, unless its type says otherwise.
    pub(super) fn new(node: Node, ty: Ty, span: Span) -> Self {
        let missing = ty.optional.then_some(Missing { span, inapplicable: false });
        Self { expr: Expr { ty, node }, span, missing }
    }

    /// A hole, already reported.
    pub(super) fn hole(span: Span) -> Self {
        Self::new(Node::Hole, Ty::present(TyKind::Unknown), span)
    }

    /// A constant.
    pub(super) fn constant(value: Value, ty: Ty, span: Span) -> Self {
        Self::new(Node::Const(value), ty, span)
    }

    /// The value where 不适用 may pass through: then it counts as there.
    #[must_use]
    pub(super) fn passing(mut self) -> Self {
        if self.missing.is_some_and(|it| it.inapplicable) {
            self.expr.ty.optional = false;
        }
        self
    }

    /// Is it a hole, or made of one?
    pub(super) fn is_unknown(&self) -> bool {
        self.expr.ty.kind == TyKind::Unknown
    }

    /// A value made of this and others: missing where one of them is.
    pub(super) fn made_of(node: Node, ty: Ty, span: Span, parts: &[Option<Missing>]) -> Self {
        let there = parts.iter().flatten();
        let worst =
            there.clone().find(|it| !it.inapplicable).or_else(|| parts.iter().flatten().next());
        let missing =
            worst.copied().or(ty.optional.then_some(Missing { span, inapplicable: false }));
        let ty = Ty { kind: ty.kind, optional: missing.is_some() };
        Self { expr: Expr { ty, node }, span, missing }
    }
}

/// A bound element.
#[derive(Debug, Clone)]
pub(super) struct Frame {
    /// What it is an element of.
    pub(super) elem: Elem,
    /// 称: it can only be spoken of by this name.
    pub(super) called: Option<String>,
}

/// What a source consists of.
#[derive(Debug, Clone)]
pub(super) enum Elem {
    /// Records of a table.
    Record(Ref),
    /// Groups by a key.
    Group {
        /// The name by which the key is read.
        key: String,
        /// The type of the key.
        ty: Ty,
        /// What is in a group.
        of: Box<Elem>,
    },
    /// Years, quarters or months.
    Calendar(CalendarUnit),
    /// Earlier results.
    History,
}

/// A local name (取).
#[derive(Debug, Clone)]
pub(super) enum Local {
    /// A value, by its number.
    Value(u32, Ty, Option<Missing>),
    /// A set of records, which is put in where it is used.
    Set(Source, Elem),
}

/// Elaborates the expressions of one declaration.
pub(super) struct Elab<'u, 'a> {
    /// The package.
    pub(super) unit: &'u Unit<'a>,
    /// The declaration, as readers are noted.
    pub(super) owner: Id,
    /// Bound elements, the innermost last.
    pub(super) frames: Vec<Frame>,
    /// Local names.
    pub(super) locals: Vec<(String, Local)>,
    /// What is known here.
    pub(super) facts: Facts,
    /// Are there fields of a household? Not in a rule about a whole table.
    pub(super) household: bool,
    /// Inside a population function, which cannot speak of the household that asks.
    pub(super) peers: bool,
    /// Inside an action, which imagines one household and leaves the register alone.
    pub(super) acting: bool,
}

impl<'u, 'a> Elab<'u, 'a> {
    /// For the expressions of `owner`, at the level of the household.
    pub(super) fn new(unit: &'u Unit<'a>, owner: &Id) -> Self {
        Self {
            unit,
            owner: owner.clone(),
            frames: Vec::new(),
            locals: Vec::new(),
            facts: Facts::default(),
            household: true,
            peers: false,
            acting: false,
        }
    }

    /// Adds a problem.
    pub(super) fn report(&self, it: Diagnostic) {
        self.unit.report(it);
    }

    /// Works with an element bound.
    pub(super) fn bound<T>(&mut self, frame: Frame, work: impl FnOnce(&mut Self) -> T) -> T {
        self.frames.push(frame);
        let mark = self.facts.mark();
        let out = work(self);
        self.facts.back_to(mark);
        self.frames.pop();
        out
    }

    /// Works with more facts, which are forgotten afterwards.
    pub(super) fn knowing<T>(
        &mut self,
        learn: impl FnOnce(&mut Self),
        work: impl FnOnce(&mut Self) -> T,
    ) -> T {
        let mark = self.facts.mark();
        learn(self);
        let out = work(self);
        self.facts.back_to(mark);
        out
    }

    /// Works from the view of any household of the register: nothing of the asking one is in sight.
    pub(super) fn among_peers<T>(&mut self, work: impl FnOnce(&mut Self) -> T) -> T {
        let frames = std::mem::take(&mut self.frames);
        let locals = std::mem::take(&mut self.locals);
        let facts = std::mem::take(&mut self.facts);
        let before = std::mem::replace(&mut self.peers, true);
        let out = work(self);
        self.peers = before;
        self.facts = facts;
        self.locals = locals;
        self.frames = frames;
        out
    }

    /// Reports that something else is needed here.
    pub(super) fn mismatch(&self, span: Span, wanted: impl Into<Words>, found: &TyKind) {
        if *found != TyKind::Unknown {
            let found = super::ty::words(self.unit, found);
            self.report(
                Diagnostic::new(Code::E0301, span).arg("expected", wanted).arg("found", found),
            );
        }
    }

    /// Insists that the value is there; reports where it may be missing.
    pub(super) fn present(&self, it: Typed) -> Expr {
        if let Some(missing) = it.missing {
            self.lacking(missing, it.span);
        }
        it.expr
    }

    /// Reports a use of something that may be missing.
    pub(super) fn lacking(&self, missing: Missing, _used: Span) {
        let name = self.unit.text(missing.span);
        let code = if missing.inapplicable { Code::E0315 } else { Code::E0302 };
        self.report(Diagnostic::new(code, missing.span).arg("name", name));
    }
}
