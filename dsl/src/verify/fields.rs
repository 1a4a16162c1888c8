//! Defaults that their fields cannot hold.

use super::{Finding, Findings, NodePath, Owner, show};
use crate::diag::{Code, Words};
use crate::model::linked::Linked;
use crate::model::{Field, RuleSet, TyKind};
use crate::value::{Decimal, Value};

/// Looks at every field that a package declares.
pub(super) fn check(set: &RuleSet, linked: &Linked, out: &mut Findings) {
    for field in set.subject.iter().flat_map(|it| &it.fields) {
        default(field, &Owner::Field(field.id.clone()), linked, out);
    }
    for table in &set.tables {
        for field in &table.fields {
            default(field, &Owner::RecordField(table.id.clone(), field.id.clone()), linked, out);
        }
    }
    for table in &set.codes {
        for field in &table.columns {
            default(field, &Owner::CodeColumn(table.id.clone(), field.id.clone()), linked, out);
        }
    }
}

fn default(field: &Field, owner: &Owner, linked: &Linked, out: &mut Findings) {
    let Some(value) = &field.default else { return };
    let Some(why) = misfit(field, value, linked) else { return };
    let finding = Finding::new(Code::E0430, NodePath::header(owner.clone()))
        .arg("name", field.name.to_string());
    out.push(finding.arg("value", shown(field, value)).arg("why", why));
}

fn misfit(field: &Field, value: &Value, linked: &Linked) -> Option<Words> {
    let other = || Some(Words::both("类型不同", "it has another type"));
    match (&field.ty.kind, value) {
        (TyKind::Number(ty), Value::Number(it)) => places_or_sign(*it, ty.places, field.signed),
        (TyKind::Member(of), Value::Member(it)) => {
            let count = linked.enumeration(of.slot.index()).members.len();
            (usize::from(*it) >= count)
                .then(|| Words::both("没有这一项", "there is no such member"))
        }
        (TyKind::Bool, Value::Bool(_))
        | (TyKind::Date, Value::Date(_))
        | (TyKind::Text | TyKind::Code(_), Value::Text(_))
        | (TyKind::Frequency, Value::Frequency(_))
        | (TyKind::Unknown, _) => None,
        (
            TyKind::Number(_)
            | TyKind::Member(_)
            | TyKind::Bool
            | TyKind::Date
            | TyKind::Text
            | TyKind::Code(_)
            | TyKind::Frequency,
            _,
        ) => other(),
    }
}

fn places_or_sign(it: Decimal, places: u8, signed: bool) -> Option<Words> {
    if it.is_negative() && !signed {
        return Some(Words::both(
            "没有写“可负”的字段不能是负数",
            "a field without “signed” cannot be negative",
        ));
    }
    (it.trimmed().places() > places).then(|| {
        Words::both(
            format!("这个字段只有 {places} 位小数"),
            format!("the field has {places} decimal places"),
        )
    })
}

fn shown(field: &Field, value: &Value) -> Words {
    match (value, field.ty.as_number()) {
        (Value::Number(it), Some(ty)) => show::number(*it, &ty.unit),
        (Value::Text(it), _) => it.to_string().into(),
        (Value::Date(it), _) => it.to_string().into(),
        _ => "".into(),
    }
}
