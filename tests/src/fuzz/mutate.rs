//! Inputs made of others by lines, words and numbers: a small fuzzer that needs no instrumented build.
//!
//! It knows nothing of coverage, but what it makes still looks like rules, and so gets further than bytes
//! changed at random.

use super::household::Draw;

/// The input that a number stands for: one of `corpus` with a few changes, some with `words`.
pub fn mutated(number: u64, corpus: &[Vec<u8>], words: &[&str]) -> Vec<u8> {
    let mut draw = Draw::new(&[], &number.to_be_bytes());
    let mut text = chosen(&mut draw, corpus);
    for _ in 0..=draw.below(4) {
        text = match draw.below(3) {
            0 => {
                let other = chosen(&mut draw, corpus);
                by_lines(&mut draw, &text, &other)
            }
            1 => by_words(&mut draw, &text, words),
            _ => by_characters(&mut draw, &text),
        };
    }
    text.into_bytes()
}

fn chosen(draw: &mut Draw<'_>, corpus: &[Vec<u8>]) -> String {
    let bytes = corpus.get(draw.below(corpus.len())).map_or(&[][..], Vec::as_slice);
    String::from_utf8_lossy(bytes).into_owned()
}

/// Leaves a line out, says it twice, moves it, or takes one of another text in.
fn by_lines(draw: &mut Draw<'_>, text: &str, other: &str) -> String {
    let mut lines: Vec<&str> = text.split('\n').collect();
    let others: Vec<&str> = other.split('\n').collect();
    let (at, to) = (draw.below(lines.len()), draw.below(lines.len()));
    match draw.below(4) {
        0 => {
            lines.remove(at);
        }
        1 => lines.insert(to, lines[at]),
        2 => lines.swap(at, to),
        _ => lines.insert(to, others[draw.below(others.len())]),
    }
    lines.join("\n")
}

/// Puts a word of the language, or one of the text itself, in the place of another or before it.
fn by_words(draw: &mut Draw<'_>, text: &str, words: &[&str]) -> String {
    let parts: Vec<&str> = text.split_inclusive([' ', '：', '，', '（', '）', '\n']).collect();
    let at = draw.below(parts.len());
    let own = parts.get(draw.below(parts.len())).copied().unwrap_or("");
    let word = if draw.once_in(2) { own } else { words[draw.below(words.len())] };
    let keep = usize::from(draw.once_in(2));
    let (before, after) = parts.split_at(at.min(parts.len()));
    let rest = after.get(1 - keep..).unwrap_or_default();
    [&before.concat(), word, " ", &rest.concat()].concat()
}

/// Takes a character out, or puts a digit, a sign or a bracket in.
fn by_characters(draw: &mut Draw<'_>, text: &str) -> String {
    const SIGNS: [&str; 24] = [
        "0", "1", "9", "99", "-", "%", "（", "）", "(", ")", "：", "；", "，", "=", "<", "≥", "+",
        "×", "÷", "\"", "「", "#", "\n", "\n  ",
    ];
    let characters: Vec<char> = text.chars().collect();
    let at = draw.below(characters.len());
    let (before, after) = characters.split_at(at.min(characters.len()));
    let rest: String = after.iter().skip(usize::from(draw.once_in(2))).collect();
    let put = if draw.once_in(3) { "" } else { SIGNS[draw.below(SIGNS.len())] };
    [before.iter().collect::<String>().as_str(), put, &rest].concat()
}
