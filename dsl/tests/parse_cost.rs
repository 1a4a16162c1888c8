//! The grammar stays linear. pest counts rule calls for the whole process, so this file has one test.

use std::num::NonZeroUsize;

use heng_dsl::span::FileId;
use heng_dsl::syntax;

/// Rule calls allowed for each byte, beyond 2,000 for a declaration. The dearest texts, brackets inside
/// brackets, were measured to need between 150 and 200.
const CALLS_PER_BYTE: usize = 320;

/// Is the declaration read, or refused, without running into a limit of `calls`?
fn within(calls: usize, text: &str) -> bool {
    pest::set_call_limit(NonZeroUsize::new(calls));
    let (_, problems) = syntax::parse(FileId::default(), text);
    pest::set_call_limit(None);
    problems.iter().all(|it| it.code.record().name != "E0110")
}

#[test]
fn calls_grow_with_the_text_and_not_faster() {
    let nested =
        |depth: usize, open: &str| format!("参数 a = {}1{}", open.repeat(depth), ")".repeat(depth));
    let mut texts = Vec::new();
    for depth in [1, 10, 60] {
        texts.push(nested(depth, "("));
        texts.push(nested(depth, "f("));
        texts.push(nested(depth, "计数(甲 其中 "));
        texts.push(format!("参数 a = {}", "(".repeat(depth)));
        texts.push(format!("参数 a = {}", "f(1, ".repeat(depth)));
        texts.push(format!("参数 a = {}1", "如果 b 则 c 否则 ".repeat(depth)));
    }
    for count in [10, 100, 1000] {
        for operator in [" 且 ", " 或 ", " + ", " × ", "\n  且 ", "\n  + "] {
            texts.push(format!("参数 a = {}", vec!["x"; count].join(operator)));
        }
        texts.push(format!("值 a 按 x\n{}", "  30 以上不满 45：1\n".repeat(count)));
        texts.push(format!("值 a 依次\n{}", "  甲 ≥ 1 且 乙：-1\n".repeat(count)));
        texts.push(format!("值 a 按 x\n{}  坏 坏\n", "  30 以上不满 45：1\n".repeat(count)));
        texts.push(format!("标注 a\n  当 任一\n{}", "    存在(甲 其中 乙)\n".repeat(count)));
        texts.push(format!("参数 a = 1\n{}", "  依据 某某\n".repeat(count)));
    }
    for text in texts {
        let start: String = text.chars().take(40).collect();
        assert!(
            within(2_000 + CALLS_PER_BYTE * text.len(), &text),
            "{} bytes: {start}",
            text.len()
        );
    }
    for text in [include_str!("both/zh.heng"), include_str!("parse/02_rules.heng")] {
        assert!(within(2_000 + CALLS_PER_BYTE * text.len(), text));
    }
}
