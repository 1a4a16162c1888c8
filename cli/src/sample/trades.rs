//! What the households do: GB/T 4754-2017 codes with weights.
//!
//! The weights are per mille and follow published figures for new individual businesses (first quarter
//! of 2023: wholesale and retail 53 %, hotels and catering 13.5 %, transport 4 %, culture 1.5 %) and the
//! stock by sector (mid-2023: primary 5 %, secondary 6 %). Inside a section they are chosen by us.

/// What a trade has to do with food.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Food {
    /// Nothing
    No,
    /// Sells food
    Sale,
    /// Serves meals or drinks
    Catering,
}

/// A trade.
#[derive(Debug, Clone, Copy)]
pub(super) struct Trade {
    /// Letter and four digits of GB/T 4754-2017.
    pub(super) code: &'static str,
    /// How many of a thousand households do it.
    pub(super) weight: u32,
    /// What its shops are called.
    pub(super) word: &'static str,
    /// What it has to do with food.
    pub(super) food: Food,
    /// The licences it needs, by the names of the data standard.
    pub(super) licences: &'static [&'static str],
}

const fn plain(weight: u32, code: &'static str, word: &'static str) -> Trade {
    Trade { code, weight, word, food: Food::No, licences: &[] }
}

const fn sale(weight: u32, code: &'static str, word: &'static str) -> Trade {
    Trade { code, weight, word, food: Food::Sale, licences: &["食品经营"] }
}

const fn meals(weight: u32, code: &'static str, word: &'static str) -> Trade {
    Trade { code, weight, word, food: Food::Catering, licences: &["食品经营"] }
}

const fn licensed(
    weight: u32,
    code: &'static str,
    word: &'static str,
    licences: &'static [&'static str],
) -> Trade {
    Trade { code, weight, word, food: Food::No, licences }
}

/// A small shop that also sells tobacco.
const fn shop(weight: u32, code: &'static str, word: &'static str) -> Trade {
    Trade { code, weight, word, food: Food::Sale, licences: &["食品经营", "烟草专卖"] }
}

/// The commonest trade.
pub(super) const COMMONEST: Trade = shop(92, "F5213", "便利店");

/// All trades; the weights add up to a thousand.
pub(super) const TRADES: &[Trade] = &[
    // Farming, forestry, fishing: 51
    plain(8, "A0141", "蔬菜种植场"),
    plain(12, "A0164", "茶园"),
    plain(6, "A0212", "苗圃"),
    plain(9, "A0321", "养鸡场"),
    plain(10, "A0412", "水产养殖场"),
    plain(6, "A0512", "农机服务部"),
    // Making and building: 59
    plain(6, "C1311", "碾米厂"),
    plain(6, "C1392", "豆腐坊"),
    plain(7, "C1530", "茶叶加工厂"),
    plain(5, "C1819", "服装加工部"),
    plain(6, "C2032", "木门加工部"),
    plain(4, "C2110", "家具加工部"),
    plain(8, "C3312", "铝合金门窗加工部"),
    plain(3, "C3484", "机械配件加工部"),
    plain(14, "E5012", "装饰工程队"),
    // Wholesale and retail: 527
    sale(14, "F5123", "果蔬批发部"),
    sale(7, "F5127", "酒水批发部"),
    plain(9, "F5132", "服装批发部"),
    plain(12, "F5165", "建材批发部"),
    plain(5, "F5174", "五金批发部"),
    plain(9, "F5191", "废品收购站"),
    plain(12, "F5193", "电商商行"),
    plain(12, "F5211", "百货店"),
    shop(24, "F5212", "超市"),
    COMMONEST,
    shop(22, "F5219", "综合商店"),
    sale(12, "F5221", "粮油店"),
    sale(14, "F5222", "糕点店"),
    sale(22, "F5223", "水果店"),
    sale(16, "F5224", "鲜肉店"),
    sale(4, "F5225", "营养品店"),
    shop(20, "F5226", "烟酒茶叶店"),
    licensed(10, "F5227", "烟草零售店", &["烟草专卖"]),
    sale(14, "F5229", "食品店"),
    plain(38, "F5232", "服装店"),
    plain(12, "F5233", "鞋帽店"),
    plain(14, "F5234", "化妆品店"),
    plain(12, "F5235", "日用杂品店"),
    plain(4, "F5236", "眼镜店"),
    plain(8, "F5241", "文具店"),
    licensed(10, "F5251", "药店", &["药品经营", "医疗器械经营"]),
    licensed(3, "F5254", "医疗器械店", &["医疗器械经营"]),
    plain(6, "F5263", "汽配店"),
    plain(6, "F5264", "摩托车店"),
    plain(9, "F5272", "电器店"),
    plain(12, "F5274", "手机店"),
    plain(14, "F5281", "五金店"),
    plain(5, "F5282", "灯具店"),
    plain(8, "F5283", "家具店"),
    plain(12, "F5289", "装潢材料店"),
    plain(9, "F5291", "流动货摊"),
    plain(15, "F5292", "网店"),
    // Transport and storage: 37
    plain(26, "G5431", "货运部"),
    licensed(4, "G5910", "装卸队", &["特种设备使用"]),
    plain(7, "G5990", "仓储部"),
    // Hotels and catering: 135
    licensed(6, "H6129", "旅馆", &["特种设备使用"]),
    plain(8, "H6130", "民宿"),
    meals(46, "H6210", "饭店"),
    meals(21, "H6220", "快餐店"),
    meals(5, "H6231", "茶馆"),
    meals(12, "H6239", "冷饮店"),
    meals(3, "H6242", "外卖店"),
    meals(34, "H6291", "小吃店"),
    // Software, property, leasing, science: 57
    plain(5, "I6490", "网络服务部"),
    plain(4, "I6513", "软件工作室"),
    plain(3, "I6572", "动漫工作室"),
    plain(4, "K7030", "房产中介"),
    plain(6, "L7111", "租车行"),
    plain(6, "L7259", "广告部"),
    plain(10, "L7297", "代办服务部"),
    plain(9, "L7299", "商务服务部"),
    plain(4, "L7251", "新媒体工作室"),
    plain(6, "M7492", "设计工作室"),
    // Services to residents: 105
    plain(12, "O8010", "家政服务部"),
    plain(6, "O8030", "洗衣店"),
    plain(40, "O8040", "理发店"),
    plain(5, "O8051", "浴室"),
    plain(6, "O8052", "足浴店"),
    plain(4, "O8060", "照相馆"),
    plain(18, "O8111", "汽车修理店"),
    plain(8, "O8132", "家电维修部"),
    plain(6, "O8199", "修理铺"),
    // Training, health, culture: 29
    plain(6, "P8393", "艺术培训部"),
    licensed(8, "Q8425", "诊所", &["其他"]),
    plain(5, "R8930", "健身房"),
    licensed(4, "R9012", "游艺厅", &["特种设备使用"]),
    plain(3, "R9019", "棋牌室"),
    plain(3, "R9030", "采摘园"),
];

#[cfg(test)]
mod tests {
    use super::TRADES;

    #[test]
    fn weights_are_per_mille_and_codes_are_listed_once() {
        assert_eq!(TRADES.iter().map(|it| it.weight).sum::<u32>(), 1000);
        let section = |letter: &str| -> u32 {
            TRADES.iter().filter(|it| it.code.starts_with(letter)).map(|it| it.weight).sum()
        };
        assert_eq!((section("F"), section("H"), section("A")), (527, 135, 51));
        let mut codes: Vec<_> = TRADES.iter().map(|it| it.code).collect();
        codes.sort_unstable();
        codes.dedup();
        assert_eq!(codes.len(), TRADES.len());
    }
}
