//! The small data set of `examples/bench`: invented households with their records, from a seed.

use std::fmt::Write as _;

use heng_dsl::value::Date;

/// How many households there are.
const HOUSEHOLDS: u64 = 400;

/// Industries and regions that the code tables know, and one that they do not.
const INDUSTRIES: [&str; 8] =
    ["A3405", "C3494", "C3502", "F3666", "H3664", "O3923", "C3500", "Z9999"];
const REGIONS: [&str; 4] = ["330101", "330102", "330103", "999999"];

/// Choices from a seed.
struct Draw(u64);

impl Draw {
    fn below(&mut self, most: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 20) % most
    }

    fn in_hundred(&mut self, share: u64) -> bool {
        self.below(100) < share
    }

    fn one_of(&mut self, all: &[&'static str]) -> &'static str {
        all[usize::try_from(self.below(all.len() as u64)).unwrap()]
    }

    /// A cell that may be empty.
    fn or_empty(&mut self, empty: u64, cell: String) -> String {
        if self.in_hundred(empty) { String::new() } else { cell }
    }

    fn yes(&mut self, share: u64) -> &'static str {
        if self.in_hundred(share) { "true" } else { "false" }
    }

    /// A day within so many before the first of December 2024; now and then a later one.
    fn day(&mut self, back: u64) -> Date {
        let start: Date = "2024-12-01".parse().unwrap();
        let days = i64::try_from(self.below(back)).unwrap();
        let days = if self.in_hundred(3) { days % 90 + 1 } else { -days };
        start.add_days(days).unwrap()
    }
}

/// The files, by name.
pub(crate) fn files() -> Vec<(&'static str, String)> {
    let mut draw = Draw(20_241_201);
    let mut files: Vec<(&'static str, String)> = [
        ("subject.csv", "code,industry,region,established,capital_fen,form,online,employees,area_m2,address,tax,social_ins,honour,status,dishonest"),
        ("penalty.csv", "code,date,amount_fen,severity,repaired"),
        ("inspection.csv", "code,date,result"),
        ("complaint.csv", "code,date,kind,upheld"),
        ("annual_report.csv", "code,year,filed"),
        ("abnormal.csv", "code,listed,reason,removed"),
        ("licence.csv", "code,kind,issue,expiry"),
    ]
    .map(|(name, header)| (name, format!("{header}\n")))
    .into();
    for number in 0..HOUSEHOLDS {
        let code = format!("H{number:05}");
        let rows = household(&mut draw, &code);
        for ((_, file), rows) in files.iter_mut().zip(rows) {
            file.push_str(&rows);
        }
    }
    files
}

/// The row of a household.
fn subject(draw: &mut Draw, code: &str) -> String {
    let established = draw.day(6_000);
    let capital = (draw.below(900) * 100_000).to_string();
    let cells = [
        code.to_owned(),
        draw.one_of(&INDUSTRIES).to_owned(),
        draw.one_of(&REGIONS).to_owned(),
        established.to_string(),
        draw.or_empty(8, capital),
        draw.one_of(&["个人经营", "家庭经营"]).to_owned(),
        draw.yes(30).to_owned(),
        {
            let cell = draw.below(14).to_string();
            draw.or_empty(15, cell)
        },
        {
            let cell = (draw.below(40) * 10).to_string();
            draw.or_empty(20, cell)
        },
        {
            let cell = draw.one_of(&["商铺", "市场", "住宅", "网络"]).to_owned();
            draw.or_empty(5, cell)
        },
        {
            let cell = draw.one_of(&["正常", "正常", "正常", "非正常", "未登记"]).to_owned();
            draw.or_empty(6, cell)
        },
        {
            let cell = draw.yes(60).to_owned();
            draw.or_empty(25, cell)
        },
        {
            let cell = draw.one_of(&["知名", "特色", "优质", "新兴"]).to_owned();
            draw.or_empty(93, cell)
        },
        match draw.below(100) {
            0..4 => "注销",
            4..6 => "吊销",
            _ => "存续",
        }
        .to_owned(),
        draw.yes(2).to_owned(),
    ];
    cells.join(",")
}

/// The rows of a household, in the order of the files. Most are quiet; a few have many records.
fn household(draw: &mut Draw, code: &str) -> [String; 7] {
    let trouble = [0, 0, 0, 1, 1, 2, 6][usize::try_from(draw.below(7)).unwrap()];
    let mut rows: [String; 7] = Default::default();
    writeln!(rows[0], "{}", subject(draw, code)).unwrap();
    for _ in 0..draw.below(1 + trouble) {
        let day = draw.day(1_500);
        let repaired = day.add_days(30 + i64::try_from(draw.below(700)).unwrap()).unwrap();
        let (amount, severity) = (draw.below(90) * draw.below(200_000), 1 + draw.below(4));
        let repaired = draw.or_empty(50, repaired.to_string());
        writeln!(rows[1], "{code},{day},{amount},{severity},{repaired}").unwrap();
    }
    for _ in 0..draw.below(4) {
        let result = draw.one_of(&["合格", "合格", "合格", "责令整改", "不合格", "无法联系"]);
        writeln!(rows[2], "{code},{},{result}", draw.day(1_500)).unwrap();
    }
    for _ in 0..draw.below(1 + 2 * trouble) {
        let kind = draw.one_of(&["食品", "价格", "质量", "服务", "广告"]);
        let (day, upheld) = (draw.day(900), draw.yes(40));
        writeln!(rows[3], "{code},{day},{kind},{upheld}").unwrap();
    }
    for year in 2019..2024_u64 {
        if draw.in_hundred(80) {
            let filed: Date = format!("{}-01-10", year + 1).parse().unwrap();
            let filed = filed.add_days(i64::try_from(draw.below(220)).unwrap()).unwrap();
            writeln!(rows[4], "{code},{year},{filed}").unwrap();
        }
    }
    for _ in 0..draw.below(1 + trouble) / 2 {
        let (day, reason) =
            (draw.day(1_500), draw.one_of(&["未年报", "地址失联", "隐瞒真实情况", "未公示"]));
        let removed = day.add_days(20 + i64::try_from(draw.below(600)).unwrap()).unwrap();
        let removed = draw.or_empty(40, removed.to_string());
        writeln!(rows[5], "{code},{day},{reason},{removed}").unwrap();
    }
    for _ in 0..draw.below(3) {
        let kind = draw.one_of(&["食品", "食品", "药品", "烟草", "医疗器械", "其他"]);
        let issue = draw.day(1_800);
        let expiry = issue.add_days(i64::try_from(draw.below(2_000)).unwrap()).unwrap();
        let expiry = draw.or_empty(30, expiry.to_string());
        writeln!(rows[6], "{code},{kind},{issue},{expiry}").unwrap();
    }
    rows
}
