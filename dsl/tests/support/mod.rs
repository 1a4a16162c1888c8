//! A few words for building small models by hand, without rule text.

#![allow(
    dead_code,
    clippy::allow_attributes,
    clippy::needless_pass_by_value,
    clippy::unwrap_used,
    reason = "words for tests: each file uses its own part of them"
)]

use heng_dsl::diag::{Diagnostic, Lang};
use heng_dsl::model::linked::{LinkTable, Linked};
use heng_dsl::model::*;
use heng_dsl::span::Span;
use heng_dsl::value::{Date, Decimal, Period, TimeUnit, Value};
use heng_dsl::verify::{Finding, verify};

pub(crate) fn dec(text: &str) -> Decimal {
    text.parse().unwrap()
}

pub(crate) fn date(text: &str) -> Date {
    text.parse().unwrap()
}

/// An empty package 甲.
pub(crate) fn package() -> RuleSet {
    RuleSet {
        id: "甲".into(),
        title: None,
        version: "1".into(),
        effective: Period::ALWAYS,
        legal: Legal::default(),
        applies: None,
        uses: Vec::new(),
        enums: Vec::new(),
        codes: Vec::new(),
        subject: None,
        tables: Vec::new(),
        decls: Vec::new(),
        decides: Vec::new(),
        checks: Vec::new(),
        actions: Vec::new(),
        carries: Vec::new(),
        clauses: Vec::new(),
        guarantees: Vec::new(),
        quoted: Vec::new(),
        cases: Vec::new(),
        disabled: Vec::new(),
        lines: Lines::default(),
    }
}

pub(crate) fn enumeration(id: &str, ordered: bool, members: &[&str]) -> EnumType {
    let member = |it: &&str| EnumMember { name: (*it).into(), label: None, colour: None };
    EnumType {
        id: id.into(),
        name: id.into(),
        ordered,
        legal: Legal::default(),
        members: members.iter().map(member).collect(),
    }
}

pub(crate) fn field(id: &str, ty: Ty) -> Field {
    Field {
        id: id.into(),
        name: id.into(),
        ty,
        column: None,
        scale: 0,
        key: false,
        sensitive: false,
        signed: false,
        later: None,
        default: None,
        derived: None,
        origin: Origin::default(),
    }
}

/// A household with these fields; the first is the key, and the rest follow.
pub(crate) fn subject(fields: Vec<Field>) -> Subject {
    let mut key = field("代码", Ty::present(TyKind::Text));
    key.key = true;
    Subject {
        id: "户".into(),
        name: "户".into(),
        more: false,
        since: None,
        responsibility: Responsibility::default(),
        legal: Legal::default(),
        fields: std::iter::once(key).chain(fields).collect(),
    }
}

/// A record table in the order of its first field.
pub(crate) fn records(id: &str, fields: Vec<Field>) -> RecordTable {
    RecordTable {
        id: id.into(),
        name: id.into(),
        order: vec![fields[0].id.clone()],
        replacing: true,
        responsibility: Responsibility::default(),
        legal: Legal::default(),
        fields,
    }
}

pub(crate) fn optional(ty: Ty) -> Ty {
    ty.or_missing(true)
}

pub(crate) fn member_ty(of: &str) -> Ty {
    Ty::present(TyKind::Member(Ref::own(of)))
}

pub(crate) fn points() -> Ty {
    Ty::number(Unit::Points, 0)
}

pub(crate) fn count(unit: &str) -> Ty {
    Ty::number(Unit::Count(Some(unit.into())), 0)
}

pub(crate) fn ratio() -> Ty {
    Ty::number(Unit::Ratio, 4)
}

pub(crate) fn expr(ty: Ty, node: Node) -> Expr {
    Expr { ty, node }
}

/// A number of that type.
pub(crate) fn num(ty: Ty, text: &str) -> Expr {
    expr(Ty { optional: false, ..ty }, Node::Const(Value::Number(dec(text))))
}

/// Points.
pub(crate) fn pts(text: &str) -> Expr {
    num(Ty::number(Unit::Points, dec(text).places()), text)
}

pub(crate) fn constant(ty: Ty, value: Value) -> Expr {
    expr(ty, Node::Const(value))
}

pub(crate) fn member(of: &str, at: u16) -> Expr {
    constant(member_ty(of), Value::Member(at))
}

pub(crate) fn of_field(id: &str, ty: Ty) -> Expr {
    expr(ty, Node::Field(Ref::own(id)))
}

pub(crate) fn of_record(table: &str, id: &str, ty: Ty) -> Expr {
    let column = Column { table: Ref::own(table), id: id.into(), slot: Slot::default() };
    expr(ty, Node::RecordField { up: 0, column })
}

pub(crate) fn of_decl(id: &str, ty: Ty) -> Expr {
    expr(ty, Node::Decl(Ref::own(id)))
}

pub(crate) fn compare(op: CompareOp, left: Expr, right: Expr) -> Expr {
    let (left, right) = (Box::new(left), Box::new(right));
    expr(Ty::bool(), Node::Compare { op, left, right })
}

pub(crate) fn months(count: &str) -> Expr {
    num(Ty::number(Unit::Months, 0), count)
}

pub(crate) fn days(count: &str) -> Expr {
    num(Ty::number(Unit::Days, 0), count)
}

// Cells.

pub(crate) fn anything() -> Cell {
    Cell::Any
}

pub(crate) fn one_of<const N: usize>(tests: [Test; N]) -> Cell {
    Cell::OneOf(tests.into())
}

/// A range in interval notation over numbers of a type: `[4, 8)`, `(30, ]`, `[, 5]`.
pub(crate) fn range(ty: &Ty, text: &str) -> Test {
    let (open, close) = (text.chars().next().unwrap(), text.chars().last().unwrap());
    let (low, high) = text[1..text.len() - 1].split_once(',').unwrap();
    let bound = |text: &str, inclusive| {
        let text = text.trim();
        (!text.is_empty()).then(|| CellBound { value: num(ty.clone(), text), inclusive })
    };
    Test::Range { low: bound(low, open == '['), high: bound(high, close == ']') }
}

pub(crate) fn band(ty: &Ty, text: &str) -> Cell {
    one_of([range(ty, text)])
}

pub(crate) fn is(expr: Expr) -> Cell {
    one_of([Test::Equals(expr)])
}

pub(crate) fn missing() -> Cell {
    one_of([Test::Missing])
}

pub(crate) fn window(window: Window) -> Cell {
    one_of([Test::Window(window)])
}

pub(crate) fn last(length: Expr) -> Window {
    Window::Last(Box::new(length))
}

pub(crate) fn ago(far: u32, near: u32) -> Window {
    Window::Ago { far, near, unit: TimeUnit::Month }
}

// Rows and tables.

pub(crate) fn row_of(key: RowKey, text: &str, result: Expr) -> Row {
    let results = vec![Some(result)];
    Row { key, results, origin: Origin::default(), text: text.into() }
}

pub(crate) fn row<const N: usize>(cells: [Cell; N], text: &str, result: Expr) -> Row {
    row_of(RowKey::Cells(cells.into()), text, result)
}

pub(crate) fn when(condition: Expr, text: &str, result: Expr) -> Row {
    row_of(RowKey::When(condition), text, result)
}

pub(crate) fn otherwise(result: Expr) -> Row {
    row_of(RowKey::Otherwise, "其余", result)
}

pub(crate) fn table(mode: Mode, columns: Vec<Expr>, rows: Vec<Row>) -> Table {
    Table { mode, columns, rows }
}

pub(crate) fn banded(column: Expr, rows: Vec<Row>) -> Content {
    Content::Table(table(Mode::First, vec![column], rows))
}

pub(crate) fn condition(mode: ConditionMode, parts: Vec<Expr>) -> Condition {
    let texts = parts.iter().map(|it| format!("{:?}", it.node)).collect();
    Condition { mode, parts, texts, origin: Origin::default() }
}

// Declarations.

pub(crate) fn version(content: Content) -> Version {
    Version {
        period: Period::ALWAYS,
        origin: Origin::default(),
        legal: Legal::default(),
        applies: None,
        lets: Vec::new(),
        content,
        content_origin: Origin::default(),
        bounds: Bounds::default(),
        conditional: Vec::new(),
        accepted: Vec::new(),
        reason: None,
    }
}

pub(crate) fn decl(id: &str, kind: DeclKind, ty: Ty, versions: Vec<Version>) -> Decl {
    Decl { id: id.into(), name: id.into(), title: None, kind, ty, versions }
}

pub(crate) fn value(id: &str, ty: Ty, content: Content) -> Decl {
    decl(id, DeclKind::Value, ty, vec![version(content)])
}

/// An indicator of a dimension with a 满分.
pub(crate) fn indicator(
    id: &str,
    dimension: Option<&str>,
    max: Option<&str>,
    content: Content,
) -> Decl {
    let kind =
        DeclKind::Indicator { dimension: dimension.map(Ref::own), fused: false, deduct: false };
    let mut version = version(content);
    version.bounds.max = max.map(dec);
    decl(id, kind, points(), vec![version])
}

pub(crate) fn dimension(id: &str, max: Option<&str>) -> Decl {
    let mut version = version(Content::Parts);
    version.bounds.max = max.map(dec);
    decl(id, DeclKind::Dimension { within: None }, points(), vec![version])
}

pub(crate) fn total() -> Decl {
    decl("总分", DeclKind::Total, points(), vec![version(Content::Parts)])
}

/// A parameter, from dates on.
pub(crate) fn param(id: &str, ty: Ty, values: &[(Option<&str>, &str)]) -> Decl {
    let starts: Vec<Option<Date>> = values.iter().map(|it| it.0.map(date)).collect();
    let versions = values.iter().enumerate().map(|(at, (_, text))| {
        let next = starts.get(at + 1).copied().flatten();
        let until = next.and_then(|it| it.add_days(-1));
        let mut version = version(Content::Formula(num(ty.clone(), text)));
        version.period = Period { from: starts[at], until };
        version
    });
    decl(id, DeclKind::Param, ty.clone(), versions.collect())
}

// What is found.

pub(crate) fn linked(set: RuleSet) -> Linked {
    Linked::link(vec![set], LinkTable::new()).unwrap()
}

pub(crate) fn findings(set: RuleSet) -> Vec<Finding> {
    verify(&linked(set)).remove(0)
}

/// A finding as its author reads it.
pub(crate) fn sentence(finding: &Finding, lang: Lang) -> String {
    let mut diagnostic = Diagnostic::new(finding.code, Span::default());
    diagnostic.args.clone_from(&finding.args);
    let code = finding.code.record().name;
    format!("{code} {}", diagnostic.message(lang))
}

/// Everything that is found, in Chinese, a line each.
pub(crate) fn said(set: RuleSet) -> Vec<String> {
    findings(set).iter().map(|it| sentence(it, Lang::Zh)).collect()
}

/// The codes of everything that is found.
pub(crate) fn codes(set: RuleSet) -> Vec<&'static str> {
    findings(set).iter().map(|it| it.code.record().name).collect()
}
