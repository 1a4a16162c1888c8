//! What of the city's text is no longer needed on the new version.

use super::edits::{Declared, Edit, Texts, is_said};
use super::{Sides, What, Why};
use crate::check::{agree, part};
use crate::syntax::ast::{AttrKind, DeclKind, LineKind};

/// Declarations that have to go as a whole: the merged set has what the province has, or nothing.
pub(super) fn amendments(texts: &Texts, sides: Sides<'_>) -> Vec<Edit> {
    let idle = texts.decls().filter(|it| texts.now(&it.1.name.text) == it.1.name.text);
    idle.filter_map(|it| Some(texts.without_decl(it, why(it, sides)?))).collect()
}

/// Why a declaration is left out; nothing where it stays.
fn why((_, decl): Declared<'_>, sides: Sides<'_>) -> Option<Why> {
    let amends = decl.kind == DeclKind::Amend;
    let target =
        if amends || decl.kind == DeclKind::Disable { decl.target } else { Some(decl.kind) };
    let name = decl.name.text.as_str();
    // Code tables go row by row.
    if target == Some(DeclKind::Codes) {
        return None;
    }
    let of = |set| part(set, target, name);
    let (province, merged) = (of(sides.province).is_some(), of(sides.merged).is_some());
    match decl.kind {
        DeclKind::Amend | DeclKind::Disable if !province => (!merged).then_some(Why::Gone),
        DeclKind::Amend => same(sides, target, name),
        DeclKind::Disable => merged.then_some(Why::Province),
        // A declaration of the city's own that needs what the province decided otherwise.
        _ if of(sides.city).is_some() && !merged => Some(Why::Province),
        // A declaration of the city's own, where the province has one of that name by now.
        _ if province && of(sides.base).is_none() => same(sides, target, name),
        _ => None,
    }
}

/// Has the merged set what the province has? Because the city says the same, or as it was decided.
fn same(sides: Sides<'_>, target: Option<DeclKind>, name: &str) -> Option<Why> {
    let stands = agree(sides.merged, sides.province, target, name);
    let why =
        if agree(sides.city, sides.province, target, name) { Why::Same } else { Why::Province };
    stands.then_some(why)
}

/// Lines of what the province changed too, which may say what it says by now.
pub(super) fn lines(texts: &Texts, sides: Sides<'_>) -> Vec<Edit> {
    let mut out = Vec::new();
    for it in texts.decls().filter(|it| it.1.kind == DeclKind::Amend) {
        let name = it.1.name.text.as_str();
        let parts = it.1.lines.iter().filter(|it| is_said(&it.kind)).count() + it.1.attrs.len();
        // 因 is one of the parts.
        if parts > 2 && !agree(sides.base, sides.province, it.1.target, name) {
            out.extend(droppable(texts, it, Why::Same));
        }
    }
    out
}

/// Each line, and each number of the header, by itself.
pub(super) fn droppable(texts: &Texts, (file, decl): Declared<'_>, why: Why) -> Vec<Edit> {
    let lines = decl.lines.iter().filter(|it| is_said(&it.kind));
    let lines = lines.filter(|it| !matches!(it.kind, LineKind::File(_)));
    let lines = lines.map(|it| texts.without(file, it.span, why));
    let attrs = decl.attrs.iter().filter(|it| !matches!(it.kind, AttrKind::Because(_)));
    let attrs = attrs.map(|it| {
        let mut edit = texts.without(file, it.span, why);
        let word = texts.at(file, it.span).trim().to_owned();
        edit.what = What::Dropped { text: word, why };
        edit
    });
    lines.chain(attrs).collect()
}
