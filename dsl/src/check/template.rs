//! 缘由: text with values in it.

use super::scope::Elab;
use crate::diag::{Code, Diagnostic};
use crate::model::{Template, TemplatePart};
use crate::syntax::{self, ast};

impl Elab<'_, '_> {
    /// Puts the values of `近{观察期}有{次数}次` in. They may be missing: then the text says so.
    pub(super) fn template(&mut self, text: &ast::Text) -> Template {
        let mut parts = Vec::new();
        // The text as it stands in the file, so that places inside it are right.
        let raw = self.unit.sources.text(text.span).to_owned();
        let mut rest = raw.as_str();
        let mut at = text.span.start;
        while let Some((open, width)) = brace(rest, ['{', '｛']) {
            let (before, after) = (&rest[..open], &rest[open + width..]);
            push_text(&mut parts, before);
            let inner = at + length(open + width);
            let Some((close, close_width)) = brace(after, ['}', '｝']) else {
                let span = crate::span::Span { start: at + length(open), ..text.span };
                self.report(Diagnostic::new(Code::E0321, span));
                rest = "";
                break;
            };
            let (expr, problems) = syntax::parse_expression(text.span.file, &after[..close], inner);
            problems.into_iter().for_each(|it| self.report(it));
            let value = self.expr(&expr, None);
            if !value.is_unknown() {
                parts.push(TemplatePart::Value(value.expr));
            }
            at = inner + length(close + close_width);
            rest = &after[close + close_width..];
        }
        push_text(&mut parts, rest);
        Template { parts, origin: self.unit.origin(text.span) }
    }
}

/// The first bracket and its width in bytes.
fn brace(text: &str, of: [char; 2]) -> Option<(usize, usize)> {
    text.char_indices().find(|it| of.contains(&it.1)).map(|it| (it.0, it.1.len_utf8()))
}

fn push_text(parts: &mut Vec<TemplatePart>, text: &str) {
    if !text.is_empty() {
        parts.push(TemplatePart::Text(text.to_owned()));
    }
}

fn length(bytes: usize) -> u32 {
    u32::try_from(bytes).unwrap_or(u32::MAX)
}
