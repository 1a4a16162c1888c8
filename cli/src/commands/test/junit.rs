//! The results of cases as `JUnit` XML, which build servers read: a suite a package, a test a case.

use heng_dsl::diag::Lang;
use heng_engine::cases::{CaseResult, Failure};
use heng_engine::explain::Why;
use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesText, Event};

use super::words;

/// The report. File and line are those of the case.
///
/// # Errors
///
/// Those of the writer, which memory does not cause.
pub(super) fn report(cases: &[CaseResult], lang: Lang) -> std::io::Result<String> {
    let mut writer = Writer::new_with_indent(Vec::new(), b' ', 2);
    writer.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
    let mut suites: Vec<(&str, Vec<&CaseResult>)> = Vec::new();
    for case in cases {
        match suites.iter_mut().find(|it| it.0 == &*case.package) {
            Some(suite) => suite.1.push(case),
            None => suites.push((&case.package, vec![case])),
        }
    }
    let failed = |all: &[&CaseResult]| all.iter().filter(|it| !it.passed).count().to_string();
    let all: Vec<&CaseResult> = cases.iter().collect();
    writer
        .create_element("testsuites")
        .with_attributes([
            ("name", "heng"),
            ("tests", cases.len().to_string().as_str()),
            ("failures", failed(&all).as_str()),
        ])
        .write_inner_content(|writer| {
            for (name, cases) in &suites {
                writer
                    .create_element("testsuite")
                    .with_attributes([
                        ("name", plain(name).as_str()),
                        ("tests", cases.len().to_string().as_str()),
                        ("failures", failed(cases).as_str()),
                    ])
                    .write_inner_content(|writer| {
                        cases.iter().try_for_each(|it| case(writer, it, lang))
                    })?;
            }
            Ok(())
        })?;
    String::from_utf8(writer.into_inner()).map_err(std::io::Error::other)
}

fn case(writer: &mut Writer<Vec<u8>>, it: &CaseResult, lang: Lang) -> std::io::Result<()> {
    let place = it.place.as_deref().and_then(|it| it.rsplit_once(':'));
    let (file, line) = place.unwrap_or_default();
    let (title, package) = (plain(&it.title), plain(&it.package));
    let mut element = writer
        .create_element("testcase")
        .with_attributes([("name", title.as_str()), ("classname", package.as_str())]);
    if !file.is_empty() {
        element = element.with_attributes([("file", plain(file).as_str()), ("line", line)]);
    }
    if it.passed {
        element.write_empty()?;
        return Ok(());
    }
    let lines: Vec<String> = it.failures.iter().map(|it| told(it, lang)).collect();
    let first = it.failures.first().map(|it| words(it, lang)).unwrap_or_default();
    element.write_inner_content(|writer| {
        writer
            .create_element("failure")
            .with_attributes([("message", plain(first.trim()).as_str())])
            .write_text_content(BytesText::new(&plain(&lines.join("\n"))))?;
        Ok(())
    })?;
    Ok(())
}

/// A failure with its reasons, a line each.
fn told(it: &Failure, lang: Lang) -> String {
    let mut text = words(it, lang);
    steps(&it.why, 2, lang, &mut text);
    text
}

fn steps(all: &[Why], depth: usize, lang: Lang, text: &mut String) {
    for why in all {
        let place = why.place.as_deref().map(|it| format!("  {it}")).unwrap_or_default();
        for part in ["\n", &"  ".repeat(depth), why.text.of(lang), &place] {
            text.push_str(part);
        }
        steps(&why.because, depth + 1, lang, text);
    }
}

/// Without the signs that XML has no form for.
fn plain(text: &str) -> String {
    text.chars()
        .filter(|it| {
            matches!(it, '\t' | '\n')
                || (!it.is_control() && !matches!(it, '\u{fffe}' | '\u{ffff}'))
        })
        .collect()
}
