//! Paragraphs as lines of a width: English breaks between words, Chinese also between its signs.

use unicode_width::UnicodeWidthStr as _;

/// Signs that never begin a line.
const CLOSING: &str = "”」』）》〉】，。；：、？！…)]}.,;:?!%％";

/// Signs that never end a line.
const OPENING: &str = "“「『（《〈【([{";

/// A text whose paragraphs are parted by empty lines, in lines of at most `width` columns, unless a
/// single word is longer. How the lines of a paragraph were broken before does not matter.
pub(crate) fn wrap(text: &str, width: usize) -> String {
    let paragraphs = text.split("\n\n").map(|it| lines(&joined(it), width).join("\n"));
    paragraphs.collect::<Vec<_>>().join("\n\n")
}

/// The lines of a paragraph as one, with a blank between two words only.
fn joined(paragraph: &str) -> String {
    let mut out = String::new();
    for line in paragraph.lines().map(str::trim).filter(|it| !it.is_empty()) {
        let wide = |it: Option<char>| it.is_none_or(|it| is_wide(it) || "“”".contains(it));
        if !wide(out.chars().next_back()) || (!out.is_empty() && !wide(line.chars().next())) {
            out.push(' ');
        }
        out.push_str(line);
    }
    out
}

fn lines(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for piece in pieces(text) {
        let Some(last) = lines.last_mut() else { break };
        if !last.is_empty() && last.width() + piece.trim_end().width() > width {
            lines.push(piece.to_owned());
        } else {
            last.push_str(piece);
        }
    }
    lines.iter().map(|it| it.trim_end().to_owned()).collect()
}

/// What stays together on a line, with the blanks behind it.
fn pieces(text: &str) -> Vec<&str> {
    let mut out = Vec::new();
    let mut start = 0;
    let mut before = None;
    for (at, it) in text.char_indices() {
        if before.is_some_and(|before| may_break(before, it)) {
            out.extend(text.get(start..at));
            start = at;
        }
        before = Some(it);
    }
    out.extend(text.get(start..));
    out
}

fn may_break(before: char, after: char) -> bool {
    if after == ' ' || CLOSING.contains(after) || OPENING.contains(before) {
        return false;
    }
    before == ' ' || is_wide(before) || is_wide(after)
}

/// Chinese signs with their punctuation.
fn is_wide(it: char) -> bool {
    it > '\u{2e80}'
}

#[cfg(test)]
mod tests {
    use super::wrap;

    #[test]
    fn english_breaks_between_words() {
        assert_eq!(wrap("a gap in\na table", 80), "a gap in a table");
        assert_eq!(wrap("a gap in a table", 8), "a gap in\na table");
        assert_eq!(wrap("unbreakable word", 4), "unbreakable\nword");
        assert_eq!(wrap("one\n\ntwo", 80), "one\n\ntwo");
    }

    #[test]
    fn chinese_breaks_between_signs_but_not_before_a_comma() {
        assert_eq!(wrap("表有空档，\n要补一行。", 80), "表有空档，要补一行。");
        assert_eq!(wrap("表有空档，要补一行。", 8), "表有空\n档，要补\n一行。");
        assert_eq!(wrap("写“其余”一行", 6), "写“其\n余”一\n行");
        assert_eq!(wrap("近 24 个月", 7), "近 24\n个月");
    }

    #[test]
    fn no_line_is_too_wide() {
        let text = "对外，这是一户落在两档之间：不给分没有依据，给相邻一档的分（E0401）也没有依据 and so on and on.";
        for width in [12, 20, 37] {
            for line in wrap(text, width).lines() {
                let wide = unicode_width::UnicodeWidthStr::width(line);
                assert!(wide <= width, "{line}: {wide}");
            }
        }
    }
}
