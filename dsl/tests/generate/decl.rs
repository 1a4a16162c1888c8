//! Declarations, their lines and tables.

use super::{DEPTH, Generator};

impl Generator {
    pub(super) fn declaration(&mut self) -> String {
        self.indent.clear();
        match self.below(16) {
            0 => self.ruleset(),
            1 => self.used(),
            2 => self.data(),
            3 => self.codes(),
            4 => self.enumeration(),
            5 => self.decide(),
            6 => self.amendment(),
            7 => self.action(),
            8 => self.case(),
            9 => self.guarantee(),
            _ => self.general(),
        }
    }

    /// The beginning of a declaration at the margin.
    fn head(&mut self, zh: &str, en: &str) -> String {
        self.word(zh, en).trim_start().to_owned() + &self.name()
    }

    fn title(&mut self) -> String {
        if self.chance(3) { format!(" {}", self.string()) } else { String::new() }
    }

    fn shuffled(&mut self, mut them: Vec<String>) -> Vec<String> {
        for at in (1..them.len()).rev() {
            let other = self.below(at + 1);
            them.swap(at, other);
        }
        them
    }

    /// Some of these lines, in any order.
    fn lines(&mut self, makers: &[fn(&mut Self) -> String]) -> String {
        let mut lines = Vec::new();
        for maker in makers {
            if self.chance(3) {
                let line = maker(self);
                lines.push(line);
            }
        }
        let lines = self.shuffled(lines);
        lines.into_iter().map(|it| self.new_line() + &it).collect()
    }

    fn parts(&mut self, makers: &[fn(&mut Self) -> String]) -> String {
        let mut parts = Vec::new();
        for maker in makers {
            if self.chance(3) {
                let part = maker(self);
                parts.push(part);
            }
        }
        self.shuffled(parts).concat()
    }

    // ---- parts of a header ----

    fn alias(&mut self) -> String {
        self.word("别名", "alias") + &self.name()
    }

    fn member_of(&mut self) -> String {
        self.word("属于", "in") + &self.name()
    }

    fn about(&mut self) -> String {
        let whole = if self.chance(3) { self.word("全表", "table") } else { String::new() };
        self.word("对", "for") + &whole + &self.name()
    }

    fn class(&mut self) -> String {
        self.word("类别", "class") + &self.name()
    }

    fn of_type(&mut self) -> String {
        self.word("为", "as") + &self.path()
    }

    fn bound(&mut self) -> String {
        let words = [
            ("满分", "max"),
            ("上限", "cap"),
            ("下限", "floor"),
            ("起评", "base"),
            ("权重", "weight"),
        ];
        let (zh, en) = words[self.below(words.len())];
        let minus = if self.chance(4) { self.pick(&["-", "－"]) } else { "" };
        self.word(zh, en) + minus + &self.number()
    }

    fn level(&mut self) -> String {
        self.word("级别", "level") + self.pick(&["高", "错误", "warning"])
    }

    fn dispatch(&mut self) -> String {
        self.word("派发", "dispatch") + &self.name()
    }

    // ---- declarations ----

    fn ruleset(&mut self) -> String {
        let head = self.head("规则集", "ruleset") + &self.title();
        let version = self.word("版本", "version") + self.pick(&["1", "2024.12-rc1", "２．０"]);
        head + &version + &self.lines(&[Self::prose, Self::prose, Self::effective, Self::applies])
    }

    fn used(&mut self) -> String {
        let (zh, en) = if self.chance(2) { ("引用", "use") } else { ("基于", "extends") };
        let at = if self.chance(2) { self.pick(&["@1.2", "＠2"]) } else { "" };
        self.head(zh, en) + at + &self.lines(&[Self::prose])
    }

    fn data(&mut self) -> String {
        let head = if self.chance(2) {
            let head = self.head("主体", "subject") + &self.title();
            head + &self.parts(&[
                Self::alias,
                |it| it.word("自", "from") + &it.name(),
                |it| it.word("增补", "more"),
            ])
        } else {
            let head = self.head("记录", "records") + &self.title();
            let order = |it: &mut Self| it.word("按", "by") + &it.name() + &it.comma() + &it.name();
            head + &self.parts(&[order, Self::alias, |it| it.word("整户更新", "replacing")])
        };
        head + &self.lines(&[
            Self::prose,
            Self::prose,
            Self::field,
            Self::field,
            Self::field,
            Self::derived,
        ])
    }

    fn codes(&mut self) -> String {
        let head = self.head("代码表", "codes") + &self.title();
        let file = |it: &mut Self| it.word("文件", "file") + &it.string();
        let prefix = |it: &mut Self| it.word("前缀", "prefix");
        head + &self.parts(&[file, prefix, Self::alias])
            + &self.lines(&[Self::prose, Self::field, Self::field])
    }

    fn enumeration(&mut self) -> String {
        let (zh, en) = if self.chance(2) { ("枚举", "enum") } else { ("等级", "grade") };
        let mut out = self.head(zh, en) + &self.title();
        if self.chance(3) {
            out += &self.alias();
        }
        out += &(self.colon() + &self.nl());
        for at in 0..=self.below(4) {
            if at > 0 {
                out += self.pick(&["、", ",", "，"]);
                out += &self.nl();
            }
            out += &self.name();
            if self.chance(3) {
                out += &format!(" {}", self.string());
            }
            if self.chance(3) {
                out += " 绿";
            }
        }
        out + &self.lines(&[Self::prose, Self::prose])
    }

    fn decide(&mut self) -> String {
        let head = self.head("直接判定", "decide") + &self.title();
        let first = |it: &mut Self| it.word("优先", "first");
        let adds = |it: &mut Self| it.word("叠加计算", "adds up");
        let effect = |it: &mut Self| format!(" {}", it.effect());
        let parts = self.parts(&[first, adds, Self::alias, effect]);
        head + &parts
            + &self.lines(&[Self::prose, Self::reason, Self::effective, Self::local, Self::when])
    }

    fn effect(&mut self) -> String {
        let by = self.pick(&["1 级", "２", "1 grade"]);
        let target = self.name();
        match self.below(3) {
            0 => target + &self.word("定为", "set") + &self.name(),
            1 => {
                target
                    + &self.word("上调", "raise")
                    + by
                    + &self.word("不超过", "not above")
                    + &self.name()
            }
            _ => target + &self.word("下调", "lower") + by,
        }
    }

    fn amendment(&mut self) -> String {
        let kinds = [
            ("指标", "indicator"),
            ("参数", "param"),
            ("代码表", "codes"),
            ("直接判定", "decide"),
            ("名单", "list"),
        ];
        let (zh, en) = kinds[self.below(kinds.len())];
        if self.chance(3) {
            let head = self.word("停用", "disable").trim_start().to_owned() + &self.head(zh, en);
            return head + &self.because() + &self.lines(&[Self::prose]);
        }
        let head = self.word("修订", "amend").trim_start().to_owned() + &self.head(zh, en);
        let parts = self.parts(&[Self::bound, Self::level, |it| it.word("优先", "first")]);
        let body: [fn(&mut Self) -> String; 6] = [
            Self::score,
            Self::effect,
            |it| it.word("文件", "file").trim_start().to_owned() + &it.string(),
            Self::own_formula,
            Self::field,
            Self::row_edit,
        ];
        let body = body[self.below(body.len())];
        let inside = if self.chance(3) { format!(" {}", self.row_edit()) } else { String::new() };
        head + &parts
            + &inside
            + &self.because()
            + &self.lines(&[Self::prose, Self::effective, body, Self::reason])
    }

    fn row_edit(&mut self) -> String {
        let edits =
            ["= 50", "改为 2 至 3", "2 至 3 次：80", "＝ -, 每年 1 次", "becomes over 3: 1"];
        if self.chance(3) {
            return self
                .pick(&["1 次 = 50", "甲， 缺失 = -", "其余 = 3", "\"52\", 甲 ＝ 8%"])
                .to_owned();
        }
        self.word("第 ２ 行", "row 2").trim_start().to_owned() + self.pick(&edits)
    }

    fn because(&mut self) -> String {
        self.word("因", "because") + self.pick(&["示例：从轻", "例；一"])
    }

    fn action(&mut self) -> String {
        if self.chance(3) {
            let head = self.head("条款", "clause") + &self.title();
            return head
                + &self.lines(&[Self::encoded, Self::prose, |it| {
                    it.word("人工", "left to people") + "由人判断"
                }]);
        }
        let head = self.head("行动", "action") + &self.title();
        let earliest =
            |it: &mut Self| it.word("最早", "earliest").trim_start().to_owned() + &it.source(1);
        let becomes = |it: &mut Self| {
            let name = it.name();
            let equals = it.gap().to_owned() + "=" + &it.nl();
            it.word("改为", "becomes").trim_start().to_owned() + &name + &equals + &it.source(1)
        };
        head + &self.parts(&[Self::about])
            + &self.lines(&[Self::prose, Self::when, earliest, becomes, Self::added])
    }

    fn added(&mut self) -> String {
        let mut out = self.word("新增", "new").trim_start().to_owned() + &self.name();
        for at in 0..self.below(3) {
            out += &(if at == 0 { self.colon() } else { self.comma() });
            out += &self.nl();
            out += &(self.name() + " = " + &self.number());
        }
        out
    }

    fn encoded(&mut self) -> String {
        let mut out = self.word("编入", "encoded in").trim_start().to_owned();
        for at in 0..=self.below(2) {
            if at > 0 {
                out += self.pick(&["、", ","]);
                out += &self.nl();
            }
            if self.chance(2) {
                out += self.word("指标", "indicator").trim_start();
            }
            out += &self.name();
        }
        out
    }

    fn general(&mut self) -> String {
        let kinds = [
            ("参数", "param"),
            ("值", "value"),
            ("维度", "dimension"),
            ("指标", "indicator"),
            ("分类", "classify"),
            ("标注", "tag"),
            ("预警", "alert"),
            ("措施", "measure"),
            ("名单", "list"),
            ("校验", "check"),
            ("融合", "fuse"),
            ("叠加", "overlay"),
            ("合成", "merge"),
        ];
        let (zh, en) = kinds[self.below(kinds.len())];
        let head = self.head(zh, en) + &self.title();
        let parts = self.parts(&[
            Self::alias,
            Self::member_of,
            Self::about,
            Self::class,
            Self::of_type,
            Self::bound,
            Self::bound,
            Self::level,
            Self::dispatch,
        ]);
        let content: [fn(&mut Self) -> String; 7] = [
            Self::score,
            Self::own_formula,
            Self::own_table,
            Self::when,
            Self::dated,
            Self::admitted,
            Self::required,
        ];
        let content = content[self.below(content.len())];
        let def = match self.below(4) {
            0 => self.formula(),
            1 => format!(" {}", self.table()),
            _ => String::new(),
        };
        let content = if def.is_empty() { content } else { Self::dated };
        let lines = [
            Self::prose,
            Self::prose,
            Self::effective,
            Self::applies,
            Self::local,
            content,
            Self::fade,
            Self::limit,
            Self::reason,
        ];
        head + &parts + &def + &self.lines(&lines)
    }

    fn guarantee(&mut self) -> String {
        let head = self.word("保证", "guarantee").trim_start().to_owned();
        let never = if self.chance(2) {
            self.word("不改善", "never improves")
        } else {
            self.word("不恶化", "never worsens")
        };
        let promise = match self.below(6) {
            0 => {
                self.word("新增", "new").trim_start().to_owned()
                    + &self.name()
                    + &never
                    + &self.name()
            }
            1 => {
                self.word("各级可达", "every grade reachable").trim_start().to_owned()
                    + &self.name()
            }
            2 => {
                self.word("当", "when").trim_start().to_owned()
                    + &self.expr(1)
                    + &self.nl()
                    + &self.word("则", "then")
                    + &self.expr(1)
            }
            3 => {
                let compared =
                    if self.chance(2) { self.word("相比", "compared") } else { " ".to_owned() };
                let by = self.word("变化不超过", "moves at most") + "1 级";
                self.word("与", "against").trim_start().to_owned()
                    + &self.name()
                    + &compared
                    + &self.name()
                    + &by
            }
            4 => {
                self.name()
                    + &self.word("与", "and")
                    + &self.name()
                    + &self.word("不同时", "never together")
            }
            _ => self.name() + &self.word("变差", "worsening") + &never + &self.name(),
        };
        head + &promise + &self.lines(&[Self::prose])
    }

    fn case(&mut self) -> String {
        let mut out = self.word("用例", "case").trim_start().to_owned() + &self.string();
        if self.chance(2) {
            out += &(self.word("沿用", "like") + &self.string());
        }
        out += &(self.word("基准日", "as_of") + &self.date());
        let given =
            |it: &mut Self| it.word("给定", "given").trim_start().to_owned() + &it.assigns();
        out += &self.lines(&[Self::prose, given, Self::records, Self::another, Self::expect]);
        out
    }

    fn records(&mut self) -> String {
        let name = if self.chance(3) {
            self.word("历次结果", "history").trim().to_owned()
        } else {
            self.name()
        };
        let mut out = self.word("给定", "given").trim_start().to_owned() + &name;
        for _ in 0..self.below(3) {
            out += &self.new_line();
            out += &self.assigns();
        }
        out
    }

    fn another(&mut self) -> String {
        let mut out = self.word("另有", "another").trim_start().to_owned()
            + self.pick(&["3 户", "１２户", "2 households"]);
        if self.chance(2) {
            out += &(self.word("沿用", "like") + &self.string());
        }
        out + " " + &self.assigns()
    }

    fn assigns(&mut self) -> String {
        let mut out = String::new();
        for at in 0..=self.below(3) {
            if at > 0 {
                out += &(self.comma() + &self.nl());
            }
            let value = match self.below(4) {
                0 => self.word("缺失", "missing").trim().to_owned(),
                1 => self.string(),
                2 => self.date(),
                _ => self.number(),
            };
            out += &(self.name() + &self.colon() + &value);
        }
        out
    }

    fn expect(&mut self) -> String {
        let mut out = self.word("期望", "expect").trim_start().to_owned();
        if self.chance(8) {
            return out + self.pick(&["？", "?"]);
        }
        out += &self.assigns();
        if self.chance(2) {
            let open =
                self.pick(&["？", "?", "每年 2 次", "每 3 年 1 次以上", "every year 2 times"]);
            out += &(self.comma() + &self.name() + &self.colon() + open);
        }
        if self.chance(2) {
            let missing = self.word("缺失", "missing").trim().to_owned();
            out += &(self.comma() + &missing + &self.colon() + &self.list(1));
        }
        out
    }

    // ---- lines ----

    fn prose(&mut self) -> String {
        if self.chance(4) {
            let words = [("产生", "made by"), ("提供", "supplied by"), ("负责", "owned by")];
            let (zh, en) = words[self.below(words.len())];
            return self.word(zh, en).trim_start().to_owned() + "信息中心";
        }
        let words = [("依据", "basis"), ("说明", "note"), ("来源", "source")];
        let (zh, en) = words[self.below(words.len())];
        self.word(zh, en).trim_start().to_owned()
            + self.pick(&["国市监〔2024〕72号 第一条", "a：b；c", "“某”#号", "１２３"])
    }

    fn reason(&mut self) -> String {
        self.word("缘由", "reason").trim_start().to_owned()
            + self.pick(&["近{甲}有{计数(乙)}次", "有"])
    }

    fn effective(&mut self) -> String {
        let from = self.word("自", "from") + &self.date();
        let until = self.word("至", "until") + &self.date();
        self.word("生效", "effective").trim_start().to_owned()
            + if self.chance(2) { &from } else { "" }
            + &until
    }

    fn applies(&mut self) -> String {
        self.word("适用", "applies").trim_start().to_owned() + &self.when()
    }

    fn when(&mut self) -> String {
        let when = self.word("当", "when").trim_start().to_owned();
        if self.chance(2) {
            return when + &self.expr(DEPTH);
        }
        let mut out = when + self.word("任一", "any of").trim();
        for _ in 0..=self.below(3) {
            out += &self.new_line();
            out += &self.expr(2);
        }
        out
    }

    fn required(&mut self) -> String {
        self.word("要求", "require").trim_start().to_owned() + &self.expr(DEPTH)
    }

    fn admitted(&mut self) -> String {
        match self.below(3) {
            0 => self.word("入选", "admit").trim_start().to_owned() + &self.when(),
            1 => self.word("移出", "remove").trim_start().to_owned() + &self.when(),
            _ => {
                let keys = [
                    ("从低到高", "lowest first"),
                    ("从高到低", "highest first"),
                    ("从早到晚", "earliest first"),
                    ("从晚到早", "latest first"),
                ];
                let (zh, en) = keys[self.below(keys.len())];
                let top = self.word("前", "top") + self.pick(&["5%", "50 户", "１０％"]);
                let key = self.word("按", "by") + &self.name() + &self.word(zh, en);
                self.word("名额", "quota").trim_start().to_owned()
                    + &top
                    + &key
                    + &self.comma()
                    + &self.name()
                    + &self.word(zh, en)
            }
        }
    }

    fn local(&mut self) -> String {
        let def = if self.chance(3) { format!(" {}", self.table()) } else { self.formula() };
        self.word("取", "let").trim_start().to_owned() + &self.name() + &def
    }

    fn formula(&mut self) -> String {
        format!("{}{}{}{}", self.gap(), self.pick(&["=", "＝"]), self.gap(), self.nl())
            + &(if self.chance(6) { self.choice(2) } else { self.source(DEPTH) })
    }

    fn own_formula(&mut self) -> String {
        self.formula().trim_start().to_owned()
    }

    fn own_table(&mut self) -> String {
        self.by_rows()
    }

    fn score(&mut self) -> String {
        let (zh, en) = if self.chance(4) { ("扣分", "deduct") } else { ("评分", "score") };
        let def = if self.chance(4) { self.formula() } else { self.table() };
        self.word(zh, en).trim_start().to_owned() + &def
    }

    fn fade(&mut self) -> String {
        self.word("折减", "fade").trim_start().to_owned() + &self.by_rows()
    }

    fn limit(&mut self) -> String {
        self.word("上限", "cap").trim_start().to_owned()
            + &self.number()
            + &self.word("当", "when")
            + &self.expr(2)
    }

    fn dated(&mut self) -> String {
        self.word("自", "from").trim_start().to_owned()
            + &self.date()
            + &self.colon()
            + &self.number()
    }

    fn field(&mut self) -> String {
        let types = [
            "文本",
            "日期",
            "整数 平方米",
            "小数 ２ 位 千克",
            "金额 万元",
            "比率",
            "状态",
            "text",
            "whole sqm",
            "decimal 1 place",
            "money cents",
        ];
        let marks: [fn(&mut Self) -> String; 9] = [
            |it| it.word("主键", "key"),
            |it| it.word("可缺", "optional"),
            |it| it.word("可负", "signed"),
            |it| it.word("敏感", "sensitive"),
            |it| it.word("后续", "later") + &it.name(),
            |it| it.word("随", "with") + &it.name(),
            |it| it.word("缺省", "default") + &it.number(),
            |it| it.word("来源列", "column") + &it.string(),
            Self::alias,
        ];
        self.name() + &self.colon() + self.pick(&types) + &self.parts(&marks)
    }

    fn derived(&mut self) -> String {
        self.name() + &self.formula()
    }

    // ---- tables ----

    fn table(&mut self) -> String {
        let modes =
            [("累计", "sum"), ("取高", "highest"), ("取低", "lowest"), ("依次", "in order")];
        let (zh, en) = modes[self.below(modes.len())];
        let each = self.word("逐条", "each").trim_start().to_owned()
            + &self.name()
            + &self.word("其中", "where")
            + &self.expr(1);
        match self.below(6) {
            0 => self.word(zh, en).trim().to_owned() + &self.conditions(),
            1 => each + &self.colon() + &self.number(),
            2 => self.word(zh, en).trim_start().to_owned() + &each + " " + &self.by_rows(),
            3 => each + self.word("依次", "in order").trim_end() + &self.conditions(),
            4 => self.matrix(),
            _ => self.by_rows(),
        }
    }

    fn separator(&mut self) -> String {
        if self.chance(4) { self.pick(&["；", ";"]).to_owned() } else { self.new_line() }
    }

    fn conditions(&mut self) -> String {
        let mut out = String::new();
        for _ in 0..=self.below(3) {
            out += &self.separator();
            out += &(self.comparison(1) + &self.colon() + &self.result());
        }
        out + &self.new_line() + &self.word("其余", "otherwise") + &self.colon() + &self.result()
    }

    fn by_rows(&mut self) -> String {
        let mut out = self.word("按", "by").trim_start().to_owned() + &self.name();
        let columns = 1 + self.below(3);
        for _ in 1..columns {
            out += &(self.comma() + &self.name());
        }
        if self.chance(4) {
            out += &(self.word("得", "giving") + &self.name() + &self.comma() + &self.name());
        }
        for _ in 0..=self.below(4) {
            out += &self.separator();
            out += &self.cell();
            for _ in 1..columns {
                out += &(self.comma() + &self.cell());
            }
            out += &(self.colon() + &self.result());
            if self.chance(3) {
                out += &(self.comma() + &self.result());
            }
        }
        if self.chance(5) { out + "；" } else { out }
    }

    fn matrix(&mut self) -> String {
        let head = self.word("行", "rows").trim_start().to_owned()
            + &self.name()
            + &self.word("列", "columns")
            + &self.name();
        if self.chance(3) {
            return head + self.word("取高", "highest").trim_end();
        }
        let mut out = head
            + &self.new_line()
            + "甲"
            + &self.comma()
            + "「A+」"
            + &self.comma()
            + self.word("缺失", "missing").trim();
        for _ in 0..=self.below(3) {
            out += &(self.new_line()
                + &self.name()
                + &self.colon()
                + "乙"
                + &self.comma()
                + "- "
                + &self.comma()
                + &self.name());
        }
        out
    }

    fn result(&mut self) -> String {
        match self.below(6) {
            0 => self
                .pick(&[
                    "每年 1 次",
                    "每 3 年 2 次",
                    "每季度1至2次",
                    "every year 1 time",
                    "every 2 weeks 1 to 2 times",
                    "每半年 1 次以上",
                ])
                .to_owned(),
            1 => self.source(1),
            2 => self.path(),
            _ => self.number(),
        }
    }

    fn cell(&mut self) -> String {
        if self.chance(8) {
            return "-".to_owned();
        }
        let mut out = self.alternative();
        while self.chance(6) {
            out += &(self.word("或", "or") + &self.alternative());
        }
        out
    }

    fn alternative(&mut self) -> String {
        let (a, b) = (self.number(), self.number());
        let over = self.word("超过", "over").trim_start().to_owned();
        let under = self.word("不满", "under").trim_start().to_owned();
        let to = self.word("至", "to");
        let more = self.word("以上", "or more").trim_end().to_owned();
        let less = self.word("以下", "or less").trim_end().to_owned();
        match self.below(18) {
            0 => self.word("缺失", "missing").trim().to_owned(),
            1 => self.window(),
            2 => format!("[{a}{}{b})", self.comma()),
            3 => format!("（{a},)"),
            4 => self.pick(&["≥", ">=", "<", "≠", "＞"]).to_owned() + " " + &a,
            5 => over + &a,
            6 => over + &a + &to + &b,
            7 => over + &a + " " + &under + &b,
            8 => over + &a + " " + &b + &less,
            9 => under + &a,
            10 => a + &more,
            11 => a + &more + " " + &under + &b,
            12 => a + &more + " " + &b + &less,
            13 => a + &less,
            14 => a + &to + &b,
            15 => a + self.word("以内", "or within").trim_end(),
            16 => self.string() + self.word("开头", "starts").trim_end(),
            _ => self.pick(&["是", "甲", "「A+」", "alpha", "\"文\""]).to_owned(),
        }
    }
}
