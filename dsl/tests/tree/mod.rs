//! Prints a tree compactly, without spans: what must be equal however a file is typed.

#![allow(
    dead_code,
    clippy::allow_attributes,
    clippy::format_push_string,
    clippy::format_collect,
    clippy::too_many_lines,
    clippy::wildcard_imports,
    reason = "a printer for tests is written for reading, and each file uses its own part of it"
)]

use heng_dsl::builtins::BUILTINS;
use heng_dsl::syntax::ast::*;
use heng_dsl::units;

/// The whole file, a declaration after the other.
pub(crate) fn file(file: &File) -> String {
    let mut out = String::new();
    for it in &file.decls {
        decl(it, &mut out);
    }
    out
}

fn decl(it: &Decl, out: &mut String) {
    let target = it.target.map_or_else(String::new, |it| format!(" {it:?}"));
    let title = it.title.as_ref().map_or_else(String::new, |it| format!(" {:?}", it.text));
    let broken = if it.broken { " BROKEN" } else { "" };
    *out += &format!("{:?}{target} {}{title}{broken}\n", it.kind, it.name.text);
    for attr in &it.attrs {
        *out += &format!("  · {}\n", self::attr(&attr.kind));
    }
    for it in &it.lines {
        line(&it.kind, out);
    }
}

fn attr(it: &AttrKind) -> String {
    match it {
        AttrKind::Alias(name) => format!("alias {}", name.text),
        AttrKind::Version(text) => format!("version {}", text.text),
        AttrKind::In(it) => format!("in {}", path(it)),
        AttrKind::For { whole, table } => format!("for {}{}", flag(*whole, "whole "), table.text),
        AttrKind::Class(name) => format!("class {}", name.text),
        AttrKind::As(it) => format!("as {}", path(it)),
        AttrKind::Bound(word, value) => format!("{word:?} {}", expr(value)),
        AttrKind::Level(name) => format!("level {}", name.text),
        AttrKind::Dispatch(name) => format!("dispatch {}", name.text),
        AttrKind::Order(names) => format!("order {}", self::names(names)),
        AttrKind::File(text) => format!("file {:?}", text.text),
        AttrKind::Prefixed => "prefixed".into(),
        AttrKind::More => "more".into(),
        AttrKind::Since(name) => format!("since {}", name.text),
        AttrKind::Replacing => "replacing".into(),
        AttrKind::Effect(it) => effect(it),
        AttrKind::First => "first".into(),
        AttrKind::AddUp => "adds up".into(),
        AttrKind::Because(text) => format!("because {:?}", text.text),
        AttrKind::AsOf(date) => format!("as of {date}"),
        AttrKind::Like(text) => format!("like {:?}", text.text),
    }
}

fn effect(it: &Effect) -> String {
    let limit = |it: &Option<Path>| {
        it.as_ref().map_or_else(String::new, |it| format!(" limit {}", path(it)))
    };
    let target = path(&it.target);
    match &it.kind {
        EffectKind::Set(grade) => format!("{target} set {}", path(grade)),
        EffectKind::Raise { by, limit: end } => {
            format!("{target} raise {}{}", expr(by), limit(end))
        }
        EffectKind::Lower { by, limit: end } => {
            format!("{target} lower {}{}", expr(by), limit(end))
        }
    }
}

fn line(it: &LineKind, out: &mut String) {
    let text = match it {
        LineKind::Text(word, text) => format!("{word:?} {:?}", text.text),
        LineKind::Effective(period) => {
            let end = |it: Option<_>| {
                it.map_or_else(String::new, |it: heng_dsl::value::Date| it.to_string())
            };
            format!("effective {}..{}", end(period.from), end(period.until))
        }
        LineKind::Applies(it) => format!("applies {}", when(it)),
        LineKind::Let(name, it) => format!("let {} {}", name.text, def(it)),
        LineKind::Score { deduct, def: it } => {
            format!("{} {}", if *deduct { "deduct" } else { "score" }, def(it))
        }
        LineKind::Fade(it) => format!("fade {}", def(it)),
        LineKind::Bound { word, value, when } => {
            format!("{word:?} {} when {}", expr(value), expr(when))
        }
        LineKind::Accept { what, because } => {
            format!("accept {what:?} because {:?}", because.text)
        }
        LineKind::When(it) => format!("when {}", when(it)),
        LineKind::Require(it) => format!("require {}", expr(it)),
        LineKind::Admit(it) => format!("admit {}", when(it)),
        LineKind::Remove(it) => format!("remove {}", when(it)),
        LineKind::Quota { top, keys } => {
            let keys = keys
                .iter()
                .map(|it| format!("{} {}", expr(&it.expr), if it.descending { "↓" } else { "↑" }));
            format!("quota {} by {}", expr(top), keys.collect::<Vec<_>>().join(", "))
        }
        LineKind::Dated { from, value } => format!("from {from} {}", expr(value)),
        LineKind::Def(it) => def(it),
        LineKind::Effect(it) => effect(it),
        LineKind::Row(it) => {
            let at = match &it.at {
                RowAt::Number(number, _) => format!("#{number}"),
                RowAt::Key(it) => key(it),
            };
            let new = it.key.as_ref().map_or_else(String::new, |it| format!(" as {}", key(it)));
            format!("row {at}{new} = {}", results(&it.results))
        }
        LineKind::File(text) => format!("file {:?}", text.text),
        LineKind::Field(it) => field(it),
        LineKind::Members(members) => members.iter().map(member).collect::<Vec<_>>().join(", "),
        LineKind::Given(Given::Fields(it)) => format!("given {}", assigns(it)),
        LineKind::Given(Given::Records(name, rows)) => {
            let rows = rows.iter().map(|it| format!("\n      {}", assigns(it)));
            format!("given {}{}", name.text, rows.collect::<String>())
        }
        LineKind::Another { count, like, fields } => {
            let like = like.as_ref().map(|it| format!("like {:?} ", it.text)).unwrap_or_default();
            format!("another {} {like}{}", expr(count), assigns(fields))
        }
        LineKind::Expect(it) => format!("expect {}", assigns(it)),
        LineKind::Promise(it) => promise(it),
        LineKind::Earliest(it) => format!("earliest {}", expr(it)),
        LineKind::Becomes(it) => format!("becomes {}", filled(it)),
        LineKind::Adds { table, fields } => {
            let fields: Vec<String> = fields.iter().map(filled).collect();
            format!("adds {} {}", table.text, fields.join(", "))
        }
        LineKind::Carries(names) => {
            let names: Vec<&str> = names.iter().map(|it| it.text.as_str()).collect();
            format!("carries {}", names.join(", "))
        }
        LineKind::Encoded(parts) => {
            let part = |it: &(Option<DeclKind>, Path)| match it.0 {
                Some(kind) => format!("{kind:?} {}", path(&it.1)),
                None => path(&it.1),
            };
            format!("encoded {}", parts.iter().map(part).collect::<Vec<_>>().join(", "))
        }
    };
    *out += &format!("    {text}\n");
}

fn when(it: &When) -> String {
    let all = |it: &[Expr]| it.iter().map(|it| format!("\n      {}", expr(it))).collect::<String>();
    match it {
        When::One(it) => expr(it),
        When::Any(lines) => format!("any of{}", all(lines)),
        When::All(lines) => format!("all of{}", all(lines)),
    }
}

fn member(it: &Member) -> String {
    let label = it.label.as_ref().map_or_else(String::new, |it| format!(" {:?}", it.text));
    let colour = it.colour.as_ref().map_or_else(String::new, |it| format!(" {}", it.text));
    format!("{}{label}{colour}", it.name.text)
}

fn field(it: &Field) -> String {
    let kind = match &it.kind {
        FieldKind::Derived(it) => format!(" = {}", expr(it)),
        FieldKind::Typed(it) => {
            let places = it.places.map_or_else(String::new, |it| format!(" places {it}"));
            let unit = it.unit.as_ref().map_or_else(String::new, |it| format!(" unit {}", it.text));
            format!(": {}{places}{unit}", it.name.text)
        }
    };
    let marks = it.marks.iter().map(|it| format!(" [{}]", mark(&it.kind))).collect::<String>();
    format!("field {}{kind}{marks}", it.name.text)
}

fn mark(it: &MarkKind) -> String {
    match it {
        MarkKind::Key => "key".into(),
        MarkKind::Optional => "optional".into(),
        MarkKind::Signed => "signed".into(),
        MarkKind::Sensitive => "sensitive".into(),
        MarkKind::Later(name) => format!("later {}", name.text),
        MarkKind::With(name) => format!("with {}", name.text),
        MarkKind::Default(it) => format!("default {}", expr(it)),
        MarkKind::Column(text) => format!("column {:?}", text.text),
        MarkKind::Alias(name) => format!("alias {}", name.text),
    }
}

fn filled(it: &Filled) -> String {
    format!("{} = {}", it.field.text, expr(&it.value))
}

fn assigns(them: &[Assign]) -> String {
    let them = them.iter().map(|it| format!("{}: {}", path(&it.path), expr(&it.value)));
    them.collect::<Vec<_>>().join(", ")
}

fn promise(it: &Promise) -> String {
    match it {
        Promise::Records { adding, table, worsens, target } => {
            let word = if *adding { "adding" } else { "removing" };
            format!("{word} {} never {} {}", table.text, direction(*worsens), path(target))
        }
        Promise::Reachable(it) => format!("every grade reachable {}", path(it)),
        Promise::Implies(a, b) => format!("when {} then {}", expr(a), expr(b)),
        Promise::Against { set, target, by } => {
            format!("against {} {} at most {}", path(set), path(target), expr(by))
        }
        Promise::Worsening { cause, worsens, target } => {
            format!("{} worse never {} {}", path(cause), direction(*worsens), path(target))
        }
        Promise::Apart { first, second } => {
            format!("{} and {} never together", first.text, second.text)
        }
    }
}

fn direction(worsens: bool) -> &'static str {
    if worsens { "worsens" } else { "improves" }
}

fn def(it: &Def) -> String {
    match it {
        Def::Formula(it) => format!("= {}", expr(it)),
        Def::Table(it) => table(it),
        Def::Matrix(it) => {
            let mode = it.mode.map_or_else(String::new, |it| format!(" {:?}", it.0));
            let header = it.header.iter().map(cell).collect::<Vec<_>>().join(" | ");
            let body =
                it.body.iter().map(|it| format!("\n      {}: {}", cell(&it.0), results(&it.1)));
            let (rows, columns) = (path(&it.rows), path(&it.columns));
            format!("matrix{mode} {rows} × {columns}\n      {header}{}", body.collect::<String>())
        }
    }
}

fn table(it: &Table) -> String {
    let mut out = String::from("table");
    if let Some((mode, _)) = it.mode {
        out += &format!(" {mode:?}");
    }
    if let Some(each) = &it.each {
        out += &format!(" each {}", expr(each));
    }
    if let Some((mode, _)) = it.inner_mode {
        out += &format!(" inner {mode:?}");
    }
    if !it.columns.is_empty() {
        out += &format!(" by {}", it.columns.iter().map(expr).collect::<Vec<_>>().join(", "));
    }
    if !it.results.is_empty() {
        out += &format!(" giving {}", names(&it.results));
    }
    for row in &it.rows {
        out += &format!("\n      {}: {}", key(&row.key), results(&row.results));
    }
    out
}

fn key(it: &RowKey) -> String {
    match it {
        RowKey::Otherwise => "otherwise".into(),
        RowKey::Cells(cells) => cells.iter().map(cell).collect::<Vec<_>>().join(" | "),
        RowKey::Condition(it) => format!("if {}", expr(it)),
        RowKey::Always => "always".into(),
    }
}

fn results(them: &[RowResult]) -> String {
    let one = |it: &RowResult| match it {
        RowResult::Expr(it) => expr(it),
        RowResult::Frequency(it, _) => format!("<{it}>"),
        RowResult::None(_) => "-".into(),
    };
    them.iter().map(one).collect::<Vec<_>>().join(" | ")
}

fn cell(it: &Cell) -> String {
    match &it.kind {
        CellKind::Any => "any".into(),
        CellKind::OneOf(them) => them.iter().map(alternative).collect::<Vec<_>>().join(" or "),
    }
}

fn alternative(it: &Alternative) -> String {
    match it {
        Alternative::Missing(_) => "missing".into(),
        Alternative::Range { low, high, form, .. } => {
            let low = low.as_ref().map_or_else(
                || "(".into(),
                |it| format!("{}{}", if it.inclusive { "[" } else { "(" }, expr(&it.value)),
            );
            let high = high.as_ref().map_or_else(
                || ")".into(),
                |it| format!("{}{}", expr(&it.value), if it.inclusive { "]" } else { ")" }),
            );
            let form = match form {
                RangeForm::Words => String::new(),
                other => format!(" {other:?}"),
            };
            format!("{low}..{high}{form}")
        }
        Alternative::Value(it) => expr(it),
        Alternative::Not(it) => format!("≠ {}", expr(it)),
        Alternative::Starts(it) => format!("starts {}", expr(it)),
        Alternative::Window(it) => window(it),
    }
}

fn window(it: &Window) -> String {
    match &it.kind {
        WindowKind::Last(it) => format!("last {}", expr(it)),
        WindowKind::Ago { far, near, unit, unit_text: _ } => format!("ago {far}..{near} {unit:?}"),
        WindowKind::Next(it) => format!("next {}", expr(it)),
        WindowKind::Calendar(it) => format!("{it:?}"),
    }
}

fn path(it: &Path) -> String {
    it.names.iter().map(|it| it.text.as_str()).collect::<Vec<_>>().join(".")
}

fn names(them: &[Name]) -> String {
    them.iter().map(|it| it.text.as_str()).collect::<Vec<_>>().join(", ")
}

fn flag(on: bool, word: &str) -> &str {
    if on { word } else { "" }
}

fn list(them: &[Expr]) -> String {
    them.iter().map(expr).collect::<Vec<_>>().join(", ")
}

/// An expression; brackets show the tree, ⟨⟩ the brackets that were written.
pub(crate) fn expr(it: &Expr) -> String {
    match &it.kind {
        ExprKind::Missing => "?".into(),
        ExprKind::Number(it) => {
            let unit = match &it.unit {
                None => String::new(),
                Some(UnitWord::Counted(word)) => word.clone(),
                Some(unit) => format!("{unit:?}"),
            };
            format!("{}{unit}", it.number)
        }
        ExprKind::Date(it) => it.to_string(),
        ExprKind::Text(it) => format!("{it:?}"),
        ExprKind::Bool(it) => it.to_string(),
        ExprKind::Frequency(it) => it.to_string(),
        ExprKind::Open => "open".into(),
        ExprKind::Window(it) => window(it),
        ExprKind::YearBefore(it) => format!("year before {}", expr(it)),
        ExprKind::Path(it) => path(it),
        ExprKind::Call(name, args) => format!("{}({})", name.text, list(args)),
        ExprKind::Same(paths) => {
            format!("same {}", paths.iter().map(path).collect::<Vec<_>>().join("+"))
        }
        ExprKind::Negate(it) => format!("(- {})", expr(it)),
        ExprKind::Not(it) => format!("(not {})", expr(it)),
        ExprKind::Sum(first, rest) => {
            let rest = rest.iter().map(|it| {
                format!(" {} {}", if it.0 == SumOp::Add { "+" } else { "-" }, expr(&it.1))
            });
            format!("({}{})", expr(first), rest.collect::<String>())
        }
        ExprKind::Product(first, rest) => {
            let rest = rest.iter().map(|it| {
                format!(" {} {}", if it.0 == ProductOp::Multiply { "×" } else { "÷" }, expr(&it.1))
            });
            format!("({}{})", expr(first), rest.collect::<String>())
        }
        ExprKind::Compare(op, a, b) => format!("({} {op:?} {})", expr(a), expr(b)),
        ExprKind::In { negated, item, set } => {
            format!("({} {}in {})", expr(item), flag(*negated, "not "), expr(set))
        }
        ExprKind::Within(a, b) => format!("({} within {})", expr(a), expr(b)),
        ExprKind::Present { negated, item } => {
            format!("({} {})", expr(item), if *negated { "missing" } else { "present" })
        }
        ExprKind::Contains(a, b) => format!("({} contains {})", expr(a), expr(b)),
        ExprKind::Starts(a, b) => format!("({} starts {})", expr(a), expr(b)),
        ExprKind::IfMissing(a, b) => format!("({} if missing {})", expr(a), expr(b)),
        ExprKind::If(a, b, c) => format!("(if {} then {} else {})", expr(a), expr(b), expr(c)),
        ExprKind::And(them) => format!("(and {})", list(them)),
        ExprKind::Or(them) => format!("(or {})", list(them)),
        ExprKind::Keep(it, places) => format!("(keep {places} {})", expr(it)),
        ExprKind::Where { source, called, condition } => {
            let called =
                called.as_ref().map_or_else(String::new, |it| format!(" called {}", it.text));
            let condition =
                condition.as_ref().map_or_else(String::new, |it| format!(" where {}", expr(it)));
            format!("[{}{called}{condition}]", expr(source))
        }
        ExprKind::By { item, key, milder } => {
            let milder = milder.map_or_else(String::new, |it| format!(" milder {it:?}"));
            format!("({} by {}{milder})", expr(item), path(key))
        }
        ExprKind::List(them) => format!("{{{}}}", list(them)),
        ExprKind::Paren(it) => format!("⟨{}⟩", expr(it)),
    }
}

/// The whole file, of which the order of parts, lines and marks in a declaration does not matter.
pub(crate) fn sorted(file: &File) -> String {
    let mut out = String::new();
    for it in &file.decls {
        let mut it = it.clone();
        it.attrs.sort_by_cached_key(|it| attr(&it.kind));
        for it in &mut it.lines {
            if let LineKind::Field(field) = &mut it.kind {
                field.marks.sort_by_cached_key(|it| mark(&it.kind));
            }
        }
        it.lines.sort_by_cached_key(|it| {
            let mut text = String::new();
            line(&it.kind, &mut text);
            text
        });
        decl(&it, &mut out);
    }
    out
}

/// The printed tree with the names that the language has in two spellings, in Chinese.
pub(crate) fn in_chinese(tree: &str) -> String {
    const NAMES: [(&str, &str); 26] = [
        ("总分", "total"),
        ("基准日", "as_of"),
        ("本户", "household"),
        ("历次结果", "history"),
        ("条数", "size"),
        ("缺失", "missing"),
        ("文本", "text"),
        ("日期", "date"),
        ("整数", "whole"),
        ("小数", "decimal"),
        ("金额", "money"),
        ("比率", "ratio"),
        ("是否", "yesno"),
        ("分", "cents"),
        ("错误", "error"),
        ("警告", "warning"),
        ("提示", "note"),
        ("全体", "everyone"),
        ("组", "group"),
        ("本条", "this"),
        ("元", "yuan"),
        ("标注", "tag"),
        ("预警", "alert"),
        ("名单", "list"),
        ("直接判定", "decide"),
        ("不适用", "not_applicable"),
    ];
    let word = |it: &str, counted: bool| {
        let builtin = BUILTINS.iter().find(|known| known.names[1] == it).map(|it| it.names[0]);
        let name = NAMES.iter().find(|known| known.1 == it).map(|it| it.0);
        // Behind a number, `household` is a unit.
        let name = name.filter(|_| !counted).or(builtin);
        name.unwrap_or_else(|| units::chinese(it)).to_owned()
    };
    let is_letter = |it: char| it.is_alphabetic() || it == '_';
    let mut counted = false;
    let runs = tree.split_inclusive(|it| !is_letter(it));
    runs.map(|run| {
        let end = run.trim_end_matches(|it| !is_letter(it)).len();
        let run_in_chinese = word(&run[..end], counted) + &run[end..];
        counted = run.ends_with(|it: char| it.is_ascii_digit());
        run_in_chinese
    })
    .collect()
}
