//! The parts of a condition in the words of its author.

/// The texts of the parts of 且 or 或; `None` where the text does not have that many.
pub(super) fn parts(text: &str, count: usize) -> Option<Vec<String>> {
    let text = unwrapped(text);
    ["且", "或", " and ", " or "].into_iter().find_map(|word| {
        let parts = split(text, word);
        let whole = parts.len() == count && parts.iter().all(|it| !it.is_empty());
        whole.then(|| parts.into_iter().map(str::to_owned).collect())
    })
}

/// What stands in front of the `：` of a row.
pub(super) fn key(row: &str) -> &str {
    row.rfind(['：', ':']).map_or(row, |at| row[..at].trim())
}

/// The text without brackets around all of it.
fn unwrapped(text: &str) -> &str {
    let text = text.trim();
    let inner = text.strip_prefix(['(', '（']).and_then(|it| it.strip_suffix([')', '）']));
    match inner {
        Some(inner) if depths(inner).all(|(_, depth)| depth >= 0) => inner.trim(),
        _ => text,
    }
}

/// Each place with how many brackets are open there; quoted text counts as bracketed.
fn depths(text: &str) -> impl Iterator<Item = (usize, i32)> {
    let mut depth = 0;
    let mut quoted = false;
    text.char_indices().map(move |(at, sign)| {
        match sign {
            '"' => quoted = !quoted,
            '(' | '（' | '「' | '“' if !quoted => depth += 1,
            ')' | '）' | '」' | '”' if !quoted => depth -= 1,
            _ => {}
        }
        (at, if quoted { depth + 1 } else { depth })
    })
}

fn split<'t>(text: &'t str, word: &str) -> Vec<&'t str> {
    let mut parts = Vec::new();
    let mut from = 0;
    for (at, depth) in depths(text) {
        if depth == 0 && at >= from && text[at..].starts_with(word) {
            parts.push(text[from..at].trim());
            from = at + word.len();
        }
    }
    parts.push(text[from..].trim());
    parts
}

#[cfg(test)]
mod tests {
    use super::{key, parts};

    #[test]
    fn a_condition_is_parted_outside_of_brackets_and_quotes() {
        let of = |text, count| parts(text, count).unwrap_or_default();
        assert_eq!(of("甲 ≥ 3 且 (乙 或 丙 且 丁)", 2), ["甲 ≥ 3", "(乙 或 丙 且 丁)"]);
        assert_eq!(of("（甲 含 \"且\" 或 乙）", 2), ["甲 含 \"且\"", "乙"]);
        assert_eq!(
            of("a is missing or any(b where c or d)", 2),
            ["a is missing", "any(b where c or d)"]
        );
        assert!(parts("甲 且 乙", 3).is_none());
        assert_eq!(key("甲 且 乙：30"), "甲 且 乙");
    }
}
