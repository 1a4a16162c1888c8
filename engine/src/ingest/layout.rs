//! Which file is which table, and which column is which field.

/// The candidate that is nearest to a name, if any is near: at most half of the longer one differs.
pub(crate) fn nearest<'c>(
    name: &str,
    candidates: impl Iterator<Item = &'c str>,
) -> Option<&'c str> {
    let with_distance = candidates.map(|it| (strsim::levenshtein(name, it), it));
    let (distance, best) = with_distance.min()?;
    let longer = name.chars().count().max(best.chars().count());
    (distance * 2 <= longer).then_some(best)
}
