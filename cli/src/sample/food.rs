//! The fields that the food set adds to a household, for those that sell or serve food.

use super::dossier::{Dossier, Purpose, cell, yes};
use super::random::Random;
use super::trades::Food;

/// Fills them; a household without food has only the answers that cannot be missing.
pub(super) fn fill(it: &mut Dossier) {
    let mut random = it.random(Purpose::FoodFields);
    it.set("食堂", "否");
    it.set("网络餐饮", "否");
    match it.trade.food {
        Food::No => return,
        Food::Sale => sale(it, &mut random),
        Food::Catering => catering(it, &mut random),
    }
    let area = random.weighted(
        &[
            (560, (15, 90)),
            (300, (90, 200)),
            (110, (201, 1000)),
            (25, (1001, 3000)),
            (5, (3001, 6000)),
        ],
        (15, 90),
    );
    let area = random.between(area.0, area.1);
    it.set("食品面积", if random.chance(960) { area.to_string() } else { String::new() });
    let manager = random.weighted(&[(820, "是"), (120, "否"), (60, "")], "是");
    it.set("食品安全管理员", manager);
    let checked = random.chance(780).then(|| it.day(&mut random, 420));
    it.set("自查日期", cell(checked));
    it.set("体系认证", random.weighted(&[(25, "是"), (900, "否"), (75, "")], "否"));
}

/// A number that is small for most and very large for a few: each step up to ten times as many.
fn skewed(random: &mut Random, steps: &[(u32, (u32, u32))]) -> String {
    let (least, most) = random.weighted(steps, (0, 0));
    if most == 0 { String::new() } else { random.between(least, most).to_string() }
}

fn sale(it: &mut Dossier, random: &mut Random) {
    it.set("许可业态", if random.chance(970) { "食品销售" } else { "" });
    let ambient = [
        (80, (0, 0)),
        (600, (20, 500)),
        (240, (501, 2000)),
        (60, (2001, 5000)),
        (15, (5001, 10_000)),
        (5, (10_001, 16_000)),
    ];
    let chilled = [
        (450, (0, 0)),
        (400, (3, 100)),
        (90, (101, 300)),
        (40, (301, 600)),
        (15, (601, 1000)),
        (5, (1001, 1500)),
    ];
    let bulk = [
        (500, (0, 0)),
        (400, (2, 30)),
        (60, (31, 50)),
        (25, (51, 100)),
        (10, (101, 150)),
        (5, (151, 700)),
    ];
    it.set("预包装常温", skewed(random, &ambient));
    it.set("预包装冷藏", skewed(random, &chilled));
    it.set("预包装冷冻", skewed(random, &chilled));
    it.set("散装常温", skewed(random, &bulk));
    it.set("散装冷藏", skewed(random, &bulk));
    it.set("散装冷冻", skewed(random, &bulk));
    it.set("供货者", skewed(random, &SUPPLIERS));
}

const SUPPLIERS: [(u32, (u32, u32)); 6] = [
    (40, (0, 0)),
    (880, (1, 50)),
    (55, (51, 100)),
    (15, (101, 200)),
    (7, (201, 300)),
    (3, (301, 500)),
];

fn catering(it: &mut Dossier, random: &mut Random) {
    it.set("许可业态", if random.chance(970) { "餐饮服务" } else { "" });
    let dishes = match it.trade.code {
        "H6231" | "H6239" => [(900, "饮品"), (100, "糕点"), (0, ""), (0, "")],
        "H6210" => [(700, "热食"), (200, "冷食"), (60, "生食"), (40, "集体供餐")],
        _ => [(800, "热食"), (90, "冷食"), (100, "糕点"), (10, "")],
    };
    it.set("餐饮品类", random.weighted(&dishes, "热食"));
    let canteen = it.trade.code == "H6210" && random.chance(60);
    it.set("食堂", yes(canteen));
    let diners =
        [(30, (0, 0)), (520, (10, 50)), (330, (51, 300)), (80, (301, 500)), (40, (501, 1500))];
    if canteen || random.chance(500) {
        it.set("就餐人数", skewed(random, &diners));
    }
    it.set("网络餐饮", yes(it.online || random.chance(250)));
    it.set("供货者", skewed(random, &SUPPLIERS));
}
