//! Where the households are: the districts of Chizhou (GB/T 2260, end of 2024), with some of their
//! towns. Streets and house numbers are invented.
//!
//! GB/T 2260 has no codes for development zones and scenic areas: a household there carries the code
//! of the district that the zone lies in, and the zone stands in its address.

use super::random::Random;

/// A county or district.
#[derive(Debug, Clone, Copy)]
pub(super) struct County {
    /// GB/T 2260.
    pub(super) code: &'static str,
    /// Its name.
    pub(super) name: &'static str,
    /// How many of a thousand households are there.
    weight: u32,
    /// Towns, streets, zones.
    towns: &'static [&'static str],
}

const GUICHI: County = County {
    code: "341702",
    name: "贵池区",
    weight: 450,
    towns: &[
        "池阳街道",
        "秋浦街道",
        "清风街道",
        "杏花村街道",
        "里山街道",
        "江口街道",
        "马衙街道",
        "墩上街道",
        "秋江街道",
        "殷汇镇",
        "牛头山镇",
        "涓桥镇",
        "乌沙镇",
        "梅村镇",
        "池州经济技术开发区",
        "江南产业集中区",
        "平天湖风景区",
    ],
};

const DONGZHI: County = County {
    code: "341721",
    name: "东至县",
    weight: 290,
    towns: &[
        "尧渡镇",
        "东流镇",
        "大渡口镇",
        "胜利镇",
        "张溪镇",
        "洋湖镇",
        "葛公镇",
        "香隅镇",
        "官港镇",
        "昭潭镇",
        "龙泉镇",
        "泥溪镇",
        "东至经济开发区",
    ],
};

const SHITAI: County = County {
    code: "341722",
    name: "石台县",
    weight: 65,
    towns: &["仁里镇", "七都镇", "仙寓镇", "丁香镇", "小河镇", "横渡镇"],
};

const QINGYANG: County = County {
    code: "341723",
    name: "青阳县",
    weight: 195,
    towns: &[
        "蓉城镇",
        "木镇镇",
        "丁桥镇",
        "新河镇",
        "陵阳镇",
        "庙前镇",
        "朱备镇",
        "酉华镇",
        "九华山风景区",
        "青阳经济开发区",
    ],
};

/// The four of them.
const COUNTIES: [County; 4] = [GUICHI, DONGZHI, SHITAI, QINGYANG];

/// The ten heavenly stems and twelve earthly branches make invented names that nobody bears.
const STEMS: [&str; 10] = ["甲", "乙", "丙", "丁", "戊", "己", "庚", "辛", "壬", "癸"];
const BRANCHES: [&str; 12] =
    ["子", "丑", "寅", "卯", "辰", "巳", "午", "未", "申", "酉", "戌", "亥"];

/// The district of a household.
pub(super) fn county(random: &mut Random) -> County {
    random.weighted(&COUNTIES.map(|it| (it.weight, it)), GUICHI)
}

/// A pair of a stem and a branch, such as 甲子.
pub(super) fn pair(random: &mut Random) -> String {
    format!("{}{}", random.pick(&STEMS, "甲"), random.pick(&BRANCHES, "子"))
}

/// An address that does not exist.
pub(super) fn address(random: &mut Random, county: &County) -> String {
    let town = random.pick(county.towns, "");
    let street = random.pick(&STEMS, "甲");
    format!("池州市{}{town}示例{street}路{}号", county.name, random.between(1, 600))
}

/// A stall in a market that does not exist.
pub(super) fn stall(random: &mut Random, county: &County) -> String {
    let town = random.pick(county.towns, "");
    format!("池州市{}{town}示例农贸市场{}号摊位", county.name, random.between(1, 300))
}

/// A telephone number that no network gives out: eleven digits beginning with 000.
pub(super) fn telephone(random: &mut Random) -> String {
    format!("000{:04}{:04}", random.below(10_000), random.below(10_000))
}
