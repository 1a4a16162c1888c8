//! The picture of a handbook as SVG: boxes in layers, lines between them.
//!
//! Every coordinate is a whole number, so that the same rules give the same bytes. Boxes of a layer stand
//! in the order that crosses few lines: by the middle of what they rest on, left to right, then once more
//! from the right.

use heng_engine::handbook::Picture;
use svg::Document;
use svg::node::element::{Anchor, Path, Rectangle, Text};
use unicode_width::UnicodeWidthStr;

use crate::terminal::harmless;

const ROW: usize = 26;
const BOX: usize = 20;
const GAP: usize = 90;
const MARGIN: usize = 10;
const HEAD: usize = 30;
/// Half the width of a wide letter.
const LETTER: usize = 7;

/// The picture.
pub(super) fn svg(picture: &Picture) -> String {
    let layers = ordered(picture);
    let width = |at: &usize| {
        let text = picture.boxes.get(*at).map_or("", |it| it.text.as_str());
        text.width() * LETTER + 14
    };
    let head = |layer: usize| picture.layers.get(layer).map_or("", String::as_str);
    let mut places = vec![(0, 0, 0); picture.boxes.len()];
    let mut left = MARGIN;
    let tallest = layers.iter().map(Vec::len).max().unwrap_or_default();
    let mut document = Document::new().set("font-family", "sans-serif").set("font-size", 13);
    for (layer, boxes) in layers.iter().enumerate() {
        if boxes.is_empty() {
            continue;
        }
        let head = head(layer);
        let wide = boxes.iter().map(width).max().unwrap_or_default().max(head.width() * LETTER);
        // A short layer stands in the middle of the tall ones.
        let spread = (tallest * ROW).checked_div(boxes.len()).unwrap_or(ROW);
        for (row, at) in boxes.iter().enumerate() {
            let top = HEAD + row * spread + (spread - ROW) / 2;
            if let Some(place) = places.get_mut(*at) {
                *place = (left, top, wide);
            }
        }
        let title = Text::new(harmless(head)).set("x", left).set("y", 18);
        document = document.add(title.set("font-weight", "bold"));
        left += wide + GAP;
    }
    for (from, to) in &picture.lines {
        let (Some(from), Some(to)) = (places.get(*from), places.get(*to)) else { continue };
        document = document.add(curve(*from, *to));
    }
    for (it, (x, y, wide)) in picture.boxes.iter().zip(&places) {
        let frame = Rectangle::new().set("x", *x).set("y", *y).set("width", *wide);
        let frame = frame.set("height", BOX).set("rx", 3).set("fill", "#f5f5f7");
        let frame = frame.set("stroke", "#8a8a90");
        let text = Text::new(harmless(&it.text)).set("x", x + 7).set("y", y + 15);
        document = match &it.to {
            Some(to) => {
                document.add(Anchor::new().set("href", format!("#{to}")).add(frame).add(text))
            }
            None => document.add(frame).add(text),
        };
    }
    let (width, height) = (left.saturating_sub(GAP) + MARGIN, HEAD + tallest * ROW + MARGIN);
    let document = document.set("width", width).set("height", height);
    document.set("viewBox", (0, 0, width, height)).to_string()
}

/// From the right side of a box to the left side of another one; back within a layer or to the left it
/// goes round.
fn curve(from: (usize, usize, usize), to: (usize, usize, usize)) -> Path {
    let (x1, y1) = (from.0 + from.2, from.1 + BOX / 2);
    let (x2, y2) = (to.0, to.1 + BOX / 2);
    let middle = if x2 > x1 { usize::midpoint(x1, x2) } else { x1 + GAP / 2 };
    let back = if x2 > x1 { middle } else { x2.saturating_sub(GAP / 2) };
    Path::new()
        .set("d", format!("M{x1} {y1} C{middle} {y1} {back} {y2} {x2} {y2}"))
        .set("fill", "none")
        .set("stroke", "#b4b4ba")
}

/// The boxes of each layer, from the top.
fn ordered(picture: &Picture) -> Vec<Vec<usize>> {
    let mut layers = vec![Vec::new(); picture.layers.len()];
    for (at, it) in picture.boxes.iter().enumerate() {
        if let Some(layer) = layers.get_mut(it.layer) {
            layer.push(at);
        }
    }
    let count = layers.len();
    for layer in (0..count).chain((0..count).rev()) {
        sort(picture, &mut layers, layer);
    }
    layers
}

/// Sorts a layer by the middle of the places that its boxes are joined with in other layers.
fn sort(picture: &Picture, layers: &mut [Vec<usize>], layer: usize) {
    let mut row = vec![0; picture.boxes.len()];
    for boxes in layers.iter() {
        let count = boxes.len().max(1);
        for (at, it) in boxes.iter().enumerate() {
            // Layers have different heights: what counts is the share of the way down.
            if let Some(place) = row.get_mut(*it) {
                *place = at * 10_000 / count;
            }
        }
    }
    let middle = |it: usize| {
        let joined = picture.lines.iter().filter_map(|(from, to)| match (*from == it, *to == it) {
            (true, false) => row.get(*to),
            (false, true) => row.get(*from),
            _ => None,
        });
        let joined: Vec<usize> = joined.copied().collect();
        joined.iter().sum::<usize>().checked_div(joined.len())
    };
    if let Some(boxes) = layers.get_mut(layer) {
        boxes.sort_by_key(|it| (middle(*it).unwrap_or_default(), *it));
    }
}

#[cfg(test)]
mod tests {
    use heng_engine::handbook::{Picture, PictureBox};

    use super::{ordered, svg};

    fn picture() -> Picture {
        let of = |layer, text: &str| PictureBox { layer, text: text.to_owned(), to: None };
        Picture {
            layers: vec!["左".to_owned(), "右".to_owned()],
            boxes: vec![of(0, "a"), of(0, "b"), of(1, "<x>"), of(1, "y")],
            lines: vec![(0, 3), (1, 2)],
        }
    }

    #[test]
    fn lines_that_need_not_cross_do_not() {
        let picture = picture();
        let layers = ordered(&picture);
        let row = |it: usize| {
            let layer = &layers[picture.boxes[it].layer];
            layer.iter().position(|at| *at == it).unwrap()
        };
        let [(a, c), (b, d)] = [picture.lines[0], picture.lines[1]];
        assert_eq!(row(a) < row(b), row(c) < row(d), "{layers:?}");
    }

    #[test]
    fn text_is_no_markup() {
        let svg = svg(&picture());
        assert!(svg.contains("&lt;x&gt;"), "{svg}");
    }
}
