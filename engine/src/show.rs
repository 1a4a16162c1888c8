//! Values and formulas for people, in Chinese and English.

pub mod cells;
pub mod change;
pub mod formula;

use heng_dsl::diag::Lang;
use heng_dsl::model::linked::Linked;
use heng_dsl::model::{Ty, TyKind, Unit};
use heng_dsl::units;
use heng_dsl::value::{Date, Decimal, Frequency, FrequencyUnit, Value};

/// A value as people read it: a member by its name, money in yuan, a ratio in per cent, a number with
/// its unit, and words for the three non-values. Zeros at the end of a decimal are left out.
pub fn value(linked: &Linked, value: &Value, ty: &Ty, lang: Lang) -> String {
    match value {
        Value::Missing => pick(lang, "缺失", "missing"),
        Value::NotApplicable => pick(lang, "不适用", "not applicable"),
        Value::Error(fault) => {
            let [zh, en] = fault.words();
            match lang {
                Lang::Zh => format!("错误（{}，{zh}）", fault.code()),
                Lang::En => format!("error ({}, {en})", fault.code()),
            }
        }
        Value::Bool(true) => pick(lang, "是", "yes"),
        Value::Bool(false) => pick(lang, "否", "no"),
        Value::Number(it) => number(*it, ty, lang),
        Value::Date(it) => date(*it, lang),
        Value::Text(it) => it.to_string(),
        Value::Member(at) => member(linked, *at, ty),
        Value::Frequency(it) => frequency(it, lang),
    }
}

fn pick(lang: Lang, zh: &str, en: &str) -> String {
    match lang {
        Lang::Zh => zh.to_owned(),
        Lang::En => en.to_owned(),
    }
}

fn member(linked: &Linked, at: u16, ty: &Ty) -> String {
    let name = match &ty.kind {
        TyKind::Member(of) => linked.enumeration(of.slot.index()).members.get(usize::from(at)),
        _ => None,
    };
    // A position without a name can only come from a model that another program wrote.
    name.map_or_else(|| format!("#{at}"), |it| it.name.to_string())
}

fn number(number: Decimal, ty: &Ty, lang: Lang) -> String {
    let plain = number.trimmed();
    match ty.as_number().map(|it| &it.unit) {
        None | Some(Unit::Plain | Unit::Count(None)) => plain.to_string(),
        Some(Unit::Count(Some(word))) => {
            unit(plain, lang, word, [units::english(word, true), units::english(word, false)])
        }
        Some(Unit::Money) => unit(plain, lang, "元", ["yuan", "yuan"]),
        Some(Unit::Points) => unit(plain, lang, "分", ["point", "points"]),
        Some(Unit::Days) => unit(plain, lang, "天", ["day", "days"]),
        Some(Unit::Months) => months(plain, lang),
        Some(Unit::Ratio) => percent(number),
    }
}

fn unit(number: Decimal, lang: Lang, zh: &str, en: [&str; 2]) -> String {
    match lang {
        Lang::Zh => format!("{number} {zh}"),
        Lang::En if number.abs() == Decimal::from(1) => format!("{number} {}", en[0]),
        Lang::En => format!("{number} {}", en[1]),
    }
}

/// Months; years are not made of them, because rules write both.
fn months(number: Decimal, lang: Lang) -> String {
    unit(number, lang, "个月", ["month", "months"])
}

fn percent(number: Decimal) -> String {
    let hundredfold = number.checked_mul(Decimal::from(100), number.places());
    hundredfold.map_or_else(|| number.to_string(), |it| format!("{}%", it.trimmed()))
}

fn date(date: Date, lang: Lang) -> String {
    match lang {
        Lang::Zh => format!("{}年{}月{}日", date.year(), date.month(), date.day()),
        Lang::En => date.to_string(),
    }
}

fn frequency(it: &Frequency, lang: Lang) -> String {
    if lang == Lang::Zh {
        return it.to_string();
    }
    let word = it.unit.words()[1];
    let period = match (it.every, it.unit) {
        (1, _) => format!("every {word}"),
        (n, FrequencyUnit::HalfYear) => format!("every {n} half-years"),
        (n, _) => format!("every {n} {word}s"),
    };
    let times = |n: u32| if n == 1 { "time" } else { "times" };
    match it.most {
        None => format!("{} or more {} {period}", it.least, times(2)),
        Some(most) if most == it.least => format!("{most} {} {period}", times(most)),
        Some(most) => format!("{} to {most} times {period}", it.least),
    }
}
