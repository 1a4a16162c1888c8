//! Every word of the language, read out of the sources that the program is made of: the table of words,
//! the grammar, the names that mean something undeclared, the units.
//!
//! They are read as text because they are private to the parser; its own tests hold the table of words
//! and the grammar together.

const WORDS: &str = include_str!("../../../dsl/src/syntax/keywords.rs");
const GRAMMAR: &str = include_str!("../../../dsl/src/syntax/grammar.pest");
const NAMES: &str = include_str!("../../../dsl/src/syntax/spelling.rs");
const UNITS: &str = include_str!("../../../dsl/src/units.rs");

/// Chinese and English spelling.
pub(crate) type Pair = [String; 2];

/// What the groups of the table of words are called in the reference.
const GROUPS: [(&str, [&str; 2]); 8] = [
    ("declarations", ["声明", "declarations"]),
    ("words before prose", ["后面是文字", "before prose"]),
    ("parts of a header", ["声明的头一行", "parts of a header"]),
    ("lines", ["下面各行", "lines"]),
    ("marks of a field", ["字段的标记", "marks of a field"]),
    ("promises", ["保证", "promises"]),
    ("tables", ["表", "tables"]),
    ("expressions", ["条件和算式", "conditions and formulas"]),
];

/// What the lists of names are called in the reference.
const LISTS: [(&str, [&str; 2]); 7] = [
    ("CALENDAR", ["按日历的时间", "windows of the calendar"]),
    ("ALONE", ["值和来源", "values and sources"]),
    ("OWNERS", ["写在点前面", "in front of a dot"]),
    ("TYPES", ["字段的类型", "types of fields"]),
    ("LEVELS", ["校验的级别", "levels of a check"]),
    ("OUTCOMES", ["用例的期望", "expected by a case"]),
    ("NOTHING", ["没有值", "no value"]),
];

/// The texts in double quotes.
fn quoted(text: &str) -> Vec<String> {
    text.split('"').skip(1).step_by(2).map(str::to_owned).collect()
}

/// The words in their groups, in the order of the table.
pub(crate) fn words() -> Vec<([&'static str; 2], Vec<Pair>)> {
    let (_, table) = WORDS.split_once("\nwords! {\n").unwrap();
    let (table, _) = table.split_once("\n}\n").unwrap();
    let mut groups: Vec<([&str; 2], Vec<Pair>)> = Vec::new();
    for line in table.lines().map(str::trim) {
        if let Some(group) = line.strip_prefix("// ") {
            let title = GROUPS.iter().find(|it| it.0 == group);
            groups.push((title.unwrap_or_else(|| panic!("“{group}” has no title")).1, Vec::new()));
        } else {
            let pair: Pair = quoted(line).try_into().unwrap();
            groups.last_mut().unwrap().1.push(pair);
        }
    }
    groups
}

/// The pair that a constant of `spelling.rs` is.
fn constant(name: &str) -> Pair {
    let (_, value) = NAMES.split_once(&format!("const {name}: Pair = ")).unwrap();
    quoted(value.split(';').next().unwrap()).try_into().unwrap()
}

/// The names that mean something undeclared, in their lists.
pub(crate) fn names() -> Vec<([&'static str; 2], Vec<Pair>)> {
    let list = |name: &str| -> Vec<Pair> {
        let (_, value) = NAMES.split_once(&format!("const {name}: ")).unwrap();
        let (_, value) = value.split_once('=').unwrap();
        let value = value.split(';').next().unwrap();
        let mut pairs: Vec<Pair> =
            quoted(value).chunks(2).map(|it| it.to_vec().try_into().unwrap()).collect();
        let outside: String = value.split('"').step_by(2).collect();
        let words = outside.split(|it: char| !it.is_ascii_uppercase() && it != '_');
        let constants = ["AS_OF", "TOTAL", "SIZE", "HISTORY", "MONEY", "MISSING"];
        pairs.extend(words.filter(|it| constants.contains(it)).map(constant));
        pairs
    };
    let mut lists: Vec<_> = LISTS.iter().map(|(name, title)| (*title, list(name))).collect();
    lists[0].1.push(constant("YEAR_BEFORE"));
    lists
}

/// The texts that a rule of the grammar names.
fn literals(rule: &str) -> Vec<String> {
    let (_, text) = GRAMMAR.split_once(&format!("\n{rule} ")).unwrap();
    let end = text.find("\n\n").into_iter().chain(text.find("}\n")).min().unwrap();
    quoted(&text[..end])
}

/// The words that cannot be a bare name.
pub(crate) fn reserved() -> Vec<String> {
    literals("reserved")
}

/// The units: in Chinese, in English, and in English behind 1.
pub(crate) fn paired_units() -> Vec<[String; 3]> {
    let (_, table) = UNITS.split_once("= &[\n").unwrap();
    let (table, _) = table.split_once("];").unwrap();
    table.lines().map(|it| quoted(it).try_into().unwrap()).collect()
}

/// The units that may stand behind a number and are written in one way.
pub(crate) fn other_units() -> Vec<String> {
    let paired = paired_units();
    let all = literals("scale").into_iter().chain(literals("base_unit"));
    all.filter(|it| !paired.iter().any(|pair| pair.contains(it))).collect()
}

/// Is it the pair of a word or of a name?
pub(crate) fn is_pair(zh: &str, en: &str) -> bool {
    let groups = words().into_iter().chain(names());
    let mut pairs = groups.flat_map(|it| it.1);
    pairs.any(|it| it[0] == zh && it[1] == en)
}

#[test]
fn the_sources_are_read_whole() {
    let words: usize = words().iter().map(|it| it.1.len()).sum();
    assert_eq!(words, WORDS.matches("    k_").count(), "a word of the table was not read");
    for rule in
        GRAMMAR.lines().filter_map(|it| it.split(' ').next()).filter(|it| it.starts_with("k_"))
    {
        assert!(WORDS.contains(&format!("    {rule} ")), "{rule} is not in the table of words");
    }
    let pairs = NAMES.lines().filter(|it| !it.contains("money_unit") && !it.contains("cents"));
    let pairs: Vec<&str> = pairs.filter(|it| it.contains("[\"")).collect();
    assert!(pairs.len() > 12, "the lists of names were not found");
    for pair in pairs.iter().flat_map(|it| it.split('[').skip(1)).filter(|it| it.starts_with('"')) {
        let [zh, en]: Pair = quoted(pair.split(']').next().unwrap()).try_into().unwrap();
        assert!(is_pair(&zh, &en), "{zh} {en} is in no list");
    }
    assert!(reserved().contains(&"缺失".to_owned()) && reserved().contains(&"ago".to_owned()));
    assert!(
        other_units().contains(&"批次".to_owned()) && !other_units().contains(&"sqm".to_owned())
    );
}
