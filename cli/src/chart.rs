//! Charts as SVG: axes with their titles, lines, dots with names, a legend.
//!
//! Every coordinate is a whole number, in tenths of a point, so that the same figures give the same
//! bytes. Texts come from rule files and data: what could steer a viewer does not pass.

use svg::Document;
use svg::node::element::{Circle, Description, Group, Line, Polyline, Rectangle, Text};

use crate::terminal::harmless;

/// Tenths of a point from the left chart edge to its plot, and so on around it.
const MARGIN_LEFT: i64 = 680;
const MARGIN_RIGHT: i64 = 200;
const MARGIN_ABOVE: i64 = 360;
const MARGIN_BELOW: i64 = 520;
const TEXT: i64 = 130;
const GRID: &str = "#e2e2e2";
const FAINT: &str = "#606060";
const BLACK: &str = "#000000";

/// A picture of some width and height with texts and charts on it.
pub(crate) struct Page {
    document: Document,
}

impl Page {
    /// An empty white page; `about` is for those who cannot see it.
    pub(crate) fn new(width: i64, height: i64, about: &str) -> Self {
        let ground =
            Rectangle::new().set("width", width).set("height", height).set("fill", "#ffffff");
        let document = Document::new()
            .set("viewBox", (0, 0, width, height))
            .set("width", width / 10)
            .set("height", height / 10)
            .set("font-family", "sans-serif")
            .add(Description::new().add(svg::node::Text::new(harmless(about))))
            .add(ground);
        Self { document }
    }

    /// A line of text that begins at a point; `loud` for a heading.
    pub(crate) fn text(mut self, at: (i64, i64), size: i64, loud: bool, words: &str) -> Self {
        let color = if loud { BLACK } else { FAINT };
        self.document = self.document.add(text(at, size, "start", color, words));
        self
    }

    /// A chart.
    pub(crate) fn chart(mut self, chart: Chart) -> Self {
        self.document = self.document.add(chart.group);
        self
    }
}

impl std::fmt::Display for Page {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        writeln!(f, "{}", self.document)
    }
}

/// An axis from zero.
pub(crate) struct Axis<'t> {
    /// What it measures.
    pub(crate) title: &'t str,
    /// Its end; greater than zero.
    pub(crate) to: i64,
    /// Where it is marked, and with what.
    pub(crate) marks: Vec<(i64, String)>,
}

/// A rectangle of the page: left, top, width, height.
#[derive(Clone, Copy)]
pub(crate) struct Place(pub(crate) i64, pub(crate) i64, pub(crate) i64, pub(crate) i64);

/// A chart with its axes.
pub(crate) struct Chart {
    left: i64,
    top: i64,
    width: i64,
    height: i64,
    ends: (i64, i64),
    entries: i64,
    group: Group,
}

impl Chart {
    /// Axes, marks, a grid and titles.
    pub(crate) fn new(place: Place, title: &str, x: &Axis<'_>, y: &Axis<'_>) -> Self {
        let Place(left, top, width, height) = place;
        let mut new = Self {
            left: left + MARGIN_LEFT,
            top: top + MARGIN_ABOVE,
            width: width - MARGIN_LEFT - MARGIN_RIGHT,
            height: height - MARGIN_ABOVE - MARGIN_BELOW,
            ends: (x.to.max(1), y.to.max(1)),
            entries: 0,
            group: Group::new(),
        };
        let (right, bottom) = (new.left + new.width, new.top + new.height);
        let (across, down) = (new.left + new.width / 2, new.top + new.height / 2);
        for (value, words) in &x.marks {
            let (at, _) = new.at((*value, 0));
            new.put(line((at, new.top), (at, bottom), GRID, 8));
            new.put(text((at, bottom + 170), TEXT - 10, "middle", FAINT, words));
        }
        for (value, words) in &y.marks {
            let (_, at) = new.at((0, *value));
            new.put(line((new.left, at), (right, at), GRID, 8));
            new.put(text((new.left - 70, at + 45), TEXT - 10, "end", FAINT, words));
        }
        new.put(line((new.left, bottom), (right, bottom), BLACK, 10));
        new.put(line((new.left, new.top), (new.left, bottom), BLACK, 10));
        new.put(text((across, new.top - 130), TEXT + 30, "middle", BLACK, title));
        new.put(text((across, bottom + 400), TEXT, "middle", BLACK, x.title));
        let beside = (new.left - 480, down);
        let turned = text(beside, TEXT, "middle", BLACK, y.title);
        new.put(turned.set("transform", format!("rotate(-90 {} {})", beside.0, beside.1)));
        new
    }

    /// A line through points of the axes.
    pub(crate) fn line(mut self, points: &[(i64, i64)], color: &str, width: i64) -> Self {
        let points: Vec<String> =
            points.iter().map(|it| self.at(*it)).map(|(x, y)| format!("{x},{y}")).collect();
        let drawn = Polyline::new()
            .set("points", points.join(" "))
            .set("fill", "none")
            .set("stroke", color)
            .set("stroke-width", width);
        self.put(drawn);
        self
    }

    /// A dot, with its name beside it.
    pub(crate) fn dot(mut self, point: (i64, i64), color: &str, name: &str) -> Self {
        let (x, y) = self.at(point);
        self.put(Circle::new().set("cx", x).set("cy", y).set("r", 40).set("fill", color));
        if !name.is_empty() {
            // On the side where there is room.
            let near_axis = x - self.left < self.width / 5;
            let (at, anchor) =
                if near_axis { ((x + 80, y + 130), "start") } else { ((x - 80, y - 50), "end") };
            self.put(text(at, TEXT, anchor, color, name));
        }
        self
    }

    /// An entry of the legend in the lower right corner; the first one stands lowest.
    pub(crate) fn legend(mut self, color: &str, words: &str) -> Self {
        let (right, bottom) = (self.left + self.width - 100, self.top + self.height - 130);
        let y = bottom - self.entries * 210;
        self.put(line((right - 260, y), (right, y), color, 30));
        self.put(text((right - 340, y + 45), TEXT, "end", BLACK, words));
        self.entries += 1;
        self
    }

    fn put(&mut self, node: impl Into<Box<dyn svg::Node>>) {
        let group = std::mem::take(&mut self.group);
        self.group = group.add(node);
    }

    /// A point of the axes on the page.
    fn at(&self, (x, y): (i64, i64)) -> (i64, i64) {
        let (right, up) = (x * self.width / self.ends.0, y * self.height / self.ends.1);
        (self.left + right, self.top + self.height - up)
    }
}

fn line(from: (i64, i64), to: (i64, i64), color: &str, width: i64) -> Line {
    Line::new()
        .set("x1", from.0)
        .set("y1", from.1)
        .set("x2", to.0)
        .set("y2", to.1)
        .set("stroke", color)
        .set("stroke-width", width)
}

fn text(at: (i64, i64), size: i64, anchor: &str, color: &str, words: &str) -> Text {
    Text::new(harmless(words))
        .set("x", at.0)
        .set("y", at.1)
        .set("font-size", size)
        .set("text-anchor", anchor)
        .set("fill", color)
}

#[cfg(test)]
mod tests {
    use super::{Axis, Chart, Page, Place};

    #[test]
    fn a_text_of_a_file_is_no_markup_and_steers_nothing() {
        let axis = |title| Axis { title, to: 10, marks: vec![(0, "0".to_owned())] };
        let chart = Chart::new(Place(0, 0, 4000, 3000), "<b>&", &axis("x\u{202e}"), &axis("y"));
        let chart = chart.line(&[(0, 0), (10, 10)], "#000000", 10).dot((5, 5), "#000000", "D");
        let page = Page::new(4000, 3000, "关于").chart(chart).to_string();
        assert!(page.contains("&lt;b&gt;&amp;") && !page.contains("<b>"), "{page}");
        assert!(page.contains("x\u{fffd}"), "{page}");
        // The whole of both axes, and its middle.
        assert!(page.contains("points=\"680,2480 3800,360\""), "{page}");
        assert!(page.contains("cx=\"2240\" cy=\"1420\""), "{page}");
    }
}
