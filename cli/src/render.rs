//! Diagnostics for people (excerpts of rule text) and for programs (JSON).
//!
//! Only the lines that a problem speaks of are handed to the renderer, so that many problems in one
//! long file stay cheap. Columns are right under Chinese because the renderer measures widths.

pub(crate) mod github;
pub(crate) mod sarif;

use std::ops::Range;

use annotate_snippets::{Annotation, AnnotationKind, Group, Level, Patch, Renderer, Snippet};
use heng_dsl::diag::{Diagnostic, Example, Fix, Label, Lang, Severity, Words};
use heng_dsl::limits::MAX_DIAGNOSTICS;
use heng_dsl::source::{SourceFile, SourceMap};
use heng_dsl::span::{FileId, Span};
use serde::Serialize;

use crate::lang::pick;
use crate::terminal::harmless;

/// The problems for people, at most [`MAX_DIAGNOSTICS`] of them, then how many more there are.
pub(crate) fn text(all: &[Diagnostic], sources: &SourceMap, lang: Lang, color: bool) -> String {
    let mut texts: Vec<String> =
        all.iter().take(MAX_DIAGNOSTICS).map(|it| one(it, sources, lang, color)).collect();
    if let Some(more) = all.len().checked_sub(MAX_DIAGNOSTICS).filter(|it| *it > 0) {
        texts.push(match lang {
            Lang::Zh => format!("还有{more}个问题没有列出"),
            Lang::En => format!("{more} more problems are not shown"),
        });
    }
    texts.join("\n\n")
}

/// One problem for people.
fn one(it: &Diagnostic, sources: &SourceMap, lang: Lang, color: bool) -> String {
    let renderer = if color { Renderer::styled() } else { Renderer::plain() };
    let level = match it.severity() {
        Severity::Error => Level::ERROR.with_name(pick(lang, "错误", "error")),
        Severity::Warning => Level::WARNING.with_name(pick(lang, "警告", "warning")),
        Severity::Note => Level::NOTE.with_name(pick(lang, "提示", "note")),
    };
    let message = harmless(&it.message(lang)).into_owned();
    let title = level.primary_title(message).id(it.code.record().name);
    let mut main = Group::with_title(title);
    for excerpt in excerpts(it, sources, lang) {
        main = main.element(excerpt);
    }
    let help = || Level::HELP.with_name(pick(lang, "建议", "help"));
    if let Some(text) = it.help(lang) {
        main = main.element(help().message(harmless(&text).into_owned()));
    }
    if let Some(example) = &it.example {
        let level = Level::NOTE.with_name(pick(lang, "例", "example"));
        main = main.element(level.message(harmless(&example.line(lang)).into_owned()));
    }
    let mut report = vec![main];
    if let Some(fix) = &it.fix {
        let title = harmless(fix.title.of(lang)).into_owned();
        let group = Group::with_title(help().secondary_title(title));
        report.push(match patch(fix, sources) {
            Some(it) => group.element(it),
            None => group,
        });
    }
    renderer.render(&report)
}

/// The places of a problem, one excerpt a file: the file of the primary place first.
fn excerpts<'s>(
    it: &Diagnostic,
    sources: &'s SourceMap,
    lang: Lang,
) -> Vec<Snippet<'s, Annotation<'s>>> {
    let mut files: Vec<FileId> = vec![it.primary.span.file];
    for label in &it.related {
        if !files.contains(&label.span.file) {
            files.push(label.span.file);
        }
    }
    files.into_iter().filter_map(|file| excerpt(it, file, sources, lang)).collect()
}

fn excerpt<'s>(
    it: &Diagnostic,
    id: FileId,
    sources: &'s SourceMap,
    lang: Lang,
) -> Option<Snippet<'s, Annotation<'s>>> {
    let file = sources.file(id).filter(|it| !it.text.is_empty())?;
    let primary = std::iter::once((&it.primary, AnnotationKind::Primary));
    let labels = primary.chain(it.related.iter().map(|it| (it, AnnotationKind::Context)));
    let labels: Vec<(&Label, AnnotationKind)> = labels.filter(|it| it.0.span.file == id).collect();
    let lines = lines_of(file, labels.iter().map(|it| it.0.span))?;
    let snippet = Snippet::source(shown(file.text.get(lines.clone())?))
        .path(harmless(&file.path).into_owned())
        .line_start(line_of(file, lines.start));
    Some(snippet.annotations(labels.into_iter().map(|(label, kind)| {
        let text = harmless(label.text.of(lang)).into_owned();
        let text = (!text.is_empty()).then_some(text);
        kind.span(within(file, label.span, &lines)).label(text)
    })))
}

fn patch<'s>(fix: &Fix, sources: &'s SourceMap) -> Option<Snippet<'s, Patch<'s>>> {
    let file = sources.file(fix.span.file)?;
    let lines = lines_of(file, std::iter::once(fix.span))?;
    let snippet = Snippet::source(shown(file.text.get(lines.clone())?))
        .path(harmless(&file.path).into_owned())
        .line_start(line_of(file, lines.start));
    let span = within(file, fix.span, &lines);
    Some(snippet.patch(Patch::new(span, crate::terminal::harmless_lines(&fix.text))))
}

/// The lines as shown: `\r` before a line end is no sign that the author sees.
fn shown(lines: &str) -> String {
    lines.replace('\r', " ")
}

/// The whole lines that hold all spans.
fn lines_of(file: &SourceFile, spans: impl Iterator<Item = Span>) -> Option<Range<usize>> {
    let (mut start, mut end) = (usize::MAX, 0);
    for it in spans {
        start = start.min(it.start as usize);
        end = end.max(it.end.max(it.start) as usize);
    }
    let (before, after) = (file.text.get(..start)?, file.text.get(end.min(file.text.len())..)?);
    let start = before.rfind('\n').map_or(0, |it| it + 1);
    let end = after.find('\n').map_or(file.text.len(), |it| end + it);
    Some(start..end.max(start))
}

fn line_of(file: &SourceFile, at: usize) -> usize {
    u32::try_from(at).map_or(1, |at| file.line_column(at).0 as usize)
}

/// A span as bytes of the excerpt, on the boundaries of characters.
fn within(file: &SourceFile, span: Span, lines: &Range<usize>) -> Range<usize> {
    let on_boundary = |mut at: usize| {
        while at > lines.start && !file.text.is_char_boundary(at) {
            at -= 1;
        }
        at.clamp(lines.start, lines.end) - lines.start
    };
    let start = on_boundary(span.start as usize);
    start..on_boundary(span.end as usize).max(start)
}

/// Text in both languages, for JSON.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Both {
    pub(crate) zh: String,
    pub(crate) en: String,
}

impl From<&Words> for Both {
    fn from(words: &Words) -> Self {
        Self { zh: words.of(Lang::Zh).to_owned(), en: words.of(Lang::En).to_owned() }
    }
}

/// A place, for JSON: lines and columns from 1, columns in characters.
#[derive(Debug, Serialize)]
pub(crate) struct JsonPlace<'s> {
    file: &'s str,
    line: u32,
    column: u32,
    end_line: u32,
    end_column: u32,
}

#[derive(Debug, Serialize)]
struct JsonLabel<'s> {
    place: JsonPlace<'s>,
    text: Both,
}

#[derive(Debug, Serialize)]
struct JsonFix<'s> {
    title: Both,
    place: JsonPlace<'s>,
    text: &'s str,
}

/// A problem, for JSON.
#[derive(Debug, Serialize)]
pub(crate) struct JsonDiagnostic<'s> {
    code: &'static str,
    severity: &'static str,
    arguments: indexmap::IndexMap<&'static str, Both>,
    message: Both,
    help: Option<Both>,
    place: JsonPlace<'s>,
    label: Both,
    related: Vec<JsonLabel<'s>>,
    fix: Option<JsonFix<'s>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    example: Option<JsonExample<'s>>,
}

/// A household that shows a problem, for JSON.
#[derive(Debug, Serialize)]
struct JsonExample<'s> {
    as_of: String,
    fields: Vec<JsonValue<'s>>,
    records: Vec<JsonRecord<'s>>,
}

#[derive(Debug, Serialize)]
struct JsonRecord<'s> {
    table: &'s str,
    fields: Vec<JsonValue<'s>>,
}

#[derive(Debug, Serialize)]
struct JsonValue<'s> {
    name: &'s str,
    value: Both,
}

impl<'s> From<&'s Example> for JsonExample<'s> {
    fn from(example: &'s Example) -> Self {
        fn fields(all: &[(String, Words)]) -> Vec<JsonValue<'_>> {
            all.iter().map(|(name, value)| JsonValue { name, value: Both::from(value) }).collect()
        }
        let records = example.records.iter();
        let records = records.map(|(table, all)| JsonRecord { table, fields: fields(all) });
        Self {
            as_of: example.as_of.to_string(),
            fields: fields(&example.fields),
            records: records.collect(),
        }
    }
}

/// All problems, for JSON.
pub(crate) fn json<'s>(all: &'s [Diagnostic], sources: &'s SourceMap) -> Vec<JsonDiagnostic<'s>> {
    all.iter().take(MAX_DIAGNOSTICS).map(|it| json_one(it, sources)).collect()
}

fn json_one<'s>(it: &'s Diagnostic, sources: &'s SourceMap) -> JsonDiagnostic<'s> {
    let both = |text: &dyn Fn(Lang) -> String| Both { zh: text(Lang::Zh), en: text(Lang::En) };
    let help = it.code.record().help.map(|_| both(&|lang| it.help(lang).unwrap_or_default()));
    JsonDiagnostic {
        code: it.code.record().name,
        severity: match it.severity() {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Note => "note",
        },
        arguments: it.args.iter().map(|(name, value)| (*name, Both::from(value))).collect(),
        message: both(&|lang| it.message(lang)),
        help,
        place: json_place(it.primary.span, sources),
        label: Both::from(&it.primary.text),
        related: it
            .related
            .iter()
            .map(|it| JsonLabel { place: json_place(it.span, sources), text: Both::from(&it.text) })
            .collect(),
        fix: it.fix.as_ref().map(|it| JsonFix {
            title: Both::from(&it.title),
            place: json_place(it.span, sources),
            text: &it.text,
        }),
        example: it.example.as_ref().map(JsonExample::from),
    }
}

fn json_place(span: Span, sources: &SourceMap) -> JsonPlace<'_> {
    let (file, line, column) = sources.place(span);
    let (_, end_line, end_column) = sources.place(Span { start: span.end.max(span.start), ..span });
    JsonPlace { file, line, column, end_line, end_column }
}

#[cfg(test)]
mod tests {
    use super::{json, text};
    use heng_dsl::diag::{Code, Diagnostic, Lang, Words};
    use heng_dsl::source::{SourceFile, SourceMap};
    use heng_dsl::span::{FileId, Span};

    const RULES: &str = "参数 观察期 = 24 个月\n参数 甲 = 观査期 + 1\r\n参数 乙 = 2\n";

    fn span_of(needle: &str) -> Span {
        let start = u32::try_from(RULES.find(needle).unwrap()).unwrap();
        let end = start + u32::try_from(needle.len()).unwrap();
        Span { file: FileId(0), start, end }
    }

    fn problem() -> (Diagnostic, SourceMap) {
        let mut sources = SourceMap::default();
        sources.add(SourceFile::new("通用.heng", RULES));
        let wrong = span_of("观査期");
        let problem = Diagnostic::new(Code::E0201, wrong)
            .arg("name", "观\u{1b}査期")
            .arg("what", Words::both("参数", "parameter"))
            .related(span_of("观察期"), Words::both("写法最接近", "the nearest"))
            .fix(Words::both("改为“观察期”", "change it to “观察期”"), wrong, "观察期");
        (problem, sources)
    }

    #[test]
    fn a_problem_is_shown_with_its_places_and_its_fix() {
        let (problem, sources) = problem();
        insta::assert_snapshot!(text(std::slice::from_ref(&problem), &sources, Lang::Zh, false));
        let english = text(&[problem], &sources, Lang::En, false);
        assert!(english.starts_with("error[E0201]: there is no parameter called"), "{english}");
    }

    #[test]
    fn a_problem_without_a_file_is_only_a_sentence() {
        let problem = Diagnostic::new(Code::E0601, Span::default()).arg("name", "通用");
        let shown = text(&[problem], &SourceMap::default(), Lang::Zh, false);
        assert_eq!(shown, "错误[E0601]: 找不到规则集“通用”");
    }

    #[test]
    fn spans_that_do_not_fit_the_text_do_no_harm() {
        let mut sources = SourceMap::default();
        sources.add(SourceFile::new("a.heng", "甲乙"));
        for (start, end) in [(0, 99), (99, 99), (1, 2), (6, 6), (4, 1), (0, 0)] {
            let span = Span { file: FileId(0), start, end };
            let shown = text(&[Diagnostic::new(Code::E0101, span)], &sources, Lang::En, false);
            assert!(shown.starts_with("error[E0101]"), "{shown}");
        }
    }

    #[test]
    fn programs_get_code_arguments_both_texts_and_place() {
        let (problem, sources) = problem();
        let problems = [problem];
        let json = serde_json::to_value(json(&problems, &sources)).unwrap();
        assert_eq!(json[0]["code"], "E0201");
        assert_eq!(json[0]["arguments"]["what"]["en"], "parameter");
        assert!(json[0]["message"]["zh"].as_str().unwrap().starts_with("没有叫"));
        assert_eq!(json[0]["place"]["file"], "通用.heng");
        assert_eq!(json[0]["place"]["line"], 2);
        assert_eq!(json[0]["place"]["column"], 8);
        assert_eq!(json[0]["place"]["end_column"], 11);
        assert_eq!(json[0]["fix"]["text"], "观察期");
    }

    #[test]
    fn many_problems_are_counted_and_not_all_shown() {
        let (problem, sources) = problem();
        let all = vec![problem; 503];
        let shown = text(&all, &sources, Lang::En, false);
        assert!(shown.ends_with("\n\n3 more problems are not shown"));
        assert_eq!(json(&all, &sources).len(), 500);
    }
}
