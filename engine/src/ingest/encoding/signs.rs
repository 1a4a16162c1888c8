//! Characters that are worth a look: private ones, ones that are not assigned, and traces of lost ones.

use heng_dsl::diag::Words;
use serde::Serialize;
use unicode_properties::{GeneralCategory, UnicodeGeneralCategory};

/// Different characters listed.
const SHOWN: usize = 8;

/// Characters of one kind in a text.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Occurrences {
    /// How often they stand there.
    pub count: u64,
    /// The line of the first one; 0 if there is none.
    pub line: u64,
    /// The first different ones, as `U+E5E5`.
    pub which: Vec<String>,
}

/// Odd characters of a text.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Signs {
    /// Characters of private use, which mean something only in the system that wrote them; rare
    /// characters of names often come so.
    pub private: Occurrences,
    /// Codes that no character has.
    pub unassigned: Occurrences,
    /// `�`, and 锟斤拷, into which it turns: characters that were lost before the file was written.
    pub lost: Occurrences,
}

impl Signs {
    /// Looks through a text.
    pub(super) fn of(text: &str) -> Self {
        let mut signs = Self::default();
        let mut line = 1;
        for (at, sign) in text.char_indices() {
            match sign {
                '\n' => line += 1,
                '\u{fffd}' => signs.lost.add(sign, line),
                '锟' if text.get(at..).is_some_and(|it| it.starts_with("锟斤拷")) => {
                    signs.lost.add(sign, line);
                }
                // Almost every character, settled without a look into the tables.
                '\0'..='\u{7f}' | '\u{3000}'..='\u{3020}' | '\u{4e00}'..='\u{9fa5}' => {}
                it => match it.general_category() {
                    GeneralCategory::PrivateUse => signs.private.add(it, line),
                    GeneralCategory::Unassigned => signs.unassigned.add(it, line),
                    _ => {}
                },
            }
        }
        signs
    }

    /// Is there nothing odd?
    pub(super) fn are_none(&self) -> bool {
        [&self.private, &self.unassigned, &self.lost].iter().all(|it| it.count == 0)
    }

    /// A part of a sentence for each kind that there is.
    pub(super) fn words(&self) -> Vec<Words> {
        let of = |found: &Occurrences, zh: &str, en: &str| {
            let (count, line, which) = (found.count, found.line, found.which.join(" "));
            (count > 0).then(|| {
                Words::both(
                    format!("有{count}个{zh}（第一个在第{line}行：{which}）"),
                    format!("{count} {en} (the first on line {line}: {which})"),
                )
            })
        };
        let kinds = [
            of(&self.private, "自造字", "characters of private use"),
            of(&self.unassigned, "没有定义的字", "codes that no character has"),
            of(
                &self.lost,
                "字在写入文件之前已经丢失",
                "characters were lost before the file was written",
            ),
        ];
        kinds.into_iter().flatten().collect()
    }
}

impl Occurrences {
    fn add(&mut self, sign: char, line: u64) {
        if self.count == 0 {
            self.line = line;
        }
        self.count += 1;
        if self.which.len() < SHOWN {
            let name = format!("U+{:04X}", u32::from(sign));
            if !self.which.contains(&name) {
                self.which.push(name);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Signs;

    #[test]
    fn private_unassigned_and_lost_characters_are_found_with_their_lines() {
        let signs = Signs::of("张三\n\u{e5e5}\u{e5e5}𠀀\n\u{10fffd}\u{378}\u{fffd}锟斤拷ａ");
        assert_eq!((signs.private.count, signs.private.line), (3, 2));
        assert_eq!(signs.private.which, ["U+E5E5", "U+10FFFD"]);
        assert_eq!((signs.unassigned.count, signs.unassigned.line), (1, 3));
        assert_eq!((signs.lost.count, signs.lost.line), (2, 3));
        assert_eq!(signs.words().len(), 3);
        assert!(Signs::of("张三，李四 Ⅳ ㎡ éß 𠮷").are_none());
    }
}
