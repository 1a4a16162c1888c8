//! Lays JSON out for people: what fits on a line stands on one line, everything else is opened.
//!
//! Rules nest deeply; one member a line would make most of a file blanks, and its differences unreadable.

/// Bytes that a line may have before it is opened, not counting its indentation.
const WIDTH: usize = 100;

/// The same JSON, laid out. `compact` is what serde writes: without blanks between its parts.
pub(super) fn laid_out(compact: &str) -> String {
    let ends = ends(compact.as_bytes());
    let mut out = String::with_capacity(compact.len() * 2);
    let mut open: Vec<bool> = Vec::new();
    let mut text = false;
    let mut escaped = false;
    let mut ends = ends.into_iter();
    for (at, it) in compact.char_indices() {
        if text {
            out.push(it);
            text = escaped || it != '"';
            escaped = !escaped && it == '\\';
            continue;
        }
        match it {
            '{' | '[' => {
                let end = ends.next().unwrap_or(at);
                let inline = end - at < WIDTH || open.last() == Some(&false);
                out.push(it);
                open.push(!inline);
                line(&mut out, &open);
            }
            '}' | ']' => {
                let opened = open.pop() == Some(true);
                if opened {
                    out.push('\n');
                    indent(&mut out, &open);
                }
                out.push(it);
            }
            ',' => {
                out.push(it);
                if open.last() == Some(&true) { line(&mut out, &open) } else { out.push(' ') }
            }
            ':' => out.push_str(": "),
            _ => {
                text = it == '"';
                out.push(it);
            }
        }
    }
    out.push('\n');
    out
}

/// A new line if the innermost part is open.
fn line(out: &mut String, open: &[bool]) {
    if open.last() == Some(&true) {
        out.push('\n');
        indent(out, open);
    }
}

fn indent(out: &mut String, open: &[bool]) {
    out.extend(open.iter().filter(|it| **it).map(|_| ' '));
}

/// Where each object and list ends, in the order of their beginnings.
fn ends(bytes: &[u8]) -> Vec<usize> {
    let mut ends = Vec::new();
    let mut stack = Vec::new();
    let (mut text, mut escaped) = (false, false);
    for (at, it) in bytes.iter().enumerate() {
        match it {
            _ if text => {
                text = escaped || *it != b'"';
                escaped = !escaped && *it == b'\\';
            }
            b'"' => text = true,
            b'{' | b'[' => {
                stack.push(ends.len());
                ends.push(at);
            }
            b'}' | b']' => {
                if let Some(end) = stack.pop().and_then(|it: usize| ends.get_mut(it)) {
                    *end = at;
                }
            }
            _ => {}
        }
    }
    ends
}

#[cfg(test)]
mod tests {
    use super::laid_out;

    #[test]
    fn what_fits_on_a_line_stands_on_one_line() {
        assert_eq!(
            laid_out(r#"{"a":[1,{"b":"x,\"}"}],"c":{}}"#),
            "{\"a\": [1, {\"b\": \"x,\\\"}\"}], \"c\": {}}\n"
        );
        let long = "长".repeat(40);
        assert_eq!(
            laid_out(&format!(r#"{{"a":["{long}",[2,3]],"b":null}}"#)),
            format!("{{\n \"a\": [\n  \"{long}\",\n  [2, 3]\n ],\n \"b\": null\n}}\n")
        );
    }
}
