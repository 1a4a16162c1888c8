//! The examples of a page, checked as if they were files.
//!
//! An example is one rule file, or several things of which each begins with a line `=== …`: a file with
//! its folder (`=== 省/省.heng`), a project file (`=== heng.toml`), or edits that are only tried
//! (`=== heng try`, one a line). Without a project file the folder of the first file is checked.

use heng_dsl::model::Id;
use heng_dsl::model::linked::LinkTable;
use heng_dsl::world::MemoryWorld;

use crate::project::{self, Project};
use crate::rules::{self, Checked};

/// What begins a file.
const MARK: &str = "=== ";

/// What begins the edits.
const TRY: &str = "heng try";

/// Checks an example.
///
/// # Errors
///
/// It is put together wrongly: the sentence says how, for those who write examples.
pub fn check(example: &str) -> Result<Checked, String> {
    let mut world = MemoryWorld::default();
    let mut project = None;
    let mut first = None;
    let mut edits = Vec::new();
    for (name, text) in parts(example) {
        match name.split_once('/') {
            Some((folder, _)) => {
                first.get_or_insert_with(|| folder.to_owned());
                world = world.with(name, &text);
            }
            None if name == project::FILE => project = Some(Project::parse(&text)?),
            None if name == TRY => {
                edits.extend(text.lines().filter(|it| !it.trim().is_empty()).map(str::to_owned));
            }
            None => return Err(format!("“{name}” is neither in a folder nor a known part")),
        }
    }
    let first = first.ok_or("there is no rule file")?;
    let roots = match &project {
        Some(it) => it.rules.iter().map(|it| project::shown(it)).collect(),
        None => vec![first],
    };
    let links = project.iter().flat_map(|it| &it.links);
    let links: LinkTable =
        links.map(|it| (Id::from(it.0.as_str()), Id::from(it.1.as_str()))).collect();
    Ok(rules::check_in_memory(&world, &roots, &links, &edits))
}

/// The parts of an example by name; one without marks is a rule file.
fn parts(example: &str) -> Vec<(&str, String)> {
    let mut parts: Vec<(&str, String)> = Vec::new();
    for line in example.lines() {
        if let Some(name) = line.strip_prefix(MARK) {
            parts.push((name.trim(), String::new()));
            continue;
        }
        if parts.is_empty() {
            parts.push(("例/例.heng", String::new()));
        }
        if let Some((_, text)) = parts.last_mut() {
            text.push_str(line);
            text.push('\n');
        }
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::check;

    fn codes(example: &str) -> Vec<&'static str> {
        let checked = check(example).unwrap();
        checked.diagnostics.iter().map(|it| it.code.record().name).collect()
    }

    #[test]
    fn one_file_needs_no_mark() {
        assert_eq!(codes("规则集 例 版本 1\n参数 甲 = 1\n"), [""; 0]);
        assert_eq!(codes("规则集 例 版本 1\n参数 甲 =\n"), ["E0101"]);
    }

    #[test]
    fn several_files_a_project_and_edits_are_put_together() {
        let sets = "=== 甲/甲.heng\n规则集 甲 版本 1\n引用 乙\n参数 一 = 乙.二\n=== 乙/乙.heng\n规则集 乙 版本 1\n参数 二 = 1\n";
        assert_eq!(codes(sets), [""; 0]);
        assert_eq!(codes(&format!("{sets}=== heng try\n参数 二 = 3\n")), [""; 0]);
        assert_eq!(codes(&format!("{sets}=== heng try\n参数 三 = 3\n")), ["E0624"]);
        let linked =
            format!("{sets}=== heng.toml\nrules = [\"甲\", \"丙\"]\n[links]\n\"乙\" = \"丙\"\n");
        let other = "=== 丙/丙.heng\n规则集 丙 版本 1\n";
        assert_eq!(codes(&format!("{linked}{other}")), ["E0619"]);
        assert_eq!(codes(&format!("{linked}{other}参数 二 = 5\n")), [""; 0]);
    }

    #[test]
    fn what_is_put_together_wrongly_is_said() {
        assert!(check("").is_err());
        assert!(check("=== 甲.heng\n规则集 甲 版本 1\n").is_err());
        assert!(check("=== 甲/甲.heng\n规则集 甲 版本 1\n=== heng.toml\nrule = 1\n").is_err());
    }
}
