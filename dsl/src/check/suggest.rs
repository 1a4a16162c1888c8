//! The nearest of many names: by edit distance, and by the sound of Chinese (处罚 and 出发 are one key
//! apart in an input method).

use pinyin::ToPinyin;

/// The nearest name, if one is near enough to be meant.
pub(super) fn nearest<'n>(name: &str, names: impl Iterator<Item = &'n str>) -> Option<String> {
    let sound = sound(name);
    let length = name.chars().count();
    let most = (length.max(2) / 3).max(1);
    let mut best: Option<(usize, &str)> = None;
    for other in names {
        let other_length = other.chars().count();
        // A name that is much longer or shorter is never near, and that is quickly seen.
        if other == name || length.abs_diff(other_length) > most {
            continue;
        }
        let by_sight = strsim::damerau_levenshtein(name, other);
        let by_sound = (other_length == length && self::sound(other) == sound).then_some(1);
        let distance = by_sound.map_or(by_sight, |it| it.min(by_sight));
        let near = distance <= most && distance < length.max(other_length);
        let better = best.is_none_or(|it| (distance, other) < it);
        if near && better {
            best = Some((distance, other));
        }
    }
    best.map(|it| it.1.to_owned())
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
    fn nothing_is_suggested_for_a_name_unlike_all_others() {
        assert_eq!(nearest("面积", ["行政处罚", "经营异常"].into_iter()), None);
    }

    #[test]
    fn one_character_more_or_less_is_near() {
        assert_eq!(nearest("行政处", ["行政处罚"].into_iter()).as_deref(), Some("行政处罚"));
    }
}
