//! Check characters of the unified social credit code (GB 32100) and of the organisation code inside
//! it (GB 11714).

/// The characters of a GB 32100 code in the order of their values; I, O, S, V and Z are not used.
const CHARACTERS: &[u8; 31] = b"0123456789ABCDEFGHJKLMNPQRTUWXY";

/// The value of each byte; 31 for one that is no character of a code.
const VALUES: [u8; 256] = {
    let mut all = [31; 256];
    let mut value = 0;
    while value < 31 {
        all[CHARACTERS[value as usize] as usize] = value;
        value += 1;
    }
    all
};

/// Weights of the first eight characters of an organisation code.
const ORGANISATION: [u32; 8] = [3, 7, 9, 10, 5, 8, 4, 2];

/// Is this a code of 18 characters whose check characters hold, or an organisation code of 9?
pub(crate) fn is_valid(text: &str) -> bool {
    let bytes = text.as_bytes();
    match bytes.len() {
        18 => bytes.get(8..17).is_some_and(organisation) && unified(bytes),
        9 => organisation(bytes),
        // `12345678-9`, as the paper forms write it.
        10 if bytes[8] == b'-' => {
            let joined: Vec<u8> = bytes.iter().copied().filter(|it| *it != b'-').collect();
            joined.len() == 9 && organisation(&joined)
        }
        _ => false,
    }
}

fn unified(code: &[u8]) -> bool {
    let (mut weight, mut sum, mut last) = (1, 0, 0);
    for (at, it) in code.iter().enumerate() {
        let value = match VALUES.get(usize::from(*it)) {
            Some(value) if *value < 31 => u32::from(*value),
            _ => return false,
        };
        if at < 17 {
            sum += value * weight;
            weight = weight * 3 % 31;
        }
        last = value;
    }
    last == (31 - sum % 31) % 31
}

fn organisation(code: &[u8]) -> bool {
    let mut sum = 0;
    for (it, weight) in code.iter().zip(ORGANISATION) {
        let value = match it {
            b'0'..=b'9' => u32::from(it - b'0'),
            b'A'..=b'Z' => u32::from(it - b'A') + 10,
            _ => return false,
        };
        sum += value * weight;
    }
    let check = match 11 - sum % 11 {
        10 => b'X',
        11 => b'0',
        digit => b'0' + u8::try_from(digit).unwrap_or_default(),
    };
    code.get(8) == Some(&check)
}

#[cfg(test)]
mod tests {
    use super::{CHARACTERS, is_valid};

    #[test]
    fn check_characters_hold_or_not() {
        // The example of GB 11714 itself, and a code with a wrong digit.
        assert!(is_valid("D2143569X"));
        assert!(is_valid("D2143569-X"));
        assert!(!is_valid("D21435690"));
        assert!(!is_valid(""));
        assert!(!is_valid("92341702MA2RXXXXXX"));
    }

    #[test]
    fn one_other_character_anywhere_is_noticed() {
        // The example of GB 32100 itself.
        let code = "91350100M000100Y43";
        assert!(is_valid(code));
        for place in 0..code.len() {
            for other in CHARACTERS.iter().filter(|it| **it != code.as_bytes()[place]) {
                let mut changed = code.as_bytes().to_vec();
                changed[place] = *other;
                let changed = String::from_utf8(changed).unwrap();
                assert!(!is_valid(&changed), "{changed}");
            }
        }
        assert!(!is_valid(&code.to_lowercase()) && !is_valid(&code[..17]));
    }

    #[test]
    fn the_check_character_of_an_organisation_completes_a_multiple_of_eleven() {
        let letters = |it: char| it.to_digit(36).unwrap();
        for start in ["0000000", "D214356", "MA2R000", "Z9Z9Z9Z"] {
            for last in "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ".chars() {
                let eight = format!("{start}{last}");
                let weights = [3, 7, 9, 10, 5, 8, 4, 2];
                let sum: u32 =
                    eight.chars().map(letters).zip(weights).map(|(it, by)| it * by).sum();
                for check in "0123456789X".chars() {
                    let worth = if check == 'X' { 10 } else { letters(check) };
                    let holds = (sum + worth).is_multiple_of(11);
                    assert_eq!(is_valid(&format!("{eight}{check}")), holds, "{eight}{check}");
                    assert_eq!(is_valid(&format!("{eight}-{check}")), holds, "{eight}-{check}");
                }
            }
        }
        assert!(!is_valid("D2143569+X") && !is_valid("D214356-9X"));
        assert!(!is_valid("d2143569X") && !is_valid("D21+3569X"));
    }

    #[test]
    fn the_check_character_of_a_code_completes_a_multiple_of_31() {
        let value = |it: u8| CHARACTERS.iter().position(|known| *known == it).unwrap();
        let weights = std::iter::successors(Some(1), |it| Some(it * 3 % 31));
        let weights: Vec<usize> = weights.take(17).collect();
        // The organisation code inside keeps its own check character; the district varies.
        for third in CHARACTERS {
            let start = format!("91{}50100M000100Y4", char::from(*third));
            let sum: usize = start.bytes().map(value).zip(&weights).map(|it| it.0 * it.1).sum();
            for check in CHARACTERS {
                let code = format!("{start}{}", char::from(*check));
                let holds = (sum + value(*check)).is_multiple_of(31);
                assert_eq!(is_valid(&code), holds, "{code}");
            }
        }
    }
}
