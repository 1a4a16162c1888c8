//! Differences between what a declaration says during one period.

use super::align;
use super::change::{Aspect, Kind, Part};
use super::choose::{Difference, TYPES, Walk};
use super::formula::About;
use crate::model::normal::{form, key};
use crate::model::{
    Bounds, ConditionalBound, Content, Expr, Let, ListRule, Matrix, Node, Ref, Template, Ty,
    TyKind, Version,
};
use crate::value::Decimal;

impl Walk<'_> {
    /// A declaration during one period.
    pub(super) fn version(
        &mut self,
        old: &Version,
        new: &Version,
        tys: &[Ty; 2],
        param: bool,
    ) -> Version {
        let mut out = old.clone();
        self.legal(&mut out.legal, &new.legal);
        let names = |it: &Version| it.lets.iter().map(|it| it.name.clone()).collect::<Vec<_>>();
        let typed = |it: &Version| it.lets.iter().map(|it| key(&it.ty.kind)).collect::<Vec<_>>();
        if names(old) != names(new) || (typed(old) != typed(new) && old.lets != new.lets) {
            self.body(&mut out, old, new);
            return out;
        }
        let about = About::new(Aspect::Applies, Kind::Scope);
        out.applies = self.optional_condition(old.applies.as_ref(), new.applies.as_ref(), &about);
        for (at, (a, b)) in old.lets.iter().zip(&new.lets).enumerate() {
            self.at.local = Some(b.name.clone());
            out.lets[at] = self.local(a, b);
        }
        self.at.local = None;
        let header = std::mem::replace(
            &mut self.at.origins,
            [old.content_origin.clone(), new.content_origin.clone()],
        );
        out.content = self.content(&old.content, &new.content, tys, param);
        self.at.origins = header;
        if out.content != old.content {
            out.content_origin = new.content_origin.clone();
        }
        out.bounds = self.bounds(&old.bounds, &new.bounds, &tys[1]);
        out.conditional = self.conditional(&old.conditional, &new.conditional);
        if old
            .accepted
            .iter()
            .map(|it| (it.what, &it.because))
            .ne(new.accepted.iter().map(|it| (it.what, &it.because)))
        {
            let part = |it: &Version| {
                let all: Vec<&str> = it.accepted.iter().map(|it| it.because.as_str()).collect();
                Part::Text(all.join("；"))
            };
            if self.wants(Difference::of(Kind::Metadata, Aspect::Accepted, part(old), part(new))) {
                out.accepted.clone_from(&new.accepted);
            }
        }
        out.reason = self.reason(old.reason.as_ref(), new.reason.as_ref());
        out
    }

    fn body(&mut self, out: &mut Version, old: &Version, new: &Version) {
        let part = |it: &Version| Part::Version(Box::new(it.clone()));
        let it = Difference::of(Kind::Structure, Aspect::Body, part(old), part(new));
        if self.wants(it) {
            let (period, legal) = (out.period, out.legal.clone());
            *out = Version { period, legal, ..new.clone() };
        }
    }

    fn local(&mut self, old: &Let, new: &Let) -> Let {
        let mut out = old.clone();
        if old.ty != new.ty {
            let it = Difference::of(
                Kind::Data,
                Aspect::Type,
                Part::Type(old.ty.clone()),
                Part::Type(new.ty.clone()),
            );
            if self.wants(it.within(TYPES)) {
                out.ty = new.ty.clone();
            }
        }
        let tys = [old.ty.clone(), new.ty.clone()];
        out.content = self.content(&old.content, &new.content, &tys, false);
        out
    }

    fn content(&mut self, old: &Content, new: &Content, tys: &[Ty; 2], param: bool) -> Content {
        let local = self.at.local.clone();
        let formula = local.map_or(Aspect::Formula, Aspect::Local);
        match (old, new) {
            (Content::Formula(a), Content::Formula(b)) => {
                let about = if param && is_literal(a) && is_literal(b) {
                    let role = self.facts.role(&self.at.package, &self.at.thing.id);
                    About::new(Aspect::Value(role), role.kind())
                } else {
                    About::new(formula, Kind::Structure)
                };
                Content::Formula(self.expr(a, b, &about))
            }
            (Content::Table(a), Content::Table(b)) => Content::Table(self.table(a, b)),
            (Content::Each(a), Content::Each(b)) => Content::Each(self.each(a, b)),
            (Content::Matrix(a), Content::Matrix(b)) => Content::Matrix(self.matrix(a, b, tys)),
            (Content::Condition(a), Content::Condition(b)) => {
                let about = About::new(Aspect::Condition, Kind::Scope);
                Content::Condition(self.condition(a, b, &about))
            }
            (Content::Source(a), Content::Source(b)) => {
                Content::Source(self.source(a, b, &About::new(formula, Kind::Scope)))
            }
            (Content::Parts, Content::Parts) => Content::Parts,
            (Content::List(a), Content::List(b)) => Content::List(self.list(a, b)),
            (old, new) => {
                let part = |it: &Content| Part::Content(Box::new(it.clone()));
                let it = Difference::of(Kind::Structure, formula, part(old), part(new));
                if self.wants(it) { new.clone() } else { old.clone() }
            }
        }
    }

    fn matrix(&mut self, old: &Matrix, new: &Matrix, tys: &[Ty; 2]) -> Matrix {
        if old.cells == new.cells && heads(old) == heads(new) {
            return old.clone();
        }
        let moved = |(a, b): (&Vec<Option<u16>>, &Vec<Option<u16>>)| {
            a.iter().zip(b).filter(|(a, b)| a != b).count()
        };
        let count: usize = old.cells.iter().zip(&new.cells).map(moved).sum();
        let sizes = |it: &Matrix| it.cells.iter().map(Vec::len).collect::<Vec<_>>();
        if heads(old) != heads(new) || sizes(old) != sizes(new) || count > MOST_CELLS {
            let part = |it: &Matrix| Part::Content(Box::new(Content::Matrix(it.clone())));
            let it = Difference::of(Kind::Structure, Aspect::Formula, part(old), part(new));
            return if self.wants(it) { new.clone() } else { old.clone() };
        }
        // Each side is told in its own version, where types have other numbers.
        let grade = |side: usize, it: &Matrix| match &tys[side].kind {
            TyKind::Member(it) => it.clone(),
            _ => it.row_grade.clone(),
        };
        let grades = [grade(0, old), grade(1, new)];
        let mut out = old.clone();
        for (row, (a, b)) in old.cells.iter().zip(&new.cells).enumerate() {
            for (column, (a, b)) in a.iter().zip(b).enumerate().filter(|(_, (a, b))| a != b) {
                let part = |it: &Option<u16>, side: usize| Part::Grade(*it, grades[side].clone());
                let it = Difference::of(
                    Kind::Structure,
                    Aspect::Crossing(row, column),
                    part(a, 0),
                    part(b, 1),
                );
                let it = it.at(old.origins.get(row), new.origins.get(row));
                if self.wants(it) {
                    out.cells[row][column] = *b;
                    out.mode = new.mode;
                    if let (Some(to), Some(from)) = (out.origins.get_mut(row), new.origins.get(row))
                    {
                        to.clone_from(from);
                    }
                }
            }
        }
        out
    }

    fn list(&mut self, old: &ListRule, new: &ListRule) -> ListRule {
        let admit =
            self.condition(&old.admit, &new.admit, &About::new(Aspect::Condition, Kind::Scope));
        let about = About::new(Aspect::Removal, Kind::Scope);
        let remove = self.optional_condition(old.remove.as_ref(), new.remove.as_ref(), &about);
        let mut quota = old.quota.clone();
        let forms = |it: &ListRule| {
            let quota = it.quota.as_ref()?;
            let keys: Vec<_> = quota.keys.iter().map(|it| (form(&it.0), it.1)).collect();
            Some((form(&quota.top), keys))
        };
        if forms(old) != forms(new) {
            let part =
                |it: &ListRule| it.quota.as_ref().map(|it| Part::Expr(Box::new(it.top.clone())));
            let it = Difference::one_sided(Kind::Structure, Aspect::Quota, part(old), part(new));
            if self.wants(it) {
                quota.clone_from(&new.quota);
            }
        }
        ListRule { admit, remove, quota }
    }

    fn bounds(&mut self, old: &Bounds, new: &Bounds, ty: &Ty) -> Bounds {
        let mut out = old.clone();
        let numbers = [
            (Aspect::Max, &mut out.max, new.max),
            (Aspect::Cap, &mut out.cap, new.cap),
            (Aspect::Floor, &mut out.floor, new.floor),
            (Aspect::Base, &mut out.base, new.base),
        ];
        for (aspect, to, from) in numbers {
            if *to == from {
                continue;
            }
            let part = |it: Option<Decimal>| it.map(|it| Part::Number(it, ty.clone()));
            if self.wants(Difference::one_sided(Kind::Weight, aspect, part(*to), part(from))) {
                *to = from;
            }
        }
        let about = About::new(Aspect::Weight, Kind::Weight);
        out.weight = self.optional_expr(old.weight.as_ref(), new.weight.as_ref(), &about);
        out
    }

    fn conditional(
        &mut self,
        old: &[ConditionalBound],
        new: &[ConditionalBound],
    ) -> Vec<ConditionalBound> {
        let keys = |all: &[ConditionalBound]| {
            all.iter().map(|it| (it.cap, form(&it.when))).collect::<Vec<_>>()
        };
        let mut out = Vec::new();
        for pair in align::by_key(&keys(old), &keys(new)) {
            match (pair.old.and_then(|it| old.get(it)), pair.new.and_then(|it| new.get(it))) {
                (Some(a), Some(b)) => {
                    let mut made = a.clone();
                    made.value =
                        self.expr(&a.value, &b.value, &About::new(Aspect::Bound, Kind::Weight));
                    out.push(made);
                }
                (Some(one), None) | (None, Some(one)) => {
                    let is_new = pair.old.is_none();
                    let part = Some(Part::Bound(Box::new(one.clone())));
                    let (before, after) = if is_new { (None, part) } else { (part, None) };
                    let it = Difference::one_sided(Kind::Weight, Aspect::Bound, before, after);
                    if self.wants(it.at(Some(&one.origin), Some(&one.origin))) == is_new {
                        out.push(one.clone());
                    }
                }
                (None, None) => {}
            }
        }
        out
    }

    fn reason(&mut self, old: Option<&Template>, new: Option<&Template>) -> Option<Template> {
        if old.map(|it| &it.parts) == new.map(|it| &it.parts) {
            return old.cloned();
        }
        let part = |it: Option<&Template>| it.cloned().map(Part::Template);
        let it = Difference::one_sided(Kind::Metadata, Aspect::Reason, part(old), part(new));
        let it = it.at(old.map(|it| &it.origin), new.map(|it| &it.origin));
        if self.wants(it) { new.cloned() } else { old.cloned() }
    }
}

/// More cells than this are shown as a matrix.
const MOST_CELLS: usize = 4;

fn heads(it: &Matrix) -> [&Ref; 4] {
    [&it.rows, &it.row_grade, &it.columns, &it.column_grade]
}

fn is_literal(it: &Expr) -> bool {
    matches!(it.node, Node::Const(_))
}
