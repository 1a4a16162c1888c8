//! Enumerations, code tables, the household and its record tables.

use std::collections::{BTreeMap, BTreeSet};

use super::field::laters;
use super::index::{Fields, Types};
use super::names::Table;
use super::scope::{Elab, Elem, Frame, Typed};
use super::sight::{FieldView, TableView};
use super::stack::Need;
use super::unit::Unit as Package;
use super::{amend, codes, header, ty};
use crate::diag::{Code, Diagnostic, Words};
use crate::model::{
    CodeTable, EnumMember, EnumType, Expr, Field, Id, RecordTable, Subject, Ty, TyKind,
};
use crate::syntax::ast::{self, AttrKind, FieldKind, LineKind};

/// Data that a package declares.
#[derive(Debug, Clone, Default)]
pub(super) struct Schema<'a> {
    /// Enumerations and grades.
    pub(super) enums: Vec<EnumType>,
    /// Code tables.
    pub(super) codes: Vec<CodeTable>,
    /// The household, or fields added to it.
    pub(super) subject: Option<Subject>,
    /// Record tables.
    pub(super) tables: Vec<RecordTable>,
    /// The names of all these.
    pub(super) types: Types,
    /// The formulas of derived fields.
    pub(super) formulas: BTreeMap<(Table, usize), &'a ast::Expr>,
}

impl Schema<'_> {
    fn add_codes(&mut self, table: CodeTable) {
        self.types.codes.add(&table.name, &table.id, self.codes.len());
        self.types.columns.push(Fields::of(&table.columns));
        self.codes.push(table);
    }

    /// Puts the derived fields in.
    pub(super) fn put_derived(&mut self, derived: &BTreeMap<(Table, usize), Option<Expr>>) {
        for ((table, at), expr) in derived {
            let fields = match table {
                Table::Subject => self.subject.as_mut().map(|it| &mut it.fields),
                Table::Records(table) => self.tables.get_mut(*table).map(|it| &mut it.fields),
            };
            if let (Some(field), Some(expr)) = (fields.and_then(|it| it.get_mut(*at)), expr) {
                field.ty = expr.ty.clone();
                field.derived = Some(expr.clone());
            }
        }
    }
}

/// Reads the data declarations into `unit.schema`: types first, because fields use them.
pub(super) fn collect(unit: &mut Package<'_>) {
    let package = unit.package;
    for decl in
        package.decls().filter(|it| matches!(it.kind, ast::DeclKind::Enum | ast::DeclKind::Grade))
    {
        header::belongs(unit, decl);
        let taken = unit.schema.types.enums.called(&decl.name.text);
        let taken = taken.and_then(|it| unit.schema.enums.get(it));
        unique(unit, &decl.name, taken.is_some_and(|it| *it.name == *decl.name.text));
        let it = enumeration(unit, decl);
        as_inherited(unit, decl, &it);
        unit.schema.types.add_enum(&it, unit.schema.enums.len());
        unit.schema.enums.push(it);
    }
    let tables = || package.decls().filter(|it| it.kind == ast::DeclKind::Codes);
    // The names first: a column of one code table may be a key of another, or of itself.
    for decl in tables() {
        header::belongs(unit, decl);
        let taken = unit.codes_called(&decl.name.text);
        unique(unit, &decl.name, taken.is_some_and(|it| *it.table.name == *decl.name.text));
        unit.schema.add_codes(codes::head(decl));
    }
    for (at, decl) in tables().enumerate() {
        if let Some(columns) = decl_fields(unit, decl, None) {
            unit.schema.types.columns[at] = Fields::of(&columns.0);
            unit.schema.codes[at].columns = columns.0;
        }
        codes::finish_columns(unit, decl, at);
        let rows = codes::rows(unit, decl, &unit.schema.codes[at]);
        unit.schema.codes[at].rows = rows;
    }
    for amended in amend::codes(unit) {
        unit.schema.add_codes(amended);
    }
    for decl in package.decls().filter(|it| it.kind == ast::DeclKind::Subject) {
        header::belongs(unit, decl);
        subject(unit, decl);
    }
    for decl in package.decls().filter(|it| it.kind == ast::DeclKind::Records) {
        header::belongs(unit, decl);
        if let Some(problem) = unit.table(&decl.name.text).map(|it| taken(&it, &decl.name)) {
            unit.report(problem);
        }
        records(unit, decl);
    }
}

/// The name belongs to another table, which may have it as its alias and stand in another package.
fn taken(by: &TableView<'_>, name: &ast::Name) -> Diagnostic {
    let problem = Diagnostic::new(Code::E0203, name.span).arg("name", name.text.clone());
    let table = &by.table.name;
    match (&by.reference.package, by.own) {
        (_, Some(_)) => problem,
        (Some(package), None) => problem.label(Words::both(
            format!("“{package}”的记录“{table}”已经用了这个名称"),
            format!("the records “{table}” of “{package}” have this name"),
        )),
        (None, None) => problem.label(Words::both(
            format!("继承来的记录“{table}”已经用了这个名称"),
            format!("the inherited records “{table}” have this name"),
        )),
    }
}

fn unique(unit: &Package<'_>, name: &ast::Name, taken: bool) {
    if taken {
        unit.report(Diagnostic::new(Code::E0203, name.span).arg("name", name.text.clone()));
    }
}

/// What is inherited keeps members by their number, so that an enumeration of the base, declared again, has
/// to have the same ones.
fn as_inherited(unit: &Package<'_>, decl: &ast::Decl, own: &EnumType) {
    let Some(base) = unit.imports.iter().find(|it| it.extends) else { return };
    let home = super::names::home(base, &own.id, &unit.imports);
    let Some(then) = home.enums.iter().find(|it| it.id == own.id) else { return };
    if decl.broken || own.has_members_of(then) {
        return;
    }
    let (there, here) = (then.listed(), own.listed());
    let why = if there == here {
        Words::both(
            format!("在“{}”里一个是枚举，一个是等级", home.id),
            format!("only one of this and that of “{}” is a grade", home.id),
        )
    } else {
        Words::both(
            format!("在“{}”里是 {there}，在这里是 {here}", home.id),
            format!("it is {there} in “{}”, and {here} here", home.id),
        )
    };
    let problem = Diagnostic::new(Code::E0634, decl.name.span);
    unit.report(problem.arg("name", own.name.to_string()).arg("why", why));
}

fn enumeration(unit: &Package<'_>, decl: &ast::Decl) -> EnumType {
    let mut members: Vec<EnumMember> = Vec::new();
    let mut names = BTreeSet::new();
    for line in &decl.lines {
        let LineKind::Members(all) = &line.kind else { continue };
        for it in all {
            unique(unit, &it.name, !names.insert(it.name.text.as_str()));
            members.push(EnumMember {
                name: Id::from(it.name.text.as_str()),
                label: it.label.as_ref().map(|it| it.text.clone()),
                colour: it.colour.as_ref().map(|it| it.text.clone()),
            });
        }
    }
    if members.is_empty() && !decl.broken {
        header::lacks(unit, decl.name.span, ["它的各项", "its members"]);
    }
    EnumType {
        id: header::id_of(decl),
        name: Id::from(decl.name.text.as_str()),
        ordered: decl.kind == ast::DeclKind::Grade,
        legal: header::legal(&decl.lines),
        members,
    }
}

fn subject<'a>(unit: &mut Package<'a>, decl: &'a ast::Decl) {
    if let Some(before) = &unit.schema.subject {
        let problem =
            Diagnostic::new(Code::E0203, decl.name.span).arg("name", before.name.to_string());
        unit.report(problem);
        return;
    }
    let more = decl.attrs.iter().any(|it| it.kind == AttrKind::More);
    if more && !unit.is_subject(&decl.name.text) {
        let near = unit.subject_names();
        unit.unknown(
            &decl.name,
            Words::both("引用的规则集里的主体", "subject in a used rule set"),
            near,
        );
    }
    let Some((fields, formulas)) = decl_fields(unit, decl, Some(Table::Subject)) else { return };
    let unsure = decl.broken || ast_fields(decl).any(super::field::may_be_key);
    if !more && !unsure && fields.iter().filter(|it| it.key).count() != 1 {
        header::lacks(unit, decl.name.span, ["一个且只有一个主键", "exactly one key field"]);
    }
    let since = decl.attrs.iter().find_map(|it| match &it.kind {
        AttrKind::Since(name) => Some(name),
        _ => None,
    });
    let since = since.and_then(|name| field_named(unit, &fields, name, true));
    for field in ast_fields(decl) {
        let taken = unit.household_field(&field.name.text);
        unique(unit, &field.name, taken.is_some_and(|it| *it.field.name == *field.name.text));
    }
    unit.schema.types.household = Fields::of(&fields);
    unit.schema.subject = Some(Subject {
        id: header::id_of(decl),
        name: Id::from(decl.name.text.as_str()),
        more,
        since,
        responsibility: header::responsibility(&decl.lines),
        legal: header::legal(&decl.lines),
        fields,
    });
    unit.schema.formulas.extend(formulas);
}

fn records<'a>(unit: &mut Package<'a>, decl: &'a ast::Decl) {
    let table = Table::Records(unit.schema.tables.len());
    let Some((fields, formulas)) = decl_fields(unit, decl, Some(table)) else { return };
    let order = decl.attrs.iter().find_map(|it| match &it.kind {
        AttrKind::Order(names) => Some(names.as_slice()),
        _ => None,
    });
    let mut ids = Vec::new();
    for (at, name) in order.unwrap_or_default().iter().enumerate() {
        let id = field_named(unit, &fields, name, at == 0);
        if at == 0 && id.is_none() {
            // Without its event date the order is not known; the next field is not the date.
            break;
        }
        ids.extend(id);
    }
    if order.is_none() && !decl.broken {
        header::lacks(unit, decl.name.span, ["按 日期字段", "by the field with the event date"]);
    }
    let (name, id) = (Id::from(decl.name.text.as_str()), header::id_of(decl));
    unit.schema.types.tables.add(&name, &id, unit.schema.tables.len());
    unit.schema.types.fields.push(Fields::of(&fields));
    unit.schema.tables.push(RecordTable {
        id,
        name,
        order: ids,
        replacing: decl.attrs.iter().any(|it| it.kind == AttrKind::Replacing),
        responsibility: header::responsibility(&decl.lines),
        legal: header::legal(&decl.lines),
        fields,
    });
    unit.schema.formulas.extend(formulas);
}

/// The id of a field that has to be there, and a date that is always there where asked for.
fn field_named(unit: &Package<'_>, fields: &[Field], name: &ast::Name, date: bool) -> Option<Id> {
    let found =
        fields.iter().find(|it| it.name.as_ref() == name.text || it.id.as_ref() == name.text);
    let Some(field) = found else {
        let near = fields.iter().map(|it| it.name.to_string()).collect();
        unit.unknown(name, Words::both("字段", "field"), near);
        return None;
    };
    if field.ty.kind == TyKind::Unknown {
        return None;
    }
    let fits = !date || (field.ty.kind == TyKind::Date && !field.ty.optional);
    if !fits {
        let wanted = Words::both("必有的日期字段", "a date field that is always there");
        let found = ty::words(unit, &field.ty.kind);
        unit.report(
            Diagnostic::new(Code::E0301, name.span).arg("expected", wanted).arg("found", found),
        );
        return None;
    }
    Some(field.id.clone())
}

pub(super) fn ast_fields(decl: &ast::Decl) -> impl Iterator<Item = &ast::Field> {
    decl.lines.iter().filter_map(|it| match &it.kind {
        LineKind::Field(field) => Some(field),
        _ => None,
    })
}

type Formulas<'a> = Vec<((Table, usize), &'a ast::Expr)>;

/// The fields of a declaration; `table` says whose they are where some may be derived.
fn decl_fields<'a>(
    unit: &Package<'a>,
    decl: &'a ast::Decl,
    table: Option<Table>,
) -> Option<(Vec<Field>, Formulas<'a>)> {
    let mut out: Vec<Field> = Vec::new();
    let mut formulas = Vec::new();
    let mut names = BTreeSet::new();
    for field in ast_fields(decl) {
        unique(unit, &field.name, !names.insert(field.name.text.as_str()));
        if let FieldKind::Derived(expr) = &field.kind {
            match table {
                Some(table) => formulas.push(((table, out.len()), expr)),
                None => {
                    unit.report(
                        Diagnostic::new(Code::E0209, field.span).arg("part", unit.text(field.span)),
                    );
                    continue;
                }
            }
        }
        out.push(super::field::field(unit, field));
    }
    if out.is_empty() && !decl.broken {
        header::lacks(unit, decl.name.span, ["字段", "fields"]);
        return None;
    }
    laters(unit, decl, &out);
    Some((out, formulas))
}

/// Works out a derived field; its type is unknown in a circle, which is reported.
pub(super) fn derive(unit: &Package<'_>, table: Table, at: usize) -> Ty {
    let unknown = Ty::present(TyKind::Unknown);
    let Some(formula) = unit.schema.formulas.get(&(table, at)) else { return unknown };
    let known =
        unit.derived.borrow().get(&(table, at)).map(|it| it.as_ref().map(|it| it.ty.clone()));
    if let Some(known) = known {
        return known.unwrap_or_else(|| {
            in_a_circle(unit, (table, at), formula);
            unknown
        });
    }
    if !unit.stack.may_begin(Need::Field(table, at)) {
        if !unit.stack.is_too_deep() {
            in_a_circle(unit, (table, at), formula);
        }
        return unknown;
    }
    unit.derived.borrow_mut().insert((table, at), None);
    let Some(typed) = unit.work_out(|| formula_of(unit, table, formula)) else {
        unit.derived.borrow_mut().remove(&(table, at));
        return unknown;
    };
    let ty = typed.expr.ty.clone();
    let expr = (!typed.is_unknown()).then_some(typed.expr);
    let found = expr.unwrap_or(Expr { ty: ty.clone(), node: crate::model::Node::Hole });
    unit.derived.borrow_mut().insert((table, at), Some(found));
    ty
}

fn formula_of(unit: &Package<'_>, table: Table, formula: &ast::Expr) -> Typed {
    let mut elab = Elab::new(unit, &unit.package.id);
    let Table::Records(number) = table else { return elab.expr(formula, None) };
    let Some(table) = unit.schema.tables.get(number) else { return Typed::hole(formula.span) };
    let frame = Frame { elem: Elem::Record(crate::model::Ref::own(&table.id)), called: None };
    elab.bound(frame, |elab| elab.expr(formula, None))
}

fn in_a_circle(unit: &Package<'_>, (table, at): (Table, usize), formula: &ast::Expr) {
    let fields = match table {
        Table::Subject => unit.schema.subject.as_ref().map(|it| &it.fields),
        Table::Records(number) => unit.schema.tables.get(number).map(|it| &it.fields),
    };
    let name = fields.and_then(|it| it.get(at)).map(|it| it.name.to_string());
    unit.report(Diagnostic::new(Code::E0502, formula.span).arg("name", name.unwrap_or_default()));
}

/// The type of a field of the household as this package sees it.
pub(super) fn household_ty(unit: &Package<'_>, view: &FieldView<'_>) -> Ty {
    match (view.own, view.import.and_then(|it| unit.imports.get(it))) {
        (Some(at), _) if unit.schema.formulas.contains_key(&(Table::Subject, at)) => {
            derive(unit, Table::Subject, at)
        }
        (_, Some(import)) => with_default(unit.ty_from(import, &view.field.ty), view.field),
        _ => with_default(view.field.ty.clone(), view.field),
    }
}

/// A field with a default is always there.
pub(super) fn with_default(ty: Ty, field: &Field) -> Ty {
    Ty { kind: ty.kind, optional: ty.optional && field.default.is_none() }
}
