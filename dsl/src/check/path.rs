//! Names in expressions: which of the things in sight a name or a path means.
//!
//! Local names come first. A field of a bound record, a field of the household and a declaration
//! never hide each other: a name that could be several of them has to say which (`本条.`, `本户.`).

use super::candidate::Candidate;
use super::scope::{Elab, Elem, Local, Missing, Typed};
use super::sight::CodesView;
use crate::diag::{Code, Diagnostic, Words};
use crate::model::{Column, DeclKind, ItemPart, Node, Ref, Slot, Ty, TyKind};
use crate::syntax::ast::{Name, Path};
use crate::value::Value;

impl Elab<'_, '_> {
    /// What a path is worth. `expect` helps to find a member of an enumeration.
    pub(super) fn path(&mut self, path: &Path, expect: Option<&TyKind>) -> Typed {
        let Some(first) = path.names.first() else { return Typed::hole(path.span) };
        if path.names.len() == 1 {
            if let Some(member) = self.member(first, expect) {
                return member;
            }
            match expect {
                Some(TyKind::Member(wanted)) if !self.is_value_name(path) => {
                    self.no_member(wanted, first);
                    return Typed::hole(path.span);
                }
                // It may be a member of a type that was not understood.
                Some(TyKind::Unknown) if !self.is_value_name(path) => {
                    return Typed::hole(path.span);
                }
                _ => {}
            }
            return self.single(first);
        }
        let (mut value, used) = self.head(path);
        value.span = path.span;
        for name in path.names.iter().skip(used) {
            value = self.column_of(value, name, path);
        }
        value
    }

    /// Does the single name mean a value, and not just a member of some enumeration?
    pub(super) fn is_value_name(&self, path: &Path) -> bool {
        match path.names.as_slice() {
            [only] => {
                !self.candidates(&only.text, None).is_empty()
                    || super::names::is_predeclared(&only.text)
            }
            _ => true,
        }
    }

    /// A member of the enumeration that is wanted.
    fn member(&mut self, name: &Name, expect: Option<&TyKind>) -> Option<Typed> {
        let Some(TyKind::Member(wanted)) = expect else { return None };
        let at = self.unit.enum_of(wanted)?.position(&name.text)?;
        let kind = TyKind::Member(wanted.clone());
        let same = self
            .candidates(&name.text, None)
            .iter()
            .any(|it| self.candidate_kind(it).as_ref() == Some(&kind));
        if same {
            let title = self.unit.enum_of(wanted).map_or(String::new(), |it| it.name.to_string());
            let text = format!("{title}.{}", name.text);
            let words = Words::both(format!("写成“{text}”"), format!("write “{text}”"));
            let one = Words::both("一个值，或者它的一项", "a value, or a member of its type");
            self.report(
                Diagnostic::new(Code::E0202, name.span)
                    .arg("name", name.text.clone())
                    .arg("meanings", one)
                    .fix(words, name.span, text),
            );
        }
        Some(Typed::constant(Value::Member(at), Ty::present(kind), name.span))
    }

    /// A single name.
    fn single(&mut self, name: &Name) -> Typed {
        if matches!(name.text.as_str(), "基准日" | "as_of") {
            return Typed::new(Node::AsOf, Ty::present(TyKind::Date), name.span);
        }
        let mut found = self.candidates(&name.text, None);
        if found.len() > 1 {
            let of =
                |lang| found.iter().map(|it| it.words().of(lang).to_owned()).collect::<Vec<_>>();
            let zh = of(crate::diag::Lang::Zh).join("、");
            let en = of(crate::diag::Lang::En).join(", ");
            self.report(
                Diagnostic::new(Code::E0202, name.span)
                    .arg("name", name.text.clone())
                    .arg("meanings", Words::both(zh, en)),
            );
            return Typed::hole(name.span);
        }
        match found.pop() {
            Some(it) => self.build(it, name),
            None => {
                self.nothing_called(name);
                Typed::hole(name.span)
            }
        }
    }

    /// May the name belong to a declaration that could not be read?
    pub(super) fn is_hidden(&self) -> bool {
        let tables = self.frames.iter().filter_map(|it| match &it.elem {
            Elem::Record(table) => Some(table),
            _ => None,
        });
        self.unit.is_hidden(&tables.collect::<Vec<_>>())
    }

    fn nothing_called(&self, name: &Name) {
        if self.is_hidden() {
            return;
        }
        let is_source = self.unit.table(&name.text).is_some();
        if is_source || self.locals.iter().any(|it| it.0 == name.text) {
            let words = Words::both("一组记录，不是一个值", "a set of records and not a value");
            self.report(
                Diagnostic::new(Code::E0204, name.span)
                    .arg("name", name.text.clone())
                    .arg("what", words),
            );
            return;
        }
        if let Some(table) = self.unit.item(&name.text).and_then(|it| self.unit.record_table_of(it))
        {
            return self.outside_its_table(name, &table);
        }
        let what = Words::both("字段、值或者指标", "field, value or indicator");
        self.unit.unknown(name, what, self.names_in_sight());
    }

    /// Makes the expression for what a name means.
    fn build(&mut self, candidate: Candidate, name: &Name) -> Typed {
        let span = name.span;
        match candidate {
            Candidate::Local(at) => match &self.locals[at].1 {
                Local::Value(number, ty, missing) => {
                    let node = Node::Local(*number);
                    let missing = *missing;
                    let mut typed = Typed::new(node, ty.clone(), span);
                    typed.missing = typed.missing.and(missing.map(|it| Missing { span, ..it }));
                    self.narrowed(typed)
                }
                Local::Set(..) => Typed::hole(span),
            },
            Candidate::Record { up, column, ty } => {
                self.narrowed(Typed::new(Node::RecordField { up, column }, ty, span))
            }
            Candidate::Happened { up, column, negated } => {
                let ty = Ty { kind: TyKind::Date, optional: true };
                let date = Typed::new(Node::RecordField { up, column }, ty, span);
                Self::happening(date, negated)
            }
            Candidate::FieldHappened { reference, negated } => {
                let ty = Ty { kind: TyKind::Date, optional: true };
                Self::happening(Typed::new(Node::Field(reference), ty, span), negated)
            }
            Candidate::Part { up, part, ty } => Typed::new(Node::Item { up, part }, ty, span),
            Candidate::Past { up, item } => {
                let ty = self.unit.header_ty(item).or_missing(true);
                let decl = Ref::own(&self.unit.items[item].id);
                self.narrowed(Typed::new(Node::Past { up, decl }, ty, span))
            }
            Candidate::RecordItem { up, item } => {
                let (ty, missing) = self.unit.item_reading(item, span);
                let decl = Ref::own(&self.unit.items[item].id);
                self.unit.note_read(&self.owner, &decl.id, span);
                let mut typed = Typed::new(Node::RecordDecl { up, decl }, ty, span);
                typed.missing = missing;
                self.narrowed(typed)
            }
            Candidate::Field { reference, ty } => {
                self.narrowed(Typed::new(Node::Field(reference), ty, span))
            }
            Candidate::Item(item) => self.item(item, name),
        }
    }

    fn happening(date: Typed, negated: bool) -> Typed {
        let node = Node::Present { negated, item: Box::new(date.expr) };
        Typed::new(node, Ty::bool(), date.span)
    }

    /// A declaration of this package.
    fn item(&mut self, item: usize, name: &Name) -> Typed {
        let decl = Ref::own(&self.unit.items[item].id);
        self.unit.note_read(&self.owner, &decl.id, name.span);
        if self.unit.is_measure(item) {
            let words = Words::both("措施，不是一个值", "a measure and not a value");
            self.report(
                Diagnostic::new(Code::E0204, name.span)
                    .arg("name", name.text.clone())
                    .arg("what", words),
            );
            return Typed::hole(name.span);
        }
        let (ty, missing) = self.unit.item_reading(item, name.span);
        let mut typed = Typed::new(Node::Decl(decl), ty, name.span);
        typed.missing = missing;
        self.narrowed(typed)
    }

    /// Takes the mark of a possibly missing value off where it is known to be there.
    pub(super) fn narrowed(&self, mut typed: Typed) -> Typed {
        if typed.missing.is_some() && self.is_known(&typed.expr) {
            typed.expr.ty.optional = false;
            typed.missing = None;
        }
        typed.expr.ty.optional = typed.missing.is_some();
        typed
    }

    /// The value that a path of several names begins with, and how many names that took.
    fn head(&mut self, path: &Path) -> (Typed, usize) {
        let (first, second) = (&path.names[0], &path.names[1]);
        if let Some(up) =
            self.frames.iter().rev().position(|it| it.called.as_deref() == Some(&first.text))
        {
            return (self.of_frame(second, up), 2);
        }
        match first.text.as_str() {
            "本户" | "household" => return (self.of_household(second), 2),
            "本条" | "this" => return (self.of_this(second), 2),
            _ => {}
        }
        let is_code = self
            .candidates(&first.text, None)
            .iter()
            .any(|it| matches!(self.candidate_kind(it), Some(TyKind::Code(_))));
        if is_code {
            return (self.single(first), 1);
        }
        if let Some(found) = self.of_package(first, second) {
            return (found, 2);
        }
        if let Some((reference, members)) = self.unit.enum_called(&first.text) {
            return (self.of_enum(&reference, members.position(&second.text), second), 2);
        }
        if self.candidates(&first.text, None).is_empty() {
            let mut near: Vec<String> =
                self.unit.imports.iter().map(|it| it.set.id.to_string()).collect();
            near.extend(self.names_in_sight());
            let what =
                Words::both("规则集、枚举或者代码字段", "rule set, enumeration or code field");
            self.unit.unknown(first, what, near);
            return (Typed::hole(path.span), path.names.len());
        }
        (self.single(first), 1)
    }

    fn of_enum(&mut self, reference: &Ref, at: Option<u16>, name: &Name) -> Typed {
        match at {
            Some(at) => {
                let kind = TyKind::Member(reference.clone());
                Typed::constant(Value::Member(at), Ty::present(kind), name.span)
            }
            None => {
                self.no_member(reference, name);
                Typed::hole(name.span)
            }
        }
    }

    /// Reports a name that is no member of the enumeration.
    pub(super) fn no_member(&self, reference: &Ref, name: &Name) {
        let Some(members) = self.unit.enum_of(reference).filter(|it| !it.members.is_empty()) else {
            return;
        };
        let names: Vec<String> = members.members.iter().map(|it| it.name.to_string()).collect();
        let near = self.unit.said_otherwise(name).map(str::to_owned);
        let near =
            near.or_else(|| crate::near::nearest(&name.text, names.iter().map(String::as_str)));
        let mut problem = Diagnostic::new(Code::E0208, name.span)
            .arg("name", name.text.clone())
            .arg("enum", members.name.to_string())
            .arg("members", Words::both(names.join("、"), names.join(", ")));
        if let Some(near) = near {
            let title = Words::both(format!("改为“{near}”"), format!("change it to “{near}”"));
            problem = problem.fix(title, name.span, near);
        }
        self.report(problem);
    }

    fn of_frame(&mut self, name: &Name, up: usize) -> Typed {
        let up = u32::try_from(up).unwrap_or(u32::MAX);
        if let Some(it) = self.candidates(&name.text, Some(up)).pop() {
            return self.build(it, name);
        }
        if !self.is_hidden() {
            let near = self.names_in_sight();
            self.unit.unknown(name, Words::both("记录的字段", "field of the record"), near);
        }
        Typed::hole(name.span)
    }

    fn of_this(&mut self, name: &Name) -> Typed {
        let Some(frame) = self.frames.last() else {
            let words =
                Words::both("一条记录，而这里没有哪条记录", "a record, and there is none here");
            self.report(
                Diagnostic::new(Code::E0204, name.span).arg("name", "本条").arg("what", words),
            );
            return Typed::hole(name.span);
        };
        if matches!(frame.elem, Elem::History) && matches!(name.text.as_str(), "基准日" | "as_of")
        {
            return Typed::new(
                Node::Item { up: 0, part: ItemPart::AsOf },
                Ty::present(TyKind::Date),
                name.span,
            );
        }
        self.of_frame(name, 0)
    }

    fn of_household(&mut self, name: &Name) -> Typed {
        if self.peers {
            self.report(Diagnostic::new(Code::E0309, name.span).arg("name", name.text.clone()));
            return Typed::hole(name.span);
        }
        let mut found = Vec::new();
        if self.household {
            self.in_household(&name.text, &mut found);
        }
        if let Some(it) = found.pop() {
            return self.build(it, name);
        }
        if let Some(item) = self.unit.item(&name.text).filter(|it| self.is_plain_item(*it)) {
            return self.item(item, name);
        }
        if self.is_hidden() {
            return Typed::hole(name.span);
        }
        let near = self.unit.household_names();
        self.unit.unknown(name, Words::both("本户的字段", "field of the household"), near);
        Typed::hole(name.span)
    }

    /// A declaration of a used package.
    fn of_package(&mut self, package: &Name, name: &Name) -> Option<Typed> {
        let import = self.unit.import(&package.text)?;
        let import = self.unit.imports.get(import)?;
        let Some(decl) = import.index.decl(import.set, &name.text) else {
            let near = import.set.decls.iter().map(|it| it.name.to_string()).collect();
            let of = &import.name;
            let off = import.set.disabled.iter().find(|it| it.name == name.text);
            let why = off.and_then(|it| it.origin.amendment.as_ref()).map(|it| &it.because);
            let what = match why {
                Some(why) => Words::both(
                    format!("名称（“{of}”停用了它，因{why}）"),
                    format!("name in “{of}”, which has disabled it ({why})"),
                ),
                None => Words::both(format!("名称（在“{of}”里）"), format!("name in “{of}”")),
            };
            self.unit.unknown(name, what, near);
            return Some(Typed::hole(name.span));
        };
        let reference = Ref::of(&import.name, &decl.id);
        let (ty, missing) = self.unit.import_reading(import, decl, name.span);
        let node = match &decl.kind {
            DeclKind::RecordValue { table } => {
                let table = self.unit.seen_from_here(import, table);
                let frames = self.frames.iter().rev();
                let up = frames
                    .clone()
                    .position(|it| matches!(&it.elem, Elem::Record(it) if *it == table));
                let Some(up) = up.and_then(|it| u32::try_from(it).ok()) else {
                    self.outside_its_table(name, &table);
                    return Some(Typed::hole(name.span));
                };
                Node::RecordDecl { up, decl: reference }
            }
            DeclKind::RecordSet | DeclKind::Measure { .. } => {
                let words = Words::both("不是一个值", "not a value");
                self.report(
                    Diagnostic::new(Code::E0204, name.span)
                        .arg("name", name.text.clone())
                        .arg("what", words),
                );
                return Some(Typed::hole(name.span));
            }
            _ => Node::Decl(reference),
        };
        let mut typed = Typed::new(node, ty, name.span);
        typed.missing = missing;
        Some(self.narrowed(typed))
    }

    fn outside_its_table(&self, name: &Name, table: &Ref) {
        let table =
            self.unit.table_of(table).map_or(table.id.to_string(), |it| it.table.name.to_string());
        self.report(
            Diagnostic::new(Code::E0207, name.span)
                .arg("name", name.text.clone())
                .arg("table", table),
        );
    }

    /// A column of the code table in which the value is a key.
    fn column_of(&mut self, value: Typed, name: &Name, path: &Path) -> Typed {
        let codes = match &value.expr.ty.kind {
            TyKind::Code(it) => it.clone(),
            TyKind::Unknown => return Typed::hole(path.span),
            _ => {
                let found = super::ty::words(self.unit, &value.expr.ty.kind);
                self.report(
                    Diagnostic::new(Code::E0205, name.span)
                        .arg("name", name.text.clone())
                        .arg("found", found),
                );
                return Typed::hole(path.span);
            }
        };
        let Some(CodesView { table, columns, import, .. }) = self.unit.codes_of(&codes) else {
            return Typed::hole(path.span);
        };
        let column = columns.called(&name.text).and_then(|it| table.columns.get(it));
        let Some(column) = column else {
            let near = table.columns.iter().map(|it| it.name.to_string()).collect();
            let what =
                Words::both(format!("“{}”的列", table.name), format!("column of “{}”", table.name));
            self.unit.unknown(name, what, near);
            return Typed::hole(path.span);
        };
        let ty = match import.and_then(|it| self.unit.imports.get(it)) {
            Some(import) => self.unit.ty_from(import, &column.ty),
            None => column.ty.clone(),
        };
        let ty = Ty { kind: ty.kind, optional: column.default.is_none() };
        let column = Column { table: codes, id: column.id.clone(), slot: Slot::default() };
        let node = Node::Code { key: Box::new(value.expr), column };
        self.narrowed(Typed::new(node, ty, path.span))
    }
}
