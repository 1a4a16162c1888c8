//! Slips made by rule: what a hand does to a line of a rule file, at a place that chance picks.

/// Random numbers that are the same on every machine (splitmix64).
pub(crate) struct Chance(pub(crate) u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut it = self.0;
        it = (it ^ (it >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        it = (it ^ (it >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        it ^ (it >> 31)
    }

    /// One of so many.
    pub(crate) fn below(&mut self, count: usize) -> usize {
        usize::try_from(self.next() % u64::try_from(count.max(1)).unwrap_or(1)).unwrap_or(0)
    }

    /// One of these.
    pub(crate) fn one<'t, T>(&mut self, all: &'t [T]) -> Option<&'t T> {
        all.get(self.below(all.len()))
    }
}

/// A text with a slip in it.
pub(crate) struct Slipped {
    pub(crate) text: String,
    /// The lines, from 1, on which the slip may be said to be: one, but for a row that was left out.
    pub(crate) lines: Vec<usize>,
}

/// What a hand does; the name is printed.
pub(crate) type Operator = (&'static str, fn(&str, &mut Chance) -> Option<Slipped>);

pub(crate) const OPERATORS: &[Operator] = &[
    ("漏写标点 mark left out", |text, chance| marks(text, chance, |_| String::new())),
    ("重写标点 mark doubled", |text, chance| marks(text, chance, |it| format!("{it}{it}"))),
    ("写错标点 mark changed", |text, chance| marks(text, chance, other_mark)),
    ("换全半角 width changed", |text, chance| marks(text, chance, other_width)),
    ("漏写空格 blank left out", blank),
    ("名称错字 name misspelt", |text, chance| {
        name(text, chance, |run, at| Some(wrong_character(run, at)))
    }),
    ("名称同音 name by sound", |text, chance| name(text, chance, same_sound)),
    ("名称漏字 name cut short", |text, chance| {
        name(text, chance, |it, at| Some(without(it, at)))
    }),
    ("词写错 word misspelt", word),
    ("单位写错 unit changed", unit),
    ("界限写错 bound changed", bound),
    ("漏写结果 result left out", result),
    ("漏写缺失 missing row left out", missing_row),
    ("没有缩进 indentation lost", unindented),
    ("没有顶格 declaration indented", indented),
    ("复制未改名 declaration copied", copied),
    ("没有这一天 no such day", day),
];

/// The lines that are not prose or comments, by number from 0.
fn lines(text: &str) -> Vec<(usize, &str)> {
    const PROSE: [&str; 14] = [
        "#",
        "依据",
        "说明",
        "缘由",
        "来源 ",
        "产生",
        "提供",
        "负责",
        "渠道",
        "人工",
        "不属此类",
        "修订",
        "停用",
        "规则集",
    ];
    let plain = |it: &str| {
        let it = it.trim_start();
        !it.is_empty() && !PROSE.iter().any(|word| it.starts_with(word))
    };
    text.lines().enumerate().filter(|it| plain(it.1)).collect()
}

/// Puts a line in the place of another one.
fn with_line(text: &str, at: usize, line: &str) -> Slipped {
    let mut all: Vec<&str> = text.lines().collect();
    if let Some(it) = all.get_mut(at) {
        *it = line;
    }
    Slipped { text: all.join("\n") + "\n", lines: vec![at + 1] }
}

/// Is the byte of a line within quotation marks?
fn quoted(line: &str, at: usize) -> bool {
    line.get(..at).is_some_and(|it| it.matches(['"', '“', '”']).count() % 2 == 1)
}

fn marks(text: &str, chance: &mut Chance, change: fn(char) -> String) -> Option<Slipped> {
    let mut places = Vec::new();
    for (number, line) in lines(text) {
        for (at, it) in line.char_indices().filter(|it| "()（）：:,，、\"".contains(it.1)) {
            let within = it != '"' && quoted(line, at);
            if !within && change(it) != it.to_string() {
                places.push((number, line, at, it));
            }
        }
    }
    let (number, line, at, it) = *chance.one(&places)?;
    let mut line = line.to_owned();
    line.replace_range(at..at + it.len_utf8(), &change(it));
    Some(with_line(text, number, &line))
}

fn other_mark(mark: char) -> String {
    match mark {
        '：' | ':' => "；",
        ',' | '，' => "、",
        '、' => "，",
        '(' | '（' => "[",
        ')' | '）' => "]",
        _ => "'",
    }
    .to_owned()
}

fn other_width(mark: char) -> String {
    let other = match mark {
        '：' => ':',
        ':' => '：',
        '，' => ',',
        ',' => '，',
        '（' => '(',
        '(' => '（',
        '）' => ')',
        ')' => '）',
        other => other,
    };
    other.to_string()
}

fn blank(text: &str, chance: &mut Chance) -> Option<Slipped> {
    let mut places = Vec::new();
    for (number, line) in lines(text) {
        let indent = line.len() - line.trim_start().len();
        let letter = |it: Option<char>| it.is_some_and(char::is_alphanumeric);
        for (at, _) in line.match_indices(' ').filter(|it| it.0 > indent) {
            let (before, behind) = (line.get(..at)?, line.get(at + 1..)?);
            let joins = letter(before.chars().next_back()) && letter(behind.chars().next());
            if joins && !quoted(line, at) {
                places.push((number, line, at));
            }
        }
    }
    let (number, line, at) = *chance.one(&places)?;
    let mut line = line.to_owned();
    line.remove(at);
    Some(with_line(text, number, &line))
}

/// The words of the language that stand in rule files.
const WORDS: &[&str] = &[
    "指标",
    "维度",
    "标注",
    "预警",
    "措施",
    "名单",
    "校验",
    "参数",
    "枚举",
    "等级",
    "记录",
    "主体",
    "用例",
    "直接判定",
    "保证",
    "行动",
    "条款",
    "叠加",
    "合成",
    "融合",
    "分类",
    "属于",
    "不属于",
    "其中",
    "满分",
    "上限",
    "评分",
    "扣分",
    "累计",
    "取高",
    "取低",
    "依次",
    "逐条",
    "其余",
    "缺失",
    "缺则",
    "有值",
    "以上",
    "以下",
    "不满",
    "超过",
    "任一",
    "全部",
    "要求",
    "入选",
    "移出",
    "名额",
    "给定",
    "期望",
    "基准日",
    "沿用",
    "别名",
    "类别",
    "级别",
    "派发",
    "定为",
    "上调",
    "下调",
    "不超过",
    "不低于",
    "保留",
    "来源列",
    "可缺",
    "主键",
    "敏感",
    "后续",
    "缺省",
    "整户更新",
    "生效",
    "适用",
    "折减",
    "编入",
    "最早",
    "改为",
    "新增",
    "不改善",
    "未来",
    "从低到高",
    "从高到低",
    "从早到晚",
    "从晚到早",
    "开头",
];

/// The runs of letters of a line, outside quotation marks.
fn runs(line: &str) -> Vec<(usize, &str)> {
    let mut out = Vec::new();
    let mut start = None;
    for (at, it) in line.char_indices().chain([(line.len(), ' ')]) {
        match (it.is_alphanumeric() || it == '_', start) {
            (true, None) => start = Some(at),
            (false, Some(from)) => {
                out.extend(line.get(from..at).filter(|_| !quoted(line, from)).map(|it| (from, it)));
                start = None;
            }
            _ => {}
        }
    }
    out
}

/// The names of a file where they are used: not where they are declared, and not in rows of words.
fn names(text: &str) -> Vec<(usize, &str, usize, &str)> {
    let mut out = Vec::new();
    let mut declares = false;
    for (number, line) in lines(text) {
        if line.trim_start() == line {
            declares = ["主体", "记录", "枚举", "等级", "代码表", "用例", "条款"]
                .iter()
                .any(|it| line.starts_with(it));
        }
        for (order, (at, run)) in runs(line).into_iter().enumerate() {
            let long = run.chars().count() >= 3
                && run.chars().all(|it| !it.is_ascii() && !it.is_numeric());
            let header = line.trim_start() == line && order <= 1;
            let own = declares && order == 0 || line.trim_start().starts_with("取 ") && order <= 1;
            if long && !WORDS.contains(&run) && !header && !own {
                out.push((number, line, at, run));
            }
        }
    }
    out
}

fn name(
    text: &str,
    chance: &mut Chance,
    change: fn(&str, usize) -> Option<String>,
) -> Option<Slipped> {
    let all = names(text);
    let (number, line, at, run) = *chance.one(&all)?;
    let wrong = change(run, chance.below(run.chars().count()))?;
    let known = all.iter().any(|it| it.3 == wrong);
    let mut line = line.to_owned();
    line.replace_range(at..at + run.len(), &wrong);
    (!known && wrong != run).then(|| with_line(text, number, &line))
}

fn replaced(run: &str, at: usize, with: char) -> String {
    run.chars().enumerate().map(|it| if it.0 == at { with } else { it.1 }).collect()
}

fn without(run: &str, at: usize) -> String {
    run.chars().enumerate().filter(|it| it.0 != at).map(|it| it.1).collect()
}

fn wrong_character(run: &str, at: usize) -> String {
    replaced(run, at, '某')
}

/// Characters of one sound.
const SOUNDS: &[&str] = &[
    "罚法乏",
    "分份芬",
    "级及即急",
    "察查茶",
    "数树述",
    "期其七",
    "营赢迎",
    "处触",
    "信新心",
    "用拥",
    "风疯丰",
    "险显",
    "监间坚",
    "管馆",
    "检捡简",
    "抽愁",
    "举局",
    "诉素",
    "投头",
    "异议意",
    "常长",
    "登灯",
    "记计寄",
    "注住",
    "销消",
    "状装",
    "态太",
    "金今",
    "额鹅",
    "面免",
    "积机",
    "人仁",
    "次刺",
    "度杜",
    "月阅",
    "年念",
    "日",
    "行形型",
    "政正证",
    "食时",
    "品聘",
    "许栩",
    "可渴",
    "报抱",
    "经精",
    "缴交",
];

fn same_sound(run: &str, at: usize) -> Option<String> {
    let characters: Vec<char> = run.chars().collect();
    let order = (at..characters.len()).chain(0..at);
    let (at, with) = order.into_iter().find_map(|at| {
        let own = *characters.get(at)?;
        let set = SOUNDS.iter().find(|it| it.contains(own))?;
        Some((at, set.chars().find(|it| *it != own)?))
    })?;
    Some(replaced(run, at, with))
}

fn word(text: &str, chance: &mut Chance) -> Option<Slipped> {
    let mut places = Vec::new();
    for (number, line) in lines(text) {
        for (at, run) in runs(line).into_iter().filter(|it| WORDS.contains(&it.1)) {
            places.push((number, line, at, run));
        }
    }
    let (number, line, at, run) = *chance.one(&places)?;
    let place = chance.below(run.chars().count());
    let wrong = match chance.below(3) {
        0 => Some(wrong_character(run, place)),
        1 => same_sound(run, place),
        _ => (run.chars().count() > 2).then(|| without(run, place)),
    };
    let wrong = wrong.unwrap_or_else(|| wrong_character(run, place));
    let mut line = line.to_owned();
    line.replace_range(at..at + run.len(), &wrong);
    (!WORDS.contains(&wrong.as_str())).then(|| with_line(text, number, &line))
}

fn unit(text: &str, chance: &mut Chance) -> Option<Slipped> {
    const UNITS: [(&str, &str); 8] = [
        ("个月", "月"),
        ("个月", "天"),
        ("万元", "万"),
        ("元", "次"),
        ("平方米", "元"),
        ("次", "个月"),
        ("%", ""),
        ("分", "元"),
    ];
    let (unit, wrong) = *chance.one(&UNITS)?;
    replace_behind(text, chance, unit, wrong, |it| it.trim_end().ends_with(char::is_numeric))
}

fn bound(text: &str, chance: &mut Chance) -> Option<Slipped> {
    const BOUNDS: [(&str, &str); 5] =
        [("以上", "以下"), ("不满", "超过"), ("超过", "不满"), ("以下", "以上"), ("以上", "已上")];
    let (word, wrong) = *chance.one(&BOUNDS)?;
    replace_behind(text, chance, word, wrong, |_| true)
}

/// Writes `wrong` for a word, on a line where what stands before it is as asked for.
fn replace_behind(
    text: &str,
    chance: &mut Chance,
    word: &str,
    wrong: &str,
    fits: fn(&str) -> bool,
) -> Option<Slipped> {
    let mut places = Vec::new();
    for (number, line) in lines(text) {
        for (at, _) in line.match_indices(word) {
            if !quoted(line, at) && line.get(..at).is_some_and(fits) {
                places.push((number, line, at));
            }
        }
    }
    let (number, line, at) = *chance.one(&places)?;
    let mut line = line.to_owned();
    line.replace_range(at..at + word.len(), wrong);
    Some(with_line(text, number, &line))
}

/// The rows of tables: indented twice, with a colon and without a word of a case before it.
fn rows(text: &str) -> Vec<(usize, &str)> {
    let row = |it: &(usize, &str)| it.1.starts_with("    ") && it.1.matches('：').count() == 1;
    lines(text).into_iter().filter(row).collect()
}

fn result(text: &str, chance: &mut Chance) -> Option<Slipped> {
    let (number, line) = *chance.one(&rows(text))?;
    let kept = line.split_inclusive('：').next()?;
    Some(with_line(text, number, kept))
}

fn missing_row(text: &str, chance: &mut Chance) -> Option<Slipped> {
    let rows = rows(text);
    let missing: Vec<usize> =
        rows.iter().filter(|it| it.1.trim_start().starts_with("缺失")).map(|it| it.0).collect();
    let at = *chance.one(&missing)?;
    let mut all: Vec<&str> = text.lines().collect();
    let indent = |it: &str| it.len() - it.trim_start().len();
    let own = indent(all.get(at)?);
    let head = all.iter().take(at).rposition(|it| indent(it) < own)?;
    all.remove(at);
    // The row is not there any more: the head of its table is the place to say so.
    Some(Slipped { text: all.join("\n") + "\n", lines: vec![head + 1] })
}

fn unindented(text: &str, chance: &mut Chance) -> Option<Slipped> {
    let inner: Vec<(usize, &str)> =
        lines(text).into_iter().filter(|it| it.1.starts_with(' ')).collect();
    let (number, line) = *chance.one(&inner)?;
    Some(with_line(text, number, line.trim_start()))
}

/// The first lines of the declarations.
fn heads(text: &str) -> Vec<(usize, &str)> {
    lines(text).into_iter().filter(|it| !it.1.starts_with(' ')).collect()
}

fn indented(text: &str, chance: &mut Chance) -> Option<Slipped> {
    let (number, line) = *chance.one(&heads(text))?;
    Some(with_line(text, number, &format!(" {line}")))
}

fn copied(text: &str, chance: &mut Chance) -> Option<Slipped> {
    let heads = heads(text);
    let named: Vec<usize> = heads
        .iter()
        .filter(|it| !["保证", "基于", "引用", "条款"].iter().any(|word| it.1.starts_with(word)))
        .map(|it| it.0)
        .collect();
    let at = *chance.one(&named)?;
    let all: Vec<&str> = text.lines().collect();
    let length = all.iter().skip(at + 1).take_while(|it| it.starts_with(' ')).count() + 1;
    let copy = all.get(at..at + length)?;
    let mut out = all.clone();
    let end = at + length;
    out.splice(end..end, [""].iter().chain(copy).copied());
    Some(Slipped { text: out.join("\n") + "\n", lines: vec![end + 2] })
}

fn day(text: &str, chance: &mut Chance) -> Option<Slipped> {
    let mut places = Vec::new();
    for (number, line) in lines(text) {
        for (at, run) in runs(line) {
            let behind = line.get(at + run.len()..).unwrap_or("");
            if run.len() == 4
                && run.starts_with("20")
                && behind.starts_with('-')
                && behind.len() >= 6
            {
                places.push((number, line, at + 5));
            }
        }
    }
    let (number, line, at) = *chance.one(&places)?;
    let mut line = line.to_owned();
    line.replace_range(at..at + 5, "02-30");
    Some(with_line(text, number, &line))
}
