//! What is said of stored rules that cannot be used: one small rule set, spoiled in one way each.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on fails")]

use heng_dsl::check::check;
use heng_dsl::diag::{Diagnostic, Lang};
use heng_dsl::limits;
use heng_dsl::model::linked::LinkTable;
use heng_dsl::stored::{self, Stored};
use heng_dsl::world::MemoryWorld;

const BASE: &str = "规则集 省 版本 1\n\n主体 户\n  户号：文本 主键\n  面积：整数\n\n参数 线 = 3\n值 大 = 面积 > 线\n";
const CITY: &str = "规则集 市 版本 1\n\n引用 省\n\n值 小 = 非 省.大\n";

/// The two sets as they are stored, 省 first.
fn both() -> [String; 2] {
    let world = MemoryWorld::default().with("省/省.heng", BASE).with("市/市.heng", CITY);
    let checked = check(&world, &["市".to_owned()], &LinkTable::new());
    let linked = checked.linked.unwrap_or_else(|| panic!("{:?}", checked.diagnostics));
    [0, 1].map(|it| stored::package(&linked, it).unwrap())
}

/// Without the hash of its content, as a program leaves it that changes rules.
fn unsigned(text: &str) -> String {
    let mut value: serde_json::Value = serde_json::from_str(text).unwrap();
    value.as_object_mut().unwrap().remove("content");
    value.to_string()
}

fn read(text: &str) -> Result<Stored, Box<Diagnostic>> {
    stored::read("省.json", text.as_bytes())
}

/// Code and sentence of everything that is said.
fn said(files: &[String]) -> Vec<String> {
    let line = |it: &Diagnostic| format!("{} {}", it.code.record().name, it.message(Lang::En));
    let parts: Result<Vec<Stored>, _> = files.iter().map(|it| read(it)).collect();
    match parts.map(stored::link) {
        Err(it) => vec![line(&it)],
        Ok(Err(all)) => all.iter().map(line).collect(),
        Ok(Ok(_)) => Vec::new(),
    }
}

fn first(files: &[String]) -> String {
    said(files).into_iter().next().unwrap_or_default()
}

#[test]
fn what_was_stored_is_read() {
    assert_eq!(said(&both()), Vec::<String>::new());
    assert_eq!(said(&both().map(|it| unsigned(&it))), Vec::<String>::new());
}

#[test]
fn what_is_no_json_or_of_another_shape_is_named_by_its_place() {
    let [base, _] = both();
    let half = base[..base.len() / 2].trim_end_matches('\u{fffd}');
    let half = half.char_indices().last().map_or(half, |it| &half[..it.0]);
    assert!(first(&[half.to_owned()]).starts_with("E0701"), "{}", first(&[half.to_owned()]));
    for (wrong, place) in [
        (unsigned(&base).replacen("\"decls\":[", "\"decls\":[7,", 1), "decls"),
        (unsigned(&base).replacen("\"id\":\"省\"", "\"id\":\"省\",\"无此项\":1", 1), "无此项"),
        ("{\"format\":1}".to_owned(), "rules"),
    ] {
        let said = first(&[wrong]);
        assert!(said.starts_with("E0702") && said.contains(place), "{said}");
    }
}

#[test]
fn another_version_of_the_form_is_not_guessed() {
    let [base, _] = both();
    let newer = base.replacen("\"format\": 1", "\"format\": 2", 1);
    let said = first(&[newer]);
    assert!(said.starts_with("E0703") && said.contains('2'), "{said}");
}

#[test]
fn size_and_depth_are_bounded_before_anything_is_read() {
    let deep = format!("{{\"format\":1,\"rules\":{}", "[".repeat(2_000_000));
    assert!(first(std::slice::from_ref(&deep)).starts_with("E0704"), "{}", first(&[deep]));
    let blank = " ".repeat(limits::MAX_STORED_BYTES + 1);
    assert!(first(std::slice::from_ref(&blank)).starts_with("E0704"), "{}", first(&[blank]));
}

#[test]
fn a_rule_changed_by_hand_does_not_fit_its_hash() {
    let [base, city] = both();
    let changed = base.replacen("\"3\"", "\"4\"", 1);
    assert_ne!(base, changed, "{base}");
    let said = first(&[changed.clone(), city.clone()]);
    assert!(said.starts_with("E0705"), "{said}");
    // Without its hash it is another rule set than the city was checked against.
    let said = first(&[unsigned(&changed), city]);
    assert!(said.starts_with("E0706"), "{said}");
}

#[test]
fn types_that_do_not_fit_are_refused() {
    let [base, _] = both();
    let wrong = unsigned(&base).replacen("\"op\":\"greater\"", "\"op\":\"equal\"", 1);
    assert_eq!(said(&[wrong]), Vec::<String>::new(), "an equal sign is as good");
    let boolean = "\"node\":{\"const\":{\"bool\":true}}";
    let number = unsigned(&base);
    let at = number.find("\"node\":{\"const\":{\"number\":").unwrap();
    let end = at + number[at..].find("}}").unwrap() + 2;
    let wrong = format!("{}{boolean}{}", &number[..at], &number[end..]);
    let said = first(&[wrong]);
    assert!(said.starts_with("E0707"), "{said}");
}

/// 原文 is kept in the stored form, so that it is seen from there that the base has changed since.
#[test]
fn an_amendment_that_is_stored_says_what_it_replaced() {
    let city = "规则集 市 版本 1\n基于 省\n修订 参数 线 = 2 因 从严\n  原文 线 = 3  # 一直如此\n";
    let checked = |base: &str, city: (&str, &str)| {
        let world = MemoryWorld::default().with("省/省.heng", base).with(city.0, city.1);
        let place = city.0.strip_suffix("/市.heng").unwrap_or(city.0).to_owned();
        check(&world, &[place], &LinkTable::new())
    };
    let first = checked(BASE, ("市/市.heng", city));
    assert_eq!(first.diagnostics, []);
    let linked = first.linked.unwrap();
    let at = linked.packages.iter().position(|it| &*it.id == "市").unwrap();
    let signed = stored::package(&linked, at).unwrap();
    let mut open: serde_json::Value = serde_json::from_str(&signed).unwrap();
    open.as_object_mut().unwrap().remove("uses");
    let changed = BASE.replace("线 = 3", "线 = 4");
    let codes = |base: &str, stored: &str| {
        let all = checked(base, ("市.json", stored));
        let line = |it: &Diagnostic| {
            let (file, line, column) = all.sources.place(it.primary.span);
            format!("{} {file}:{line}:{column}", it.code.record().name)
        };
        all.diagnostics.iter().map(line).collect::<Vec<_>>()
    };
    assert_eq!(codes(BASE, &signed), Vec::<String>::new());
    assert_eq!(codes(&changed, &open.to_string()), ["E0632 市.json/市.heng:4:1"]);
    // Where the content of the base is stated too, that does not fit either.
    assert_eq!(codes(&changed, &signed), ["E0706 市.json:1:1", "E0632 市.json/市.heng:4:1"]);
    // Without the lines the file is the place.
    open["rules"].as_object_mut().unwrap().remove("lines");
    open.as_object_mut().unwrap().remove("content");
    assert_eq!(codes(&changed, &open.to_string()), ["E0632 市.json:1:1"]);
}
