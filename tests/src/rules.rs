//! Rule sets that nobody has written, drawn from a seed: well typed, with windows, filters, groups, calendar years, named sets,
//! tables of bands, scores, tags, direct determinations, code tables, functions of the register, overlays, merges and
//! measures around random numbers.
//!
//! What the checker refuses is taken out, declaration by declaration, until it finds no error.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use heng_dsl::check::check;
use heng_dsl::diag::Severity;
use heng_dsl::model::linked::LinkTable;
use heng_dsl::world::MemoryWorld;
use heng_engine::program::Program;

use crate::fuzz::household::Draw;

/// What every set begins with: the data.
const DATA: &str = "\
规则集 随机 版本 1.0

枚举 种类：甲类、乙类、丙类、丁类
等级 风险等级：A、B、C、D

代码表 行当 文件 \"codes.csv\"
  代码：文本 主键
  分：整数 缺省 3
  热门：是否 可缺

主体 户
  代码：文本 主键
  行当：行当 可缺
  人数：整数 人 可缺
  件数：整数 可负
  资金：金额 分 可缺
  比例：比率 可缺
  成立：日期
  到期：日期 可缺
  线上：是否
  失联：是否 可缺
  形式：种类
  从前：种类 可缺

记录 处罚 按 日期
  日期：日期
  金额：金额 分 可缺
  程度：整数 可负
  类别：种类
  属实：是否
  修复日期：日期 后续 修复

记录 检查 按 检查日期
  检查日期：日期
  得分：整数
  结果：种类 可缺
";

/// The code table: one line without what may be absent.
const CODES: &str = "代码,分,热门\nA1,5,是\nA2,0,否\nB1,12,\nB2,7,是\nC,1,否\n";

/// How often what was refused is taken out before a set is given up.
const TRIES: usize = 12;

/// A set from a draw; nothing where nothing was left of it.
pub fn random_program(draw: &mut Draw<'_>) -> Option<Program> {
    let mut decls = Writer::new(draw).declarations();
    for _ in 0..TRIES {
        let (text, starts) = text(&decls);
        let world =
            MemoryWorld::default().with("随机/随机.heng", &text).with("随机/codes.csv", CODES);
        let checked = check(&world, &["随机".to_owned()], &LinkTable::new());
        let errors = checked.diagnostics.iter().filter(|it| it.severity() == Severity::Error);
        let refused: BTreeSet<usize> = errors
            .filter_map(|it| {
                let at = usize::try_from(it.primary.span.start).ok()?;
                starts.iter().rposition(|start| *start <= at)
            })
            .collect();
        if let Some(linked) = checked.linked.filter(|_| refused.is_empty()) {
            return Program::for_roots(linked, &checked.roots).ok();
        }
        let mut at = 0;
        decls.retain(|_| {
            at += 1;
            !refused.contains(&(at - 1))
        });
        if refused.is_empty() || decls.is_empty() {
            return None;
        }
    }
    None
}

/// The text of a set, and where each declaration begins.
fn text(decls: &[String]) -> (String, Vec<usize>) {
    let mut text = DATA.to_owned();
    let mut starts = Vec::new();
    for decl in decls {
        text.push('\n');
        starts.push(text.len());
        text.push_str(decl);
    }
    (text, starts)
}

/// Writes declarations, each of which may use those before it.
struct Writer<'w, 'd> {
    draw: &'w mut Draw<'d>,
    /// Names of values that are whole numbers, and whether they may be missing.
    numbers: Vec<(String, bool)>,
    truths: Vec<String>,
    /// Are there named sets?
    sets: bool,
}

impl<'w, 'd> Writer<'w, 'd> {
    fn new(draw: &'w mut Draw<'d>) -> Self {
        Self { draw, numbers: Vec::new(), truths: Vec::new(), sets: false }
    }
}

impl Writer<'_, '_> {
    fn one<'t>(&mut self, all: &[&'t str]) -> &'t str {
        all[self.draw.below(all.len())]
    }

    fn declarations(mut self) -> Vec<String> {
        let mut all = Vec::new();
        if self.draw.once_in(3) {
            all.extend(self.of_the_register());
        }
        if self.draw.once_in(2) {
            all.extend(self.named_sets());
        }
        for number in 0..8 + self.draw.below(10) {
            let name = format!("量{number}");
            let (expr, lacks) =
                if self.draw.once_in(3) { self.lacking() } else { (self.number(3), false) };
            all.push(format!("值 {name} = {expr}\n"));
            self.numbers.push((name, lacks));
        }
        for number in 0..4 + self.draw.below(6) {
            let name = format!("真{number}");
            all.push(format!("值 {name} = {}\n", self.truth(3)));
            self.truths.push(name);
        }
        all.push("维度 甲 下限 0\n".to_owned());
        all.push("维度 乙 上限 300 起评 100\n".to_owned());
        for number in 0..6 + self.draw.below(8) {
            all.push(self.indicator(number));
        }
        let (low, step) = (self.draw.below(100), 1 + self.draw.below(80));
        all.push(format!(
            "分类 风险 为 风险等级 按 总分\n  {} 以上：A\n  {} 以上不满 {}：B\n  {low} 以上不满 {}：C\n  不满 {low}：D\n",
            low + 2 * step,
            low + step,
            low + 2 * step,
            low + step
        ));
        for number in 0..self.draw.below(4) {
            let (grade, when) = (self.one(&["A", "C", "D"]).to_owned(), self.truth(2));
            all.push(format!("直接判定 判{number} 风险 定为 {grade}\n  当 {when}\n"));
        }
        for number in 0..self.draw.below(5) {
            let when = self.truth(3);
            all.push(format!("标注 标{number}\n  当 {when}\n"));
        }
        all.extend(self.together());
        all
    }

    /// What is put together from grades and scores.
    fn together(&mut self) -> Vec<String> {
        let mut all = Vec::new();
        let (low, high) = (self.draw.below(40), 60 + self.draw.below(90));
        all.push(format!(
            "分类 另类 为 风险等级 按 乙\n  适用 当 {}\n  {high} 以上：A\n  {low} 以上不满 {high}：B\n  不满 {low}：D\n",
            self.truth(1)
        ));
        let mut matrix =
            "叠加 合类 为 风险等级 行 风险 列 另类\n     A, B, C, D, 缺失\n".to_owned();
        for grade in ["A", "B", "C", "D"] {
            let cells: Vec<&str> = (0..5).map(|_| self.one(&["A", "B", "C", "D"])).collect();
            let _ = writeln!(matrix, "  {grade}：{}", cells.join(", "));
        }
        all.push(matrix);
        let share = 1 + self.draw.below(9);
        all.push(format!("合成 合分 = 甲 × {share}0% + (乙 缺则 0) × {}0%\n", 10 - share));
        let when = self.truth(2);
        all.push(format!("预警 警\n  当 {when}\n"));
        all.push(format!(
            "措施 检\n  按 风险 得 频次, 比例\n    A：每 {} 年 1 次, 1%\n    B 或 C：每年 1 至 2 次, {}%\n",
            2 + self.draw.below(4),
            2 + self.draw.below(20)
        ));
        let (admit, remove) = (self.truth(2), self.truth(1));
        all.push(format!("名单 单\n  入选 当 {admit}\n  移出 当 {remove}\n"));
        all
    }

    /// A set of records, and one of groups of records.
    fn named_sets(&mut self) -> Vec<String> {
        let window = self.window();
        let set = format!("值 要案 = 处罚 其中 {window} 且 程度 > {}\n", self.draw.below(20));
        let of = self.one(&["处罚", "(处罚 其中 属实)", "要案"]);
        self.sets = true;
        vec![set, format!("值 各类 = {of} 按 类别\n")]
    }

    /// Something of records in groups, and of the years of the calendar.
    fn grouped(&mut self) -> String {
        match self.draw.below(if self.sets { 8 } else { 5 }) {
            0 => format!("计数((处罚 按 类别) 其中 条数 ≥ {})", 1 + self.draw.below(3)),
            1 => "(最大(处罚 按 类别, 条数) 缺则 0)".to_owned(),
            2 => "合计(处罚 按 属实, (最大(组, 程度) 缺则 0))".to_owned(),
            3 => format!(
                "计数(历年({}) 其中 存在(处罚 其中 年(日期) = 年))",
                1 + self.draw.below(6)
            ),
            4 => format!(
                "计数(历年(取低(5, 取高(1, {}))) 其中 存在(检查 其中 年(检查日期) = 年))",
                self.number(1)
            ),
            5 => "计数(处罚 称 案 其中 存在(各类 其中 类别 = 案.类别 且 存在(组 其中 日期 < 案.日期)))".to_owned(),
            6 => "计数(检查 称 次 其中 存在(各类 其中 条数 ≥ 2 且 存在(组 其中 日期 > 次.检查日期)))".to_owned(),
            _ => "计数(要案 其中 属实)".to_owned(),
        }
    }

    /// What a household is among others.
    fn of_the_register(&mut self) -> Vec<String> {
        let around = |this: &mut Self| this.one(&["全体", "同 形式", "同 行当"]);
        let (a, b, c) = (around(self), around(self), around(self));
        let when = self.one(&["线上", "件数 > 9", "人数 有值"]);
        self.numbers.push(("位次".to_owned(), a == "同 行当"));
        self.numbers.push(("同伴".to_owned(), b == "同 行当"));
        vec![
            format!("值 位次 = 排名({a}, 件数)\n"),
            format!("值 同伴 = 计数({b} 其中 {when})\n"),
            format!("值 所占 = 百分位({c}, 件数)\n"),
        ]
    }

    /// Points by bands of a number, of an amount, of a member, or by an expression.
    fn indicator(&mut self, number: usize) -> String {
        let dimension = self.one(&["甲", "乙"]);
        let mut out = format!("指标 项{number} 属于 {dimension} 上限 400 下限 -400\n");
        let what = self.one(&["评分", "扣分"]);
        match self.draw.below(6) {
            0 => {
                let expr = self.number(2);
                let _ = writeln!(out, "  {what} = {expr}");
            }
            1 => {
                let _ = writeln!(out, "  {what} 按 从前");
                for member in ["甲类", "乙类", "其余", "缺失"] {
                    let _ = writeln!(out, "    {member}：{}", self.draw.below(60));
                }
            }
            2 => {
                let _ = writeln!(out, "  {what} 累计");
                for _ in 0..=self.draw.below(4) {
                    let (when, points) = (self.truth(2), self.draw.below(50));
                    let _ = writeln!(out, "    {when}：{points}");
                }
            }
            3 => self.bands("资金", " 元", true, (what, &mut out)),
            4 => self.bands("人数", "", true, (what, &mut out)),
            _ => {
                let Some((name, lacks)) = self.some_number() else { return out };
                self.bands(&name, "", lacks, (what, &mut out));
            }
        }
        out
    }

    fn some_number(&mut self) -> Option<(String, bool)> {
        let at = self.draw.below(self.numbers.len());
        self.numbers.get(at).cloned()
    }

    fn bands(&mut self, by: &str, unit: &str, lacks: bool, (what, out): (&str, &mut String)) {
        let _ = writeln!(out, "  {what} 按 {by}");
        let mut from = 1 + self.draw.below(5);
        let _ = writeln!(out, "    不满 {from}{unit}：{}", self.draw.below(40));
        for _ in 0..self.draw.below(5) {
            let to = from + 1 + self.draw.below(40);
            let _ = writeln!(out, "    {from}{unit} 以上不满 {to}{unit}：{}", self.draw.below(90));
            from = to;
        }
        let _ = writeln!(out, "    {from}{unit} 以上：{}", self.draw.below(90));
        if lacks {
            let _ = writeln!(out, "    缺失：{}", self.draw.below(40));
        }
    }

    /// A whole number that may be missing.
    fn lacking(&mut self) -> (String, bool) {
        let expr = match self.draw.below(7) {
            0 => format!("整商(天数(最近({}, 日期), 基准日), 7 天)", self.penalties(2)),
            1 => format!("最大({}, 程度)", self.penalties(2)),
            2 => format!("最小({}, 得分)", self.inspections(2)),
            3 => format!("整商(100 × {}, {})", self.number(1), self.number(1)),
            4 => "整商(整月数(成立, 到期), 2 个月)".to_owned(),
            5 => format!("最近({}, 得分)", self.inspections(2)),
            _ => format!("如果 {} 则 {} 否则 件数", self.truth(1), self.number(1)),
        };
        let lacks = !expr.starts_with("如果");
        (expr, lacks)
    }

    /// A whole number that is always there.
    fn number(&mut self, depth: usize) -> String {
        if depth == 0 {
            return match self.draw.below(5) {
                0 => "件数".to_owned(),
                2 => format!("(行当.分 缺则 {})", self.draw.below(9)),
                1 => match self.some_number() {
                    Some((name, true)) => format!("({name} 缺则 {})", self.draw.below(9)),
                    Some((name, false)) => name,
                    None => "3".to_owned(),
                },
                _ => self.draw.below(30).to_string(),
            };
        }
        let below = depth - 1;
        match self.draw.below(14) {
            12 | 13 => self.grouped(),
            0 | 1 => format!("计数({})", self.penalties(below)),
            2 => format!("计数({})", self.inspections(below)),
            3 => format!("合计({}, 程度)", self.penalties(below)),
            4 => format!("(最大({}, 得分) 缺则 {})", self.inspections(below), self.draw.below(20)),
            5 => format!("({} + {})", self.number(below), self.number(below)),
            6 => format!("({} - {})", self.number(below), self.number(below)),
            7 => {
                let function = self.one(&["取高", "取低"]);
                format!("{function}({}, {})", self.number(below), self.number(below))
            }
            8 => format!("整商({}, {})", self.number(below), 1 + self.draw.below(9)),
            9 => format!(
                "(如果 {} 则 {} 否则 {})",
                self.truth(below),
                self.number(below),
                self.number(below)
            ),
            10 => format!("去重计数({}, 类别)", self.penalties(below)),
            _ => "整商(取低(9999 天, 取高(0 天, 天数(成立, 基准日))), 30 天)".to_owned(),
        }
    }

    fn comparison(&mut self) -> &'static str {
        self.one(&["=", "≠", "<", "≤", ">", "≥"])
    }

    fn truth(&mut self, depth: usize) -> String {
        if depth == 0 {
            return match self.draw.below(8) {
                0 => "线上".to_owned(),
                6 => "(行当.热门 缺则 否)".to_owned(),
                1 => format!("形式 = {}", self.one(&["甲类", "乙类", "丁类"])),
                2 => "人数 有值".to_owned(),
                3 => "到期 缺失".to_owned(),
                4 if !self.truths.is_empty() => {
                    let at = self.draw.below(self.truths.len());
                    self.truths[at].clone()
                }
                5 => format!("件数 {} {}", self.comparison(), self.draw.below(30)),
                _ => {
                    format!("成立 {} 基准日 - {} 个月", self.one(&["<", "≥"]), self.draw.below(60))
                }
            };
        }
        let below = depth - 1;
        match self.draw.below(11) {
            0 | 1 => {
                format!("{} {} {}", self.number(below), self.comparison(), self.draw.below(40))
            }
            2 => format!("{} {} {}", self.number(below), self.comparison(), self.number(below)),
            3 => format!("存在({})", self.penalties(below)),
            4 => format!("无({})", self.inspections(below)),
            5 => format!("({} 且 {})", self.truth(below), self.truth(below)),
            6 => format!("({} 或 {})", self.truth(below), self.truth(below)),
            7 => format!("非 ({})", self.truth(below)),
            8 => format!(
                "((人数 缺则 {}) {} {})",
                self.draw.below(9),
                self.comparison(),
                self.draw.below(40)
            ),
            9 if below > 0 => {
                format!("天数(成立, 基准日) {} {} 天", self.comparison(), self.draw.below(9_000))
            }
            _ => format!("((资金 缺则 0 元) {} {}.5 元)", self.comparison(), self.draw.below(1000)),
        }
    }

    fn penalties(&mut self, depth: usize) -> String {
        let mut parts = Vec::new();
        for _ in 0..self.draw.below(3) {
            parts.push(match self.draw.below(8) {
                0 | 1 => self.window(),
                2 => format!("程度 {} {}", self.comparison(), self.draw.below(30)),
                3 => format!("类别 = {}", self.one(&["甲类", "丙类"])),
                4 => "属实".to_owned(),
                5 => "未修复".to_owned(),
                6 if depth > 0 => format!("程度 > {}", self.number(depth - 1)),
                _ => format!("(金额 缺则 0 元) ≥ {} 元", self.draw.below(2000)),
            });
        }
        filtered("处罚", &parts)
    }

    fn inspections(&mut self, depth: usize) -> String {
        let mut parts = Vec::new();
        for _ in 0..self.draw.below(3) {
            parts.push(match self.draw.below(6) {
                0 | 1 => self.window(),
                2 => format!("得分 {} {}", self.comparison(), self.draw.below(60)),
                3 => "结果 有值".to_owned(),
                4 if depth > 0 => format!("存在({} 且 日期 > 检查日期)", self.penalties_bound()),
                _ => format!("(得分 ≥ {} 或 得分 < {})", self.draw.below(50), self.draw.below(20)),
            });
        }
        filtered("检查", &parts)
    }

    fn penalties_bound(&mut self) -> String {
        let window = self.window();
        format!("处罚 其中 {window}")
    }

    fn window(&mut self) -> String {
        let far = 1 + self.draw.below(60);
        match self.draw.below(3) {
            0 => format!("前 {} 至 {far} 个月", far + 1 + self.draw.below(24)),
            _ => format!("近 {far} 个月"),
        }
    }
}

fn filtered(table: &str, parts: &[String]) -> String {
    if parts.is_empty() {
        table.to_owned()
    } else {
        format!("{table} 其中 {}", parts.join(" 且 "))
    }
}
