//! One household: its own fields, and how much trouble it makes, which decides its events.

use heng_dsl::value::Date;

use super::city::{self, County};
use super::code::credit_code;
use super::random::Random;
use super::situations::{self, Situation};
use super::tables::{Row, Table};
use super::trades::{COMMONEST, Food, TRADES, Trade};

/// A household with its records while it is drawn.
pub(super) struct Dossier {
    /// 截至
    pub(super) cutoff: Date,
    /// Its place in the sample, from 0.
    pub(super) number: u32,
    /// The seed of the sample.
    seed: u64,
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
    /// How much goes wrong there.
    pub(super) trouble: Trouble,
    /// People who work there, where it says so.
    pub(super) staff: u32,
    /// Its rows; the first is the household itself.
    pub(super) rows: Vec<Row>,
    /// The rare situation that it plays.
    pub(super) situation: Option<&'static Situation>,
    /// Document numbers given out so far.
    serial: u32,
}

/// How much goes wrong at a household. Most make none, and a few make most of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Trouble {
    /// 64 %
    None,
    /// 25 %
    Little,
    /// 8.5 %
    Some,
    /// 2.5 %
    Much,
}

impl Trouble {
    /// The figure of four that stands for this much trouble.
    pub(super) fn of(self, figures: [u32; 4]) -> u32 {
        match self {
            Self::None => figures[0],
            Self::Little => figures[1],
            Self::Some => figures[2],
            Self::Much => figures[3],
        }
    }
}

/// What a stream of random numbers is for; see [`Random::stream`].
#[derive(Debug, Clone, Copy)]
#[repr(u32)]
pub(super) enum Purpose {
    Household,
    Group,
    Table(Table),
    Flaw,
}

impl Purpose {
    fn number(self) -> u32 {
        match self {
            Self::Household => 0,
            Self::Group => 1,
            Self::Flaw => 2,
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

impl Dossier {
    /// The stream of one purpose.
    pub(super) fn random(&self, purpose: Purpose) -> Random {
        Random::stream(self.seed, self.number, purpose.number())
    }

    /// A row of this household.
    pub(super) fn row(&self, table: Table) -> Row {
        Row::of(table, &self.key)
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
}

/// A date as a cell; nothing for no date.
pub(super) fn cell(date: Option<Date>) -> String {
    date.map(|it| it.to_string()).unwrap_or_default()
}

/// 是 or 否.
pub(super) fn yes(it: bool) -> &'static str {
    if it { "是" } else { "否" }
}

/// Draws a household without its events.
pub(super) fn draw(seed: u64, cutoff: Date, number: u32) -> Dossier {
    let mut random = Random::stream(seed, number, Purpose::Household.number());
    let group = Group::of(number);
    let situation = if group.is_none() { situations::of(number) } else { None };
    let county = match group {
        Some(group) => city::county(&mut group.random(seed)),
        None => city::county(&mut random),
    };
    let founded = founded(&mut random, cutoff, group, situation.is_some());
    let state = random.weighted(&[(915, "存续"), (6, "歇业"), (64, "注销"), (15, "吊销")], "存续");
    let lives = group.is_some() || situation.is_some();
    let gone = matches!(state, "注销" | "吊销") && !lives;
    let life = u32::try_from(founded.days_until(cutoff)).unwrap_or(0);
    let active_until = if gone { before(cutoff, random.below(life.min(1500) + 1)) } else { cutoff };
    let choices: Vec<(u32, Trade)> = TRADES.iter().map(|it| (it.weight, *it)).collect();
    let drawn = random.weighted(&choices, COMMONEST);
    let wanted = situation.and_then(|it| it.trade);
    let trade = TRADES.iter().find(|it| Some(it.code) == wanted).copied().unwrap_or(drawn);
    let levels =
        [(640, Trouble::None), (250, Trouble::Little), (85, Trouble::Some), (25, Trouble::Much)];
    let trouble = random.weighted(&levels, Trouble::None);
    let staff = random.weighted(&[(330, 1), (300, 2), (180, 3), (100, 4), (60, 6), (30, 12)], 2);
    let mut it = Dossier {
        cutoff,
        number,
        seed,
        key: credit_code(county.code, number, seed),
        founded,
        active_until,
        gone,
        trade,
        trouble,
        staff,
        rows: Vec::new(),
        situation,
        serial: 0,
    };
    let state = if lives { "存续" } else { state };
    let row = fields(&it, &mut random, &county, state);
    it.rows.push(row);
    place(&mut it, &mut random, &county, group);
    it
}

/// Ages as the figures for new and closed households suggest: about one in six is younger than a year.
/// Those that play a situation have been there long enough for it.
fn founded(random: &mut Random, cutoff: Date, group: Option<Group>, staged: bool) -> Date {
    if group.is_some_and(Group::young) {
        return before(cutoff, random.below(80));
    }
    if staged {
        return before(cutoff, random.between(6 * 365, 9 * 365));
    }
    let year = 365;
    let spans = [
        (170, (0, year)),
        (270, (year, 3 * year)),
        (190, (3 * year, 5 * year)),
        (240, (5 * year, 10 * year)),
        (110, (10 * year, 18 * year)),
        (20, (18 * year, 30 * year)),
    ];
    let (least, most) = random.weighted(&spans, (year, 3 * year));
    before(cutoff, random.between(least, most))
}

/// The fields that do not depend on where it is.
fn fields(it: &Dossier, random: &mut Random, county: &County, state: &'static str) -> Row {
    let name = format!("{}示例{}{}", county.name, city::pair(random), it.trade.word);
    let capital = random.weighted(
        &[(120, 5_000), (240, 20_000), (300, 50_000), (220, 100_000), (90, 200_000), (30, 500_000)],
        50_000,
    );
    let area = random.weighted(
        &[(300, (8, 40)), (450, (40, 120)), (200, (120, 400)), (50, (400, 3500))],
        (40, 120),
    );
    let area = random.between(area.0, area.1);
    let kind = random.weighted(&[(250, ""), (690, "生存型"), (55, "成长型"), (5, "发展型")], "");
    let grown = matches!(kind, "成长型" | "发展型");
    let famous = grown && random.chance(150);
    let online = matches!(it.trade.code, "F5193" | "F5292" | "H6242") || random.chance(120);
    let taxed = random.weighted(&[(900, "正常"), (50, "未登记"), (20, ""), (30, "非正常")], "正常");
    let staffed = random.chance(940);
    Row::of(Table::Household, &it.key)
        .with("名称", name)
        .with("经营者", format!("{}某", city::pair(random)))
        .with("状态", state)
        .with("组成形式", if random.chance(140) { "家庭经营" } else { "个人经营" })
        .with("成立日期", it.founded.to_string())
        .with("行业", it.trade.code)
        .with("区划", county.code)
        .with("面积", if random.chance(900) { area.to_string() } else { String::new() })
        .with("资金数额", if random.chance(930) { capital.to_string() } else { String::new() })
        .with("从业人数", if staffed { it.staff.to_string() } else { String::new() })
        .with("线上经营", yes(online))
        .with("分型", kind)
        .with("名特优新", if famous { random.pick(&FAMOUS, "") } else { "" })
        .with("党组织", random.weighted(&[(30, "是"), (900, "否"), (70, "")], ""))
        .with("税务状态", taxed)
        .with("参加社保", yes(insured(it)))
}

const FAMOUS: [&str; 4] = ["知名", "特色", "优质", "新兴"];

/// Does it insure its staff? The larger ones mostly do.
pub(super) fn insured(it: &Dossier) -> bool {
    let per_mille = if it.staff >= 6 { 550 } else { 50 };
    it.random(Purpose::Table(Table::Insurance)).chance(per_mille)
}

/// Address and telephone: of its own, or the group's.
fn place(it: &mut Dossier, random: &mut Random, county: &County, group: Option<Group>) {
    let kinds = [(690, "商铺"), (90, "市场"), (130, "住宅"), (60, "网络"), (30, "")];
    let online = matches!(it.trade.code, "F5193" | "F5292");
    let kind = if online { "网络" } else { random.weighted(&kinds, "商铺") };
    let mut address = match kind {
        "市场" => city::stall(random, county),
        _ => city::address(random, county),
    };
    let mut telephone = city::telephone(random);
    if random.chance(15) {
        address.clear();
    }
    if random.chance(25) {
        telephone.clear();
    }
    match group {
        Some(group @ (Group::Address { .. } | Group::SmallAddress { .. })) => {
            address = city::address(&mut group.random_place(it.seed), county);
        }
        Some(group @ Group::Telephone { .. }) => {
            telephone = city::telephone(&mut group.random_place(it.seed));
        }
        None => {}
    }
    it.set("场所类型", kind);
    it.set("经营场所", address);
    it.set("联系电话", telephone);
}

/// Households that share something. Which ones do follows from their number, so that a group is found
/// without holding the city in memory: in each block of 500 there are three groups.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Group {
    /// 13 households at one address; in every second block all founded in the last three months.
    Address { block: u32 },
    /// 7 households at one address.
    SmallAddress { block: u32 },
    /// 6 households with one telephone number.
    Telephone { block: u32 },
}

impl Group {
    fn of(number: u32) -> Option<Self> {
        let block = number / 500;
        match number % 500 {
            40..=52 => Some(Self::Address { block }),
            200..=206 => Some(Self::SmallAddress { block }),
            300..=305 => Some(Self::Telephone { block }),
            _ => None,
        }
    }

    fn young(self) -> bool {
        matches!(self, Self::Address { block } if block % 2 == 0)
    }

    /// The stream that decides what the members share.
    fn random(self, seed: u64) -> Random {
        let number = match self {
            Self::Address { block } => block * 4,
            Self::SmallAddress { block } => block * 4 + 1,
            Self::Telephone { block } => block * 4 + 2,
        };
        Random::stream(seed, number, Purpose::Group.number())
    }

    /// The same, past the draw of the county.
    fn random_place(self, seed: u64) -> Random {
        let mut random = self.random(seed);
        let _county = city::county(&mut random);
        random
    }
}

/// Does it sell or serve food?
pub(super) fn has_food(it: &Dossier) -> bool {
    it.trade.food != Food::No
}
