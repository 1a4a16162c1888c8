//! Problems as SARIF 2.1.0 (OASIS), which code-scanning services and editors read.

use std::collections::BTreeMap;

use heng_dsl::diag::{Diagnostic, Lang, Severity};
use heng_dsl::source::SourceMap;
use heng_dsl::span::Span;
use serde_json::{Value, json};

/// The whole log.
pub(crate) fn log(all: &[Diagnostic], sources: &SourceMap, lang: Lang) -> Value {
    let rules: BTreeMap<&str, Value> = all
        .iter()
        .map(|it| {
            let record = it.code.record();
            let text = match lang {
                Lang::Zh => record.message[0],
                Lang::En => record.message[1],
            };
            let level = json!({ "level": level(it) });
            let rule = json!({
                "id": record.name,
                "shortDescription": { "text": text },
                "defaultConfiguration": level,
            });
            (record.name, rule)
        })
        .collect();
    let results: Vec<Value> = all.iter().map(|it| result(it, sources, lang)).collect();
    json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "heng",
                "version": env!("CARGO_PKG_VERSION"),
                "rules": rules.into_values().collect::<Vec<Value>>(),
            } },
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    })
}

fn level(it: &Diagnostic) -> &'static str {
    match it.severity() {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "note",
    }
}

fn result(it: &Diagnostic, sources: &SourceMap, lang: Lang) -> Value {
    let related: Vec<Value> = it
        .related
        .iter()
        .map(|label| {
            let mut place = location(label.span, sources);
            if let Some(members) = place.as_object_mut() {
                members.insert("message".to_owned(), json!({ "text": label.text.of(lang) }));
            }
            place
        })
        .collect();
    let mut result = json!({
        "ruleId": it.code.record().name,
        "level": level(it),
        "message": { "text": it.message(lang) },
        "locations": [location(it.primary.span, sources)],
    });
    if let Some(members) = result.as_object_mut() {
        if !related.is_empty() {
            members.insert("relatedLocations".to_owned(), Value::Array(related));
        }
        if let Some(fix) = &it.fix {
            let (file, ..) = sources.place(fix.span);
            let change = json!({
                "description": { "text": fix.title.of(lang) },
                "artifactChanges": [{
                    "artifactLocation": { "uri": uri(file) },
                    "replacements": [{
                        "deletedRegion": region(fix.span, sources),
                        "insertedContent": { "text": fix.text },
                    }],
                }],
            });
            members.insert("fixes".to_owned(), json!([change]));
        }
    }
    result
}

fn location(span: Span, sources: &SourceMap) -> Value {
    let (file, line, _) = sources.place(span);
    let mut place = json!({ "artifactLocation": { "uri": uri(file) } });
    // A problem with a whole folder has no line.
    if let (true, Some(members)) = (line > 0, place.as_object_mut()) {
        members.insert("region".to_owned(), region(span, sources));
    }
    json!({ "physicalLocation": place })
}

fn region(span: Span, sources: &SourceMap) -> Value {
    let (_, line, column) = sources.place(span);
    let (_, end_line, end_column) = sources.place(Span { start: span.end.max(span.start), ..span });
    json!({
        "startLine": line, "startColumn": column, "endLine": end_line, "endColumn": end_column,
    })
}

/// A path as a relative reference: only what a URI cannot hold is written in another way.
fn uri(path: &str) -> String {
    use std::fmt::Write as _;
    let mut out = String::new();
    for byte in path.replace('\\', "/").bytes() {
        if byte.is_ascii_alphanumeric() || b"/-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::uri;

    #[test]
    fn a_chinese_path_is_a_uri() {
        assert_eq!(uri("规则/a b.heng"), "%E8%A7%84%E5%88%99/a%20b.heng");
    }
}
