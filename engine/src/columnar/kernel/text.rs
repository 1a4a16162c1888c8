//! Questions about texts, each of which may be another one: what they say is read where it stands in the dictionary,
//! and no value is made of it.

use heng_dsl::builtins::BuiltinId;

use super::Operand;
use super::lane::merged;
use super::memo::Asked;
use crate::columnar::plan::{Kind, Op};
use crate::columns::{Column, Dictionary, Lanes, state};
use crate::eval::is_valid_code;

/// The answer for each lane, if there is a kernel for the question.
pub(in super::super) fn run(asked: Asked<'_>, args: &[Operand<'_>]) -> Option<Column> {
    match (asked.op, args) {
        (Op::Call(BuiltinId::CodeValid), [text]) => {
            Some(answers(each(text, asked.dictionary, is_valid_code)?, text))
        }
        (Op::Call(BuiltinId::Length), [text]) => {
            let length = |it: &str| i32::try_from(it.chars().count()).ok();
            let lengths = each(text, asked.dictionary, length)?;
            let numbers: Option<Vec<i32>> =
                lengths.into_iter().map(|it| it.unwrap_or(Some(0))).collect();
            let lanes = Lanes::Short(numbers?);
            let (low, high) = lanes.bounds();
            Some(Column { lanes, states: merged(std::slice::from_ref(text)), low, high })
        }
        (Op::Starts, [text, start]) => {
            let start = constant(start, asked.dictionary)?;
            Some(answers(each(text, asked.dictionary, |it| it.starts_with(start))?, text))
        }
        (Op::Contains, [text, part]) => {
            let part = constant(part, asked.dictionary)?;
            Some(answers(each(text, asked.dictionary, |it| it.contains(part))?, text))
        }
        _ => None,
    }
}

/// The text that is the same for all lanes.
fn constant<'d>(operand: &Operand<'_>, dictionary: &'d Dictionary) -> Option<&'d str> {
    let is_text = operand.splat && operand.is_there() && operand.kind == Kind::Symbol;
    let number = is_text.then(|| usize::try_from(operand.column.lanes.at(0)).ok())??;
    dictionary.text(number)
}

/// What a question is answered for each text; nothing for one that is not there. No answers at all where something is
/// no text.
fn each<T>(
    text: &Operand<'_>,
    dictionary: &Dictionary,
    question: impl Fn(&str) -> T,
) -> Option<Vec<Option<T>>> {
    if text.splat || text.kind != Kind::Symbol {
        return None;
    }
    let of = |at: usize| {
        if text.column.state(at) != state::THERE {
            return Some(None);
        }
        let number = usize::try_from(text.column.lanes.at(at)).ok()?;
        dictionary.text(number).map(|it| Some(question(it)))
    };
    (0..text.column.lanes.len()).map(of).collect()
}

/// 是 and 否; of a text that is not there the answer is not, either.
fn answers(each: Vec<Option<bool>>, text: &Operand<'_>) -> Column {
    let bits = each.into_iter().map(|it| u8::from(it == Some(true))).collect();
    Column::bits(bits, merged(std::slice::from_ref(text)))
}
