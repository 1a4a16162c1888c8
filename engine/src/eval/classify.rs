//! From the grade of the score to the grade: direct determinations (`language.md` §3.12).

use heng_dsl::model::{Decide, DecideEffect};
use heng_dsl::value::Value;

use super::Working;
use super::expr::not_bool;
use super::scope::Frame;
use super::table::Note;
use crate::outcome::{DecideStep, Fate, Hit, RuleId, Step};

/// A direct determination that hit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Hitting {
    /// Its number among those of the classification.
    pub(crate) decide: usize,
    /// 优先
    pub(crate) first: bool,
    /// Shifts that add up with each other.
    pub(crate) adds_up: bool,
    /// What it does.
    pub(crate) effect: DecideEffectKind,
}

/// [`DecideEffect`] by value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum DecideEffectKind {
    Set(u16),
    Shift { up: bool, by: u16, limit: Option<u16> },
}

impl From<&DecideEffect> for DecideEffectKind {
    fn from(effect: &DecideEffect) -> Self {
        match effect {
            DecideEffect::Set(grade) => Self::Set(*grade),
            DecideEffect::Raise { by, limit } => Self::Shift { up: true, by: *by, limit: *limit },
            DecideEffect::Lower { by, limit } => Self::Shift { up: false, by: *by, limit: *limit },
        }
    }
}

impl<'e> Working<'e> {
    /// The grade of a household whose score gives `by_score`. A condition that cannot be worked out
    /// makes the grade an error: it might have decided.
    pub(super) fn classify(&mut self, slot: usize, by_score: u16, grade: usize) -> Value {
        if let Some(step) = &mut self.step {
            step.grade_by_score = Some(by_score);
        }
        let mut hits = Vec::new();
        let mut notes = Vec::new();
        for (number, decide) in self.linked.decides(slot).enumerate() {
            let own = self.step.take();
            self.step = own.is_some().then(|| Step { decl: slot, ..Step::default() });
            let outcome = self.hit(decide, (slot, number));
            let note = std::mem::replace(&mut self.step, own);
            match outcome {
                Ok(None) => {}
                Ok(Some(effect)) => {
                    let (first, adds_up) = (decide.first, decide.adds_up);
                    hits.push(Hitting { decide: number, first, adds_up, effect });
                    notes.extend(note.map(|it| (number, it)));
                }
                Err(error) => return error,
            }
        }
        let last = self.linked.enumeration(grade).members.len().saturating_sub(1);
        let (now, fates) = settle(by_score, u16::try_from(last).unwrap_or(u16::MAX), &hits);
        for (decide, fate) in fates {
            self.hits.push(Hit { target: slot, decide, fate });
            let note = notes.iter().position(|it| it.0 == decide).map(|it| notes.swap_remove(it).1);
            if let (Some(step), Some(trace)) = (note, &mut self.trace) {
                trace.decides.push(DecideStep { target: slot, decide, step });
            }
        }
        Value::Member(now)
    }

    /// The effect of a direct determination, where it hits. 不适用 does not hit.
    fn hit(
        &mut self,
        decide: &'e Decide,
        (slot, at): (usize, usize),
    ) -> Result<Option<DecideEffectKind>, Value> {
        let date = self.as_of;
        let in_force = decide.versions.iter().enumerate().find(|it| it.1.1.period.contains(date));
        let Some((number, (effect, version))) = in_force else { return Ok(None) };
        let frame = Frame::new(&version.lets).of(RuleId::Decide(slot, at, number));
        match self.applies(version, &frame) {
            Ok(()) => {}
            Err(Value::NotApplicable) => return Ok(None),
            Err(error) => return Err(error),
        }
        match self.content(&version.content, frame.start(), Note::Content) {
            Value::Bool(true) => {}
            Value::Bool(false) | Value::NotApplicable => return Ok(None),
            other => return Err(not_bool(other)),
        }
        if let Some(step) = &mut self.step {
            step.version = Some(number);
        }
        self.note_version(version, &frame, &Value::Bool(true));
        Ok(Some(effect.into()))
    }
}

/// The grade after all determinations that hit, each with its number among those of the classification.
pub(crate) fn settled<'d>(
    by_score: u16,
    last: u16,
    hits: impl Iterator<Item = (usize, &'d Decide, &'d DecideEffect)>,
) -> u16 {
    let hits: Vec<Hitting> = hits
        .map(|(decide, it, effect)| Hitting {
            decide,
            first: it.first,
            adds_up: it.adds_up,
            effect: effect.into(),
        })
        .collect();
    settle(by_score, last, &hits).0
}

/// The grade after all determinations, and what became of each, in the order of precedence.
pub(crate) fn settle(by_score: u16, last: u16, hits: &[Hitting]) -> (u16, Vec<(usize, Fate)>) {
    let mut fates = Vec::with_capacity(hits.len());
    let mut grade = by_score;
    let set = set(hits);
    if let Some((winner, to)) = set {
        fates.push((winner, Fate::Decided { from: grade, to }));
        for it in hits {
            match it.effect {
                DecideEffectKind::Set(own) if it.decide != winner => {
                    let fate = if own == to { Fate::SameAs(winner) } else { Fate::LostTo(winner) };
                    fates.push((it.decide, fate));
                }
                _ => {}
            }
        }
        grade = to;
    }
    for upward in [true, false] {
        let (kept, touched): (Vec<&Hitting>, Vec<&Hitting>) = hits
            .iter()
            .filter(|it| matches!(it.effect, DecideEffectKind::Shift { up, .. } if up == upward))
            .partition(|it| set.is_some() && !upward && !it.first);
        grade = shift(grade, last, &touched, &mut fates);
        if let Some((winner, _)) = set {
            fates.extend(kept.iter().map(|it| (it.decide, Fate::GradeWasSet(winner))));
        }
    }
    (grade, fates)
}

/// Who sets the grade, and to what: the riskiest, of those that are 优先 if any is; of equal ones the
/// first declared.
fn set(hits: &[Hitting]) -> Option<(usize, u16)> {
    let sets = hits.iter().filter_map(|it| match it.effect {
        DecideEffectKind::Set(grade) => Some((it.first, grade, it.decide)),
        DecideEffectKind::Shift { .. } => None,
    });
    let winner =
        sets.max_by_key(|(first, grade, decide)| (*first, *grade, std::cmp::Reverse(*decide)))?;
    Some((winner.2, winner.1))
}

/// Shifts in one direction: the one that moves furthest (of those that are 优先 if any is), or all
/// that are declared to add up, if they move further together.
fn shift(grade: u16, last: u16, hits: &[&Hitting], fates: &mut Vec<(usize, Fate)>) -> u16 {
    let single = hits.iter().max_by_key(|it| {
        (it.first, distance(grade, moved(grade, last, it)), std::cmp::Reverse(it.decide))
    });
    let Some(single) = single else { return grade };
    let to = moved(grade, last, single);
    let adding: Vec<&&Hitting> = hits.iter().filter(|it| it.adds_up).collect();
    let together = adding.iter().fold(grade, |at, it| moved(at, last, it));
    let join = adding.len() > 1
        && distance(grade, together) > distance(grade, to)
        && (!single.first || single.adds_up);
    let (winners, to) = if join { (adding, together) } else { (vec![single], to) };
    let mut at = grade;
    for it in &winners {
        let next = moved(at, last, it);
        let fate = if next == at { Fate::AtLimit } else { Fate::Decided { from: at, to: next } };
        fates.push((it.decide, fate));
        at = next;
    }
    let winner = winners.first().map_or(0, |it| it.decide);
    for it in hits.iter().filter(|it| !winners.iter().any(|other| other.decide == it.decide)) {
        let fate =
            if moved(grade, last, it) == grade { Fate::AtLimit } else { Fate::LostTo(winner) };
        fates.push((it.decide, fate));
    }
    to
}

fn distance(a: u16, b: u16) -> u16 {
    a.abs_diff(b)
}

/// Where one shift leads: never past its limit, never the other way.
fn moved(grade: u16, last: u16, hit: &Hitting) -> u16 {
    match hit.effect {
        DecideEffectKind::Set(to) => to,
        DecideEffectKind::Shift { up: true, by, limit } => {
            grade.saturating_add(by).min(limit.unwrap_or(last)).min(last).max(grade)
        }
        DecideEffectKind::Shift { up: false, by, limit } => {
            grade.saturating_sub(by).max(limit.unwrap_or(0)).min(grade)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{DecideEffectKind, Fate, Hitting, settle};

    const A: u16 = 0;
    const B: u16 = 1;
    const C: u16 = 2;
    const D: u16 = 3;

    fn hits(effects: &[(&str, DecideEffectKind)]) -> Vec<Hitting> {
        let one = |(decide, (marks, effect)): (usize, &(&str, DecideEffectKind))| Hitting {
            decide,
            first: marks.contains('!'),
            adds_up: marks.contains('+'),
            effect: *effect,
        };
        effects.iter().enumerate().map(one).collect()
    }

    fn up(by: u16, limit: Option<u16>) -> DecideEffectKind {
        DecideEffectKind::Shift { up: true, by, limit }
    }

    fn down(by: u16, limit: Option<u16>) -> DecideEffectKind {
        DecideEffectKind::Shift { up: false, by, limit }
    }

    use DecideEffectKind::Set;

    #[test]
    fn the_riskiest_setting_wins_and_the_first_of_equal_ones_is_the_reason() {
        let (grade, fates) = settle(A, D, &hits(&[("", Set(C)), ("", Set(D)), ("", Set(D))]));
        assert_eq!(grade, D);
        let won = Fate::Decided { from: A, to: D };
        assert_eq!(fates, [(1, won), (0, Fate::LostTo(1)), (2, Fate::SameAs(1))]);
    }

    #[test]
    fn a_setting_that_goes_first_wins_over_a_riskier_one() {
        assert_eq!(settle(C, D, &hits(&[("", Set(D)), ("!", Set(B))])).0, B);
    }

    #[test]
    fn a_downward_shift_does_not_touch_a_grade_that_was_set() {
        let (grade, fates) = settle(A, D, &hits(&[("", Set(D)), ("", down(1, None))]));
        assert_eq!(grade, D);
        assert_eq!(fates[1], (1, Fate::GradeWasSet(0)));
        assert_eq!(settle(A, D, &hits(&[("", Set(D)), ("!", down(1, None))])).0, C);
        assert_eq!(settle(A, D, &hits(&[("", Set(C)), ("", up(1, None))])).0, D);
    }

    #[test]
    fn a_shift_never_passes_its_limit_and_never_goes_the_other_way() {
        assert_eq!(settle(A, D, &hits(&[("", down(1, Some(B)))])), (A, vec![(0, Fate::AtLimit)]));
        assert_eq!(settle(D, D, &hits(&[("", up(1, Some(C)))])), (D, vec![(0, Fate::AtLimit)]));
        assert_eq!(settle(B, D, &hits(&[("", up(2, Some(C)))])).0, C);
        assert_eq!(settle(C, D, &hits(&[("", up(9, None))])).0, D);
    }

    #[test]
    fn the_largest_shift_up_then_the_largest_down_unless_they_add_up() {
        let (grade, fates) =
            settle(A, D, &hits(&[("", up(1, None)), ("", up(2, None)), ("", down(1, None))]));
        assert_eq!(grade, B);
        assert_eq!(
            fates,
            [
                (1, Fate::Decided { from: A, to: C }),
                (0, Fate::LostTo(1)),
                (2, Fate::Decided { from: C, to: B }),
            ]
        );
        let (grade, fates) = settle(A, D, &hits(&[("+", up(1, None)), ("+", up(2, None))]));
        assert_eq!(grade, D);
        assert_eq!(fates[1], (1, Fate::Decided { from: B, to: D }));
    }
    #[test]
    fn shifts_that_add_up_have_to_move_further_and_give_way_to_one_that_goes_first() {
        // Together no further than the largest one: that one is the reason.
        let (grade, fates) =
            settle(A, D, &hits(&[("+", up(1, None)), ("+", up(1, None)), ("", up(2, None))]));
        assert_eq!(grade, C);
        assert_eq!(fates[0], (2, Fate::Decided { from: A, to: C }));
        assert_eq!(fates[1..], [(0, Fate::LostTo(2)), (1, Fate::LostTo(2))]);
        let adding = [("!", up(1, None)), ("+", up(1, None)), ("+", up(1, None))];
        assert_eq!(settle(A, D, &hits(&adding)).0, B);
        let adding = [("!+", up(1, None)), ("+", up(1, None)), ("+", up(1, None))];
        assert_eq!(settle(A, D, &hits(&adding)).0, D);
    }
}
