//! The order of what may be written in any: parts of a header, lines, marks of a field.
//!
//! Things of one rank keep the order in which they were written.

use super::super::ast::{AttrKind, BoundWord, DeclKind, LineKind, MarkKind, TextWord};

/// Word, name, "title", 别名, 属于 | 对 | 类别, 为, numbers, 级别 派发. Of data, what makes the table comes
/// before its other name.
pub(super) fn attr(decl: DeclKind, it: &AttrKind) -> u8 {
    let data = [DeclKind::Ruleset, DeclKind::Subject, DeclKind::Records, DeclKind::Codes];
    match it {
        AttrKind::Version(_) => 0,
        AttrKind::Alias(_) if !data.contains(&decl) => 1,
        AttrKind::More => 2,
        AttrKind::Since(_) => 3,
        AttrKind::Order(_) => 4,
        AttrKind::Replacing => 5,
        AttrKind::File(_) => 6,
        AttrKind::Prefixed => 7,
        AttrKind::Alias(_) => 8,
        AttrKind::In(_) | AttrKind::For { .. } | AttrKind::Class(_) => 9,
        AttrKind::As(_) => 10,
        AttrKind::Bound(BoundWord::Max, _) => 11,
        AttrKind::Bound(BoundWord::Cap, _) => 12,
        AttrKind::Bound(BoundWord::Floor, _) => 13,
        AttrKind::Bound(BoundWord::Base, _) => 14,
        AttrKind::Bound(BoundWord::Weight, _) => 15,
        AttrKind::Level(_) => 16,
        AttrKind::Dispatch(_) => 17,
        AttrKind::Effect(_) => 18,
        AttrKind::First => 19,
        AttrKind::AddUp => 20,
        AttrKind::AsOf(_) => 21,
        AttrKind::Like(_) => 22,
        AttrKind::Because(_) => 23,
    }
}

/// 依据 说明 来源 产生 提供 负责 原文 · 生效 · 适用 · 取 · content · 容许 · 折减 · 上限…当 · 缘由
pub(super) fn line(it: &LineKind) -> u8 {
    match it {
        LineKind::Text(word, _) => text(*word),
        LineKind::Carries(_) => 9,
        LineKind::Effective(_) => 10,
        LineKind::Applies(_) => 11,
        LineKind::Let(..) => 12,
        LineKind::File(_) => 20,
        LineKind::Effect(_) => 21,
        LineKind::Field(_) | LineKind::Members(_) | LineKind::Promise(_) => 22,
        LineKind::Encoded(_) | LineKind::Score { .. } | LineKind::Def(_) | LineKind::Row(_) => 22,
        LineKind::Dated { .. } => 23,
        LineKind::When(_) | LineKind::Require(_) => 24,
        LineKind::Admit(_) => 25,
        LineKind::Remove(_) => 26,
        LineKind::Quota { .. } => 27,
        LineKind::Earliest(_) => 28,
        LineKind::Becomes(_) | LineKind::Adds { .. } => 29,
        LineKind::Given(_) | LineKind::Another { .. } => 30,
        LineKind::Expect(_) => 31,
        LineKind::Accept { .. } => 32,
        LineKind::Fade(_) => 40,
        LineKind::Bound { .. } => 41,
    }
}

fn text(word: TextWord) -> u8 {
    match word {
        TextWord::Basis => 0,
        TextWord::Note => 1,
        TextWord::Source => 2,
        TextWord::MadeBy => 3,
        TextWord::GivenBy => 4,
        TextWord::OwnedBy => 5,
        TextWord::Channel => 6,
        TextWord::Replaces => 7,
        TextWord::Manual | TextWord::OutOfScope => 22,
        TextWord::Reason => 50,
    }
}

/// 主键 可缺 可负 敏感 后续 随 缺省 别名 来源列
pub(super) fn mark(it: &MarkKind) -> u8 {
    match it {
        MarkKind::Key => 0,
        MarkKind::Optional => 1,
        MarkKind::Signed => 2,
        MarkKind::Sensitive => 3,
        MarkKind::Later(_) => 4,
        MarkKind::With(_) => 5,
        MarkKind::Default(_) => 6,
        MarkKind::Alias(_) => 7,
        MarkKind::Column(_) => 8,
    }
}
