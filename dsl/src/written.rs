//! A row as its author wrote it, with what each parameter in it is worth behind its name.
//!
//! `超过 食品C级分界 至 食品D级分界：C` says nothing to a household that does not have the rules at hand:
//! whoever is shown a row has to see the numbers, too.

pub mod case;

use crate::diag::Words;
use crate::model::linked::Linked;
use crate::model::walk::{self, RefKind, Visitor};
use crate::model::{DeclKind, Expr, Node, Ref, Row};

/// The text of a row: `超过 食品C级分界（45 分）至 食品D级分界（60 分）：C`. `worth` says what the parameter of a
/// slot is worth; one without an answer stands there as it was written.
pub fn row(row: &Row, linked: &Linked, worth: impl Fn(&Ref) -> Option<Words>) -> Words {
    let mut values = Vec::new();
    for it in parameters(row, linked) {
        let decl = linked.decl(it.slot.index());
        if let Some(value) = worth(&it) {
            values.push(([decl.name.as_ref(), decl.id.as_ref()], value));
        }
    }
    if values.is_empty() {
        return row.text.clone().into();
    }
    let of = |name: &str| values.iter().find(|it| it.0.contains(&name)).map(|it| &it.1);
    Words::both(
        behind_names(&row.text, |name| Some(format!("（{}）", of(name)?.zh))),
        behind_names(&row.text, |name| Some(format!(" ({})", of(name)?.en))),
    )
}

/// The parameters that stand in front of the `：` of a row and are read as of the day of the run,
/// each once, by slot.
pub fn parameters(row: &Row, linked: &Linked) -> Vec<Ref> {
    let mut found = Found::default();
    walk::row_key(&row.key, &mut found);
    found.all.retain(|it| {
        let slot = it.slot.index();
        slot < linked.decls().len()
            && linked.decl(slot).kind == DeclKind::Param
            && !found.by_date.contains(&slot)
    });
    found.all.sort_by_key(|it| it.slot.index());
    found.all.dedup_by_key(|it| it.slot.index());
    found.all
}

#[derive(Default)]
struct Found {
    all: Vec<Ref>,
    /// Read as of the date of a record: their value differs from record to record.
    by_date: Vec<usize>,
}

impl Visitor for Found {
    fn reference(&mut self, _: RefKind, _: &Ref, _: bool) {}

    fn expr(&mut self, expr: &Expr) {
        match &expr.node {
            Node::Decl(it) => self.all.push(it.clone()),
            Node::AtDate { decl, .. } => self.by_date.push(decl.slot.index()),
            _ => {}
        }
    }
}

/// Puts something behind each name of a text for which there is something.
fn behind_names(text: &str, of: impl Fn(&str) -> Option<String>) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let (token, name) = match rest.strip_prefix('「').and_then(|it| it.split_once('」')) {
            Some((name, _)) => (name.len() + '「'.len_utf8() + '」'.len_utf8(), Some(name)),
            None => {
                let inside = |it: char| it.is_alphanumeric() || it == '_';
                let length = rest.find(|it| !inside(it)).unwrap_or(rest.len());
                if length == 0 { (first.len_utf8(), None) } else { (length, rest.get(..length)) }
            }
        };
        let (token, after) = rest.split_at(token);
        out.push_str(token);
        rest = after;
        if let Some(more) = name.and_then(&of) {
            out.push_str(&more);
            // A full-width bracket has its own blank.
            if more.ends_with('）') {
                rest = rest.trim_start_matches(' ');
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::behind_names;

    #[test]
    fn a_value_stands_behind_the_whole_name_only() {
        let of = |name: &str| match name {
            "线" => Some("（5 户）".to_owned()),
            "A+" => Some(" (7)".to_owned()),
            _ => None,
        };
        assert_eq!(
            behind_names("超过 线 至 通用.线：C", of),
            "超过 线（5 户）至 通用.线（5 户）：C"
        );
        assert_eq!(behind_names("不满 界线：「A+」 以上", of), "不满 界线：「A+」 (7) 以上");
        assert_eq!(behind_names("「线", of), "「线（5 户）");
    }
}
