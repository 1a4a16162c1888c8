//! A household with its records while it is drawn, and the small things that every draw needs.

use heng_dsl::value::Date;

use super::random::Random;
use super::situations::Situation;
use super::tables::{Row, Table};
use super::trades::{Food, Trade};

/// A household with its records while it is drawn.
pub(super) struct Dossier {
    /// 截至
    pub(super) cutoff: Date,
    /// Its place in the sample, from 0.
    pub(super) number: u32,
    /// The seed of the sample.
    pub(super) seed: u64,
    /// Its credit code.
    pub(super) key: String,
    /// When it was founded.
    pub(super) founded: Date,
    /// When it stopped for good, at the latest the cut-off.
    pub(super) active_until: Date,
    /// 注销 or 吊销
    pub(super) gone: bool,
    /// What it does.
    pub(super) trade: Trade,
    /// 线上经营
    pub(super) online: bool,
    /// How much goes wrong there.
    pub(super) trouble: Trouble,
    /// People who work there.
    pub(super) staff: u32,
    /// The rare situation that it plays.
    pub(super) situation: Option<&'static Situation>,
    /// Its rows; the first is the household itself.
    pub(super) rows: Vec<Row>,
    /// Document numbers given out so far.
    pub(super) serial: u32,
}

/// How much goes wrong at a household. Most make no trouble, and a few make most of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Trouble {
    /// 56 %
    None,
    /// 29 %
    Little,
    /// 11.5 %
    Some,
    /// 3.5 %
    Much,
}

impl Trouble {
    /// Draws it.
    pub(super) fn draw(random: &mut Random) -> Self {
        let levels = [(560, Self::None), (290, Self::Little), (115, Self::Some), (35, Self::Much)];
        random.weighted(&levels, Self::None)
    }

    /// The figure of four that stands for this much trouble.
    pub(super) fn of(self, [none, little, some, much]: [u32; 4]) -> u32 {
        match self {
            Self::None => none,
            Self::Little => little,
            Self::Some => some,
            Self::Much => much,
        }
    }
}

/// What a stream of random numbers is for; see [`Random::stream`].
#[derive(Debug, Clone, Copy)]
pub(super) enum Purpose {
    /// The household itself.
    Household,
    /// What the members of a group share.
    Group,
    /// The flaw.
    Flaw,
    /// The fields that the food set adds.
    FoodFields,
    /// The records of a table.
    Table(Table),
}

impl Purpose {
    /// The number that tells the streams apart.
    pub(super) fn number(self) -> u32 {
        match self {
            Self::Household => 0,
            Self::Group => 1,
            Self::Flaw => 2,
            Self::FoodFields => 3,
            Self::Table(table) => {
                let at = Table::ALL.iter().position(|it| *it == table).unwrap_or(0);
                16 + u32::try_from(at).unwrap_or(0)
            }
        }
    }
}

/// `days` before `date`.
pub(super) fn before(date: Date, days: u32) -> Date {
    date.add_days(-i64::from(days)).unwrap_or(date)
}

/// `days` after `date`.
pub(super) fn after(date: Date, days: u32) -> Date {
    date.add_days(i64::from(days)).unwrap_or(date)
}

/// A date as a cell; nothing for no date.
pub(super) fn cell(date: Option<Date>) -> String {
    date.map(|it| it.to_string()).unwrap_or_default()
}

/// 是 or 否.
pub(super) fn yes(it: bool) -> &'static str {
    if it { "是" } else { "否" }
}

impl Dossier {
    /// The stream of one purpose.
    pub(super) fn random(&self, purpose: Purpose) -> Random {
        Random::stream(self.seed, self.number, purpose.number())
    }

    /// Does it sell or serve food?
    pub(super) fn has_food(&self) -> bool {
        self.trade.food != Food::No
    }

    /// A row of this household.
    pub(super) fn row(&self, table: Table) -> Row {
        Row::of(table, &self.key)
    }

    /// Leaves out the rows of some tables.
    pub(super) fn forget(&mut self, tables: &[Table]) {
        self.rows.retain(|row| !tables.contains(&row.table));
    }

    /// Changes a cell of the household itself.
    pub(super) fn set(&mut self, column: &str, cell: impl Into<String>) {
        if let Some(row) = self.rows.first_mut() {
            row.set(column, cell.into());
        }
    }

    /// A number for a document of this household that no other document has.
    pub(super) fn serial(&mut self) -> String {
        self.serial += 1;
        format!("{:07}-{}", self.number, self.serial)
    }

    /// `days` before the cut-off.
    pub(super) fn ago(&self, days: u32) -> Date {
        before(self.cutoff, days)
    }

    /// A day of the last `days` before the household stopped or the data end, not before it was
    /// founded.
    pub(super) fn day(&self, random: &mut Random, days: u32) -> Date {
        let life = u32::try_from(self.founded.days_until(self.active_until)).unwrap_or(0);
        before(self.active_until, random.below(life.min(days) + 1))
    }

    /// A later day: `least` to `most` days after `date`, if that is not after the cut-off.
    pub(super) fn later(
        &self,
        random: &mut Random,
        date: Date,
        least: u32,
        most: u32,
    ) -> Option<Date> {
        let day = after(date, random.between(least, most));
        (day <= self.cutoff).then_some(day)
    }

    /// The first days of the last `count` months of its life, oldest first.
    pub(super) fn months(&self, count: u32) -> Vec<Date> {
        let last = self.active_until.month_start();
        let months = (0..i64::from(count)).rev().filter_map(|back| last.add_months(-back));
        months.filter(|day| *day >= self.founded).collect()
    }
}
