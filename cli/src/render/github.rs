//! Problems as workflow commands of GitHub Actions, a line each: they appear beside the changed lines.

use heng_dsl::diag::{Diagnostic, Lang, Severity};
use heng_dsl::source::SourceMap;
use heng_dsl::span::Span;

use crate::terminal::harmless;

/// All problems; nothing is left out, because a machine counts them.
pub(crate) fn commands(all: &[Diagnostic], sources: &SourceMap, lang: Lang) -> String {
    let lines: Vec<String> = all.iter().map(|it| command(it, sources, lang)).collect();
    lines.join("\n")
}

fn command(it: &Diagnostic, sources: &SourceMap, lang: Lang) -> String {
    let span = it.primary.span;
    let (file, line, column) = sources.place(span);
    let (_, end_line, end_column) = sources.place(Span { start: span.end.max(span.start), ..span });
    let word = match it.severity() {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "notice",
    };
    let mut message = it.message(lang);
    if let Some(help) = it.help(lang) {
        message.push('\n');
        message.push_str(&help);
    }
    let code = it.code.record().name;
    format!(
        "::{word} file={},line={line},col={column},endLine={end_line},endColumn={end_column},title={code}::{}",
        property(file),
        data(&message)
    )
}

/// What a message may not hold as it is.
fn data(text: &str) -> String {
    let lines: Vec<_> = text.lines().map(|it| harmless(it).replace('%', "%25")).collect();
    lines.join("%0A")
}

/// The same for a property, which ends at a comma or a colon.
fn property(text: &str) -> String {
    data(text).replace(',', "%2C").replace(':', "%3A")
}

#[cfg(test)]
mod tests {
    use super::{data, property};

    #[test]
    fn nothing_in_a_message_is_a_command() {
        assert_eq!(data("100%\n::error::x"), "100%25%0A::error::x");
        assert_eq!(property("a,b:c.heng"), "a%2Cb%3Ac.heng");
    }
}
