//! What is gained by going by the score: the share of events among the riskiest tenth, two tenths, …
//!
//! Households of equal score cannot be told apart. A border that falls into them takes its share of
//! them, and the same share of their events, as if they stood in any order.

use heng_dsl::value::Decimal;
use serde::Serialize;

use super::share::Tally;
use crate::stats::Fraction;

/// One tenth of the households, the riskiest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Tenth {
    /// 1 to 10
    pub number: u8,
    /// The lowest risk that still belongs to it, as the score has it.
    pub down_to: Decimal,
    /// Events in it; not whole where a border falls into households of equal score.
    pub events: Fraction,
    /// The share of its households with the event.
    pub share: Fraction,
    /// The share of all events that lies in it and in those before.
    pub captured: Fraction,
    /// How many times as often the event occurs in it and in those before as on the whole.
    pub lift: Fraction,
}

/// A point of the curve: everyone at least as risky as one value of the score.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CurvePoint {
    /// The value.
    pub score: Decimal,
    /// Households, cumulated from the riskiest.
    pub households: u64,
    /// Events, cumulated from the riskiest.
    pub events: u64,
}

/// The tenths of households in groups of the same score, riskiest first; empty where there is no
/// household or no event.
pub(super) fn tenths(groups: &[(Decimal, Tally)]) -> Vec<Tenth> {
    let households: u64 = groups.iter().map(|it| it.1.households).sum();
    let events: u64 = groups.iter().map(|it| it.1.events).sum();
    let of = Whole { households: i128::from(households), events: i128::from(events) };
    let tenths = (1..=10).scan(Fraction::new(0, 1), |before, number| {
        let (down_to, upto) = upto(groups, of.households, number)?;
        let tenth = of.tenth(number, down_to, (*before)?, upto);
        *before = Some(upto);
        tenth
    });
    tenths.collect()
}

/// The points of the curve.
pub(super) fn curve(groups: &[(Decimal, Tally)]) -> Vec<CurvePoint> {
    let mut sum = Tally::default();
    let point = |(score, group): &(Decimal, Tally)| {
        sum.households += group.households;
        sum.events += group.events;
        CurvePoint { score: *score, households: sum.households, events: sum.events }
    };
    groups.iter().map(point).collect()
}

/// Everybody who is compared.
#[derive(Clone, Copy)]
struct Whole {
    households: i128,
    events: i128,
}

impl Whole {
    fn tenth(
        self,
        number: u8,
        down_to: Decimal,
        before: Fraction,
        upto: Fraction,
    ) -> Option<Tenth> {
        let (low, high) = (before.part().checked_mul(upto.whole())?, upto.part());
        let inside = high.checked_mul(before.whole())?.checked_sub(low)?;
        let events = Fraction::new(inside, upto.whole().checked_mul(before.whole())?)?;
        let captured = upto.times(1, self.events)?;
        Some(Tenth {
            number,
            down_to,
            events,
            share: events.times(10, self.households)?,
            captured,
            lift: captured.times(10, i128::from(number))?,
        })
    }
}

/// The score at the border behind so many tenths, and the events before it.
fn upto(groups: &[(Decimal, Tally)], households: i128, tenths: u8) -> Option<(Decimal, Fraction)> {
    // All numbers of households are times ten.
    let border = households.checked_mul(i128::from(tenths))?;
    let (mut seen, mut events) = (0_i128, 0_i128);
    for (score, group) in groups {
        let size = i128::from(group.households).checked_mul(10)?;
        let (more, taken) = (i128::from(group.events), border - seen);
        if size > 0 && taken <= size {
            let part = more.checked_mul(taken)?.checked_add(events.checked_mul(size)?)?;
            return Some((*score, Fraction::new(part, size)?));
        }
        seen += size;
        events += more;
    }
    None
}

#[cfg(test)]
mod tests {
    use heng_dsl::value::Decimal;

    use super::{Tally, curve, tenths};

    fn groups(all: &[(i64, u64, u64)]) -> Vec<(Decimal, Tally)> {
        let one =
            |it: &(i64, u64, u64)| (Decimal::from(it.0), Tally { households: it.1, events: it.2 });
        all.iter().map(one).collect()
    }

    #[test]
    fn a_border_inside_equal_scores_takes_its_share_of_them() {
        // Twenty households, two a tenth: 3 at 50 with 3 events, 7 at 30 with 1, 10 at 0 with 1.
        let found = tenths(&groups(&[(50, 3, 3), (30, 7, 1), (0, 10, 1)]));
        let shown: Vec<String> = found
            .iter()
            .map(|it| {
                let (events, captured) = (it.events, it.captured);
                format!("{} {} {events} {} {captured} {}", it.number, it.down_to, it.share, it.lift)
            })
            .collect();
        // The second tenth has one of the 50 (an event) and one of seven 30s (a seventh of one).
        assert_eq!(shown[0], "1 50 2/1 1/1 2/5 4/1");
        assert_eq!(shown[1], "2 30 8/7 4/7 22/35 22/7");
        assert_eq!(shown[4], "5 30 2/7 1/7 4/5 8/5");
        assert_eq!(shown[9], "10 0 1/5 1/10 1/1 1/1");
        assert_eq!(shown.len(), 10);
    }

    #[test]
    fn nobody_and_no_event_have_no_tenths() {
        assert!(tenths(&[]).is_empty());
        assert!(tenths(&groups(&[(5, 10, 0)])).is_empty());
        assert_eq!(tenths(&groups(&[(5, 1, 1)])).len(), 10);
    }

    #[test]
    fn the_curve_ends_with_everybody() {
        let found = curve(&groups(&[(50, 3, 3), (30, 7, 1)]));
        let last = found.last().unwrap();
        assert_eq!((last.households, last.events, found.len()), (10, 4, 2));
    }
}
