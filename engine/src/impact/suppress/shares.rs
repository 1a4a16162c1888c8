//! The parts of changes, and the households that stand for others, of a flow that is handed on.
//!
//! Parts sum to the flow. One that is small tells of a few households like a count would, and one that is left
//! out alone is the flow less the others; so the next smallest go with it until what is left out is no longer
//! small.

use std::collections::BTreeSet;

use super::super::{FlowImpact, Part};
use crate::stats::Fraction;

/// Leaves out small parts, and those that would give them away.
pub(super) fn leave_out(flow: &mut FlowImpact, least: usize) {
    let Some(limit) = i128::try_from(least).ok().and_then(|it| Fraction::new(it, 1)) else {
        return;
    };
    let size = |it: &Part| {
        if it.households < Fraction::ZERO { it.households.negated() } else { it.households }
    };
    let counted = |it: &usize| flow.parts.get(*it).is_some_and(|it| size(it) > Fraction::ZERO);
    let mut order: Vec<usize> = (0..flow.parts.len()).filter(counted).collect();
    order.sort_by(|a, b| size(&flow.parts[*a]).cmp(&size(&flow.parts[*b])).then(a.cmp(b)));
    if order.first().is_none_or(|it| size(&flow.parts[*it]) >= limit) {
        return;
    }
    let (mut out, mut sum) = (BTreeSet::new(), Fraction::ZERO);
    for at in order {
        let part = size(&flow.parts[at]);
        if part >= limit && sum >= limit && out.len() >= 2 {
            break;
        }
        out.insert(at);
        sum = sum.checked_add(part).unwrap_or(limit);
    }
    let parts = std::mem::take(&mut flow.parts).into_iter().enumerate();
    flow.parts = parts.filter(|it| !out.contains(&it.0)).map(|it| it.1).collect();
}

/// Keeps households that stand for enough others, and none of them where the rest would be few.
pub(super) fn stand_for_enough(flow: &mut FlowImpact, least: usize) {
    let all = flow.count.count().unwrap_or_default();
    flow.cases.retain(|it| it.stands_for >= least);
    let rest = |flow: &FlowImpact| {
        all.saturating_sub(flow.cases.iter().map(|it| it.stands_for).sum::<usize>())
    };
    while (1..least).contains(&rest(flow)) && flow.cases.pop().is_some() {}
}
