//! A handbook as Markdown: headings with anchors, pipe tables, Mermaid for the picture.

use std::fmt::Write as _;

use heng_engine::handbook::{Block, Cell, Document, Picture, Table, Text};

use crate::terminal::harmless;

/// The whole handbook.
pub(super) fn text(document: &Document) -> String {
    let mut out = String::new();
    for block in &document.blocks {
        match block {
            Block::Heading { level, text, anchor } => {
                let marks = "#".repeat(usize::from(*level));
                if let Some(anchor) = anchor {
                    let _ = writeln!(out, "<a id=\"{}\"></a>\n", attribute(anchor));
                }
                let _ = writeln!(out, "{marks} {}\n", spans(text));
            }
            Block::Paragraph(text) => {
                let _ = writeln!(out, "{}\n", spans(text));
            }
            Block::Facts(facts) => {
                for (label, lines) in facts {
                    let lines: Vec<String> = lines.iter().map(spans).collect();
                    let _ = writeln!(out, "- **{}**  {}", escaped(label), lines.join("<br>"));
                }
                out.push('\n');
            }
            Block::Rules(lines) => {
                out.push_str("```heng\n");
                for line in lines {
                    let _ = writeln!(out, "{}", harmless(line).replace("```", "` ` `"));
                }
                out.push_str("```\n\n");
            }
            Block::Table(it) => table(it, &mut out),
            Block::Picture(it) => picture(it, &mut out),
        }
    }
    out
}

fn table(table: &Table, out: &mut String) {
    let line = |cells: &[String]| format!("| {} |", cells.join(" | "));
    let head: Vec<String> = table.head.iter().map(|it| escaped(it)).collect();
    let _ = writeln!(out, "{}", line(&head));
    let first = table.rows.first();
    let marks = (0..head.len()).map(|at| {
        let number = first.and_then(|it| it.get(at)).is_some_and(|it| it.number);
        if number { "---:".to_owned() } else { "---".to_owned() }
    });
    let _ = writeln!(out, "{}", line(&marks.collect::<Vec<_>>()));
    for row in &table.rows {
        let cells: Vec<String> = row.iter().map(cell).collect();
        let _ = writeln!(out, "{}", line(&cells));
    }
    out.push('\n');
}

fn cell(cell: &Cell) -> String {
    let lines: Vec<String> = cell.lines.iter().map(spans).collect();
    let text = lines.join("<br>");
    let coloured = match cell.colour.as_deref().and_then(super::html::colour) {
        Some(it) => format!("{} {text}", it.mark),
        None => text,
    };
    let loud = if cell.head && !coloured.is_empty() { format!("**{coloured}**") } else { coloured };
    match &cell.anchor {
        Some(anchor) => format!("<a id=\"{}\"></a>{loud}", attribute(anchor)),
        None => loud,
    }
}

fn picture(picture: &Picture, out: &mut String) {
    out.push_str("```mermaid\nflowchart LR\n");
    for (at, it) in picture.boxes.iter().enumerate() {
        let text = harmless(&it.text).replace('"', "'");
        let _ = writeln!(out, "  n{at}[\"{text}\"]");
    }
    for (from, to) in &picture.lines {
        let _ = writeln!(out, "  n{from} --> n{to}");
    }
    out.push_str("```\n\n");
}

fn spans(text: &Text) -> String {
    let parts = text.iter().map(|it| match &it.to {
        Some(to) => format!("[{}](#{})", escaped(&it.text), destination(to)),
        None => escaped(&it.text),
    });
    parts.collect()
}

/// Text in which nothing is markup.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for it in harmless(text).chars() {
        match it {
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '#' => {
                out.push('\\');
                out.push(it);
            }
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            it => out.push(it),
        }
    }
    out
}

fn attribute(text: &str) -> String {
    harmless(text).replace('&', "&amp;").replace('"', "&quot;").replace('<', "&lt;")
}

/// The destination of a link: blanks and brackets would end it.
fn destination(text: &str) -> String {
    let mut out = String::new();
    for it in harmless(text).chars() {
        match it {
            ' ' | '(' | ')' | '<' | '>' | '%' | '"' => {
                let mut bytes = [0; 4];
                for byte in it.encode_utf8(&mut bytes).bytes() {
                    let _ = write!(out, "%{byte:02X}");
                }
            }
            it => out.push(it),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::{destination, escaped};

    #[test]
    fn text_of_a_rule_file_is_no_markup() {
        assert_eq!(escaped("a|b *c* <script> [x](y)"), "a\\|b \\*c\\* &lt;script&gt; \\[x\\](y)");
        assert_eq!(destination("通用.甲 (乙)"), "通用.甲%20%28乙%29");
    }
}
