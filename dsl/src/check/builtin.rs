//! Functions: their arguments and what they give.

use super::operator::MAX_PLACES;
use super::scope::{Elab, Elem, Frame, Missing, Typed};
use super::source::Src;
use super::ty;
use crate::builtins::{self, BUILTINS, Builtin, BuiltinId, Family};
use crate::diag::{Code, Diagnostic, Words};
use crate::model::{Column, Expr, Node, NumberTy, Population, Ty, TyKind, Unit};
use crate::span::Span;
use crate::syntax::ast::{self, Name};
use crate::value::{Rounding, Value};

impl Elab<'_, '_> {
    /// A call.
    pub(super) fn call(&mut self, name: &Name, args: &[ast::Expr], span: Span) -> Typed {
        let Some(builtin) = builtins::find(&name.text) else {
            let near = BUILTINS.iter().flat_map(|it| it.names).map(str::to_owned).collect();
            self.unit.unknown(name, Words::both("函数", "function"), near);
            return Typed::hole(span);
        };
        let wanted = builtin.params.len();
        let fits = if builtin.repeats { args.len() >= wanted.min(2) } else { args.len() == wanted };
        if !fits {
            self.wrong_count(name, builtin, args.len());
            return Typed::hole(span);
        }
        match builtin.family {
            Family::Source | Family::Population => self.aggregate(builtin, args, span),
            Family::Values => self.values(builtin.id, args, span),
            Family::Calendar => {
                let words = Words::both("一组时段，不是一个值", "a set of periods and not a value");
                self.report(
                    Diagnostic::new(Code::E0204, span)
                        .arg("name", name.text.clone())
                        .arg("what", words),
                );
                Typed::hole(span)
            }
        }
    }

    /// Reports a wrong number of arguments.
    pub(super) fn wrong_count(&self, name: &Name, builtin: &Builtin, found: usize) {
        let wanted = builtin.params.len();
        let form = |at: usize| {
            let all: Vec<&str> = builtin.params.iter().map(|it| param(it)[at]).collect();
            let more = if builtin.repeats { ", …" } else { "" };
            format!("{}({}{more})", name.text, all.join(", "))
        };
        self.report(
            Diagnostic::new(Code::E0305, name.span)
                .arg("name", name.text.clone())
                .arg("wanted", wanted.to_string())
                .arg("found", found.to_string())
                .arg("form", Words::both(form(0), form(1))),
        );
    }

    fn aggregate(&mut self, builtin: &'static Builtin, args: &[ast::Expr], span: Span) -> Typed {
        let Some(source) = args.first() else { return Typed::hole(span) };
        let Some(src) = self.source(source) else { return Typed::hole(span) };
        match src {
            Src::Own { source: of, elem, called } => {
                if builtin.family == Family::Population {
                    self.report(
                        Diagnostic::new(Code::E0308, source.span)
                            .arg("text", self.unit.text(source.span)),
                    );
                    return Typed::hole(span);
                }
                let frame = Frame { elem: elem.clone(), called };
                let mark = self.facts.mark();
                self.frames.push(frame);
                self.learn_source(&of);
                let arg = args.get(1).map(|it| self.arg(builtin.id, it));
                if builtin.id == BuiltinId::LongestGap
                    && self.event_date(source.span).is_none()
                    && !self.event_date_is_lost()
                {
                    self.report(Diagnostic::new(Code::E0307, source.span));
                }
                self.frames.pop();
                self.facts.back_to(mark);
                let Some(ty) = self.result(builtin.id, arg.as_ref(), span) else {
                    return Typed::hole(span);
                };
                let arg = arg.map(|it| Box::new(it.expr));
                Typed::new(Node::Aggregate { builtin: builtin.id, source: of, arg }, ty, span)
            }
            Src::Peers { keys, optional, filter } => {
                self.population(builtin, (keys, optional, filter), args, span)
            }
        }
    }

    /// What is taken from each element.
    fn arg(&mut self, id: BuiltinId, arg: &ast::Expr) -> Typed {
        match id {
            BuiltinId::All | BuiltinId::Streak | BuiltinId::LongestStreak => {
                let condition = self.condition(arg);
                Typed::new(condition.node, condition.ty, arg.span)
            }
            BuiltinId::Latest | BuiltinId::Earliest | BuiltinId::Percentile | BuiltinId::Rank => {
                self.expr(arg, None)
            }
            _ => {
                let value = self.expr(arg, None);
                let span = value.span;
                let expr = self.present(value);
                Typed {
                    expr: Expr { ty: Ty { optional: false, ..expr.ty }, node: expr.node },
                    span,
                    missing: None,
                }
            }
        }
    }

    /// What a function of a source gives.
    fn result(&self, id: BuiltinId, arg: Option<&Typed>, span: Span) -> Option<Ty> {
        let count = || Ty::number(Unit::Count(None), 0);
        let kind = arg.map(|it| it.expr.ty.kind.clone());
        if kind == Some(TyKind::Unknown) {
            return None;
        }
        let missing = |kind: TyKind| Some(Ty { kind, optional: true });
        match id {
            BuiltinId::Count
            | BuiltinId::CountDistinct
            | BuiltinId::Streak
            | BuiltinId::LongestStreak => Some(count()),
            BuiltinId::Any | BuiltinId::None | BuiltinId::All => Some(Ty::bool()),
            BuiltinId::LongestGap => {
                missing(TyKind::Number(NumberTy { unit: Unit::Days, places: 0 }))
            }
            BuiltinId::Latest | BuiltinId::Earliest => missing(kind?),
            BuiltinId::Sum | BuiltinId::Average => {
                let arg = arg?;
                let Some(number) = arg.expr.ty.as_number() else {
                    self.mismatch(arg.span, Words::both("数", "a number"), &arg.expr.ty.kind);
                    return None;
                };
                if id == BuiltinId::Sum {
                    return Some(Ty::number(number.unit.clone(), number.places));
                }
                let places = number.places.saturating_add(4).min(MAX_PLACES);
                missing(TyKind::Number(NumberTy { unit: number.unit.clone(), places }))
            }
            BuiltinId::Largest | BuiltinId::Smallest => {
                let arg = arg?;
                if !self.is_ordered(&arg.expr.ty.kind) {
                    let found = ty::words(self.unit, &arg.expr.ty.kind);
                    self.report(Diagnostic::new(Code::E0310, arg.span).arg("found", found));
                    return None;
                }
                missing(kind?)
            }
            BuiltinId::Percentile => Some(Ty::number(Unit::Ratio, 4)),
            BuiltinId::Rank => Some(Ty::number(Unit::Count(None), 0)),
            _ => {
                self.report(Diagnostic::new(Code::E0308, span).arg("text", self.unit.text(span)));
                None
            }
        }
    }

    fn population(
        &mut self,
        builtin: &'static Builtin,
        (keys, optional, filter): (Vec<Expr>, bool, Option<Expr>),
        args: &[ast::Expr],
        span: Span,
    ) -> Typed {
        if self.peers {
            self.report(Diagnostic::new(Code::E0314, span));
            return Typed::hole(span);
        }
        if self.acting {
            self.report(Diagnostic::new(Code::E0325, span));
            return Typed::hole(span);
        }
        use BuiltinId::{
            All, Any, Average, Count, CountDistinct, Largest, None, Percentile, Rank, Smallest, Sum,
        };
        if !matches!(
            builtin.id,
            Count
                | CountDistinct
                | Sum
                | Average
                | Largest
                | Smallest
                | Any
                | None
                | All
                | Percentile
                | Rank
        ) {
            self.report(
                Diagnostic::new(Code::E0318, span)
                    .arg("name", builtin.names[usize::from(self.unit.english)]),
            );
            return Typed::hole(span);
        }
        // Households whose value is missing are left out and counted, so the argument may be missing.
        let arg = args.get(1).map(|it| {
            self.among_peers(|own| match builtin.id {
                BuiltinId::All => {
                    let condition = own.condition(it);
                    Typed::new(condition.node, condition.ty, it.span)
                }
                _ => own.expr(it, Option::None),
            })
        });
        let Some(mut ty) = self.result(builtin.id, arg.as_ref(), span) else {
            return Typed::hole(span);
        };
        if builtin.id == Count {
            ty = Ty::number(Unit::Count(Some("户".to_owned())), 0);
        }
        let ranks = matches!(builtin.id, Percentile | Rank);
        let own_missing = ranks && arg.as_ref().is_some_and(|it| it.missing.is_some());
        ty.optional |= optional || own_missing;
        let population = Population {
            builtin: builtin.id,
            keys,
            filter,
            arg: arg.map(|it| it.expr),
            site: crate::model::Slot::default(),
        };
        Typed::new(Node::Population(Box::new(population)), ty, span)
    }

    fn values(&mut self, id: BuiltinId, args: &[ast::Expr], span: Span) -> Typed {
        if id == BuiltinId::MissingCount {
            let args = args.iter().map(|it| self.expr(it, None).expr).collect();
            return Typed::new(
                Node::Call { builtin: id, args },
                Ty::number(Unit::Count(None), 0),
                span,
            );
        }
        let mut values: Vec<Typed> = Vec::new();
        for arg in args {
            let expect = values.first().map(|it| it.expr.ty.kind.clone());
            values.push(self.expr(arg, expect.as_ref()));
        }
        if values.iter().any(Typed::is_unknown) {
            return Typed::hole(span);
        }
        if matches!(id, BuiltinId::RoundUp | BuiltinId::RoundDown) {
            return self.rounded(id, values, span);
        }
        let Some(ty) = self.value_result(id, &mut values) else { return Typed::hole(span) };
        let mut missing: Vec<Option<Missing>> = values.iter().map(|it| it.missing).collect();
        if matches!(id, BuiltinId::Quotient | BuiltinId::Remainder)
            && let Some(divisor) = values.get(1).filter(|it| !self.is_nonzero(&it.expr))
        {
            missing.push(Some(Missing { span: divisor.span, inapplicable: false }));
        }
        let args = values.into_iter().map(|it| it.expr).collect();
        Typed::made_of(Node::Call { builtin: id, args }, ty, span, &missing)
    }

    fn rounded(&mut self, id: BuiltinId, mut values: Vec<Typed>, span: Span) -> Typed {
        let (Some(places), Some(value)) = (values.pop(), values.pop()) else {
            return Typed::hole(span);
        };
        let number = match &places.expr.node {
            Node::Const(Value::Number(it)) => it.to_whole().and_then(|it| u8::try_from(it).ok()),
            _ => None,
        };
        let Some(places) = number.filter(|it| *it <= MAX_PLACES) else {
            let wanted = Words::both("零到十二之间的整数", "a whole number from 0 to 12");
            self.mismatch(places.span, wanted, &places.expr.ty.kind);
            return Typed::hole(span);
        };
        let Some(unit) = value.expr.ty.as_number().map(|it| it.unit.clone()) else {
            self.mismatch(value.span, Words::both("数", "a number"), &value.expr.ty.kind);
            return Typed::hole(span);
        };
        let rounding = if id == BuiltinId::RoundUp { Rounding::Up } else { Rounding::Down };
        let node = Node::Round(Box::new(value.expr), rounding);
        Typed::made_of(node, Ty::number(unit, places), span, &[value.missing])
    }

    /// What a function of values gives; reports arguments that do not fit.
    fn value_result(&self, id: BuiltinId, values: &mut [Typed]) -> Option<Ty> {
        use BuiltinId::{
            Abs, Clamp, CodeValid, DayOf, Days, Earlier, FullMonths, FullYears, Highest, Later,
            Length, Lowest, MakeDate, MonthEnd, MonthOf, MonthStart, QuarterOf, Quotient,
            Remainder, YearOf,
        };
        let whole = |unit: Unit| Some(Ty::number(unit, 0));
        match id {
            Highest | Lowest | Clamp => {
                let joined = self.joined(&values.iter().collect::<Vec<_>>())?;
                values.iter_mut().for_each(|it| ty::adapt(&mut it.expr, &joined.kind));
                let first = values.first()?;
                if !self.is_ordered(&joined.kind) || joined.kind == TyKind::Date {
                    self.mismatch(
                        first.span,
                        Words::both("数或者等级", "a number or a grade"),
                        &joined.kind,
                    );
                    return None;
                }
                Some(Ty::present(joined.kind))
            }
            Later | Earlier => self.all_dates(values, Ty::present(TyKind::Date)),
            MonthStart | MonthEnd => self.all_dates(values, Ty::present(TyKind::Date)),
            Days => self.all_dates(values, Ty::number(Unit::Days, 0)),
            FullMonths => self.all_dates(values, Ty::number(Unit::Months, 0)),
            FullYears => self.all_dates(values, Ty::number(Unit::Count(Some("年".to_owned())), 0)),
            YearOf | MonthOf | DayOf | QuarterOf => {
                self.all_dates(values, Ty::number(Unit::Plain, 0))
            }
            Abs => {
                let it = values.first()?;
                if it.expr.ty.as_number().is_none() {
                    self.mismatch(it.span, Words::both("数", "a number"), &it.expr.ty.kind);
                    return None;
                }
                Some(Ty::present(it.expr.ty.kind.clone()))
            }
            Quotient | Remainder => self.whole_division(id, values),
            MakeDate => {
                self.all_whole(values)?;
                Some(Ty::present(TyKind::Date))
            }
            Length | CodeValid => {
                let it = values.first()?;
                if !matches!(it.expr.ty.kind, TyKind::Text | TyKind::Code(_)) {
                    self.mismatch(it.span, Words::both("文本", "a text"), &it.expr.ty.kind);
                    return None;
                }
                if id == Length { whole(Unit::Count(None)) } else { Some(Ty::bool()) }
            }
            _ => None,
        }
    }

    /// 整商 and 余数: of equal units, or by a bare number.
    fn whole_division(&self, id: BuiltinId, values: &mut [Typed]) -> Option<Ty> {
        self.all_whole(values)?;
        let [a, b] = values else { return None };
        let unit = |it: &Typed| it.expr.ty.as_number().map_or(Unit::Plain, |it| it.unit.clone());
        let same = ty::agree(&mut a.expr, &mut b.expr).is_some();
        let plain = matches!(unit(b), Unit::Plain | Unit::Count(_));
        if !same && !plain {
            self.units_differ(b.span, &unit(a), &unit(b));
            return None;
        }
        let quotient_of_same = id == BuiltinId::Quotient && same && !plain;
        Some(Ty::number(if quotient_of_same { Unit::Plain } else { unit(a) }, 0))
    }

    fn all_dates(&self, values: &[Typed], ty: Ty) -> Option<Ty> {
        let wrong = values.iter().find(|it| it.expr.ty.kind != TyKind::Date);
        if let Some(it) = wrong {
            self.mismatch(it.span, Words::both("日期", "a date"), &it.expr.ty.kind);
            return None;
        }
        Some(ty)
    }

    fn all_whole(&self, values: &[Typed]) -> Option<()> {
        let wrong = values.iter().find(|it| it.expr.ty.as_number().is_none_or(|it| it.places > 0));
        if let Some(it) = wrong {
            let found = Words::both("别的值", "something else");
            let wanted = Words::both("整数", "a whole number");
            self.report(
                Diagnostic::new(Code::E0301, it.span).arg("expected", wanted).arg("found", found),
            );
            return None;
        }
        Some(())
    }

    /// Is there no event date only because something is wrong with the record table?
    pub(super) fn event_date_is_lost(&self) -> bool {
        let Some(Elem::Record(table)) = self.frames.last().map(|it| &it.elem) else { return false };
        let Some(view) = self.unit.table_of(table) else { return true };
        let at = view.table.order.first().and_then(|it| view.fields.with_id(it));
        at.is_none_or(|at| self.unit.record_field_ty(&view, at).kind == TyKind::Unknown)
    }

    /// The event date of the innermost bound record, or the date of an earlier result.
    pub(super) fn event_date(&self, span: Span) -> Option<Typed> {
        let frame = self.frames.last()?;
        match &frame.elem {
            Elem::Record(table) => {
                let view = self.unit.table_of(table)?;
                let id = view.table.order.first()?;
                let at = view.fields.with_id(id)?;
                let ty = self.unit.record_field_ty(&view, at);
                if ty.kind != TyKind::Date {
                    return None;
                }
                let column = Column {
                    table: table.clone(),
                    id: id.clone(),
                    slot: crate::model::Slot::default(),
                };
                Some(self.narrowed(Typed::new(Node::RecordField { up: 0, column }, ty, span)))
            }
            Elem::History => {
                let part = crate::model::ItemPart::AsOf;
                Some(Typed::new(Node::Item { up: 0, part }, Ty::present(TyKind::Date), span))
            }
            Elem::Group { .. } | Elem::Calendar(_) => None,
        }
    }
}

/// What stands in the place of a parameter, in words.
fn param(name: &str) -> [&str; 2] {
    match name {
        "R" => ["记录", "records"],
        "P" => ["全体或者“同 …”", "everyone or “same …”"],
        "e" => ["每条取的值", "a value of each"],
        "c" => ["条件", "a condition"],
        "n" => ["个数", "a number"],
        "lo" => ["下限", "the least"],
        "hi" => ["上限", "the most"],
        "from" => ["起日期", "from"],
        "to" => ["止日期", "to"],
        "y" => ["年", "year"],
        "m" => ["月", "month"],
        "d" => ["日", "day"],
        "date" => ["日期", "a date"],
        "text" => ["文字", "a text"],
        _ => ["值", "a value"],
    }
}
