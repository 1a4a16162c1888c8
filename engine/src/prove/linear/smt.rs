//! The same question as text in SMT-LIB, for a solver that is not part of this program: with it the two means
//! of ours are held against a third.

use std::fmt::Write as _;

use super::{Cut, Linear, Part, Span, Target, Whole};

impl Linear {
    /// The choices and the scores, then for each of these places the question whether the scores can lie in one
    /// of its spans.
    pub(in super::super) fn smt<'a>(&self, asked: impl Iterator<Item = &'a [Target]>) -> String {
        let mut out = String::from("(set-option :timeout 20000)\n(set-logic QF_LIA)\n");
        let mut next = 0;
        choices(&self.score, &mut next, &mut out);
        let mut defined = 0;
        for side in 0..2 {
            let mut next = 0;
            let score = sum(&self.score, side, (&mut next, &mut defined), &mut out);
            let _ = writeln!(out, "(define-fun score{side} () Int {score})");
        }
        for targets in asked {
            let of = |it: &Target| format!("(and {} {})", within(0, it[0]), within(1, it[1]));
            let all: Vec<String> = targets.iter().map(of).collect();
            let _ = writeln!(out, "(push)\n(assert (or {}))\n(check-sat)\n(pop)", all.join(" "));
        }
        out
    }
}

/// Declares what each choice adds in both versions.
fn choices(whole: &Whole, next: &mut usize, out: &mut String) {
    for part in &whole.parts {
        match part {
            Part::Choice(pairs) => {
                let _ = writeln!(out, "(declare-const o{next} Int)\n(declare-const n{next} Int)");
                let one = |it: &(i64, i64)| {
                    format!(
                        "(and (= o{next} {}) (= n{next} {}))",
                        whole_number(it.0),
                        whole_number(it.1)
                    )
                };
                let all: Vec<String> = pairs.iter().map(one).collect();
                let _ = writeln!(out, "(assert (or {} false))", all.join(" "));
                *next += 1;
            }
            Part::Whole(it, _) => choices(it, next, out),
        }
    }
}

fn sum(
    whole: &Whole,
    side: usize,
    (next, defined): (&mut usize, &mut usize),
    out: &mut String,
) -> String {
    let mut terms = vec![whole_number(whole.base[side])];
    for part in &whole.parts {
        match part {
            Part::Choice(_) => {
                terms.push(format!("{}{next}", if side == 0 { 'o' } else { 'n' }));
                *next += 1;
            }
            Part::Whole(it, by) => {
                let inner = sum(it, side, (next, defined), out);
                terms.push(format!("(* {} {inner})", whole_number(by[side])));
            }
        }
    }
    let name = format!("sum{defined}");
    *defined += 1;
    let _ = writeln!(out, "(define-fun {name} () Int (+ {} 0))", terms.join(" "));
    cut(whole.cuts[side], name)
}

fn cut(cut: Cut, mut sum: String) -> String {
    if let Some(floor) = cut.floor.map(whole_number) {
        sum = format!("(ite (< {sum} {floor}) {floor} {sum})");
    }
    if let Some(cap) = cut.cap.map(whole_number) {
        sum = format!("(ite (> {sum} {cap}) {cap} {sum})");
    }
    if cut.unit > 1 {
        sum = format!("(* {unit} (div (+ {sum} {}) {unit}))", cut.unit / 2, unit = cut.unit);
    }
    sum
}

fn within(side: usize, (low, high): Span) -> String {
    format!("(<= {} score{side}) (<= score{side} {})", whole_number(low), whole_number(high))
}

fn whole_number(it: i64) -> String {
    if it < 0 { format!("(- {})", it.unsigned_abs()) } else { it.to_string() }
}
