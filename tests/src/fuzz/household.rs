//! Households for rules that nobody has seen before, drawn from bytes.
//!
//! Half of the registers keep every promise of the rules: what is required is given, and nothing is
//! negative that may not be. The others break them, as a register in memory may.

use std::sync::Arc;

use heng_dsl::model::linked::Linked;
use heng_dsl::model::{Field, NumberTy, Ty, TyKind, Unit};
use heng_dsl::value::{Date, Decimal, Value};
use heng_engine::data::{EarlierResult, Household, HouseholdBuilder, Register};

/// Choices out of bytes, and out of a generator that they started where they are used up.
pub struct Draw<'b> {
    bytes: &'b [u8],
    state: u64,
}

impl<'b> Draw<'b> {
    /// Choices out of `bytes`; what follows is the same for the same `start`.
    pub fn new(bytes: &'b [u8], start: &[u8]) -> Self {
        let mix = |state: u64, it: &u8| (state ^ u64::from(*it)).wrapping_mul(0x0100_0000_01b3);
        Self { bytes, state: start.iter().fold(0xcbf2_9ce4_8422_2325, mix) | 1 }
    }

    fn byte(&mut self) -> u8 {
        if let Some((first, rest)) = self.bytes.split_first() {
            self.bytes = rest;
            return *first;
        }
        self.state ^= self.state << 13;
        self.state ^= self.state >> 7;
        self.state ^= self.state << 17;
        u8::try_from(self.state >> 56).unwrap_or_default()
    }

    /// A number below `most`; 0 where there is none.
    pub fn below(&mut self, most: usize) -> usize {
        let wide = (usize::from(self.byte()) << 8) | usize::from(self.byte());
        wide.checked_rem(most).unwrap_or_default()
    }

    /// True once in so many times.
    pub fn once_in(&mut self, times: usize) -> bool {
        self.below(times) == 0
    }

    fn one_of<'t, T: ?Sized>(&mut self, all: &[&'t T]) -> Option<&'t T> {
        all.get(self.below(all.len())).copied()
    }

    /// A day on which rules are asked: ends of months, a leap day, and the ends of the calendar.
    ///
    /// # Panics
    ///
    /// Never: each of the days exists.
    pub fn as_of(&mut self) -> Date {
        const DAYS: [&str; 8] = [
            "2024-12-31",
            "2024-02-29",
            "2025-01-01",
            "2026-06-30",
            "2024-12-01",
            "2023-03-31",
            "9999-12-31",
            "0001-01-01",
        ];
        let day = self.one_of(&DAYS).and_then(|it| it.parse().ok());
        day.expect("each of the days exists")
    }
}

/// A register of a few households, and whether it keeps what the rules are promised.
pub fn register(draw: &mut Draw<'_>, linked: &Linked, as_of: Date) -> (Register, bool) {
    let mut register = Register { households: Vec::new(), cutoff: None };
    let mut keeps = !draw.once_in(2);
    for number in 0..=draw.below(4) {
        let Ok(builder) = Household::build(linked, &format!("{number}")) else { continue };
        let mut making = Making { draw, linked, as_of, keeps };
        let mut household = making.household(builder);
        keeps &= making.keeps;
        household.history = history(draw, linked, as_of);
        register.households.push(household);
    }
    (register, keeps)
}

/// A household being made.
struct Making<'d, 'b, 'l> {
    draw: &'d mut Draw<'b>,
    linked: &'l Linked,
    as_of: Date,
    /// Were all promises kept so far? Once one is broken, others may be, too.
    keeps: bool,
}

impl<'l> Making<'_, '_, 'l> {
    fn household(&mut self, mut builder: HouseholdBuilder<'l>) -> Household {
        let linked = self.linked;
        for field in linked.fields().filter(|it| !it.key && it.derived.is_none()) {
            let text = self.cell(field);
            match builder.clone().field(&field.name, &text) {
                Ok(it) => builder = it,
                Err(_) => self.keeps = false,
            }
        }
        for table in linked.tables() {
            for _ in 0..self.draw.below(5) {
                let given = table.fields.iter().filter(|it| it.derived.is_none());
                let cells: Vec<(&str, String)> =
                    given.map(|it| (it.name.as_ref(), self.cell(it))).collect();
                let cells = cells.iter().map(|it| (it.0, it.1.as_str()));
                match builder.clone().record(&table.name, cells) {
                    Ok(it) => builder = it,
                    Err(_) => self.keeps = false,
                }
            }
        }
        builder.done()
    }

    /// What stands in a cell, as a text file has it.
    fn cell(&mut self, field: &Field) -> String {
        let may_lack = field.ty.optional || field.default.is_some();
        if (may_lack || !self.keeps) && self.draw.once_in(3) {
            self.keeps &= may_lack;
            return String::new();
        }
        match &field.ty.kind {
            TyKind::Bool => ["是", "否"][self.draw.below(2)].to_owned(),
            TyKind::Number(ty) => self.number(ty, field.signed),
            TyKind::Date => day(self.draw, self.as_of).to_string(),
            TyKind::Text => {
                const TEXTS: [&str; 5] = ["甲", "乙路 3 号", "a", "2024-01-01", "个体"];
                self.draw.one_of(&TEXTS).unwrap_or_default().to_owned()
            }
            TyKind::Member(of) => {
                let members = &self.linked.enumeration(of.slot.index()).members;
                let member = members.get(self.draw.below(members.len()));
                member.map_or_else(String::new, |it| it.name.to_string())
            }
            TyKind::Code(of) => self.code(of.slot.index()),
            TyKind::Frequency | TyKind::Unknown => String::new(),
        }
    }

    /// A key of a code table, or one that it does not have.
    fn code(&mut self, slot: usize) -> String {
        let table = self.linked.code_table(slot);
        let row = table.rows.get(self.draw.below(table.rows.len() + 1));
        let key = table.columns.iter().position(|it| it.key);
        match row.zip(key).and_then(|(row, key)| row.values.get(key)) {
            Some(Value::Text(code)) => code.to_string(),
            _ => "9".to_owned(),
        }
    }

    fn number(&mut self, ty: &NumberTy, signed: bool) -> String {
        let number = number(self.draw, ty);
        if signed && self.draw.once_in(2) { number.negated() } else { number }.to_string()
    }
}

/// Numbers at which rules like to turn, with and without decimals, and the longest one that fits.
fn number(draw: &mut Draw<'_>, ty: &NumberTy) -> Decimal {
    const WHOLE: [i128; 12] = [0, 1, 2, 3, 5, 10, 12, 60, 100, 399, 1_000, 10_000_000_000];
    if ty.unit == Unit::Ratio && !draw.once_in(8) {
        let percent = i128::try_from(draw.below(101)).unwrap_or_default();
        return Decimal::new(percent, 2).unwrap_or(Decimal::ZERO);
    }
    if draw.once_in(32) {
        return Decimal::new(10_i128.pow(38) - 1, ty.places).unwrap_or(Decimal::ZERO);
    }
    let whole = WHOLE[draw.below(WHOLE.len())];
    let fraction = i128::from(ty.places > 0 && draw.once_in(3));
    let scale = 10_i128.checked_pow(u32::from(ty.places)).unwrap_or(1);
    let mantissa = whole.checked_mul(scale).map(|it| it + fraction);
    mantissa.and_then(|it| Decimal::new(it, ty.places)).unwrap_or(Decimal::ZERO)
}

/// A day around another one: most within three years, some after it, some long ago.
fn day(draw: &mut Draw<'_>, around: Date) -> Date {
    let back = i64::try_from(draw.below(1_100)).unwrap_or_default();
    let day = match draw.below(8) {
        0 => around.add_days(back),
        1 => around.add_months(-12),
        2 => around.add_days(-back * 30),
        3 => Some(around),
        _ => around.add_days(-back),
    };
    day.unwrap_or(around)
}

/// Up to two earlier results, oldest first.
fn history(draw: &mut Draw<'_>, linked: &Linked, as_of: Date) -> Vec<EarlierResult> {
    let months = match draw.below(3) {
        0 => &[][..],
        1 => &[-1],
        _ => &[-12, -1],
    };
    let result = |back: &i64| {
        let then = as_of.add_months(*back)?;
        let worth = |(slot, ty): (usize, &Ty)| Some((slot, earlier(draw, linked, ty)?));
        let decls = linked.decls().enumerate().map(|(slot, it)| (slot, &it.ty));
        Some(EarlierResult { as_of: Some(then), values: decls.filter_map(worth).collect() })
    };
    months.iter().filter_map(result).collect()
}

/// What a declaration was worth in an earlier month.
fn earlier(draw: &mut Draw<'_>, linked: &Linked, ty: &Ty) -> Option<Value> {
    Some(match &ty.kind {
        TyKind::Bool => Value::Bool(draw.once_in(2)),
        TyKind::Number(it) => Value::Number(number(draw, it)),
        TyKind::Date => Value::Date("2024-01-31".parse().ok()?),
        TyKind::Text => Value::Text(Arc::from("甲")),
        TyKind::Member(of) => {
            let members = linked.enumeration(of.slot.index()).members.len();
            Value::Member(u16::try_from(draw.below(members)).ok()?)
        }
        TyKind::Code(_) | TyKind::Frequency | TyKind::Unknown => return None,
    })
}
