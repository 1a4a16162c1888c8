//! Prints the problems that reading some rule files gives: `cargo run -p heng-dsl --example parse FILE…`

#![expect(clippy::disallowed_methods, reason = "an example is a program and reads files")]

use std::io::Write as _;
use std::process::ExitCode;

use heng_dsl::diag::Lang;
use heng_dsl::source::{SourceFile, SourceMap};
use heng_dsl::span::FileId;
use heng_dsl::syntax;

fn main() -> ExitCode {
    let mut out = std::io::stdout().lock();
    let mut clean = true;
    for path in std::env::args().skip(1) {
        let text = match std::fs::read_to_string(&path) {
            Ok(text) => text,
            Err(why) => {
                let _ = writeln!(out, "{path}: {why}");
                clean = false;
                continue;
            }
        };
        let file = SourceFile::new(path.as_str(), &text);
        let (tree, problems) = syntax::parse(FileId::default(), &file.text);
        let broken = tree.decls.iter().filter(|it| it.broken).count();
        let counts = (tree.decls.len(), broken, tree.comments.len());
        let _ = writeln!(
            out,
            "{path}: {} declarations, {} broken, {} comments",
            counts.0, counts.1, counts.2
        );
        let mut sources = SourceMap::default();
        sources.add(file);
        clean &= problems.is_empty();
        for it in &problems {
            let (path, line, column) = sources.place(it.primary.span);
            let (code, message) = (it.code.record().name, it.message(Lang::Zh));
            let _ = writeln!(out, "{path}:{line}:{column}: {code} {message}");
        }
    }
    if clean { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
