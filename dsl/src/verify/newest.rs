//! Columns that are values of one and the same record: whether they are missing is one question.

use super::reach::Reach;
use crate::builtins::BuiltinId::{Earliest, Largest, Latest, Smallest};
use crate::model::{Content, Expr, Let, Node, Source};

/// Values that a column is followed through.
const MAX_FOLLOWED: u32 = 8;

/// The records of which a column is a value of one, and whether it is there wherever there is such a record.
pub(super) fn of<'a>(
    column: &'a Expr,
    lets: &'a [Let],
    reach: &'a Reach<'_>,
) -> Option<(&'a Source, bool)> {
    let (mut at, mut lets) = (column, lets);
    for _ in 0..MAX_FOLLOWED {
        let content = match &at.node {
            Node::Aggregate {
                builtin: Earliest | Largest | Latest | Smallest,
                source,
                arg: Some(arg),
            } => return Some((source, !arg.ty.optional)),
            Node::Local(number) => &lets.get(usize::try_from(*number).ok()?)?.content,
            // Elsewhere records have other names.
            Node::Decl(it) if it.package.is_none() => {
                let decl = reach.linked.decl(it.slot.index());
                let version = reach.in_force(decl).filter(|it| it.applies.is_none())?;
                lets = &version.lets;
                &version.content
            }
            _ => return None,
        };
        let Content::Formula(formula) = content else { return None };
        at = formula;
    }
    None
}
