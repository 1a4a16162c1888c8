//! Rare situations, played by chosen households, so that every rule of the sets has somebody to
//! speak of. Every 20th household plays one, in turn; a city of three thousand has each at least
//! twice. Apart from it, such a household makes no trouble, so that its result shows the situation.

mod food;
mod general;
mod records;

use super::dossier::Dossier;

/// A situation.
pub(super) struct Situation {
    /// What it is about, in a few words.
    name: &'static str,
    /// The trade that the household has for it.
    pub(super) trade: Option<&'static str>,
    /// Puts it into the records, after the ordinary ones were drawn.
    happen: fn(&mut Dossier),
}

/// How many households there are to one that plays a situation.
const EVERY: u32 = 20;

/// Which household of those plays it: one that is in no group.
const TURN: u32 = 17;

/// What each situation is about, in a few words.
pub(super) fn names() -> Vec<&'static str> {
    all().map(|it| it.name).collect()
}

/// The situation of a household, if it plays one.
pub(super) fn of(number: u32) -> Option<&'static Situation> {
    if number % EVERY != TURN {
        return None;
    }
    let at = usize::try_from(number / EVERY).unwrap_or(0);
    all().nth(at % all().count())
}

/// Lets the situation of the household happen, if it plays one.
pub(super) fn stage(it: &mut Dossier) {
    if let Some(situation) = it.situation {
        (situation.happen)(it);
    }
}

/// All of them.
fn all() -> impl Iterator<Item = &'static Situation> {
    records::SITUATIONS.iter().chain(general::SITUATIONS).chain(food::SITUATIONS)
}

/// A situation of any trade.
const fn any(name: &'static str, happen: fn(&mut Dossier)) -> Situation {
    Situation { name, trade: None, happen }
}

/// A situation of a certain trade.
const fn of_trade(trade: &'static str, name: &'static str, happen: fn(&mut Dossier)) -> Situation {
    Situation { name, trade: Some(trade), happen }
}

#[cfg(test)]
mod tests {
    use super::super::group::Group;
    use super::{all, of};

    #[test]
    fn each_situation_is_played_twice_in_a_city_of_three_thousand() {
        assert!((0..3000).all(|it| of(it).is_none() || Group::of(it).is_none()));
        for situation in all() {
            let players = (0..3000).filter_map(of).filter(|it| it.name == situation.name).count();
            assert!(players >= 2, "{}: {players}", situation.name);
        }
    }
}
