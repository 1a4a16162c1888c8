//! The checker over a corpus: each file holds the files of one or more packages, and what the checker
//! says of them is the snapshot.
//!
//! `=== folder/name` begins a file; the folder of the first one is what is checked.

#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a broken corpus file stops the test, and the corpus is read from disk"
)]

use std::fmt::Write;

use heng_dsl::check::check;
use heng_dsl::diag::{Diagnostic, Lang};
use heng_dsl::model::linked::{LinkTable, Linked};
use heng_dsl::model::{Amendment, Content, Each, Origin, Table, Version};
use heng_dsl::source::SourceMap;
use heng_dsl::world::MemoryWorld;

#[test]
fn corpus() {
    insta::glob!("check/*.heng", |path| {
        let text = std::fs::read_to_string(path).unwrap();
        insta::assert_snapshot!(report(&text));
    });
}

/// What the checker says, in a form that is easy to review.
fn report(text: &str) -> String {
    let (world, roots) = world(text);
    let checked = check(&world, &roots, &LinkTable::new());
    let mut out = String::new();
    for it in &checked.diagnostics {
        problem(&checked.sources, it, &mut out);
    }
    if let Some(linked) = &checked.linked {
        model(linked, &mut out);
    }
    out
}

fn world(text: &str) -> (MemoryWorld, Vec<String>) {
    let mut world = MemoryWorld::default();
    let mut roots = Vec::new();
    for part in text.split("=== ").skip(1) {
        let (path, body) = part.split_once('\n').unwrap();
        let folder = path.rsplit_once('/').unwrap().0.to_owned();
        if roots.is_empty() {
            roots.push(folder);
        }
        world = world.with(path.trim(), body);
    }
    (world, roots)
}

fn problem(sources: &SourceMap, it: &Diagnostic, out: &mut String) {
    let (path, line, column) = sources.place(it.primary.span);
    let name = it.code.record().name;
    let text = sources.text(it.primary.span).replace('\n', "⏎");
    let _ =
        writeln!(out, "{name} {path}:{line}:{column} 「{text}」 {}", it.primary.text.of(Lang::Zh));
    let _ = writeln!(out, "  {}", it.message(Lang::Zh));
    let _ = writeln!(out, "  {}", it.message(Lang::En));
    for related in &it.related {
        let (path, line, column) = sources.place(related.span);
        let _ = writeln!(out, "  {path}:{line}:{column} {}", related.text.of(Lang::Zh));
    }
    if let Some(fix) = &it.fix {
        let (_, line, column) = sources.place(fix.span);
        let _ = writeln!(
            out,
            "  fix {line}:{column} 「{}」→「{}」 {}",
            sources.text(fix.span),
            fix.text,
            fix.title.of(Lang::Zh)
        );
    }
}

/// Every declaration with its type, and what is missing in it by design.
fn model(linked: &Linked, out: &mut String) {
    for set in &linked.packages {
        let _ = writeln!(out, "{}@{}", set.id, set.version);
        for it in &set.decls {
            let ty = &it.ty;
            let optional = if ty.optional { " 可缺" } else { "" };
            let _ = writeln!(
                out,
                "  {} {} : {:?}{optional} ×{}",
                kind(&it.kind),
                it.id,
                ty.kind,
                it.versions.len()
            );
            it.versions.iter().for_each(|it| changed(it, out));
        }
        for it in &set.decides {
            let _ = writeln!(out, "  直接判定 {} → {}", it.id, it.target.id);
        }
        for it in &set.checks {
            let _ = writeln!(out, "  校验 {}", it.id);
        }
        for it in &set.cases {
            let _ = writeln!(out, "  用例 {} 期望 {}", it.title, it.expect.len());
        }
        let rest = (set.actions.len(), set.clauses.len(), set.guarantees.len(), set.disabled.len());
        let _ = writeln!(out, "  行动 条款 保证 停用 {rest:?}");
    }
}

/// Rows and cells that an amendment put in place, with what stood there and why.
fn changed(version: &Version, out: &mut String) {
    let mut origin = |text: &str, it: &Origin| {
        if let Some(Amendment { because, replaced: Some(replaced), .. }) = &it.amendment {
            let line = it.place.as_ref().map_or(0, |it| it.line);
            let _ = writeln!(out, "    {text} ← {replaced}（{because}）{}:{line}", it.package);
        }
    };
    match &version.content {
        Content::Table(Table { rows, .. })
        | Content::Each(Each { table: Table { rows, .. }, .. }) => {
            rows.iter().for_each(|it| origin(&it.text, &it.origin));
        }
        Content::Matrix(it) => {
            for (cells, from) in it.cells.iter().zip(&it.origins) {
                origin(&format!("{cells:?}"), from);
            }
        }
        Content::Formula(it) => origin(&format!("{:?}", it.node), &version.content_origin),
        _ => {}
    }
}

fn kind(kind: &heng_dsl::model::DeclKind) -> String {
    let text = format!("{kind:?}");
    text.split([' ', '{', '(']).next().unwrap_or_default().to_owned()
}
