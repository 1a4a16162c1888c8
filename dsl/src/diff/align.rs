//! Which elements of two lists belong together, and the order in which both stand in one list.

/// An element of either list, or of both.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Pair {
    /// Its number in the old list.
    pub(super) old: Option<usize>,
    /// Its number in the new list.
    pub(super) new: Option<usize>,
    /// For what only one list has: the number in the old list of the last common element before it.
    pub(super) gap: Option<usize>,
}

/// Pairs the elements of two lists whose keys are equal; of several with one key the first with the first.
pub(super) fn by_key<K: PartialEq>(old: &[K], new: &[K]) -> Vec<Pair> {
    let mut free: Vec<bool> = vec![true; old.len()];
    let partner: Vec<Option<usize>> = new
        .iter()
        .map(|key| {
            let at = old.iter().zip(&free).position(|(it, free)| *free && it == key)?;
            free[at] = false;
            Some(at)
        })
        .collect();
    merged(&partner, old.len())
}

/// Both lists in one, in the order of the new one; what only the old one has stands behind what it stood
/// behind there. `partner` has the number in the old list of each element of the new one.
pub(super) fn merged(partner: &[Option<usize>], old: usize) -> Vec<Pair> {
    let mut gap = None;
    let mut pairs: Vec<Pair> = Vec::with_capacity(partner.len());
    for (new, old) in partner.iter().enumerate() {
        gap = old.or(gap);
        pairs.push(Pair { old: *old, new: Some(new), gap });
    }
    let mut gap = None;
    for at in 0..old {
        if partner.contains(&Some(at)) {
            gap = Some(at);
            continue;
        }
        // Behind its neighbour, and behind what was put there before it.
        let is_neighbour = |it: &Pair| it.old.is_some() && it.old == at.checked_sub(1);
        let behind = pairs.iter().position(is_neighbour).map_or(0, |it| it + 1);
        pairs.insert(behind, Pair { old: Some(at), new: None, gap });
    }
    pairs
}

/// The same in the order of the old list.
pub(super) fn in_old_order(pairs: &[Pair]) -> Vec<Pair> {
    let mut out: Vec<Pair> = pairs.iter().filter(|it| it.old.is_some()).copied().collect();
    out.sort_by_key(|it| it.old);
    let mut before: Option<Pair> = None;
    for it in pairs {
        if it.old.is_none() {
            let behind = before.and_then(|before| out.iter().position(|it| *it == before));
            out.insert(behind.map_or(0, |it| it + 1), *it);
        }
        before = Some(*it);
    }
    out
}

/// Do common elements stand in another order?
pub(super) fn reordered(pairs: &[Pair]) -> bool {
    let both = pairs.iter().filter(|it| it.new.is_some()).filter_map(|it| it.old);
    !both.is_sorted()
}

#[cfg(test)]
mod tests {
    use super::{by_key, in_old_order, reordered};

    fn shown(old: &str, new: &str) -> (String, String, bool) {
        let (a, b): (Vec<char>, Vec<char>) = (old.chars().collect(), new.chars().collect());
        let pairs = by_key(&a, &b);
        let text = |pairs: &[super::Pair]| -> String {
            pairs.iter().map(|it| it.new.map_or_else(|| a[it.old.unwrap()], |it| b[it])).collect()
        };
        (text(&pairs), text(&in_old_order(&pairs)), reordered(&pairs))
    }

    #[test]
    fn one_list_holds_both_in_either_order() {
        assert_eq!(shown("abcd", "axd"), ("abcxd".into(), "abcxd".into(), false));
        assert_eq!(shown("abc", "cab"), ("cab".into(), "abc".into(), true));
        assert_eq!(shown("", "ab"), ("ab".into(), "ab".into(), false));
        assert_eq!(shown("ab", ""), ("ab".into(), "ab".into(), false));
    }
}
