//! The nearest of many names: by edit distance, and by the sound of Chinese (处罚 and 出发 are one key
//! apart in an input method).
//!
//! Two characters make a word in Chinese: 撤销 and 吊销 share one and are two things, so short words are
//! near only where they sound the same.

use pinyin::ToPinyin;

/// The nearest name, if one is near enough to be meant.
pub(crate) fn nearest<'n>(name: &str, names: impl Iterator<Item = &'n str>) -> Option<String> {
    let sound = sound(name);
    let length = name.chars().count();
    let most = (length.max(2) / 3).max(1);
    let mut best: Option<((usize, bool), &str)> = None;
    let mut tied = false;
    for other in names {
        let other_length = other.chars().count();
        // A name that is much longer or shorter is never near, and that is quickly seen.
        if other == name || length.abs_diff(other_length) > most {
            continue;
        }
        // One character is too little to go by.
        let alike = length >= 2
            && other_length == length
            && (self::sound(other) == sound || look_alike(name, other));
        let by_sight = strsim::damerau_levenshtein(name, other);
        let distance = if alike { 1 } else { by_sight };
        let near = alike || by_sight <= most && by_sight < length.max(other_length);
        let two_words = length == 2 && other_length == 2 && !alike;
        let rank = (distance, !alike);
        if !near || two_words {
            continue;
        }
        match best {
            Some((before, _)) if before < rank => {}
            // Of two that are equally near neither is certain.
            Some((before, it)) if before == rank && it != other => tied = true,
            _ => (best, tied) = (Some((rank, other)), false),
        }
    }
    best.filter(|_| !tied).map(|it| it.1.to_owned())
}

/// Do two Chinese words sound the same, but for the tone, or look the same at a glance?
pub(crate) fn alike(one: &str, other: &str) -> bool {
    let length = |it: &str| it.chars().count();
    one != other
        && length(one) == length(other)
        && (sound(one) == sound(other) || look_alike(one, other))
}

/// Characters that are taken for each other by the eye.
const LOOK_ALIKE: &[[char; 2]] = &[
    ['曰', '日'],
    ['末', '未'],
    ['己', '已'],
    ['巳', '已'],
    ['査', '查'],
    ['凤', '风'],
    ['人', '入'],
    ['土', '士'],
    ['天', '夭'],
    ['干', '千'],
    ['侯', '候'],
    ['券', '卷'],
    ['戊', '戌'],
    ['茶', '荼'],
    ['候', '侯'],
    ['拆', '折'],
    ['折', '拆'],
    ['睛', '晴'],
    ['免', '兔'],
    ['治', '冶'],
    ['歀', '款'],
];

/// Do two names differ only in characters that look alike?
fn look_alike(one: &str, other: &str) -> bool {
    let alike = |it: (char, char)| {
        it.0 == it.1 || LOOK_ALIKE.iter().any(|pair| pair.contains(&it.0) && pair.contains(&it.1))
    };
    one.chars().count() == other.chars().count() && one.chars().zip(other.chars()).all(alike)
}

/// The syllables without tones; other characters as they are.
fn sound(name: &str) -> String {
    let mut out = String::new();
    for (character, syllable) in name.chars().zip(name.to_pinyin()) {
        match syllable {
            Some(it) => out.push_str(it.plain()),
            None => out.push(character),
        }
        out.push(' ');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn a_homophone_is_nearer_than_a_longer_name() {
        let names = ["处罚金额", "处罚", "检查"];
        assert_eq!(nearest("出发", names.into_iter()).as_deref(), Some("处罚"));
    }

    #[test]
    fn a_homophone_is_nearer_than_what_looks_alike() {
        let names = ["行政处分", "行政处罚"];
        assert_eq!(nearest("行政处法", names.into_iter()).as_deref(), Some("行政处罚"));
    }

    #[test]
    fn two_words_that_share_a_character_are_two_things() {
        assert_eq!(nearest("撤销", ["吊销", "注销"].into_iter()), None);
    }

    #[test]
    fn nothing_is_suggested_for_a_name_unlike_all_others() {
        assert_eq!(nearest("面积", ["行政处罚", "经营异常"].into_iter()), None);
    }

    #[test]
    fn one_character_more_or_less_is_near() {
        assert_eq!(nearest("行政处", ["行政处罚"].into_iter()).as_deref(), Some("行政处罚"));
    }
}
