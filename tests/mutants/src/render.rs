//! Writes mutants into a text, beside what they change.
//!
//! Mutants may stand inside of each other; each is written with those inside of it, asleep or awake. The
//! lines keep their numbers, so that a compiler speaks of the lines of the file.

use std::fmt::Write as _;
use std::ops::Range;

use crate::Mutant;
use crate::find::Way;

/// The text with the mutants, which are in the order of the text.
pub(crate) fn render(text: &str, mutants: &[&Mutant]) -> String {
    stretch(text, 0..text.len(), mutants)
}

/// A stretch with the mutants that lie in it.
fn stretch(text: &str, at: Range<usize>, mutants: &[&Mutant]) -> String {
    let mut out = String::new();
    let mut done = at.start;
    let mut rest: Vec<&Mutant> = mutants.iter().copied().filter(|it| within(&at, it)).collect();
    while let Some(outer) = outermost(&rest) {
        let here = &outer.change.at;
        out.push_str(&text[done..here.start]);
        done = here.end;
        rest.retain(|it| it.number != outer.number);
        if let Way::Return(_) = outer.change.way {
            // It stands beside others that are put in at the same place.
            out.push_str(&switched(text, outer, &[]));
            continue;
        }
        let inside: Vec<&Mutant> = rest.iter().copied().filter(|it| within(here, it)).collect();
        out.push_str(&switched(text, outer, &inside));
        rest.retain(|it| !within(here, it));
    }
    out.push_str(&text[done..at.end]);
    out
}

fn within(at: &Range<usize>, mutant: &Mutant) -> bool {
    at.start <= mutant.change.at.start && mutant.change.at.end <= at.end
}

/// The first one that lies in no other.
fn outermost<'m>(mutants: &[&'m Mutant]) -> Option<&'m Mutant> {
    mutants.iter().copied().min_by_key(|it| {
        let at = &it.change.at;
        (at.start, std::cmp::Reverse(at.end), it.number)
    })
}

/// A mutant and what it changes, behind the switch.
fn switched(text: &str, mutant: &Mutant, inside: &[&Mutant]) -> String {
    let (number, at) = (mutant.number, &mutant.change.at);
    let original = stretch(text, at.clone(), inside);
    let changed = match &mutant.change.way {
        Way::Return(value) => return format!(" if crate::mutant({number}) {{ return {value}; }}"),
        Way::Delete => return format!("if !crate::mutant({number}) {{ {original} }}"),
        Way::Swap(part, other) => {
            let before = stretch(text, at.start..part.start, inside);
            let after = stretch(text, part.end..at.end, inside);
            format!("{before}{other}{after}")
        }
        Way::Become(other) => other.clone(),
        Way::Negate => format!("!({original})"),
        Way::Operand(operand) => stretch(text, operand.clone(), inside),
    };
    let mut out = String::new();
    let changed = changed.split_whitespace().collect::<Vec<_>>().join(" ");
    let _ = write!(out, "(if crate::mutant({number}) {{ {changed} }} else {{ {original} }})");
    out
}
