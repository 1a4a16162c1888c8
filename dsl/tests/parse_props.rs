//! Properties of reading: width does not matter, and nothing in a file can make it fail.

mod tree;

use heng_dsl::span::FileId;
use heng_dsl::syntax;
use proptest::prelude::*;

const FILES: [&str; 6] = [
    include_str!("parse/01_data.heng"),
    include_str!("parse/02_rules.heng"),
    include_str!("parse/03_amend.heng"),
    include_str!("parse/04_expressions.heng"),
    include_str!("both/zh.heng"),
    include_str!("both/en.heng"),
];

/// The full-width twin of what may be typed in either width outside strings and prose.
fn wide(character: char) -> char {
    match character {
        '(' | ')' | '[' | ']' | ',' | ':' | ';' | '+' | '-' | '%' | '<' | '>' | '=' | '@' => {
            char::from_u32(u32::from(character) + 0xFEE0).unwrap_or(character)
        }
        '0'..='9' => char::from_u32(u32::from(character) + 0xFEE0).unwrap_or(character),
        ' ' => '\u{3000}',
        other => other,
    }
}

/// May the line be typed in either width? Not if it has strings, prose or a comment.
fn is_plain(line: &str) -> bool {
    let word = line.trim_start().split([' ', '\u{3000}']).next().unwrap_or_default();
    let prose = [
        "依据",
        "说明",
        "缘由",
        "来源",
        "产生",
        "提供",
        "负责",
        "渠道",
        "人工",
        "不属此类",
        "修订",
        "停用",
        "basis",
        "note",
        "reason",
        "source",
        "made",
        "supplied",
        "owned",
        "channel",
        "left",
        "out",
        "amend",
        "disable",
    ];
    !prose.contains(&word) && !line.contains(['"', '“', '#', '＃'])
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn the_width_of_characters_does_not_matter(file in 0..FILES.len(), choices in prop::collection::vec(any::<bool>(), 64)) {
        let text = FILES[file];
        let mut turn = choices.iter().cycle();
        let swapped: String = text
            .split_inclusive('\n')
            .map(|line| if is_plain(line) {
                line.chars().map(|it| if *turn.next().unwrap() { wide(it) } else { it }).collect()
            } else {
                line.to_owned()
            })
            .collect();
        let (before, _) = syntax::parse(FileId::default(), text);
        let (after, problems) = syntax::parse(FileId::default(), &swapped);
        prop_assert!(problems.is_empty(), "{:?}\n{}", problems.first(), swapped);
        prop_assert_eq!(tree::file(&before), tree::file(&after));
    }

    #[test]
    fn a_change_anywhere_never_panics(file in 0..FILES.len(), edits in prop::collection::vec((any::<prop::sample::Index>(), "\\PC{0,3}", 0..4_usize), 1..6)) {
        let mut characters: Vec<char> = FILES[file].chars().collect();
        for (at, new, cut) in edits {
            let at = at.index(characters.len());
            let end = (at + cut).min(characters.len());
            characters.splice(at..end, new.chars());
        }
        let text: String = characters.into_iter().collect();
        let (tree, problems) = syntax::parse(FileId::default(), &text);
        for it in &problems {
            prop_assert!(text.get(it.primary.span.start as usize..it.primary.span.end as usize).is_some());
        }
        for it in &tree.decls {
            prop_assert!(text.get(it.span.start as usize..it.span.end as usize).is_some());
        }
    }

    #[test]
    fn any_text_never_panics(text in "\\PC{0,200}") {
        syntax::parse(FileId::default(), &text);
        syntax::parse_expression(FileId::default(), &text, 7);
    }
}

#[test]
fn hostile_texts_are_refused_and_not_followed() {
    let deep = 5_000;
    for text in [
        format!("参数 a = {}", "(".repeat(deep)),
        format!("参数 a = {}1", "如果 b 则 c 否则 ".repeat(deep)),
        format!("参数 a = {}1", "非 ".repeat(deep)),
        format!("参数 a = {}1", "- ".repeat(deep)),
        format!("参数 a = {}", "b 缺则 ".repeat(deep)),
        "参数 ".repeat(deep),
        "\u{0}".repeat(deep),
    ] {
        let (_, problems) = syntax::parse(FileId::default(), &text);
        assert!(!problems.is_empty());
    }
}
