//! The flows of a grade as a picture: what households had on the left, what they have on the right, bands
//! between as thick as there are households.
//!
//! Those that stay are by far the most, so that bands of those that move would be hair-thin: the columns are
//! drawn for those that move only. Every coordinate is a whole number, so that the same figures give the same
//! bytes.

use heng_dsl::diag::Lang;
use heng_engine::impact::GradeImpact;
use svg::Document;
use svg::node::element::{Description, Path, Rectangle, Text};

use crate::terminal::harmless;

const WIDTH: i64 = 640;
const HEIGHT: i64 = 300;
const BAR: i64 = 14;
const LEFT: i64 = 120;
const TOP: i64 = 10;
const GAP: i64 = 12;

/// From low to high risk; as many grades as there are take the first, the last, and those between.
const COLOURS: [&str; 6] = ["#2e7d4f", "#8aa83a", "#d9a521", "#d9702b", "#b3312c", "#6b1e4b"];
const OTHER: &str = "#808080";

/// The colour of a state: of a grade by its risk, of anything else grey.
pub(super) fn colour(at: usize, members: usize) -> &'static str {
    if at >= members {
        return OTHER;
    }
    // The riskiest of four is the red of the fifth colour.
    let place = if members <= 1 { 0 } else { at * 4 / (members - 1) };
    COLOURS.get(place).copied().unwrap_or(OTHER)
}

/// Counts of those that move, from state to state.
type Bands = Vec<(usize, usize, i64)>;

/// Draws the flows; nothing where nobody moves, or what moves is left out.
pub(super) fn svg(grade: &GradeImpact, lang: Lang) -> Option<String> {
    let bands: Bands = grade
        .flows
        .iter()
        .filter_map(|it| Some((it.from, it.to, i64::try_from(it.count.count()?).ok()?)))
        .filter(|it| it.2 > 0)
        .collect();
    let all: i64 = bands.iter().map(|it| it.2).sum();
    if all == 0 {
        return None;
    }
    let states = grade.states.len();
    let count = |of: &dyn Fn(&(usize, usize, i64)) -> usize, state: usize| -> i64 {
        bands.iter().filter(|it| of(it) == state).map(|it| it.2).sum()
    };
    let left: Vec<i64> = (0..states).map(|it| count(&|band| band.0, it)).collect();
    let right: Vec<i64> = (0..states).map(|it| count(&|band| band.1, it)).collect();
    let used = |all: &[i64]| i64::try_from(all.iter().filter(|it| **it > 0).count()).unwrap_or(1);
    let gaps = used(&left).max(used(&right)) - 1;
    let room = (HEIGHT - 2 * TOP - gaps * GAP).max(40);
    let tall = |count: i64| (count * room / all).max(1);
    let (from, to) = (places(&left, &tall), places(&right, &tall));
    let mut document = empty(&format!("{}.{}", grade.name.package, grade.name.name));
    let (mut out, mut into) = (from.clone(), to.clone());
    let mut order = bands;
    order.sort_unstable();
    for (a, b, count) in order {
        let (Some(y0), Some(y1)) = (out.get_mut(a), into.get_mut(b)) else { continue };
        let thick = tall(count);
        document = document.add(band((*y0, *y1), thick, colour(b, grade.members)));
        *y0 += thick;
        *y1 += thick;
    }
    for (counts, places, x) in [(&left, &from, LEFT), (&right, &to, WIDTH - LEFT - BAR)] {
        for (state, (count, y)) in counts.iter().zip(places).enumerate().filter(|it| *it.1.0 > 0) {
            let name = grade.states.get(state).map_or("", |it| it.of(lang));
            document = document.add(
                Rectangle::new()
                    .set("x", x)
                    .set("y", *y)
                    .set("width", BAR)
                    .set("height", tall(*count))
                    .set("fill", colour(state, grade.members)),
            );
            let (at, anchor) = if x == LEFT { (x - 8, "end") } else { (x + BAR + 8, "start") };
            let words = format!("{name}  {count}");
            document = document.add(
                Text::new(harmless(&words))
                    .set("x", at)
                    .set("y", y + tall(*count) / 2 + 5)
                    .set("font-size", 14)
                    .set("text-anchor", anchor),
            );
        }
    }
    Some(document.to_string())
}

/// A picture with nothing on it; `about` is for those who cannot see it.
fn empty(about: &str) -> Document {
    Document::new()
        .set("viewBox", (0, 0, WIDTH, HEIGHT))
        .set("width", WIDTH)
        .set("height", HEIGHT)
        .set("font-family", "sans-serif")
        .add(Description::new().add(svg::node::Text::new(harmless(about))))
}

/// Where each bar begins.
fn places(counts: &[i64], tall: &dyn Fn(i64) -> i64) -> Vec<i64> {
    let mut y = TOP;
    let place = |count: &i64| {
        let at = y;
        if *count > 0 {
            y += tall(*count) + GAP;
        }
        at
    };
    counts.iter().map(place).collect()
}

fn band((y0, y1): (i64, i64), thick: i64, colour: &str) -> Path {
    let (x0, x1) = (LEFT + BAR, WIDTH - LEFT - BAR);
    let middle = i64::midpoint(x0, x1);
    let (z0, z1) = (y0 + thick, y1 + thick);
    let shape = format!(
        "M{x0},{y0} C{middle},{y0} {middle},{y1} {x1},{y1} L{x1},{z1} C{middle},{z1} {middle},{z0} {x0},{z0} Z"
    );
    Path::new().set("d", shape).set("fill", colour).set("fill-opacity", "0.45")
}
