//! How coverage is shown: totals of each kind, then every place that nothing exercised.

use heng_dsl::diag::Lang;
use heng_engine::coverage::Coverage;

use crate::lang::pick;
use crate::table::{Rows, percent};
use crate::terminal::harmless;

/// Totals, and what was never exercised.
pub(super) fn text(coverage: &Coverage, lang: Lang) -> String {
    let word = |texts: [&'static str; 2]| pick(lang, texts[0], texts[1]);
    let mut rows = Rows::new([
        (pick(lang, "覆盖", "coverage"), false),
        (pick(lang, "共有", "all"), true),
        (pick(lang, "用到", "exercised"), true),
        ("", true),
    ]);
    for it in &coverage.totals {
        let share = percent(it.exercised, it.all);
        rows.push([
            word(it.kind.words()).to_owned(),
            it.all.to_string(),
            it.exercised.to_string(),
            share,
        ]);
    }
    let mut lines = vec![rows.text()];
    if coverage.inherited > 0 {
        let inherited = coverage.inherited;
        lines.push(match lang {
            Lang::Zh => {
                format!("只计本规则集声明和修订的；另有{inherited}处照用所基于的规则集，由其用例负责")
            }
            Lang::En => format!(
                "counted is what this set declares or amends; {inherited} more places stand as in the \
                 set it extends, whose own cases answer for them"
            ),
        });
    }
    let mut unexercised = coverage.unexercised().peekable();
    if unexercised.peek().is_some() {
        lines.push(pick(lang, "没有用到：", "never exercised:").to_owned());
    }
    for it in unexercised {
        let place = it.place.as_deref().unwrap_or("");
        let line =
            format!("  {} {}.{} {} {place}", word(it.kind.words()), it.package, it.decl, it.text);
        lines.push(harmless(line.trim_end()).into_owned());
    }
    lines.join("\n")
}
