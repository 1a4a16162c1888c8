//! Score sheets made at random: indicators with bands, dimensions with caps and floors or weights, and cut-offs.

use std::fmt::Write as _;

/// Numbers that look drawn (`SplitMix64`).
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn below(&mut self, count: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        let high = (mixed ^ (mixed >> 31)) >> 33;
        usize::try_from(high).map_or(0, |it| it % count.max(1))
    }
}

/// What a dimension is cut off at, or how it is weighted.
const DIMENSIONS: usize = 4;

/// A sheet.
#[derive(Clone)]
pub(crate) struct Sheet {
    /// For each indicator the width and the tenths of a point of each band.
    bands: Vec<Vec<(usize, usize)>>,
    /// The cap of each dimension.
    caps: Vec<Option<usize>>,
    floors: Vec<Option<usize>>,
    /// Are the dimensions weighted, a quarter each?
    weighted: bool,
    /// What lies between the cut-offs, in tenths of a point.
    cuts: [usize; 3],
}

impl Sheet {
    pub(crate) fn new(random: &mut Random, indicators: usize) -> Self {
        let bands = (0..indicators)
            .map(|_| {
                let many = 2 + random.below(4);
                (0..many).map(|_| (1 + random.below(4), random.below(120))).collect()
            })
            .collect();
        let reach = indicators * 30 / DIMENSIONS;
        let mut some = |of: usize| (random.below(3) == 0).then(|| 1 + random.below(of));
        let caps = (0..DIMENSIONS).map(|_| some(reach / 5).map(|it| it + reach / 10)).collect();
        let floors = (0..DIMENSIONS).map(|_| some(reach / 20)).collect();
        let weighted = random.below(3) == 0;
        let step = if weighted { indicators * 4 } else { indicators * 15 };
        let cuts = [0; 3].map(|_| 1 + random.below(step));
        Self { bands, caps, floors, weighted, cuts }
    }

    /// The same with some things changed.
    pub(crate) fn edited(&self, random: &mut Random, edits: usize) -> Self {
        let mut out = self.clone();
        for _ in 0..edits {
            let indicator = random.below(out.bands.len());
            let band = random.below(out.bands[indicator].len());
            let it = &mut out.bands[indicator][band];
            match random.below(8) {
                0..=3 => it.1 = (it.1 + 1 + random.below(20)) % 120,
                4..=5 => it.0 = 1 + random.below(5),
                6 => {
                    let at = random.below(3);
                    out.cuts[at] += 1 + random.below(9);
                }
                _ => {
                    let at = random.below(DIMENSIONS);
                    out.caps[at] = out.caps[at].map(|it| it + 1);
                }
            }
        }
        out
    }

    /// The text of the rule set.
    pub(crate) fn text(&self) -> String {
        let mut text = String::from(
            "规则集 卡 版本 1\n等级 等级：A、B、C、D\n主体 户 自 成立日期\n  代码：文本 主键\n  成立日期：日期\n",
        );
        for number in 0..self.bands.len() {
            let _ = writeln!(text, "  项{number}：整数");
        }
        for number in 0..DIMENSIONS {
            let cap = self.caps[number].map_or(String::new(), |it| format!(" 上限 {it}"));
            let floor = self.floors[number].map_or(String::new(), |it| format!(" 下限 {it}"));
            let weight = if self.weighted { " 权重 25%" } else { "" };
            let _ = writeln!(text, "维度 维{number}{cap}{floor}{weight}");
        }
        for (number, bands) in self.bands.iter().enumerate() {
            let _ = writeln!(
                text,
                "指标 分{number} 属于 维{}\n  评分 按 项{number}",
                number % DIMENSIONS
            );
            let mut edge = 0;
            for (at, (width, points)) in bands.iter().enumerate() {
                let points = format!("{}.{}", points / 10, points % 10);
                let _ = match (at, at + 1 == bands.len()) {
                    (0, _) => writeln!(text, "    不满 {width}：{points}"),
                    (_, true) => writeln!(text, "    {edge} 以上：{points}"),
                    _ => writeln!(text, "    {edge} 以上不满 {}：{points}", edge + width),
                };
                edge += width;
            }
        }
        let tenths = |it: usize| format!("{}.{}", it / 10, it % 10);
        let [a, b, c] = self.cuts;
        let (b, c, d) = (tenths(a), tenths(a + b), tenths(a + b + c));
        let _ = writeln!(
            text,
            "分类 风险 为 等级 按 总分\n  不满 {b}：A\n  {b} 以上不满 {c}：B\n  {c} 以上不满 {d}：C\n  {d} 以上：D"
        );
        text
    }
}
