//! One field of the household, of a record or of a code table: its type and its marks.

use std::collections::BTreeSet;

use super::schema::ast_fields;
use super::scope::Elab;
use super::unit::Unit as Package;
use super::{header, ty};
use crate::diag::{Code, Diagnostic, Words};
use crate::model::{Field, Id, Later, NumberTy, Ty, TyKind, Unit};
use crate::span::Span;
use crate::syntax::ast::{self, FieldKind, MarkKind};
use crate::units;
use crate::value::Value;
pub(super) fn field(unit: &Package<'_>, field: &ast::Field) -> Field {
    let mut out = Field {
        id: Id::from(field.name.text.as_str()),
        name: Id::from(field.name.text.as_str()),
        ty: Ty::present(TyKind::Unknown),
        column: None,
        scale: 0,
        key: false,
        sensitive: false,
        signed: false,
        later: None,
        default: None,
        derived: None,
        origin: unit.origin(field.span),
    };
    if let FieldKind::Typed(name) = &field.kind
        && let Some((kind, scale)) = type_of(unit, name)
    {
        out.ty.kind = kind;
        out.scale = scale;
    }
    for mark in &field.marks {
        match &mark.kind {
            MarkKind::Key => out.key = true,
            MarkKind::Optional => out.ty.optional = true,
            MarkKind::Signed => out.signed = true,
            MarkKind::Sensitive => out.sensitive = true,
            MarkKind::Later(name) => out.later = Some(Later::Date(Id::from(name.text.as_str()))),
            MarkKind::With(name) => out.later = Some(Later::With(Id::from(name.text.as_str()))),
            MarkKind::Default(expr) => out.default = default(unit, expr, &out.ty),
            MarkKind::Column(text) => out.column = Some(text.text.clone()),
            MarkKind::Alias(name) => out.id = Id::from(name.text.as_str()),
        }
    }
    if out.later.is_some() {
        out.ty.optional = true;
    }
    if out.signed && out.ty.as_number().is_none() && out.ty.kind != TyKind::Unknown {
        misplaced(unit, field.span, "可负");
    }
    out
}

/// A word behind a type that has no unit: a misspelt mark of the field.
fn no_unit(unit: &Package<'_>, word: &ast::Name) {
    const MARKS: [&str; 9] =
        ["主键", "可缺", "可负", "敏感", "key", "optional", "signed", "sensitive", "default"];
    match crate::near::nearest(&word.text, MARKS.into_iter()) {
        Some(near) => unit.report(
            Diagnostic::new(Code::E0115, word.span)
                .arg("wrong", word.text.clone())
                .arg("right", near.clone())
                .fix(
                    Words::both(format!("改为“{near}”"), format!("write “{near}”")),
                    word.span,
                    near,
                ),
        ),
        None => misplaced(unit, word.span, &word.text),
    }
}

/// `平方米可缺`: a unit and a mark of a field without the blank between them.
fn glued(name: &ast::TypeName) -> Option<Diagnostic> {
    let run = name.unit.as_ref()?;
    let marks = ["可缺", "可负", "敏感", "主键"];
    let (mark, word) =
        marks.into_iter().find_map(|mark| Some((mark, run.text.strip_suffix(mark)?)))?;
    let right = format!("{word} {mark}");
    let problem = Diagnostic::new(Code::E0123, run.span)
        .arg("run", run.text.clone())
        .arg("right", format!("“{right}”"));
    let title = Words::both(format!("改为“{right}”"), format!("write “{right}”"));
    (!word.is_empty()).then(|| problem.fix(title, run.span, right))
}

/// May a field be the key although it does not say so: is a word behind its type not understood?
pub(super) fn may_be_key(field: &ast::Field) -> bool {
    matches!(&field.kind, FieldKind::Typed(it) if it.unit.is_some()
        && matches!(it.name.text.as_str(), "文本" | "text" | "日期" | "date"))
}

fn misplaced(unit: &Package<'_>, span: Span, part: &str) {
    unit.report(Diagnostic::new(Code::E0209, span).arg("part", part.to_owned()));
}

/// 后续 is a date; 随 needs its 后续 and is missing by itself.
pub(super) fn laters(unit: &Package<'_>, decl: &ast::Decl, fields: &[Field]) {
    let happenings: BTreeSet<&Id> = fields
        .iter()
        .filter_map(|it| match &it.later {
            Some(Later::Date(it)) => Some(it),
            _ => None,
        })
        .collect();
    for (written, field) in ast_fields(decl).zip(fields) {
        for mark in &written.marks {
            match &mark.kind {
                MarkKind::With(name) if !happenings.contains(&Id::from(name.text.as_str())) => {
                    let near = happenings.iter().map(ToString::to_string).collect();
                    unit.unknown(name, Words::both("后续", "later happening"), near);
                }
                MarkKind::Later(_) if !matches!(field.ty.kind, TyKind::Date | TyKind::Unknown) => {
                    let found = ty::words(unit, &field.ty.kind);
                    let wanted = Words::both("日期", "a date");
                    unit.report(
                        Diagnostic::new(Code::E0301, mark.span)
                            .arg("expected", wanted)
                            .arg("found", found),
                    );
                }
                MarkKind::Optional if field.later.is_some() => {
                    unit.report(Diagnostic::new(Code::E0311, mark.span).fix(
                        Words::both("删去“可缺”", "remove “optional”"),
                        mark.span,
                        "",
                    ));
                }
                _ => {}
            }
        }
    }
}

/// The default of a field.
fn default(unit: &Package<'_>, expr: &ast::Expr, ty: &Ty) -> Option<Value> {
    let mut elab = Elab::new(unit, &unit.package.id);
    let value = literal(&mut elab, expr, &ty.kind)?;
    Some(value)
}

/// A literal of a known type.
pub(super) fn literal(elab: &mut Elab<'_, '_>, expr: &ast::Expr, kind: &TyKind) -> Option<Value> {
    let mut value = elab.expr(expr, Some(kind));
    if value.is_unknown() || *kind == TyKind::Unknown {
        return None;
    }
    ty::adapt(&mut value.expr, kind);
    let crate::model::Node::Const(constant) = &value.expr.node else {
        elab.report(Diagnostic::new(Code::E0306, expr.span).arg("text", elab.unit.text(expr.span)));
        return None;
    };
    let fits = match (kind, &value.expr.ty.kind, constant) {
        (TyKind::Number(wanted), TyKind::Number(found), Value::Number(number)) => {
            if number.trimmed().places() > wanted.places {
                elab.report(
                    Diagnostic::new(Code::E0313, expr.span)
                        .arg("text", elab.unit.text(expr.span))
                        .arg("places", wanted.places.to_string()),
                );
                return None;
            }
            ty::common_unit(&found.unit, &wanted.unit).is_some()
        }
        (wanted, found, _) => ty::fits(found, wanted) || ty::fits(wanted, found),
    };
    if !fits {
        elab.mismatch(expr.span, ty::words(elab.unit, kind), &value.expr.ty.kind);
        return None;
    }
    Some(match (kind, constant) {
        (TyKind::Number(wanted), Value::Number(number)) => {
            let rounded = number.round(wanted.places, crate::value::Rounding::HalfUp);
            Value::Number(rounded.unwrap_or(*number))
        }
        _ => constant.clone(),
    })
}

/// The kind that a type name means, and the power of ten between the cells and the values.
fn type_of(unit: &Package<'_>, name: &ast::TypeName) -> Option<(TyKind, i8)> {
    let word = name.unit.as_ref().map(|it| it.text.as_str());
    if let Some(problem) = glued(name) {
        unit.report(problem);
        return None;
    }
    let number = |places| {
        let unit = word.map_or(Unit::Count(None), measured);
        let unit = if word.is_none() { Unit::Plain } else { unit };
        Some((TyKind::Number(NumberTy { unit, places }), 0))
    };
    let bare = |kind| {
        if let Some(unit_name) = &name.unit {
            no_unit(unit, unit_name);
        }
        Some((kind, 0))
    };
    let places = name.places;
    if places.is_some() && !matches!(name.name.text.as_str(), "小数" | "decimal") {
        misplaced(unit, name.span, &unit.text(name.span));
    }
    match name.name.text.as_str() {
        "文本" | "text" => bare(TyKind::Text),
        "日期" | "date" => bare(TyKind::Date),
        "是否" | "yesno" => bare(TyKind::Bool),
        "比率" | "ratio" => bare(TyKind::Number(NumberTy { unit: Unit::Ratio, places: 4 })),
        "整数" | "whole" => number(0),
        "小数" | "decimal" => match places {
            Some(places) if places <= super::operator::MAX_PLACES => number(places),
            _ => {
                header::lacks(
                    unit,
                    name.span,
                    ["小数的位数，例如“小数 2 位”", "its places, as in “decimal 2 places”"],
                );
                None
            }
        },
        "金额" | "money" => Some((
            TyKind::Number(NumberTy { unit: Unit::Money, places: 2 }),
            money_scale(unit, name)?,
        )),
        other => declared_type(unit, name, other),
    }
}

fn declared_type(unit: &Package<'_>, name: &ast::TypeName, wanted: &str) -> Option<(TyKind, i8)> {
    if let Some((reference, _)) = unit.enum_called(wanted) {
        return Some((TyKind::Member(reference), 0));
    }
    if let Some(found) = unit.codes_called(wanted) {
        return Some((TyKind::Code(found.reference), 0));
    }
    let known = [
        "文本", "整数", "小数", "金额", "比率", "日期", "是否", "text", "whole", "decimal",
        "money", "ratio", "date", "yesno",
    ];
    let near = known.map(str::to_owned).into_iter().chain(unit.enum_names()).collect();
    unit.unknown(&name.name, Words::both("类型", "type"), near);
    None
}

/// The unit that a word behind 整数 or 小数 means.
fn measured(word: &str) -> Unit {
    match word {
        "天" | "日" | "days" | "day" => Unit::Days,
        "个月" | "月" | "months" | "month" => Unit::Months,
        "分" | "points" | "point" => Unit::Points,
        other => Unit::Count(Some(units::chinese(other).to_owned())),
    }
}

/// What a cell of a money column has to be multiplied by, as a power of ten.
fn money_scale(unit: &Package<'_>, name: &ast::TypeName) -> Option<i8> {
    match name.unit.as_ref().map(|it| it.text.as_str()) {
        None | Some("元" | "yuan") => Some(0),
        Some("分" | "cents") => Some(-2),
        Some("角") => Some(-1),
        Some("千元") => Some(3),
        Some("万元") => Some(4),
        Some("百万元") => Some(6),
        Some("亿元") => Some(8),
        Some(_) => {
            if let Some(word) = &name.unit {
                let near = ["元", "分", "千元", "万元", "亿元"].map(str::to_owned).to_vec();
                unit.unknown(word, Words::both("金额单位", "unit of money"), near);
            }
            None
        }
    }
}
