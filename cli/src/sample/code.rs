//! Unified social credit codes of invented households (GB 32100-2015, with GB 11714 inside).
//!
//! A code has 18 characters: 9 for market regulation, 2 for an individual business, six digits of the
//! division, eight characters and a check character that identify the holder, a check character over
//! all. The holder's part of every invented code begins with `XN`; issued ones begin with other
//! characters as far as public text shows, so no code here is meant to belong to anybody.

/// The characters of GB 32100, in the order of their values. I, O, S, V and Z are left out.
const ALPHABET: [u8; 31] = *b"0123456789ABCDEFGHJKLMNPQRTUWXY";

/// Weights of the 17 characters before the last: powers of 3 modulo 31.
const OUTER: [u32; 17] = [1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28];

/// Weights of the holder's eight characters (GB 11714).
const INNER: [u32; 8] = [3, 7, 9, 10, 5, 8, 4, 2];

/// Number of different endings: six characters of the alphabet.
const ENDINGS: u64 = 31 * 31 * 31 * 31 * 31 * 31;

/// The code of holder `number` of a kind (92: an individual business, 91: an enterprise) and a
/// division, with both check characters right. Different numbers give different codes, and
/// neighbouring numbers give codes that do not look like neighbours.
pub(super) fn credit_code(kind: &str, division: &str, number: u32, seed: u64) -> String {
    let mut code = format!("{kind}{division}XN");
    // A multiplier without the factor 31 makes the numbers trade places, so no two collide.
    let start = (seed % ENDINGS) * 7919;
    let mut place = (u64::from(number) * 486_187_739 + start) % ENDINGS;
    for _ in 0..6 {
        code.push(symbol(u32::try_from(place % 31).unwrap_or(0)));
        place /= 31;
    }
    code.push(holder_check(&code[8..]));
    code.push(outer_check(&code));
    code
}

/// The same code with its last character wrong, as some early pilot codes have it.
pub(super) fn with_wrong_check(code: &str) -> String {
    let right = code.chars().next_back();
    let next = right.and_then(value).map_or('0', |it| symbol((it + 1) % 31));
    let mut wrong: String = code.chars().take(17).collect();
    wrong.push(next);
    wrong
}

/// The last character, which follows from the 17 before it.
fn outer_check(code: &str) -> char {
    let sum: u32 = code.chars().zip(OUTER).filter_map(|(it, by)| Some(value(it)? * by)).sum();
    symbol((31 - sum % 31) % 31)
}

/// The ninth character of the holder's part, which follows from the eight before it.
fn holder_check(body: &str) -> char {
    let sum: u32 = body.chars().zip(INNER).filter_map(|(it, by)| Some(it.to_digit(36)? * by)).sum();
    match 11 - sum % 11 {
        10 => 'X',
        11 => '0',
        digit => char::from_digit(digit, 10).unwrap_or('0'),
    }
}

fn value(character: char) -> Option<u32> {
    let at = ALPHABET.iter().position(|it| char::from(*it) == character)?;
    u32::try_from(at).ok()
}

fn symbol(value: u32) -> char {
    let at = usize::try_from(value).unwrap_or(0);
    ALPHABET.get(at).map_or('0', |it| char::from(*it))
}

#[cfg(test)]
mod tests {
    use super::{credit_code, holder_check, outer_check, with_wrong_check};

    /// Codes of organisations that stand in public text, from `tests/facts/credit-codes.csv`.
    fn facts() -> Vec<(&'static str, bool)> {
        let text = include_str!("../../tests/facts/credit-codes.csv");
        let row = |line: &'static str| line.split_once(',').map(|(code, it)| (code, it == "true"));
        text.lines().skip(1).filter_map(row).collect()
    }

    #[test]
    fn check_characters_agree_with_public_codes() {
        assert!(facts().len() >= 20);
        for (code, right) in facts() {
            assert_eq!(code.ends_with(outer_check(&code[..17])), right, "{code}");
            if right {
                assert!(code[16..].starts_with(holder_check(&code[8..16])), "{code}");
            }
        }
    }

    #[test]
    fn invented_codes_differ_and_check() {
        let mut codes: Vec<String> =
            (0..20_000).map(|it| credit_code("92", "341702", it, 7)).collect();
        for code in &codes {
            assert!(code.len() == 18 && code.starts_with("92341702XN"), "{code}");
            assert!(code.ends_with(outer_check(&code[..17])), "{code}");
            assert!(!with_wrong_check(code).ends_with(outer_check(&code[..17])), "{code}");
        }
        codes.sort();
        codes.dedup();
        assert_eq!(codes.len(), 20_000);
    }
}
