//! Numbers and dates.

use heng_dsl::model::CompareOp;
use heng_dsl::value::{MAX_DIGITS, Rounding};

use super::Operand;
use super::lane::{Input, Lane, Width, merged, zip};
use crate::columnar::plan::Kind;
use crate::columns::{Column, Lanes, state};
use crate::eval::Stretch;

/// Bounds of the numbers of a column.
type Bounds = (i128, i128);

/// Calls a function with lanes of a width.
macro_rules! with_width {
    ($width:expr, $f:ident ( $($arg:expr),* )) => {
        match $width {
            Width::Short => $f::<i32>($($arg),*),
            Width::Long => $f::<i64>($($arg),*),
            Width::Wide => $f::<i128>($($arg),*),
        }
    };
}

/// Do numbers within bounds have at most 38 digits?
fn fits((low, high): Bounds) -> bool {
    let limit = 10_i128.pow(MAX_DIGITS);
    -limit < low && high < limit
}

fn bounds(operand: &Operand<'_>) -> Bounds {
    (operand.column.low, operand.column.high)
}

/// A number with more places: the factor by which its digits grow.
fn factor(from: Kind, to: u8) -> Option<i128> {
    10_i128.checked_pow(u32::from(to.checked_sub(from.places())?))
}

fn product(a: Bounds, b: Bounds) -> Option<Bounds> {
    let ends = [
        a.0.checked_mul(b.0)?,
        a.0.checked_mul(b.1)?,
        a.1.checked_mul(b.0)?,
        a.1.checked_mul(b.1)?,
    ];
    let low = ends.iter().min().copied()?;
    Some((low, ends.iter().max().copied()?))
}

fn made(lanes: Lanes, states: Option<Vec<u8>>, (low, high): Bounds) -> Column {
    Column { lanes, states, low, high }
}

/// A sum of operands, some of them subtracted, where every part of it is proved to fit.
pub(super) fn sum(
    negative: &[bool],
    kind: Kind,
    args: &[Operand<'_>],
    len: usize,
) -> Option<Column> {
    let (mut all, mut width, mut scales): (Bounds, _, _) = ((0, 0), Width::Short, Vec::new());
    for (arg, negative) in args.iter().zip(negative) {
        let scale = factor(arg.kind, kind.places())?;
        let own = product(bounds(arg), (scale, scale))?;
        let own = if *negative { (own.1.checked_neg()?, own.0.checked_neg()?) } else { own };
        all = (all.0.checked_add(own.0)?, all.1.checked_add(own.1)?);
        if !fits(all) || !fits(own) {
            return None;
        }
        width = width.max(Width::of(all.0, all.1)).max(Width::of(own.0, own.1));
        scales.push(if *negative { -scale } else { scale });
    }
    let lanes = with_width!(width.with(args), sum_of(args, &scales, len));
    Some(made(lanes, merged(args), all))
}

fn sum_of<T: Lane>(args: &[Operand<'_>], scales: &[i128], len: usize) -> Lanes {
    let mut sum: Option<Vec<T>> = None;
    let mut constant = T::default();
    for (arg, scale) in args.iter().zip(scales) {
        let input = Input::<T>::of(arg);
        let factor = T::of(*scale);
        match (input, &mut sum) {
            (Input::Splat(it), _) => constant = constant.add(it.multiply(factor)),
            (Input::Slice(it), None) if *scale == 1 => sum = Some(it.into_owned()),
            (Input::Slice(it), None) => {
                sum = Some(it.iter().map(|it| it.multiply(factor)).collect());
            }
            (Input::Slice(it), Some(sum)) => {
                let lanes = sum.iter_mut().zip(&*it);
                match *scale {
                    1 => lanes.for_each(|(sum, it)| *sum = sum.add(*it)),
                    -1 => lanes.for_each(|(sum, it)| *sum = sum.subtract(*it)),
                    _ => lanes.for_each(|(sum, it)| *sum = sum.add(it.multiply(factor))),
                }
            }
        }
    }
    let mut sum = sum.unwrap_or_else(|| vec![T::default(); len]);
    if constant != T::default() {
        sum.iter_mut().for_each(|it| *it = it.add(constant));
    }
    T::lanes(sum)
}

/// A product, where it is proved to fit before and after it is rounded.
pub(super) fn multiply(kind: Kind, args: &[Operand<'_>], len: usize) -> Option<Column> {
    let [a, b] = args else { return None };
    let exact = a.kind.places().checked_add(b.kind.places())?;
    let whole = product(bounds(a), bounds(b))?;
    let (up, down) = match factor(Kind::Number(exact), kind.places()) {
        Some(up) => (up, 1),
        None => (1, factor(kind, exact)?),
    };
    let all = product(whole, (up, up))?;
    if !fits(all) || !fits(whole) {
        return None;
    }
    let width = Width::of(all.0, all.1).max(Width::of(-down, up.max(down))).with(args);
    let lanes = with_width!(width, product_of(a, b, (up, down), len));
    Some(made(lanes, merged(args), if down == 1 { all } else { shrunk(all, down) }))
}

fn product_of<T: Lane>(
    a: &Operand<'_>,
    b: &Operand<'_>,
    (up, down): (i128, i128),
    len: usize,
) -> Lanes {
    let (a, b) = (Input::<T>::of(a), Input::<T>::of(b));
    let (grow, shrink) = (T::of(up), T::of(down));
    T::lanes(match (up, down) {
        (1, 1) => zip(&a, &b, len, T::multiply),
        (_, 1) => zip(&a, &b, len, |a, b| a.multiply(b).multiply(grow)),
        _ => zip(&a, &b, len, |a, b| a.multiply(b).half_up(shrink)),
    })
}

/// Bounds of numbers that were divided, rounded away from zero.
fn shrunk((low, high): Bounds, by: i128) -> Bounds {
    (low / by - 1, high / by + 1)
}

/// A quotient rounded half up; missing for a divisor of zero.
pub(super) fn divide(kind: Kind, args: &[Operand<'_>], len: usize) -> Option<Column> {
    let [a, b] = args else { return None };
    let places = kind.places().checked_add(b.kind.places())?;
    let scale = factor(a.kind, places)?;
    let top = product(bounds(a), (scale, scale))?;
    // The least number of a width has no opposite in it, which a division by −1 would give.
    let width = Width::of(top.0, top.1).max(Width::of(0, top.0.checked_neg()?));
    let width = width.max(Width::of(0, scale)).with(args);
    if width == Width::Wide {
        return None;
    }
    let least = top.0.unsigned_abs().max(top.1.unsigned_abs());
    let most = i128::try_from(least).ok()?.checked_add(1)?;
    let lanes = quotients(a, b, (scale, 1), len, half_up);
    let lanes = lanes
        .unwrap_or_else(|| with_width!(width, quotient_of(a, b, (scale, 1), len, Lane::half_up)));
    Some(made(lanes, without_zero(args, b, len), (-most, most)))
}

/// The whole quotient rounded down; missing for a divisor of zero.
pub(super) fn quotient(args: &[Operand<'_>], len: usize) -> Option<Column> {
    let [a, b] = args else { return None };
    let places = a.kind.places().max(b.kind.places());
    let (up, down) = (factor(a.kind, places)?, factor(b.kind, places)?);
    let (top, bottom) = (product(bounds(a), (up, up))?, product(bounds(b), (down, down))?);
    let width = Width::of(top.0, top.1).max(Width::of(bottom.0, bottom.1));
    let width = width.max(Width::of(0, top.0.checked_neg()?));
    let width = width.max(Width::of(0, up.max(down))).with(args);
    if width == Width::Wide {
        return None;
    }
    let most = i128::try_from(top.0.unsigned_abs().max(top.1.unsigned_abs())).ok()? + 1;
    let lanes = quotients(a, b, (up, down), len, |_, _, whole| whole);
    let lanes = lanes
        .unwrap_or_else(|| with_width!(width, quotient_of(a, b, (up, down), len, Lane::quotient)));
    // By a divisor above zero a quotient keeps the sign of what is divided.
    let low = if bottom.0 >= 0 && top.0 >= 0 { 0 } else { -most };
    let most = if bottom.0 > 0 { most / bottom.0 + 1 } else { most };
    Some(made(lanes, without_zero(args, b, len), (low.max(-most), most)))
}

fn quotient_of<T: Lane>(
    a: &Operand<'_>,
    b: &Operand<'_>,
    (up, down): (i128, i128),
    len: usize,
    divide: fn(T, T) -> T,
) -> Lanes {
    let (a, b) = (Input::<T>::of(a), Input::<T>::of(b));
    let (up, down) = (T::of(up), T::of(down));
    T::lanes(zip(&a, &b, len, |a, b| divide(a.multiply(up), b.multiply(down))))
}

/// The same of numbers none of which is negative, where what is divided fits into 32 bits, and the divisor does:
/// without a branch, and by a constant without a division. What becomes of a number, its divisor and the whole
/// quotient says a function. Nothing of other numbers.
fn quotients(
    a: &Operand<'_>,
    b: &Operand<'_>,
    (up, down): (i128, i128),
    len: usize,
    of: impl Fn(u32, u32, u32) -> u32,
) -> Option<Lanes> {
    // One bit is left, so that the result fits whichever way it is rounded.
    let fits = |operand: &Operand<'_>, scale: i128| {
        let most = operand.column.high.checked_mul(scale)?;
        (operand.column.low >= 0 && most < i128::from(i32::MAX)).then_some(())
    };
    fits(a, up)?;
    fits(b, down)?;
    let scales = (u32::try_from(up).ok()?, u32::try_from(down).ok()?);
    let (top, bottom) = (Input::<i32>::of(a), Input::<i32>::of(b));
    let top_of = |it: i32| it.cast_unsigned().wrapping_mul(scales.0);
    let bottom_of = |it: i32| it.cast_unsigned().wrapping_mul(scales.1);
    let signed = |it: u32| it.cast_signed();
    Some(Lanes::Short(match (&top, &bottom) {
        (Input::Slice(all), Input::Splat(by)) if bottom_of(*by) > 1 => {
            let by = bottom_of(*by);
            // The upper half of a product with this is the quotient for every number of 32 bits (Lemire, Kaser and
            // Kurz 2019, “Faster remainder by direct computation”).
            let inverse = u128::from(u64::MAX / u64::from(by) + 1);
            let own = |it: &i32| {
                let top = top_of(*it);
                let whole = inverse.wrapping_mul(u128::from(top)) >> u64::BITS;
                signed(of(top, by, u32::try_from(whole).unwrap_or_default()))
            };
            all.iter().map(own).collect()
        }
        _ => zip(&top, &bottom, len, |top, by| {
            let (top, by) = (top_of(top), bottom_of(by));
            let none = u32::from(by == 0);
            let whole = top.checked_div(by | none).unwrap_or_default();
            signed(of(top, by, whole).wrapping_mul(none ^ 1))
        }),
    }))
}

/// A whole quotient rounded half up by what is left of the number.
fn half_up(number: u32, by: u32, whole: u32) -> u32 {
    let rest = number.wrapping_sub(whole.wrapping_mul(by));
    whole.wrapping_add(u32::from(rest >= by.wrapping_sub(rest)))
}

/// The states of a quotient: missing where all is there, and the divisor is zero.
fn without_zero(args: &[Operand<'_>], bottom: &Operand<'_>, len: usize) -> Option<Vec<u8>> {
    let states = merged(args);
    if bottom.column.low > 0 || bottom.column.high < 0 {
        return states;
    }
    fn put<T: Copy + Default + Eq>(states: &mut [u8], divisors: &[T]) {
        for (own, it) in states.iter_mut().zip(divisors) {
            // What is not there for another reason stays what it is.
            *own = (*own).max(u8::from(*it == T::default()) * state::MISSING);
        }
    }
    let mut states = states.unwrap_or_else(|| vec![state::THERE; len]);
    match &bottom.column.lanes {
        lanes if bottom.splat && lanes.at(0) == 0 => put(&mut states, &vec![0_u8; len]),
        _ if bottom.splat => {}
        Lanes::Bits(it) => put(&mut states, it),
        Lanes::Brief(it) => put(&mut states, it),
        Lanes::Short(it) => put(&mut states, it),
        Lanes::Long(it) => put(&mut states, it),
        Lanes::Wide(it) => put(&mut states, it),
    }
    let lacks = state::lacks(&states);
    lacks.then_some(states)
}

/// A number with the places of the kind.
pub(super) fn round(
    rounding: Rounding,
    kind: Kind,
    args: &[Operand<'_>],
    len: usize,
) -> Option<Column> {
    let [it] = args else { return None };
    if let Some(up) = factor(it.kind, kind.places()) {
        let all = product(bounds(it), (up, up))?;
        if !fits(all) {
            return None;
        }
        let width = Width::of(all.0, all.1).max(Width::of(0, up)).with(args);
        let lanes = with_width!(width, sum_of(args, &[up], len));
        return Some(made(lanes, merged(args), all));
    }
    let down = factor(kind, it.kind.places())?;
    let width = Width::of(0, down).with(args);
    if rounding != Rounding::HalfUp || width == Width::Wide {
        return None;
    }
    let lanes = with_width!(width, shrink(it, down, len));
    Some(made(lanes, merged(args), shrunk(bounds(it), down)))
}

fn shrink<T: Lane>(it: &Operand<'_>, down: i128, len: usize) -> Lanes {
    let (input, down) = (Input::<T>::of(it), Input::Splat(T::of(down)));
    T::lanes(zip(&input, &down, len, T::half_up))
}

/// A comparison of two operands of one kind.
pub(super) fn compare(op: CompareOp, args: &[Operand<'_>], len: usize) -> Option<Column> {
    let [a, b] = args else { return None };
    let (up, down) = match (a.kind, b.kind) {
        (Kind::Number(_), Kind::Number(_)) => {
            let places = a.kind.places().max(b.kind.places());
            (factor(a.kind, places)?, factor(b.kind, places)?)
        }
        // The numbers of texts say nothing about their order.
        (Kind::Symbol, Kind::Symbol) if !matches!(op, CompareOp::Equal | CompareOp::NotEqual) => {
            return None;
        }
        (a, b) if a == b => (1, 1),
        _ => return None,
    };
    let own = [product(bounds(a), (up, up))?, product(bounds(b), (down, down))?];
    let width = own.iter().map(|it| Width::of(it.0, it.1)).max()?;
    let width = width.max(Width::of(0, up.max(down))).with(args);
    let bits = with_width!(width, compared(op, a, b, (up, down), len));
    Some(Column::bits(bits, merged(args)))
}

fn compared<T: Lane>(
    op: CompareOp,
    a: &Operand<'_>,
    b: &Operand<'_>,
    (up, down): (i128, i128),
    len: usize,
) -> Vec<u8> {
    order::<T>(op, &scaled(a, up), &scaled(b, down), len)
}

/// The numbers of an operand with more places.
fn scaled<'c, T: Lane>(it: &Operand<'c>, scale: i128) -> Input<'c, T> {
    let (input, factor) = (Input::<T>::of(it), T::of(scale));
    match input {
        input if scale == 1 => input,
        Input::Splat(it) => Input::Splat(it.multiply(factor)),
        Input::Slice(it) => Input::Slice(it.iter().map(|it| it.multiply(factor)).collect()),
    }
}

fn order<T: Lane>(op: CompareOp, a: &Input<'_, T>, b: &Input<'_, T>, len: usize) -> Vec<u8> {
    match op {
        CompareOp::Equal => zip(a, b, len, |a, b| u8::from(a == b)),
        CompareOp::NotEqual => zip(a, b, len, |a, b| u8::from(a != b)),
        CompareOp::Less => zip(a, b, len, |a, b| u8::from(a < b)),
        CompareOp::LessOrEqual => zip(a, b, len, |a, b| u8::from(a <= b)),
        CompareOp::Greater => zip(a, b, len, |a, b| u8::from(a > b)),
        CompareOp::GreaterOrEqual => zip(a, b, len, |a, b| u8::from(a >= b)),
    }
}

/// Does a date lie in a stretch of days?
pub(super) fn within(stretch: Stretch, args: &[Operand<'_>], len: usize) -> Option<Column> {
    let [it] = args else { return None };
    let (first, last) = stretch.days();
    let (first, last) = (i32::try_from(first).ok()?, i32::try_from(last).ok()?);
    let bits = match Input::<i32>::of(it) {
        _ if Width::of_operand(it) != Width::Short || it.kind != Kind::Date => return None,
        Input::Splat(_) => return None,
        Input::Slice(days) => {
            let inside = |it: &i32| u8::from(*it >= first) & u8::from(*it <= last);
            days.iter().take(len).map(inside).collect()
        }
    };
    Some(Column::bits(bits, merged(args)))
}

/// The greatest or the least of operands of one kind; of equal ones any, because they are the same.
pub(super) fn extreme(
    greatest: bool,
    kind: Kind,
    args: &[Operand<'_>],
    len: usize,
) -> Option<Column> {
    if kind == Kind::Symbol || kind == Kind::Bool || args.iter().any(|it| it.kind != kind) {
        return None;
    }
    let better = |a: i128, b: i128| if greatest { a.max(b) } else { a.min(b) };
    let low = args.iter().map(|it| it.column.low).reduce(better)?;
    let high = args.iter().map(|it| it.column.high).reduce(better)?;
    let width = Width::Short.with(args);
    let lanes = with_width!(width, extreme_of(greatest, args, len));
    Some(made(lanes, merged(args), (low, high)))
}

fn extreme_of<T: Lane>(greatest: bool, args: &[Operand<'_>], len: usize) -> Lanes {
    let mut inputs = args.iter().map(Input::<T>::of);
    let first = inputs.next().map_or_else(|| vec![T::default(); len], |it| it.filled(len));
    let best = inputs.fold(first, |best, it| {
        let best = Input::Slice(best.into());
        if greatest { zip(&best, &it, len, T::max) } else { zip(&best, &it, len, T::min) }
    });
    T::lanes(best)
}

/// The days from one date to another.
pub(super) fn days(args: &[Operand<'_>], len: usize) -> Option<Column> {
    let [from, to] = args else { return None };
    if from.kind != Kind::Date || to.kind != Kind::Date {
        return None;
    }
    let all = (to.column.low - from.column.high, to.column.high - from.column.low);
    if Width::of(all.0, all.1).with(args) != Width::Short {
        return None;
    }
    let lanes = sum_of::<i32>(&[*to, *from], &[1, -1], len);
    Some(made(lanes, merged(args), all))
}

#[cfg(test)]
mod tests {
    use super::{Operand, divide, quotient};
    use crate::columnar::plan::Kind;
    use crate::columns::{Column, state};

    fn column(numbers: &[i128]) -> Column {
        Column::of_numbers(Kind::Number(0), numbers.to_vec(), vec![state::THERE; numbers.len()])
    }

    /// Numbers around which a quotient changes, as far as 32 bits go.
    fn around(by: i128) -> Vec<i128> {
        let most = i128::from(i32::MAX) - 1;
        let steps = [0, 1, 2, 3, 7, 1_000, most / by - 1, most / by, most / by / 2];
        let ends = steps.iter().flat_map(|it| [it * by, it * by + by / 2]);
        let near = ends.flat_map(|it| [it - 1, it, it + 1]).chain([0, most]);
        near.filter(|it| (0..=most).contains(it)).collect()
    }

    #[test]
    fn a_quotient_by_a_constant_is_the_same_as_by_a_column_and_as_it_should_be() {
        let divisors = [1, 2, 3, 5, 7, 10, 12, 30, 365, 1_000, 65_535, 65_537, 2_147_483_646];
        for by in divisors {
            let tops = around(by);
            let top = column(&tops);
            let (one, each) = (column(&[by]), column(&vec![by; tops.len()]));
            let whole = |it: i128, by: i128| it / by;
            let half_up = |it: i128, by: i128| (2 * it + by) / (2 * by);
            for (bottom, splat) in [(&one, true), (&each, false)] {
                let operand = |column, splat| Operand { column, splat, kind: Kind::Number(0) };
                let args = [operand(&top, false), operand(bottom, splat)];
                let quotients = quotient(&args, tops.len()).unwrap();
                let divided = divide(Kind::Number(0), &args, tops.len()).unwrap();
                for (at, it) in tops.iter().enumerate() {
                    assert_eq!(quotients.lanes.at(at), whole(*it, by), "{it} by {by}");
                    assert_eq!(divided.lanes.at(at), half_up(*it, by), "{it} by {by}");
                }
            }
        }
    }

    #[test]
    fn by_nothing_a_quotient_is_missing() {
        let (top, bottom) = (column(&[0, 7, 7, 9]), column(&[0, 0, 2, 3]));
        let operand = |column| Operand { column, splat: false, kind: Kind::Number(0) };
        let found = quotient(&[operand(&top), operand(&bottom)], 4).unwrap();
        let each: Vec<(u8, i128)> =
            (0..4).map(|it| (found.state(it), found.lanes.at(it))).collect();
        assert_eq!(each[2..], [(state::THERE, 3), (state::THERE, 3)]);
        assert!(each[..2].iter().all(|it| it.0 == state::MISSING));
    }
}
