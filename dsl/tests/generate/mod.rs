//! Random rule files that can be read: every kind of declaration and line, expressions, tables, cells;
//! typed in either spelling and width, in any order of parts, with comments wherever a line ends.
//!
//! Comments are numbered by declaration and place, so that a test can say where each belongs.

#![expect(clippy::format_push_string, reason = "a generator is written for reading")]

mod decl;

/// How deep expressions are nested.
const DEPTH: u32 = 3;

/// A file from a seed; the same seed gives the same file.
pub(crate) fn file(seed: u64) -> String {
    let mut it = Generator { state: seed, english: 0, decl: 0, comments: 0, indent: String::new() };
    it.english = it.below(3);
    let mut out = String::new();
    for _ in 0..=it.below(4) {
        it.decl += 1;
        while it.chance(4) {
            out += &it.comment("");
            out += &"\n".repeat(1 + it.below(3));
        }
        out += &it.declaration();
        out += &it.tail();
        out += &"\n".repeat(1 + it.below(3));
    }
    if it.chance(4) { out.replace('\n', "\r\n") } else { out }
}

struct Generator {
    state: u64,
    /// 0 Chinese, 1 English, 2 both at random.
    english: usize,
    decl: usize,
    comments: usize,
    indent: String,
}

impl Generator {
    fn below(&mut self, n: usize) -> usize {
        // SplitMix64.
        self.state = self.state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        usize::try_from((z ^ (z >> 31)) % n as u64).unwrap_or(0)
    }

    /// Once in `n`.
    fn chance(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }

    fn pick<'a>(&mut self, them: &[&'a str]) -> &'a str {
        them[self.below(them.len())]
    }

    /// A word of the language with blanks round it.
    fn word(&mut self, zh: &str, en: &str) -> String {
        let english = match self.english {
            0 => false,
            1 => true,
            _ => self.chance(2),
        };
        format!("{}{}{}", self.blank(), if english { en } else { zh }, self.blank())
    }

    fn blank(&mut self) -> &'static str {
        match self.below(12) {
            0 => "  ",
            1 => "\u{3000}",
            2 => "\t",
            _ => " ",
        }
    }

    /// A blank or nothing.
    fn gap(&mut self) -> &'static str {
        if self.chance(2) { "" } else { self.blank() }
    }

    fn colon(&mut self) -> String {
        format!("{}{}{}", self.gap(), self.pick(&["：", ":"]), self.gap())
    }

    fn comma(&mut self) -> String {
        format!("{}{}{}", self.gap(), self.pick(&[",", "，"]), self.gap())
    }

    fn comment(&mut self, before: &str) -> String {
        self.comments += 1;
        format!("{before}{} {}.{}", self.pick(&["#", "＃"]), self.decl, self.comments)
    }

    /// A place where the line may end.
    fn nl(&mut self) -> String {
        if self.chance(6) { self.new_line() } else { String::new() }
    }

    /// The end of a line, perhaps with comments and empty lines, and the beginning of the next.
    fn new_line(&mut self) -> String {
        let mut out = String::new();
        if self.chance(6) {
            let before = self.blank();
            out += &self.comment(before);
        }
        out.push('\n');
        while self.chance(8) {
            let before = self.pick(&["", "  ", "\u{3000}", "\t\t"]).to_owned();
            out += &self.comment(&before);
            out.push('\n');
        }
        if self.chance(12) {
            out.push('\n');
        }
        let indent = self.pick(&["  ", "    ", " ", "\t", "\u{3000}", "      "]);
        out + indent + &self.indent
    }

    /// Comments that follow the last line of a declaration.
    fn tail(&mut self) -> String {
        let mut out = String::new();
        if self.chance(5) {
            out += &self.comment(" ");
        }
        while self.chance(6) {
            out.push('\n');
            out += &self.comment("  ");
        }
        out
    }

    // ---- names and literals ----

    fn name(&mut self) -> String {
        self.pick(&[
            "甲",
            "乙",
            "丙丁",
            "处罚次数",
            "近况",
            "或有负债",
            "近3年均值",
            "其他",
            "alpha",
            "beta_2",
            "Gamma",
            "「A+」",
            "「60岁以上」",
            "「当」",
        ])
        .to_owned()
    }

    fn path(&mut self) -> String {
        match self.below(8) {
            0 => format!("{}.{}", self.name(), self.name()),
            1 => format!(
                "{}{}{}",
                self.word("本户", "household").trim(),
                self.pick(&[".", "．"]),
                self.name()
            ),
            2 => self.word("总分", "total").trim().to_owned(),
            3 => self.word("基准日", "as_of").trim().to_owned(),
            _ => self.name(),
        }
    }

    fn string(&mut self) -> String {
        self.pick(&["\"文 字\"", "“引\"号#：”", "\"F52\"", "\"\"", "“＃１”"]).to_owned()
    }

    fn digits(&mut self) -> String {
        self.pick(&["0", "3", "12", "1.50", "007", "２４", "１．５", "100"]).to_owned()
    }

    fn whole(&mut self) -> String {
        self.pick(&["1", "2", "12", "２４"]).to_owned()
    }

    fn number(&mut self) -> String {
        let unit = self.pick(&[
            "",
            "",
            "",
            "%",
            "‰",
            "万元",
            "元",
            "个月",
            "年",
            "季度",
            "周",
            "天",
            "次",
            "户",
            "分",
            "级",
            "平方米",
            "万",
            "件",
            "months",
            "year",
            "days",
            "times",
            "yuan",
            "sqm",
        ]);
        // A bare 007 is a number; 1.50 keeps its places.
        format!("{}{}{unit}", self.digits(), if unit.is_empty() { "" } else { self.gap() })
    }

    fn date(&mut self) -> String {
        self.pick(&["2024-12-01", "2024年12月1日", "２０２５－０１－３１", "2026 年 2 月 28 日"])
            .to_owned()
    }

    fn duration(&mut self) -> String {
        let unit = self.pick(&["个月", "年", "天", "季度", "周", "months", "days", "year"]);
        format!("{}{}{unit}", self.whole(), self.gap())
    }

    fn window(&mut self) -> String {
        match self.below(6) {
            0 => format!("{}{}", self.word("近", "last").trim_start(), self.name()),
            1 => format!("前 {} 至 {}", self.pick(&["36", "２４", "15"]), self.duration()),
            2 => format!(
                "{} to {} months ago",
                self.pick(&["36", "15"]),
                self.pick(&["1", "3", "12"])
            ),
            3 => format!("{}{}", self.word("未来", "next").trim_start(), self.duration()),
            4 => self.word("本月", "this_month").trim().to_owned(),
            _ => format!("{}{}", self.word("近", "last").trim_start(), self.duration()),
        }
    }

    // ---- expressions ----

    fn source(&mut self, depth: u32) -> String {
        let mut out = self.expr(depth);
        if self.chance(8) {
            out += &(self.word("称", "called") + &self.name());
        }
        if self.chance(5) {
            out += &self.word("其中", "where");
            out += &self.nl();
            out += &self.expr(depth);
        }
        if self.chance(10) {
            out += &(self.word("按", "by") + &self.name());
            if self.chance(3) {
                out += &self.word("从旧兼从轻", "milder");
                out += &self.word("取高", "highest");
            }
        }
        if self.chance(8) {
            out += &(self.word("保留", "keep") + self.pick(&["1", "２", "0"]));
            out += self.word("位", "places").trim_end();
        }
        out
    }

    fn expr(&mut self, depth: u32) -> String {
        let mut out = self.comparison(depth);
        if self.chance(4) {
            let (zh, en) = if self.chance(2) { ("且", "and") } else { ("或", "or") };
            for _ in 0..=self.below(2) {
                let break_ = self.nl();
                out += &break_;
                out += &self.word(zh, en);
                if break_.is_empty() {
                    out += &self.nl();
                }
                out += &self.comparison(depth);
            }
        }
        out
    }

    fn comparison(&mut self, depth: u32) -> String {
        let not = if self.chance(8) {
            self.word("非", "not").trim_start().to_owned()
        } else {
            String::new()
        };
        let left = not + &self.sum(depth);
        match self.below(12) {
            0 => {
                let op = self.pick(&["=", "＝", "≠", "!=", "<>", "<", "≤", "<=", ">", "＞＝", "≥"]);
                format!("{left}{}{op}{}{}{}", self.gap(), self.gap(), self.nl(), self.sum(depth))
            }
            1 => left + &self.word("属于", "in") + &self.list(depth),
            2 => left + &self.word("不属于", "not in") + &self.name(),
            3 => left + &self.word("在", "within") + &self.window(),
            4 => left + self.word("有值", "is present").trim_end(),
            5 => left + self.word("缺失", "is missing").trim_end(),
            6 => left + &self.word("含", "contains") + &self.string(),
            7 => left + &self.word("开头", "starts") + &self.string(),
            _ => left,
        }
    }

    fn sum(&mut self, depth: u32) -> String {
        let mut out = self.product(depth);
        while self.chance(8) {
            let sign = self.pick(&["+", "＋", "-", "－", "−"]);
            let gap = self.gap();
            out += &format!("{gap}{sign} {}{}", self.nl(), self.product(depth));
        }
        out
    }

    fn product(&mut self, depth: u32) -> String {
        let mut out = self.operand(depth);
        if self.chance(8) {
            out += &(self.word("缺则", "if missing") + &self.operand(depth));
        }
        while self.chance(8) {
            let break_ = self.nl();
            let sign = self.pick(&["×", "*", "÷", "/", "／"]);
            out += &format!("{break_} {sign} {}", self.operand(depth));
        }
        out
    }

    fn operand(&mut self, depth: u32) -> String {
        if depth == 0 {
            return if self.chance(2) { self.path() } else { self.number() };
        }
        let depth = depth - 1;
        match self.below(15) {
            14 => format!("{}(近 3 个月)", self.word("去年同期", "same_period_last_year").trim()),
            0 => self.date(),
            1 => self.window(),
            2 => self.string(),
            3 => self.pick(&["是", "否", "yes", "no"]).to_owned(),
            4 => format!(
                "{}{}{}{}{}",
                self.pick(&["(", "（"]),
                self.nl(),
                self.source(depth),
                self.nl(),
                self.pick(&[")", "）"])
            ),
            5 => format!("({})", self.choice(depth)),
            6 => {
                self.word("同", "same").trim_start().to_owned()
                    + &self.name()
                    + &self.word("同", "same")
                    + &self.name()
            }
            7 | 8 => self.call(depth),
            9 | 10 => self.number(),
            _ => self.path(),
        }
    }

    fn choice(&mut self, depth: u32) -> String {
        let condition = self.word("如果", "if").trim_start().to_owned() + &self.expr(depth);
        let yes = self.nl() + &self.word("则", "then") + &self.nl() + &self.expr(depth);
        let no = self.nl() + &self.word("否则", "else") + &self.nl() + &self.expr(depth);
        condition + &yes + &no
    }

    fn call(&mut self, depth: u32) -> String {
        let name =
            self.pick(&["计数", "count", "合计", "sum", "整月数", "days", "取高", "年", "ＸＹ"]);
        let open = self.pick(&["(", "（"]);
        let mut out = format!("{name}{open}{}", self.nl());
        for at in 0..self.below(4) {
            if at > 0 {
                out += &(self.comma() + &self.nl());
            }
            if self.chance(6) {
                out += self.pick(&["-", "－"]);
                out += &self.operand(depth);
            } else {
                out += &self.source(depth);
            }
        }
        out + &self.nl() + self.pick(&[")", "）"])
    }

    fn list(&mut self, depth: u32) -> String {
        let mut out = self.pick(&["(", "（"]).to_owned() + &self.nl();
        for at in 0..=self.below(3) {
            if at > 0 {
                out += self.pick(&["、", ",", "，"]);
                out += &self.nl();
            }
            out += &self.operand(depth.saturating_sub(1));
        }
        out + &self.nl() + self.pick(&[")", "）"])
    }
}
