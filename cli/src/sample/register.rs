//! The household itself: what the register and other departments say about it.

use heng_dsl::value::Date;

use super::city::{self, County};
use super::code::credit_code;
use super::dossier::{Dossier, Purpose, Trouble, before, cell, yes};
use super::food;
use super::group::{Group, Shared};
use super::random::Random;
use super::situations;
use super::tables::{Row, Table};
use super::trades::{COMMONEST, TRADES, Trade};

/// Draws a household without its events.
pub(super) fn draw(seed: u64, cutoff: Date, number: u32) -> Dossier {
    let mut random = Random::stream(seed, number, Purpose::Household.number());
    let group = Group::of(number);
    let situation = situations::of(number);
    let county = match group {
        Some(group) => city::county(&mut group.random(seed)),
        None => city::county(&mut random),
    };
    let founded = founded(&mut random, cutoff, group, situation.is_some());
    let states = [(920, "存续"), (6, "歇业"), (64, "注销"), (10, "吊销")];
    let drawn = random.weighted(&states, "存续");
    let state = match group {
        Some(group) => group.state(number),
        None if situation.is_some() => "存续",
        None => drawn,
    };
    let gone = matches!(state, "注销" | "吊销");
    let life = u32::try_from(founded.days_until(cutoff)).unwrap_or(0);
    let active_until = if gone { before(cutoff, random.below(life.min(1500) + 1)) } else { cutoff };
    let trade = trade(&mut random, situation.and_then(|it| it.trade));
    let mut it = Dossier {
        cutoff,
        number,
        seed,
        key: credit_code("92", county.code, number, seed),
        founded,
        active_until,
        gone,
        trade,
        online: matches!(trade.code, "F5193" | "F5292" | "H6242") || random.chance(120),
        trouble: if situation.is_some() { Trouble::None } else { Trouble::draw(&mut random) },
        staff: random
            .weighted(&[(330, 1), (300, 2), (180, 3), (100, 4), (60, 6), (28, 12), (2, 35)], 2),
        situation,
        rows: Vec::new(),
        serial: 0,
    };
    let row = fields(&it, &mut random, &county, state);
    it.rows.push(row);
    place(&mut it, &mut random, &county, group);
    food::fill(&mut it);
    it
}

fn trade(random: &mut Random, wanted: Option<&str>) -> Trade {
    let choices: Vec<(u32, Trade)> = TRADES.iter().map(|it| (it.weight, *it)).collect();
    let drawn = random.weighted(&choices, COMMONEST);
    TRADES.iter().find(|it| Some(it.code) == wanted).copied().unwrap_or(drawn)
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

const CAPITALS: [(u32, u32); 7] = [
    (120, 5_000),
    (240, 20_000),
    (300, 50_000),
    (220, 100_000),
    (90, 200_000),
    (27, 500_000),
    (3, 2_000_000),
];
const AREAS: [(u32, (u32, u32)); 4] =
    [(300, (8, 40)), (450, (40, 120)), (200, (120, 400)), (50, (400, 3500))];
const CHANNELS: [(u32, &str); 4] = [(450, "窗口"), (400, "全程电子"), (120, "代办"), (30, "")];
const FAMOUS: [&str; 4] = ["知名", "特色", "优质", "新兴"];

/// The fields that do not depend on where it is.
fn fields(it: &Dossier, random: &mut Random, county: &County, state: &'static str) -> Row {
    let name = format!("{}示例{}{}", county.name, city::pair(random), it.trade.word);
    let capital = random.weighted(&CAPITALS, 50_000);
    let (least, most) = random.weighted(&AREAS, (40, 120));
    let area = random.between(least, most);
    let kinds = [(250, ""), (690, "生存型"), (55, "成长型"), (5, "发展型")];
    let kind = random.weighted(&kinds, "");
    let grown = matches!(kind, "成长型" | "发展型");
    let famous = grown && random.chance(150);
    let limit = random.chance(250).then(|| it.founded.add_months(120)).flatten();
    let taxes = [(900, "正常"), (50, "未登记"), (20, ""), (30, "非正常")];
    let or_empty = |known: bool, text: String| if known { text } else { String::new() };
    Row::of(Table::Household, &it.key)
        .with("名称", name)
        .with("经营者", format!("{}某", city::pair(random)))
        .with("状态", state)
        .with("组成形式", if random.chance(140) { "家庭经营" } else { "个人经营" })
        .with("登记方式", random.weighted(&CHANNELS, "窗口"))
        .with("成立日期", it.founded.to_string())
        .with("经营期限至", cell(limit))
        .with("行业", it.trade.code)
        .with("区划", county.code)
        .with("面积", or_empty(random.chance(900), area.to_string()))
        .with("资金数额", or_empty(random.chance(930), capital.to_string()))
        .with("从业人数", or_empty(random.chance(940), it.staff.to_string()))
        .with("线上经营", yes(it.online))
        .with("分型", kind)
        .with("名特优新", if famous { random.pick(&FAMOUS, "") } else { "" })
        .with("党组织", random.weighted(&[(30, "是"), (900, "否"), (70, "")], ""))
        .with("税务状态", random.weighted(&taxes, "正常"))
        .with("参加社保", yes(insured(it)))
}

/// Does it insure its staff? The larger ones mostly do.
pub(super) fn insured(it: &Dossier) -> bool {
    let per_mille = if it.staff >= 6 { 550 } else { 45 };
    it.random(Purpose::Table(Table::Insurance)).chance(per_mille)
}

/// Address, telephone and operator: of its own, or the group's.
fn place(it: &mut Dossier, random: &mut Random, county: &County, group: Option<Group>) {
    let kinds = [(690, "商铺"), (90, "市场"), (130, "住宅"), (60, "网络"), (30, "")];
    let drawn = random.weighted(&kinds, "商铺");
    let kind = if matches!(it.trade.code, "F5193" | "F5292") { "网络" } else { drawn };
    let mut address = match kind {
        "市场" => city::stall(random, county),
        _ => city::address(random, county),
    };
    let mut telephone = city::telephone(random);
    // One in twenty is run by the operator of the household before it.
    let mut operator = if it.number % 20 == 11 { it.number - 1 } else { it.number };
    if random.chance(15) {
        address.clear();
    }
    if random.chance(25) {
        telephone.clear();
    }
    if let Some(group) = group {
        let mut random = group.random_place(it.seed);
        match group.shares {
            Shared::Address | Shared::SmallAddress => address = city::address(&mut random, county),
            Shared::Telephone => telephone = city::telephone(&mut random),
            Shared::Operator => operator = it.number / 500 * 500 + 400,
        }
        if group.young() {
            it.set("登记方式", "代办");
        }
    }
    let operator = if random.chance(20) { String::new() } else { format!("JY{operator:09}") };
    it.set("经营者标识", operator);
    it.set("场所类型", kind);
    it.set("经营场所", address);
    it.set("联系电话", telephone);
}
