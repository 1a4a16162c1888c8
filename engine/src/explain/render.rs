//! A letter as plain text and as Markdown.
//!
//! Texts come from rule files and from data; control characters never reach a terminal, and nothing
//! in them is taken for Markdown.

use std::fmt::Write as _;

/// A piece of a letter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Block {
    /// The title of the letter.
    Title(String),
    /// The heading of a section.
    Heading(String),
    /// The heading of a part of a section.
    Part(String),
    /// A paragraph.
    Paragraph(String),
    /// An item of a list, by depth from 0.
    Item(usize, String),
}

/// As plain text: two blanks a level, no line is broken.
pub(super) fn text(blocks: &[Block]) -> String {
    let mut out = String::new();
    for block in blocks {
        let _ = match block {
            Block::Title(it) => writeln!(out, "{}", plain(it)),
            Block::Heading(it) => writeln!(out, "\n{}", plain(it)),
            Block::Part(it) => writeln!(out, "\n  {}", plain(it)),
            Block::Paragraph(it) => writeln!(out, "  {}", plain(it)),
            Block::Item(depth, it) => {
                let mark = if *depth == 0 { "·" } else { "-" };
                writeln!(out, "  {}{mark} {}", "  ".repeat(*depth), plain(it))
            }
        };
    }
    out
}

/// As Markdown.
pub(super) fn markdown(blocks: &[Block]) -> String {
    let mut out = String::new();
    let mut in_list = false;
    for block in blocks {
        let item = matches!(block, Block::Item(..));
        let continues = item && in_list;
        if !out.is_empty() && !continues {
            out.push('\n');
        }
        in_list = item;
        let _ = match block {
            Block::Title(it) => writeln!(out, "# {}", escaped(it)),
            Block::Heading(it) => writeln!(out, "## {}", escaped(it)),
            Block::Part(it) => writeln!(out, "### {}", escaped(it)),
            Block::Paragraph(it) => writeln!(out, "{}", escaped(it)),
            Block::Item(depth, it) => writeln!(out, "{}- {}", "  ".repeat(*depth), escaped(it)),
        };
    }
    out
}

/// Without control characters and line ends.
fn plain(text: &str) -> String {
    let kept = text.chars().map(|it| if it.is_control() || is_override(it) { ' ' } else { it });
    kept.collect::<String>().trim_end().to_owned()
}

/// Characters that turn the direction of the text around them.
fn is_override(it: char) -> bool {
    matches!(it, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

fn escaped(text: &str) -> String {
    let mut out = String::new();
    for it in plain(text).chars() {
        if matches!(it, '\\' | '*' | '_' | '`' | '[' | ']' | '<' | '>' | '#' | '|' | '~') {
            out.push('\\');
        }
        out.push(it);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::{Block, markdown, text};

    #[test]
    fn nothing_in_a_text_reaches_the_terminal_or_markdown_as_a_command() {
        let hostile = "名\u{1b}[31m*粗*\n# 题 <b>\u{202e}";
        let blocks = [Block::Title("信".to_owned()), Block::Item(1, hostile.to_owned())];
        assert_eq!(text(&blocks), "信\n    - 名 [31m*粗* # 题 <b>\n");
        assert_eq!(markdown(&blocks), "# 信\n\n  - 名 \\[31m\\*粗\\* \\# 题 \\<b\\>\n");
    }
}
