//! Values and columns in the words of the rules.

use std::borrow::Cow;

use super::range::Range;
use crate::diag::{Words, plural};
use crate::model::linked::Linked;
use crate::model::{Expr, Id, Let, Node, Ty, TyKind, Unit};
use crate::units;
use crate::value::{Date, Decimal, Frequency, Value};

/// A number with its unit: `29.99 分`, `85%`, `2 个月`.
pub(super) fn number(it: Decimal, unit: &Unit) -> Words {
    let plain = |it: Decimal| it.trimmed().to_string();
    match unit {
        Unit::Plain | Unit::Count(None) => plain(it).into(),
        Unit::Count(Some(word)) => {
            let plain = plain(it);
            let english = units::english(word, plain == "1");
            Words::both(format!("{plain} {word}"), format!("{plain} {english}"))
        }
        Unit::Money => Words::both(format!("{} 元", plain(it)), format!("{} yuan", plain(it))),
        Unit::Ratio => {
            let percent = it.trimmed().checked_mul(Decimal::from(100), it.trimmed().places());
            percent.map_or_else(|| plain(it), |it| format!("{}%", plain(it))).into()
        }
        Unit::Points => Words::both(format!("{} 分", plain(it)), plural(plain(it), "point")),
        Unit::Days => Words::both(format!("{} 天", plain(it)), plural(plain(it), "day")),
        Unit::Months => Words::both(format!("{} 个月", plain(it)), plural(plain(it), "month")),
    }
}

/// The numbers from one end to the other: `0 至 940 分`, `0 分以上`, `任何值`.
pub(super) fn range(it: Range, unit: &Unit) -> Words {
    match (it.low, it.high) {
        (None, None) => Words::both("任何值", "any value"),
        (Some(low), None) => join(&["", "以上"], &["", " or more"], &[number(low, unit)]),
        (None, Some(high)) => join(&["", "以下"], &["", " or less"], &[number(high, unit)]),
        (Some(low), Some(high)) if low == high => number(low, unit),
        (Some(low), Some(high)) => {
            let low = match unit {
                Unit::Ratio => number(low, unit),
                _ => low.trimmed().to_string().into(),
            };
            join(&["", " 至 ", ""], &["", " to ", ""], &[low, number(high, unit)])
        }
    }
}

/// A value of a type, as the rules would write it.
pub(super) fn value(linked: &Linked, value: &Value, ty: &Ty) -> Words {
    match (value, &ty.kind) {
        (Value::Number(it), TyKind::Number(of)) => number(*it, &of.unit),
        (Value::Member(it), _) => member(linked, ty, i128::from(*it)),
        (Value::Bool(it), _) => steps(linked, ty, i128::from(*it)),
        (Value::Frequency(it), _) => frequency(it),
        (Value::Date(it), _) => it.to_string().into(),
        (Value::Text(it), _) => format!("“{it}”").into(),
        (Value::Number(it), _) => it.trimmed().to_string().into(),
        (Value::Missing | Value::NotApplicable | Value::Error(_), _) => {
            Words::both("没有值", "nothing")
        }
    }
}

/// A member of an enumeration or a grade.
pub(super) fn member(linked: &Linked, ty: &Ty, at: i128) -> Words {
    let TyKind::Member(it) = &ty.kind else { return at.to_string().into() };
    let members = &linked.enumeration(it.slot.index()).members;
    let member = usize::try_from(at).ok().and_then(|at| members.get(at));
    member.map_or_else(|| at.to_string().into(), |it| it.name.to_string().into())
}

/// Which value the steps of a column stand for; see [`super::axis`].
pub(super) fn steps(linked: &Linked, ty: &Ty, at: i128) -> Words {
    match &ty.kind {
        TyKind::Bool => {
            if at == 0 {
                Words::both("否", "no")
            } else {
                Words::both("是", "yes")
            }
        }
        TyKind::Number(of) => match Decimal::new(at, of.places) {
            Some(it) => number(it, &of.unit),
            None => at.to_string().into(),
        },
        TyKind::Date => {
            let date = i64::try_from(at).ok().and_then(Date::from_epoch_days);
            date.map_or_else(|| at.to_string().into(), |it| it.to_string().into())
        }
        TyKind::Member(_) => member(linked, ty, at),
        TyKind::Text | TyKind::Code(_) | TyKind::Frequency | TyKind::Unknown => {
            at.to_string().into()
        }
    }
}

/// A stretch of values.
pub(super) fn stretch(linked: &Linked, ty: &Ty, low: Option<i128>, high: Option<i128>) -> Words {
    let one = |at| steps(linked, ty, at);
    match (low, high) {
        (None, None) => Words::both("任何值", "any value"),
        (Some(low), None) => join(&["", "以上"], &["", " or more"], &[one(low)]),
        (None, Some(high)) => join(&["", "以下"], &["", " or less"], &[one(high)]),
        (Some(low), Some(high)) if low == high => one(low),
        (Some(low), Some(high)) => {
            let joint = if high - low == 1 { ["、", " and "] } else { ["至", " to "] };
            join(&["", joint[0], ""], &["", joint[1], ""], &[one(low), one(high)])
        }
    }
}

/// How often something is due.
pub(super) fn frequency(it: &Frequency) -> Words {
    it.to_string().into()
}

/// What a column asks, in a few words; `None` for a formula without a name.
pub(super) fn name(linked: &Linked, lets: &[Let], expr: &Expr) -> Option<Words> {
    let named = |it: &Id| Some(Words::from(it.to_string()));
    match &expr.node {
        Node::Field(it) => named(&linked.field(it.slot.index()).name),
        Node::RecordField { column, .. } => {
            let fields = &linked.table(column.table.slot.index()).fields;
            fields.get(column.slot.index()).and_then(|it| named(&it.name))
        }
        Node::Code { key, column } => {
            let columns = &linked.code_table(column.table.slot.index()).columns;
            let own = columns.get(column.slot.index()).and_then(|it| named(&it.name))?;
            let key = name(linked, lets, key)?;
            Some(join(&["", ".", ""], &["", ".", ""], &[key, own]))
        }
        Node::Decl(it) | Node::RecordDecl { decl: it, .. } | Node::AtDate { decl: it, .. } => {
            named(&linked.decl(it.slot.index()).name)
        }
        Node::Past { decl, .. } => named(&linked.decl(decl.slot.index()).name),
        Node::Local(at) => {
            usize::try_from(*at).ok().and_then(|at| lets.get(at)).and_then(|it| named(&it.name))
        }
        Node::IfMissing(it, _) | Node::Round(it, _) => name(linked, lets, it),
        Node::Call { builtin, .. } | Node::Aggregate { builtin, .. } => {
            let [zh, en] = builtin.record().names;
            Some(Words::both(format!("{zh}(…)"), format!("{en}(…)")))
        }
        _ => None,
    }
}

/// Puts words between fixed pieces of text, of which there is one more.
pub(super) fn join(zh: &[&str], en: &[&str], words: &[Words]) -> Words {
    let weave = |fixed: &[&str], each: &dyn Fn(&Words) -> Cow<'static, str>| {
        let mut text = fixed.first().copied().unwrap_or_default().to_owned();
        for (at, it) in words.iter().enumerate() {
            text.push_str(&each(it));
            text.push_str(fixed.get(at + 1).copied().unwrap_or_default());
        }
        text
    };
    Words::both(weave(zh, &|it| it.zh.clone()), weave(en, &|it| it.en.clone()))
}

#[cfg(test)]
mod tests {
    use super::number;
    use crate::model::Unit;

    #[test]
    fn numbers_carry_their_unit() {
        let show = |text: &str, unit: Unit| number(text.parse().unwrap(), &unit);
        assert_eq!(show("29.990", Unit::Points).zh, "29.99 分");
        assert_eq!(show("0.8501", Unit::Ratio).zh, "85.01%");
        assert_eq!(show("1.0000", Unit::Ratio).en, "100%");
        assert_eq!(show("4", Unit::Count(Some("次".into()))).zh, "4 次");
        assert_eq!(show("10000.00", Unit::Money).en, "10000 yuan");
    }
}
