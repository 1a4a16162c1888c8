//! Gains and lift as a picture: two charts beside each other, in SVG.

use heng_dsl::diag::Lang;
use heng_engine::backtest::{Backtest, ByGrade, ByScore, Fraction, GradeShare};
use heng_engine::explain::Named;
use heng_engine::ingest::EventTable;

use super::text::{decimal, percent};
use crate::chart::{Axis, Chart, Page, Place};
use crate::lang::pick;

/// Width and height of the picture, and of one chart, in tenths of a point.
const SIZE: (i64, i64) = (10_800, 5_900);
const CHART: (i64, i64) = (5_300, 4_700);
const ABOVE: i64 = 700;
/// A share of 1, in the parts that are drawn.
const WHOLE: i64 = 10_000;
/// A lift of 1.
const ONE: i64 = 100;

const RULES: &str = "#1f4e9e";
const GRADE: &str = "#b02a2a";
const CHANCE: &str = "#808080";

type Point = (i64, i64);

/// The picture as the text of an SVG file.
pub(super) fn svg(found: &Backtest, table: &EventTable, lang: Lang) -> String {
    let curve = Curve::of(found);
    let (headline, source) = (headline(found, lang), source(found, table, lang));
    let notice = found.notice.of(lang);
    Page::new(SIZE.0, SIZE.1, &format!("{headline} {source} {notice}"))
        .text((150, 300), 200, true, &headline)
        .text((150, 530), 130, false, &source)
        .chart(gains(&curve, lang))
        .chart(lift(&curve, lang))
        .text((150, SIZE.1 - 170), 120, false, notice)
        .to_string()
}

/// What is drawn.
struct Curve {
    /// Share of households and share of events captured, from (0, 0) to the whole.
    gains: Vec<Point>,
    /// The same for grades, with their names.
    grades: Vec<(Point, String)>,
    /// Share of households and lift.
    lift: Vec<Point>,
}

impl Curve {
    /// By score, with the grades as dots; by grade where no score was chosen.
    fn of(found: &Backtest) -> Self {
        let grades = found.grade.as_ref().map(grade_points).unwrap_or_default();
        let (gains, lift) = match &found.score {
            Some(score) => (score_points(score), score_lift(score)),
            None => {
                let lift = |((x, y), _): &(Point, String)| Some((*x, (y * ONE).checked_div(*x)?));
                let points = grades.iter().map(|it| it.0);
                (
                    std::iter::once((0, 0)).chain(points).collect(),
                    grades.iter().filter_map(lift).collect(),
                )
            }
        };
        Self { gains, grades, lift }
    }
}

fn score_points(score: &ByScore) -> Vec<Point> {
    let (households, events) = score.curve.last().map_or((0, 0), |it| (it.households, it.events));
    let points = score.curve.iter();
    let points = points.map(|it| (share(it.households, households), share(it.events, events)));
    std::iter::once((0, 0)).chain(points).collect()
}

fn score_lift(score: &ByScore) -> Vec<Point> {
    let tenths = score.tenths.iter();
    tenths.map(|it| (i64::from(it.number) * (WHOLE / 10), scaled(it.lift, ONE))).collect()
}

fn grade_points(grade: &ByGrade) -> Vec<(Point, String)> {
    let all: u64 = grade.members.iter().map(|it| it.known.households).sum();
    let mut seen = 0;
    let point = |it: &GradeShare| {
        seen += it.known.households;
        let captured = it.captured_down_to.map_or(0, |it| scaled(it, WHOLE));
        ((share(seen, all), captured), it.member.name.to_string())
    };
    grade.members.iter().map(point).collect()
}

fn share(part: u64, whole: u64) -> i64 {
    Fraction::new(i128::from(part), i128::from(whole)).map_or(0, |it| scaled(it, WHOLE))
}

/// A fraction in so many parts, rounded down.
fn scaled(it: Fraction, parts: i64) -> i64 {
    let parts = it.part().checked_mul(i128::from(parts)).map(|above| above / it.whole());
    parts.and_then(|it| i64::try_from(it).ok()).unwrap_or_default()
}

fn gains(curve: &Curve, lang: Lang) -> Chart {
    let place = Place(0, ABOVE, CHART.0, CHART.1);
    let captured = Axis {
        title: pick(lang, "占全部发生的比例", "share of all events"),
        to: WHOLE,
        marks: fifths(),
    };
    let title = pick(lang, "累计捕获", "Events captured");
    let mut chart = Chart::new(place, title, &households(lang), &captured)
        .line(&[(0, 0), (WHOLE, WHOLE)], CHANCE, 12)
        .line(&curve.gains, RULES, 24)
        .legend(CHANCE, pick(lang, "不分先后", "in any order"))
        .legend(RULES, pick(lang, "按本规则", "by these rules"));
    // The least risky grade stands at the end of every curve, and says nothing there.
    let last = curve.grades.len().saturating_sub(1);
    for (point, name) in curve.grades.iter().take(last) {
        chart = chart.dot(*point, GRADE, name);
    }
    if last > 0 {
        chart = chart.legend(GRADE, pick(lang, "到这一等级为止", "down to this grade"));
    }
    chart
}

fn lift(curve: &Curve, lang: Lang) -> Chart {
    let place = Place(SIZE.0 - CHART.0, ABOVE, CHART.0, CHART.1);
    let highest = curve.lift.iter().map(|it| it.1).max().unwrap_or(ONE).max(ONE);
    let step = step(highest);
    let to = (highest / step + 1) * step;
    let marks = (0..=to / step).map(|it| (it * step, times(it * step))).collect();
    let axis = Axis {
        title: pick(lang, "为总体比例的几倍", "times the overall share"), to, marks
    };
    let mut chart = Chart::new(place, pick(lang, "累计提升", "Lift"), &households(lang), &axis)
        .line(&[(0, ONE), (WHOLE, ONE)], CHANCE, 12)
        .line(&curve.lift, RULES, 24);
    for point in &curve.lift {
        chart = chart.dot(*point, RULES, "");
    }
    chart
}

fn households(lang: Lang) -> Axis<'static> {
    let title = pick(lang, "户的占比，由高险到低险", "share of households, riskiest first");
    Axis { title, to: WHOLE, marks: fifths() }
}

/// 0%, 20%, … 100%
fn fifths() -> Vec<(i64, String)> {
    (0..=5).map(|it| (it * WHOLE / 5, format!("{}%", it * 20))).collect()
}

/// A round distance of marks that gives at most eight of them.
fn step(highest: i64) -> i64 {
    let round = [25, 50, 100, 200, 500].into_iter().find(|it| highest / it < 8);
    round.unwrap_or_else(|| (highest / 8).max(1))
}

/// `1.25`
fn times(lift: i64) -> String {
    format!("{}.{:02}", lift / ONE, lift % ONE)
}

/// `chicago.total: AUC 0.5712 [0.5512, 0.5912]`
fn headline(found: &Backtest, lang: Lang) -> String {
    let name = |it: &Named| format!("{}.{}", it.package, it.name);
    let score = found.score.as_ref().map(|it| (name(&it.name), it.ranking.as_ref()));
    let grade = found.grade.as_ref().map(|it| (name(&it.name), it.ranking.as_ref()));
    let Some((name, ranking)) = score.or(grade) else { return String::new() };
    let colon = pick(lang, "：", ": ");
    let figures = ranking.map(|it| {
        let interval = it.interval.map(|[low, high]| format!(" [{low}, {high}]"));
        format!("{colon}AUC {}{}", decimal(Some(it.auc), 4), interval.unwrap_or_default())
    });
    format!("{name}{}", figures.unwrap_or_default())
}

fn source(found: &Backtest, table: &EventTable, lang: Lang) -> String {
    let known = &found.joined.known;
    let (as_of, column, file) = (found.as_of, &table.column, &table.file);
    let (households, events, share) = (known.households, known.events, percent(known.share));
    match lang {
        Lang::Zh => format!(
            "基准日 {as_of}；“{file}”的“{column}”：{households} 户中 {events} 户发生（{share}）"
        ),
        Lang::En => format!(
            "as of {as_of}; “{column}” in “{file}”: {events} of {households} households ({share})"
        ),
    }
}
