//! Sensitive values, hidden unless asked for. The one place that knows how.
//!
//! Every output of a value that comes from a field declared 敏感, or from a declaration that repeats
//! such a field, goes through [`Masking::show`].

use std::borrow::Cow;

use heng_dsl::model::linked::Linked;
use heng_dsl::model::walk::{self, RefKind, Visitor};
use heng_dsl::model::{Column, Ref, TyKind};
use heng_dsl::value::Date;

/// Are sensitive values hidden?
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Masking {
    /// They are hidden.
    #[default]
    Hidden,
    /// They are shown, because somebody asked for it (`--reveal`).
    Revealed,
}

impl Masking {
    /// A text as it may be shown.
    pub fn show(self, sensitive: bool, text: &str) -> Cow<'_, str> {
        match self {
            Self::Hidden if sensitive => Cow::Owned(masked(text)),
            Self::Hidden | Self::Revealed => Cow::Borrowed(text),
        }
    }
}

/// A sensitive text with most of it hidden: `张*`, `138****0000`, `34***********18`, `安徽省池州****`.
///
/// By shape: amounts, dates and short numbers keep nothing; numbers of a telephone keep three digits
/// in front and four behind; other numbers and codes of ten or more signs keep two and two; texts of
/// up to four signs keep the first; longer ones a third, at most six signs, and do not show how long
/// they are.
pub fn masked(text: &str) -> String {
    let signs: Vec<char> = text.chars().collect();
    let number = signs.iter().all(|it| it.is_ascii_digit() || matches!(it, '.' | '-'));
    let plain = (number && text.contains('.')) || text.parse::<Date>().is_ok();
    let code = signs.iter().all(|it| it.is_ascii_alphanumeric() || *it == '-');
    let digits = signs.iter().all(char::is_ascii_digit);
    match signs.len() {
        0 => String::new(),
        1 => "*".to_owned(),
        _ if plain => "*".repeat(4),
        11 if digits && signs.first() == Some(&'1') => between(&signs, 3, 4),
        10.. if code => between(&signs, 2, 2),
        2..=4 if !digits => between(&signs, 1, 0),
        _ if digits => "*".repeat(4),
        length => {
            let kept: String = signs.iter().take((length / 3).clamp(1, 6)).collect();
            format!("{kept}****")
        }
    }
}

fn between(signs: &[char], front: usize, back: usize) -> String {
    let hidden = signs.len().saturating_sub(front + back);
    let front: String = signs.iter().take(front).collect();
    let back: String = signs.iter().skip(signs.len().saturating_sub(back)).collect();
    format!("{front}{}{back}", "*".repeat(hidden))
}

/// Which declarations repeat sensitive text: those worth a text that read a sensitive field of the
/// household or of a record, by themselves or through others. By slot.
pub fn sensitive_decls(linked: &Linked) -> Vec<bool> {
    let mut reads: Vec<Reads<'_>> = Vec::new();
    for decl in linked.decls() {
        let mut found = Reads { linked, sensitive: false, decls: Vec::new() };
        walk::decl(decl, &mut found);
        reads.push(found);
    }
    let mut tainted: Vec<bool> = reads.iter().map(|it| it.sensitive).collect();
    loop {
        let more: Vec<usize> = (0..reads.len())
            .filter(|slot| !tainted[*slot])
            .filter(|slot| {
                reads[*slot].decls.iter().any(|it| tainted.get(*it).copied().unwrap_or(false))
            })
            .collect();
        if more.is_empty() {
            break;
        }
        for slot in more {
            tainted[slot] = true;
        }
    }
    let text = linked.decls().map(|it| matches!(it.ty.kind, TyKind::Text));
    tainted.into_iter().zip(text).map(|(tainted, text)| tainted && text).collect()
}

/// What one declaration reads.
struct Reads<'l> {
    linked: &'l Linked,
    sensitive: bool,
    decls: Vec<usize>,
}

impl Visitor for Reads<'_> {
    fn reference(&mut self, kind: RefKind, reference: &Ref, _: bool) {
        let slot = reference.slot.index();
        match kind {
            RefKind::Decl => self.decls.push(slot),
            RefKind::Field => {
                self.sensitive |= self.linked.fields().nth(slot).is_some_and(|it| it.sensitive);
            }
            RefKind::Table | RefKind::Enum | RefKind::Codes => {}
        }
    }

    fn column(&mut self, kind: walk::ColumnKind, column: &Column) {
        if kind == walk::ColumnKind::Record {
            let table = self.linked.tables().nth(column.table.slot.index());
            let field = table.and_then(|it| it.fields.get(column.slot.index()));
            self.sensitive |= field.is_some_and(|it| it.sensitive);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Masking, masked};

    #[test]
    fn what_is_left_of_a_sensitive_text() {
        for (text, left) in [
            ("", ""),
            ("张", "*"),
            ("张三", "张*"),
            ("欧阳小明", "欧***"),
            ("13812340000", "138****0000"),
            ("341702199001010018", "34**************18"),
            ("0566-2021234", "05********34"),
            ("安徽省池州市贵池区长江路12号", "安徽省池州****"),
            ("1234567", "****"),
            ("1000.50", "****"),
            ("-12345678901.50", "****"),
            ("2020-01-31", "****"),
        ] {
            assert_eq!(masked(text), left, "{text}");
        }
    }

    #[test]
    fn only_sensitive_text_is_hidden_and_only_unless_asked_for() {
        assert_eq!(Masking::Hidden.show(false, "张三"), "张三");
        assert_eq!(Masking::Hidden.show(true, "张三"), "张*");
        assert_eq!(Masking::Revealed.show(true, "张三"), "张三");
    }
}
