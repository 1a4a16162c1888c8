//! What to say where nobody but the author knows what was meant: how such a line is written, in the words
//! of the person who writes it, and never what a parser would have liked to see.

use super::ast::DeclKind as K;
use super::chunks;
use super::keywords;
use super::literal::is_blank;
use super::repair::Site;
use super::rules::Rule;
use crate::diag::Words;

/// A slip of a known kind.
pub(super) fn special(site: Site<'_>) -> Option<Words> {
    window(site).or_else(|| half_said(site)).or_else(|| figures(site)).or_else(|| marks(site))
}

/// `近 3` without a unit of time.
fn window(site: Site<'_>) -> Option<Words> {
    let line = site.before().trim_end_matches(is_blank);
    let number = line.trim_end_matches(|it: char| it.is_numeric() || it == '.');
    let word = number.trim_end_matches(is_blank);
    let many = line.get(number.len()..).filter(|it| !it.is_empty())?;
    let words = [Rule::k_last, Rule::k_next];
    let is_window =
        words.into_iter().filter_map(keywords::spelling).flatten().any(|it| word.ends_with(it));
    is_window.then(|| {
        Words::both(
            format!("少了时间单位：写“{many} 天”“{many} 个月”或者“{many} 年”"),
            format!(
                "a unit of time is lacking: write “{many} days”, “{many} months” or “{many} years”"
            ),
        )
    })
}

/// 如果 without 则 or 否则.
fn half_said(site: Site<'_>) -> Option<Words> {
    if site.expected.contains(&Rule::k_else) {
        return Some(Words::both(
            "“如果 … 则 …”后面还要写“否则 …”，说明条件不成立时是什么",
            "“if … then …” needs an “else …” that says what it is otherwise",
        ));
    }
    site.expected
        .contains(&Rule::k_then)
        .then(|| Words::both("“如果 …”后面要写“则 …”", "“if …” needs a “then …”"))
}

fn figures(site: Site<'_>) -> Option<Words> {
    let line = site.before().trim_end_matches(is_blank);
    let rest = site.rest_of_line();
    let sign = rest.chars().next();
    let digit = |it: Option<char>| it.is_some_and(char::is_numeric);
    let dash = sign.is_some_and(|it| "-－~～—–".contains(it));
    if digit(line.chars().next_back())
        && dash
        && digit(rest.chars().skip(1).find(|it| !is_blank(*it)))
    {
        return Some(Words::both(
            "从多少到多少写“6 至 10”，两头都算在内；写“6 以上不满 10”则不算后一个",
            "a range is written “6 to 10”, with both ends in it, or “6 or more under 10” without the second",
        ));
    }
    let numeral = |it: char| "零一二两三四五六七八九十百".contains(it);
    let (_, run) = site.run();
    if run.starts_with(numeral) || run.trim_start_matches('每').starts_with(numeral) {
        return Some(Words::both(
            "数要写成阿拉伯数字，如“每 3 年 1 次”“4 次以上”",
            "numbers are written in digits, such as “every 3 years 1 time”",
        ));
    }
    if site.expected.contains(&Rule::date) {
        return Some(Words::both(
            "日期要写到日，如“2024-12-01”或者“2024年12月1日”",
            "a date is written down to the day, such as 2024-12-01",
        ));
    }
    let word = chunks::margin_word(site.rest()).unwrap_or("");
    let bound =
        ["超过", "不满"].into_iter().find(|it| word.contains(it) && !word.starts_with(it))?;
    Some(Words::both(
        format!("“{bound}”写在数的前面，如“{bound} 500 平方米”"),
        "“over” and “under” stand before the number, such as “over 500 sqm”",
    ))
}

fn marks(site: Site<'_>) -> Option<Words> {
    let line = site.before().trim_end_matches(is_blank);
    match site.rest().chars().next()? {
        '、' if !line.ends_with('、') => Some(Words::both(
            "一格里的几种取值之间写“或”，各列之间写“，”",
            "“or” stands between the alternatives of a cell, “,” between columns",
        )),
        '《' | '》' => Some(Words::both(
            "标题写在引号里，如 \"信用风险分类\"；书名号写在引号里面",
            "a title stands in quotation marks, and marks such as 《 》 inside them",
        )),
        'x' | 'X' if !site.in_header() || line.contains('=') => Some(Words::both(
            "乘号写“×”或者“*”，不用字母 x",
            "multiplication is written “×” or “*”, not with the letter x",
        )),
        _ => None,
    }
}

/// How a line of that kind is written, by where reading stopped in it.
pub(super) fn plain(site: Site<'_>) -> Words {
    let rest = site.rest_of_line().trim_start_matches(is_blank);
    let at_end = rest.is_empty() || rest.starts_with(['#', '＃']);
    let found = next(site.rest());
    if site.before().chars().all(is_blank) && !site.in_header() {
        return beginning(site, found);
    }
    if at_end && site.before().trim_end_matches(is_blank).ends_with([':', '：']) {
        return Words::both("冒号后面没有写结果", "the result behind the colon is lacking");
    }
    if at_end && is_value(site) {
        return Words::both("这里少了一个值", "a value is lacking here");
    }
    let header = site.in_header() && !site.before().contains(['=', '＝', ':', '：']);
    if header && site.expected.contains(&Rule::name) && !at_end {
        return Words::both(
            format!("这里要写一个名称，“{found}”不能作名称"),
            format!("a name is needed here, and “{found}” cannot be one"),
        );
    }
    if header {
        return header_part(site, found, at_end);
    }
    let line = site.text.get(site.line_start()..site.line_end()).unwrap_or("");
    if line.contains([':', '：']) && !site.before().contains([':', '：']) {
        return Words::both(
            "冒号前面一格写一个值或者一个范围，如“罚款”“2 至 3”“4 以上”；各列之间写逗号",
            "a cell before the colon is a value or a range, such as “2 to 3” or “4 or more”; a comma stands between columns",
        );
    }
    if at_end {
        return Words::both(
            "这一行没有写完：表的一行写“条件：结果”，式子要有头有尾",
            "this line is not complete: a row reads “condition: result”, and a formula needs both its ends",
        );
    }
    if is_value(site) {
        return Words::both(
            format!("“{found}”前面少了一个值，或者“{found}”是多写的"),
            format!("a value is lacking before “{found}”, or “{found}” is too much"),
        );
    }
    Words::both(
        format!(
            "“{found}”和前面的之间少了东西：两个值之间要有“+”“=”“且”“其中”之类，几项之间写逗号"
        ),
        format!(
            "something is lacking before “{found}”: values are joined by “+”, “=”, “and”, “where” and so on, and a comma stands between items"
        ),
    )
}

/// A line that begins with what no line of the declaration begins with.
fn beginning(site: Site<'_>, found: &str) -> Words {
    let kind = site.text.lines().find(|it| !chunks::is_empty(it));
    let kind = kind.and_then(|it| chunks::margin_word(it.trim_start_matches(is_blank)));
    let kind = kind.unwrap_or("");
    Words::both(
        format!("“{kind}”里的一行不能以“{found}”开头；表的一行写“条件：结果”"),
        format!(
            "no line of “{kind}” begins with “{found}”; a row of a table reads “condition: result”"
        ),
    )
}

/// The line with the name of the declaration.
fn header_part(site: Site<'_>, found: &str, at_end: bool) -> Words {
    let [zh, en] = match super::repair::kind(site.text) {
        Some(K::Ruleset) => {
            ["规则集 名称 \"标题\" 版本 2024.12", "ruleset name \"title\" version 2024.12"]
        }
        Some(K::Use | K::Extends) => ["引用 规则集@版本", "use ruleset@version"],
        Some(K::Subject) => ["主体 名称 自 成立日期", "subject name from founded"],
        Some(K::Records) => ["记录 名称 按 日期", "records name by date"],
        Some(K::Enum | K::Grade) => ["枚举 名称：甲、乙、丙", "enum name: a, b, c"],
        Some(K::Codes) => ["代码表 名称 文件 \"文件.csv\"", "codes name file \"file.csv\""],
        Some(K::Param | K::Value) => ["值 名称 = 式子", "value name = formula"],
        Some(K::Dimension) => ["维度 名称 满分 100", "dimension name max 100"],
        Some(K::Indicator | K::Fuse) => {
            ["指标 名称 属于 维度 满分 20", "indicator name in dimension max 20"]
        }
        Some(K::Classify) => ["分类 名称 为 等级 按 总分", "classify name as grade by total"],
        Some(K::Decide) => ["直接判定 名称 信用风险 定为 D", "decide name risk set high"],
        Some(K::Tag) => ["标注 名称 类别 类别名", "tag name class group"],
        Some(K::Alert) => ["预警 名称 级别 高 派发 部门", "alert name level high dispatch office"],
        Some(K::Measure) => {
            ["措施 名称 按 信用风险 得 比例, 频次", "measure name by risk giving ratio, frequency"]
        }
        Some(K::List) => ["名单 名称", "list name"],
        Some(K::Check) => ["校验 名称 对 记录 级别 警告", "check name for records level warning"],
        Some(K::Overlay) => {
            ["叠加 名称 为 等级 行 甲 列 乙", "overlay name as grade rows a columns b"]
        }
        Some(K::Merge) => ["合成 名称 = 式子", "merge name = formula"],
        Some(K::Amend) => ["修订 指标 名称 因 缘故", "amend indicator name because reason"],
        Some(K::Disable) => ["停用 指标 名称 因 缘故", "disable indicator name because reason"],
        Some(K::Action) => ["行动 名称 对 记录", "action name for records"],
        Some(K::Clause) => ["条款 编号 \"标题\"", "clause number \"title\""],
        Some(K::Case) => ["用例 \"标题\" 基准日 2024-12-01", "case \"title\" as_of 2024-12-01"],
        Some(K::Guarantee) => {
            ["保证 新增 记录 不改善 信用风险", "guarantee new records never improves risk"]
        }
        None => ["声明的词 名称", "word name"],
    };
    if at_end {
        return Words::both(
            format!("这一行没有写完，应如“{zh}”"),
            format!("this line is not complete; it reads like “{en}”"),
        );
    }
    Words::both(
        format!("“{found}”不能写在这里，这一行应如“{zh}”；名称里不能有空格"),
        format!(
            "“{found}” cannot stand here; this line reads like “{en}”, and a name has no blanks"
        ),
    )
}

/// Could a value stand at the place?
fn is_value(site: Site<'_>) -> bool {
    let values = [
        Rule::call,
        Rule::expr,
        Rule::source,
        Rule::prim,
        Rule::v,
        Rule::num,
        Rule::numlit,
        Rule::number,
    ];
    values.iter().any(|it| site.expected.contains(it))
}

/// The next word or mark.
fn next(rest: &str) -> &str {
    let rest = rest.trim_start_matches(is_blank);
    match chunks::margin_word(rest) {
        Some(word) => word,
        None => rest.chars().next().map_or("", |it| rest.get(..it.len_utf8()).unwrap_or("")),
    }
}
