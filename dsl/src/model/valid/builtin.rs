//! Functions: how many arguments they take, and of which types.

use super::source::Elem;
use super::{Scope, Valid};
use crate::builtins::{BuiltinId, Family};
use crate::model::{Expr, Population, Source, Ty, TyKind, Unit};

/// A function of a source, its source, and what is taken from each element.
type Asked<'m> = (BuiltinId, &'m Source, Option<&'m Expr>);

impl<'m> Valid<'m> {
    /// A function of values.
    pub(super) fn call(
        &mut self,
        builtin: BuiltinId,
        args: &'m [Expr],
        ty: &Ty,
        scope: &Scope<'m>,
    ) {
        use BuiltinId::{
            Abs, Clamp, CodeValid, DayOf, Days, Earlier, FullMonths, FullYears, Highest, Later,
            Length, Lowest, MakeDate, MissingCount, MonthEnd, MonthOf, MonthStart, QuarterOf,
            Quotient, Remainder, YearOf,
        };
        self.each("args", args, |own, it| own.expr(it, scope));
        let record = builtin.record();
        let wanted = record.params.len();
        let count = if record.repeats { args.len() >= wanted.min(2) } else { args.len() == wanted };
        self.insist(
            count && record.family == Family::Values,
            "没有这样的函数，或者参数的个数不对",
            "there is no such function, or it has another number of arguments",
        );
        let all = |wanted: &TyKind| args.iter().all(|it| Self::fits(&it.ty.kind, wanted));
        let whole = args.iter().all(|it| it.ty.as_number().is_some_and(|it| it.places == 0));
        let number = ty.as_number().is_some();
        let holds = match builtin {
            Highest | Lowest | Clamp => {
                args.iter().for_each(|it| self.exact_operand(it, ty));
                self.is_ordered(&ty.kind) && ty.kind != TyKind::Date
            }
            Later | Earlier | MonthStart | MonthEnd => {
                all(&TyKind::Date) && ty.kind == TyKind::Date
            }
            Days => all(&TyKind::Date) && Self::counts(ty, &Unit::Days),
            FullMonths => all(&TyKind::Date) && Self::counts(ty, &Unit::Months),
            FullYears | YearOf | MonthOf | DayOf | QuarterOf => all(&TyKind::Date) && number,
            Abs => {
                args.iter().for_each(|it| self.exact_operand(it, ty));
                number
            }
            Quotient | Remainder => whole && number,
            MakeDate => whole && ty.kind == TyKind::Date,
            Length => args.iter().all(is_text) && number,
            CodeValid => args.iter().all(is_text) && ty.kind == TyKind::Bool,
            MissingCount => number,
            _ => false,
        };
        self.insist(holds, "参数的类型不符", "the types of the arguments do not fit");
    }

    fn counts(ty: &Ty, unit: &Unit) -> bool {
        ty.as_number().is_some_and(|it| it.unit == *unit)
    }

    /// A function of a source of the household.
    pub(super) fn aggregate(
        &mut self,
        (builtin, source, arg): Asked<'m>,
        ty: &Ty,
        scope: &Scope<'m>,
    ) {
        let Some(elem) = self.within("source", |own| own.source(source, scope)) else { return };
        let dated = match &elem {
            Elem::Record(table) => !self.linked.table(*table).order.is_empty(),
            Elem::Unit | Elem::Result => true,
            Elem::Group { .. } => false,
        };
        let gap = builtin != BuiltinId::LongestGap || dated;
        self.insist(gap, "这样的记录没有日期", "such records have no date");
        let family = builtin.record().family == Family::Source;
        self.insist(family, "这个函数不用在这里", "the function is not for this");
        let inner = scope.with(elem);
        if let Some(it) = arg {
            self.within("arg", |own| {
                own.expr(it, &inner);
                let may_be_missing = matches!(builtin, BuiltinId::Latest | BuiltinId::Earliest);
                own.insist(
                    may_be_missing || !it.ty.optional,
                    "每条的值不能缺失",
                    "the value of each element cannot be missing",
                );
            });
        }
        self.summary(builtin, arg, ty);
        let of_nothing = matches!(
            builtin,
            BuiltinId::Average
                | BuiltinId::Largest
                | BuiltinId::Smallest
                | BuiltinId::Latest
                | BuiltinId::Earliest
                | BuiltinId::LongestGap
        );
        self.insist(
            ty.optional || !of_nothing,
            "没有记录时它缺失，类型要写明可缺",
            "of nothing it is missing, and its type has to say so",
        );
    }

    /// What a function of several values gives.
    fn summary(&mut self, builtin: BuiltinId, arg: Option<&'m Expr>, ty: &Ty) {
        use BuiltinId::{
            All, Any, Average, Count, CountDistinct, Earliest, Largest, Latest, LongestGap,
            LongestStreak, None, Percentile, Rank, Smallest, Streak, Sum,
        };
        let lone = matches!(builtin, Count | Any | None | LongestGap);
        self.insist(lone == arg.is_none(), "参数的个数不对", "it has another number of arguments");
        let number = ty.as_number().is_some();
        let bool = ty.kind == TyKind::Bool;
        let condition = arg.is_some_and(|it| it.ty.kind == TyKind::Bool);
        let of_number = arg.is_some_and(|it| it.ty.as_number().is_some());
        let holds = match builtin {
            Count | CountDistinct | Rank | Percentile => number,
            Streak | LongestStreak => condition && number,
            Any | None => bool,
            All => condition && bool,
            LongestGap => Self::counts(ty, &Unit::Days),
            Sum => {
                arg.into_iter().for_each(|it| self.exact_operand(it, ty));
                of_number && number
            }
            // The mean is rounded to the places of its type.
            Average => of_number && arg.is_some_and(|it| Self::fits(&it.ty.kind, &ty.kind)),
            Largest | Smallest => {
                arg.into_iter().for_each(|it| self.exact_operand(it, ty));
                arg.is_some_and(|it| self.is_ordered(&it.ty.kind))
            }
            Latest | Earliest => {
                arg.into_iter().for_each(|it| self.exact_operand(it, ty));
                true
            }
            _ => false,
        };
        self.insist(holds, "参数的类型不符", "the types of the arguments do not fit");
    }

    /// A function of the whole register.
    pub(super) fn population(&mut self, population: &'m Population, ty: &Ty, scope: &Scope<'m>) {
        use BuiltinId::{
            All, Any, Average, Count, CountDistinct, Largest, None, Percentile, Rank, Smallest, Sum,
        };
        self.insist(scope.register, "这里不能问全体", "the register cannot be asked here");
        let known = matches!(
            population.builtin,
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
        );
        self.insist(known, "这个函数不能问全体", "the function is not for the register");
        // Nothing of the household that asks is in sight.
        let peers = Scope { bound: Vec::new(), lets: &[], household: true, register: false };
        self.each("keys", &population.keys, |own, it| own.expr(it, &peers));
        if let Some(it) = &population.filter {
            self.within("filter", |own| own.holds(it, &peers));
        }
        if let Some(it) = &population.arg {
            self.within("arg", |own| own.expr(it, &peers));
        }
        self.summary(population.builtin, population.arg.as_ref(), ty);
    }
}

fn is_text(expr: &Expr) -> bool {
    matches!(expr.ty.kind, TyKind::Text | TyKind::Code(_))
}
