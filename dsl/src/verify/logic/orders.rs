//! Values that lie so far apart at most: differences, closed under addition.

/// `left − right ≤ by`, in the smallest step of what both count.
pub(super) type Edge = (usize, usize, i128);

/// The place of zero among the values: what a difference with it says is a bound.
pub(super) const ZERO: usize = 0;

/// The closest bounds that follow from some differences.
pub(super) struct Orders {
    count: usize,
    least: Vec<Option<i128>>,
}

impl Orders {
    /// Works out what follows; `None` where the differences contradict each other.
    pub(super) fn of(count: usize, edges: impl Iterator<Item = Edge>) -> Option<Self> {
        let mut out = Self { count, least: vec![None; count * count] };
        for at in 0..count {
            out.least[at * count + at] = Some(0);
        }
        for (left, right, by) in edges {
            let place = &mut out.least[left * count + right];
            *place = Some(place.map_or(by, |it| it.min(by)));
        }
        for through in 0..count {
            for left in 0..count {
                let Some(first) = out.least[left * count + through] else { continue };
                for right in 0..count {
                    let Some(second) = out.least[through * count + right] else { continue };
                    let Some(sum) = first.checked_add(second) else { continue };
                    let place = &mut out.least[left * count + right];
                    *place = Some(place.map_or(sum, |it| it.min(sum)));
                }
            }
        }
        let fine = (0..count).all(|it| out.least[it * count + it].is_none_or(|it| it >= 0));
        fine.then_some(out)
    }

    /// The least and the greatest value, where there are any.
    pub(super) fn bounds(&self, of: usize) -> (Option<i128>, Option<i128>) {
        let low = self.least[ZERO * self.count + of].and_then(i128::checked_neg);
        (low, self.least[of * self.count + ZERO])
    }
}

#[cfg(test)]
mod tests {
    use super::{Orders, ZERO};

    #[test]
    fn what_lies_between_is_bounded_and_a_circle_below_zero_is_refused() {
        let edges = [(1, 2, 3), (2, ZERO, 4), (ZERO, 1, -1)];
        let orders = Orders::of(3, edges.into_iter()).unwrap();
        assert_eq!(orders.bounds(1), (Some(1), Some(7)));
        assert_eq!(orders.bounds(2), (Some(-2), Some(4)));
        assert!(Orders::of(3, edges.into_iter().chain([(2, 1, -4)])).is_none());
    }
}
