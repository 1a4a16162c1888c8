//! Sources: where records, groups, periods, earlier results and households come from.

use super::names::Import;
use super::scope::{Elab, Elem, Frame, Local};
use super::unit::Unit as Package;
use crate::builtins::{self, BuiltinId, Family};
use crate::diag::{Code, Diagnostic, Words};
use crate::model::{CalendarUnit, Content, Expr, Node, Ref, Source, Ty, TyKind};
use crate::syntax::ast::{self, ExprKind};

/// What a source is.
#[derive(Debug, Clone)]
pub(super) enum Src {
    /// Something of this household.
    Own {
        /// The source.
        source: Source,
        /// What it consists of.
        elem: Elem,
        /// 称
        called: Option<String>,
    },
    /// Households of the register.
    Peers {
        /// 同 …
        keys: Vec<Expr>,
        /// May one of the keys be missing?
        optional: bool,
        /// 其中
        filter: Option<Expr>,
    },
}

impl Elab<'_, '_> {
    /// Could the expression be a source by its looks and names?
    pub(super) fn is_source(&self, expr: &ast::Expr) -> bool {
        match &expr.kind {
            ExprKind::Where { .. } | ExprKind::Same(_) => true,
            ExprKind::Paren(it) => self.is_source(it),
            ExprKind::By { item, milder: None, .. } => self.is_source(item),
            ExprKind::Call(name, _) => {
                builtins::find(&name.text).is_some_and(|it| it.family == Family::Calendar)
            }
            ExprKind::Path(path) => self.is_source_name(path),
            _ => false,
        }
    }

    fn is_source_name(&self, path: &ast::Path) -> bool {
        let name = match path.names.as_slice() {
            [only] => only.text.as_str(),
            [package, name] => return self.imported_set(package, name).is_some(),
            _ => return false,
        };
        let local = self.locals.iter().rfind(|it| it.0 == name);
        match local {
            Some((_, Local::Set(..))) => return true,
            Some(_) => return false,
            None => {}
        }
        matches!(name, "全体" | "everyone" | "历次结果" | "history" | "组" | "group")
            || self.unit.item(name).is_some_and(|it| self.unit.is_record_set(it))
            || (self.unit.table(name).is_some() && !self.is_value_name(path))
    }

    fn imported_set(
        &self,
        package: &ast::Name,
        name: &ast::Name,
    ) -> Option<(&Import<'_>, &crate::model::Decl)> {
        let import = self.unit.imports.get(self.unit.import(&package.text)?)?;
        let decl = import.index.decl(import.set, &name.text)?;
        (decl.kind == crate::model::DeclKind::RecordSet).then_some((import, decl))
    }

    /// A source; reports where it is none.
    pub(super) fn source(&mut self, expr: &ast::Expr) -> Option<Src> {
        let unit = self.unit;
        unit.stack.part(|| self.source_inside(expr))
    }

    fn source_inside(&mut self, expr: &ast::Expr) -> Option<Src> {
        match &expr.kind {
            ExprKind::Missing => None,
            ExprKind::Paren(it) => self.source(it),
            ExprKind::Path(path) => self.source_name(path),
            ExprKind::Where { source, called, condition } => {
                let src = self.source(source)?;
                let called = called.as_ref().map(|it| it.text.clone());
                Some(self.filtered(src, called, condition.as_deref()))
            }
            ExprKind::By { item, key, milder: None } => self.grouped(item, key),
            ExprKind::Same(paths) => Some(self.same(paths)),
            ExprKind::Call(name, args) => self.calendar(name, args),
            _ => {
                self.no_source(expr.span);
                None
            }
        }
    }

    /// A source of this household, and not households of the register.
    pub(super) fn own_source(
        &mut self,
        expr: &ast::Expr,
    ) -> Option<(Source, Elem, Option<String>)> {
        match self.source(expr)? {
            Src::Own { source, elem, called } => Some((source, elem, called)),
            Src::Peers { .. } => {
                self.no_source(expr.span);
                None
            }
        }
    }

    fn no_source(&self, span: crate::span::Span) {
        self.report(Diagnostic::new(Code::E0308, span).arg("text", self.unit.text(span)));
    }

    fn source_name(&mut self, path: &ast::Path) -> Option<Src> {
        let own = |source, elem| Some(Src::Own { source, elem, called: None });
        let name = match path.names.as_slice() {
            [only] => only,
            [package, name] => {
                let found = self.imported_set(package, name).and_then(|(import, decl)| {
                    let elem = elem_of_set(self.unit, Some(import), decl)?;
                    Some((Source::Named(Ref::of(&import.name, &decl.id)), elem))
                });
                return match found {
                    Some((source, elem)) => own(source, elem),
                    None => {
                        self.no_source(path.span);
                        None
                    }
                };
            }
            _ => {
                self.no_source(path.span);
                return None;
            }
        };
        if let Some((_, local)) = self.locals.iter().rfind(|it| it.0 == name.text)
            && let Local::Set(source, elem) = local.clone()
        {
            return own(source, elem);
        }
        match name.text.as_str() {
            "全体" | "everyone" => {
                return Some(Src::Peers { keys: Vec::new(), optional: false, filter: None });
            }
            "历次结果" | "history" => return own(Source::History, Elem::History),
            "组" | "group" => return self.members(name),
            _ => {}
        }
        if let Some(view) = self.unit.table(&name.text) {
            let table = view.reference;
            return own(Source::Table(table.clone()), Elem::Record(table));
        }
        if let Some(item) = self.unit.item(&name.text).filter(|it| self.unit.is_record_set(*it)) {
            let id = self.unit.items[item].id.clone();
            self.unit.note_read(&self.owner, &id, name.span);
            let elem = self.unit.set_elem(item)?;
            return own(Source::Named(Ref::own(&id)), elem);
        }
        let mut near: Vec<String> = self.unit.table_names();
        let sets = self.unit.items.iter().enumerate().filter(|it| self.unit.is_record_set(it.0));
        near.extend(sets.map(|it| it.1.name.to_string()));
        if self.is_value_name(path) {
            self.no_source(path.span);
        } else {
            self.unit.unknown(name, Words::both("记录", "set of records"), near);
        }
        None
    }

    fn members(&mut self, name: &ast::Name) -> Option<Src> {
        let found = self.frames.iter().rev().enumerate().find_map(|(up, it)| match &it.elem {
            Elem::Group { of, .. } => Some((u32::try_from(up).ok()?, (**of).clone())),
            _ => None,
        });
        let Some((up, elem)) = found else {
            self.no_source(name.span);
            return None;
        };
        Some(Src::Own { source: Source::Members { up }, elem, called: None })
    }

    fn filtered(&mut self, src: Src, called: Option<String>, condition: Option<&ast::Expr>) -> Src {
        match src {
            Src::Own { source, elem, called: before } => {
                let called = called.or(before);
                let Some(condition) = condition else { return Src::Own { source, elem, called } };
                let frame = Frame { elem: elem.clone(), called: called.clone() };
                let condition = self.bound(frame, |it| it.condition(condition));
                let source =
                    Source::Filter { of: Box::new(source), condition: Box::new(condition) };
                Src::Own { source, elem, called }
            }
            Src::Peers { keys, optional, filter } => {
                let Some(condition) = condition else {
                    return Src::Peers { keys, optional, filter };
                };
                let more = self.among_peers(|it| it.condition(condition));
                let filter = match filter {
                    Some(first) => Expr { ty: Ty::bool(), node: Node::And(vec![first, more]) },
                    None => more,
                };
                Src::Peers { keys, optional, filter: Some(filter) }
            }
        }
    }

    fn grouped(&mut self, item: &ast::Expr, key: &ast::Path) -> Option<Src> {
        let (source, elem, called) = self.own_source(item)?;
        let value = self.bound(Frame { elem: elem.clone(), called }, |it| it.path(key, None));
        let name = key.names.last().map(|it| it.text.clone()).unwrap_or_default();
        if value.is_unknown() {
            return None;
        }
        if value.expr.ty.kind == TyKind::Date && self.ends_in_param(item) {
            self.report(Diagnostic::new(Code::E0322, key.span).arg("key", name.clone()));
        }
        // Elements whose key is missing are left out, so that the key of a group is always there.
        let ty = Ty::present(value.expr.ty.kind.clone());
        let source = Source::Group { of: Box::new(source), key: Box::new(value.expr) };
        Some(Src::Own {
            source,
            elem: Elem::Group { key: name, ty, of: Box::new(elem) },
            called: None,
        })
    }

    /// Does a condition end with a parameter? Then 按 could also ask for its value of another date.
    fn ends_in_param(&self, item: &ast::Expr) -> bool {
        let last = match &item.kind {
            ExprKind::Where { condition: Some(it), .. } => it,
            ExprKind::Compare(_, _, it) => it,
            ExprKind::And(all) | ExprKind::Or(all) => {
                return all.last().is_some_and(|it| self.ends_in_param(it));
            }
            ExprKind::Path(path) => {
                let name = path.names.last().map_or("", |it| it.text.as_str());
                return self.unit.item(name).is_some_and(|it| self.unit.is_param(it));
            }
            _ => return false,
        };
        self.ends_in_param(last)
    }

    fn same(&mut self, paths: &[ast::Path]) -> Src {
        let mut optional = false;
        let keys = paths.iter().map(|path| {
            // The key is read of every household, so it speaks of none in particular.
            let key = self.among_peers_softly(|it| it.path(path, None));
            optional |= key.missing.is_some();
            key.expr
        });
        let keys = keys.collect();
        Src::Peers { keys, optional, filter: None }
    }

    /// Like [`Elab::among_peers`], where `本户.` may be written because it is true of each household.
    fn among_peers_softly<T>(&mut self, work: impl FnOnce(&mut Self) -> T) -> T {
        self.among_peers(|it| {
            it.peers = false;
            work(it)
        })
    }

    fn calendar(&mut self, name: &ast::Name, args: &[ast::Expr]) -> Option<Src> {
        let builtin = builtins::find(&name.text);
        let unit = match builtin.map(|it| it.id) {
            Some(BuiltinId::CalendarYears) => Some(CalendarUnit::Year),
            Some(BuiltinId::CalendarQuarters) => Some(CalendarUnit::Quarter),
            Some(BuiltinId::CalendarMonths) => Some(CalendarUnit::Month),
            _ => None,
        };
        let (Some(builtin), Some(unit)) = (builtin, unit) else {
            self.no_source(name.span);
            return None;
        };
        let [count] = args else {
            self.wrong_count(name, builtin, args.len());
            return None;
        };
        let count = self.constant(count, None)?;
        let whole = count.ty.as_number().is_some_and(|it| it.places == 0);
        if !whole {
            self.mismatch(args[0].span, Words::both("整数", "a whole number"), &count.ty.kind);
            return None;
        }
        let source = Source::Calendar { unit, count: Box::new(count) };
        Some(Src::Own { source, elem: Elem::Calendar(unit), called: None })
    }
}

/// What a named set of another package, or of the base, consists of.
pub(super) fn elem_of_set(
    package: &Package<'_>,
    from: Option<&Import<'_>>,
    decl: &crate::model::Decl,
) -> Option<Elem> {
    let version = decl.versions.first()?;
    match &version.content {
        Content::Source(it) => elem_of(package, from, it),
        _ => None,
    }
}

/// What a source of this package, its base or another package consists of.
pub(super) fn elem_of(
    package: &Package<'_>,
    from: Option<&Import<'_>>,
    source: &Source,
) -> Option<Elem> {
    let here = |it: &Ref| from.map_or_else(|| it.clone(), |from| package.seen_from_here(from, it));
    match source {
        Source::Table(it) => Some(Elem::Record(here(it))),
        Source::Named(it) => {
            let set = from.map_or(package.base, |it| Some(it.set))?;
            let decl = set.decls.iter().find(|decl| decl.id == it.id && it.package.is_none())?;
            elem_of_set(package, from, decl)
        }
        Source::Filter { of, .. } => elem_of(package, from, of),
        Source::Group { of, key } => {
            let name = match &key.node {
                Node::RecordField { column, .. } => column.id.to_string(),
                Node::RecordDecl { decl, .. } | Node::Decl(decl) => decl.id.to_string(),
                _ => String::new(),
            };
            let kind = match (&key.ty.kind, from) {
                (_, Some(from)) => package.ty_from(from, &key.ty).kind,
                (kind, None) => kind.clone(),
            };
            let ty = Ty::present(if kind == TyKind::Unknown { TyKind::Text } else { kind });
            Some(Elem::Group { key: name, ty, of: Box::new(elem_of(package, from, of)?) })
        }
        Source::Calendar { unit, .. } => Some(Elem::Calendar(*unit)),
        Source::History => Some(Elem::History),
        Source::Members { .. } => None,
    }
}
