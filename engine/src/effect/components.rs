//! What results rest on, as hashes: results of the same hash are the same for every household of the same register on the
//! same date, whichever version of the rules they come from.
//!
//! The hash of something is that of its normal form and of those of all that it reads, by itself or through others. What
//! has no place of its own (enumerations, the link table, the key of the household) is in every hash, as it is for
//! [`crate::reach`]: too much is worked out again, never too little.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Debug;

use heng_dsl::model::normal::normal;
use heng_dsl::model::{Id, RuleSet};
use heng_dsl::stored::Hash;
use serde::Serialize;

use super::again::owned;
use crate::program::Program;
use crate::reach::{self, Name, Web};

/// What the things of a program rest on.
pub(crate) struct Components<'p> {
    program: &'p Program,
    web: Web,
    /// Of everything by itself: its name, and its normal form where it has one.
    parts: BTreeMap<Name, Hash>,
    /// Of what is in every hash.
    common: Hash,
}

impl<'p> Components<'p> {
    /// Those of a program.
    pub(crate) fn of(program: &'p Program) -> Self {
        let linked = program.linked();
        let forms: Vec<RuleSet> = linked.packages.iter().map(normal).collect();
        let mut parts = BTreeMap::new();
        for (at, form) in forms.iter().enumerate() {
            parts_of(&linked.name_of(at), form, &mut parts);
        }
        let names = reach::names(linked);
        // Names tell things of the same form apart.
        let own = |it: &Name| {
            let name = Hash::of_bytes(format!("{it:?}").as_bytes());
            joined(std::iter::once(name).chain(parts.get(it).copied()))
        };
        let parts = names.values().map(|it| (it.clone(), own(it))).collect();
        let enums = forms.iter().enumerate().map(|it| (linked.name_of(it.0), &it.1.enums));
        let common = hash(&(enums.collect::<Vec<_>>(), reach::household(linked)));
        let links = format!("{:?}", linked.links);
        let common = joined([common, Hash::of_bytes(links.as_bytes())]);
        Self { program, web: Web::of(program), parts, common }
    }

    /// That of everything.
    pub(crate) fn whole(&self) -> Hash {
        joined(std::iter::once(self.common).chain(self.parts.values().copied()))
    }

    /// What a declaration is worth rests on this, by slot. Determinations of a grade are known by their order.
    pub(crate) fn decl(&self, slot: usize) -> Hash {
        let decides = self.program.linked().decides(slot).map(|it| it.id.to_string());
        let order = hash(&decides.collect::<Vec<_>>());
        let name = Name::Decl(reach::key(self.program.linked(), slot));
        joined([self.named(&name), order])
    }

    /// What the functions of the register give that stand in the program, by number; nothing for one that does not.
    pub(crate) fn functions(&self) -> Vec<Option<Hash>> {
        let mut all = vec![None; self.program.linked().sites()];
        for ((name, version), numbers) in owned(self.program) {
            let of = self.named(&name);
            for (place, (number, _)) in numbers.into_iter().enumerate() {
                if let Some(it) = all.get_mut(number) {
                    *it = Some(joined([of, hash(&(version, place))]));
                }
            }
        }
        all
    }

    fn named(&self, name: &Name) -> Hash {
        let all = self.web.upstream(&BTreeSet::from([name.clone()]));
        let each = all.iter().filter_map(|it| self.parts.get(it).copied());
        joined(std::iter::once(self.common).chain(each))
    }
}

/// The normal form of every part of a package that is told apart.
fn parts_of(package: &Id, form: &RuleSet, parts: &mut BTreeMap<Name, Hash>) {
    let key = |id: &Id| (package.clone(), id.clone());
    // What a name of a used package means may be another thing, although the rules read the same.
    let uses = hash(&form.uses);
    for it in form.subject.iter().flat_map(|it| &it.fields) {
        parts.insert(Name::Field(key(&it.id)), hash(it));
    }
    for it in &form.tables {
        parts.insert(Name::Table(key(&it.id)), hash(it));
    }
    for it in &form.codes {
        parts.insert(Name::Codes(key(&it.id)), hash(it));
    }
    for it in &form.decls {
        parts.insert(Name::Decl(key(&it.id)), joined([hash(it), uses]));
    }
    for it in &form.decides {
        parts.insert(Name::Decide(key(&it.id)), joined([hash(it), uses]));
    }
    for it in &form.checks {
        parts.insert(Name::Check(key(&it.id)), hash(it));
    }
    parts.insert(Name::Scope(package.clone()), joined([hash(&form.applies), uses]));
}

fn hash(of: &(impl Serialize + Debug)) -> Hash {
    match serde_json::to_vec(of) {
        Ok(bytes) => Hash::of_bytes(&bytes),
        Err(_) => Hash::of_bytes(format!("{of:?}").as_bytes()),
    }
}

fn joined(all: impl IntoIterator<Item = Hash>) -> Hash {
    let bytes: Vec<u8> = all.into_iter().flat_map(|it| *it.bytes()).collect();
    Hash::of_bytes(&bytes)
}

#[cfg(test)]
mod tests {
    use heng_dsl::check::check;
    use heng_dsl::model::linked::LinkTable;
    use heng_dsl::world::MemoryWorld;

    use super::*;
    use crate::effect::Pairs;

    const RULES: &str = "\
规则集 例 版本 1
枚举 等级：A、B
主体 户
  代码：文本 主键
  面积：整数
记录 处罚 按 日期
  日期：日期
参数 线 = 20
值 次数 = 计数(处罚 其中 近 12 个月)
值 大小 = 面积 + 1
值 位次 = 百分位(全体, 大小)
值 分 = 100 - 次数 - 线
分类 风险 为 等级 按 分
  50 以上：A
  不满 50：B
直接判定 大户 风险 定为 B
  当 大小 > 100
";

    fn program(rules: &str) -> Program {
        let world = MemoryWorld::default().with("例/例.heng", rules);
        let checked = check(&world, &["例".to_owned()], &LinkTable::new());
        let problems: Vec<_> = checked.diagnostics.iter().map(|it| format!("{it:?}")).collect();
        Program::new(checked.linked.unwrap_or_else(|| panic!("{problems:?}"))).unwrap()
    }

    #[test]
    fn what_a_change_does_not_reach_keeps_its_hash_and_nothing_else_does() {
        let edits = [
            ("版本 1", "版本 2"),
            ("线 = 20", "线 = 21"),
            ("面积 + 1", "面积 + 2"),
            ("近 12", "近 24"),
            ("  日期：日期\n", "  日期：日期\n  罚款：整数\n"),
            ("大小 > 100", "大小 > 99"),
            ("A、B", "A、B、C"),
        ];
        let old = program(RULES);
        let before = Components::of(&old);
        let mut kept = Vec::new();
        for (from, to) in edits {
            let new = program(&RULES.replace(from, to));
            let after = Components::of(&new);
            let pairs = Pairs::of(&old, &new).all;
            let both = pairs.iter().filter_map(|it| Some((it, it.before?, it.after?)));
            let same = both.filter(|(pair, old, new)| {
                let is_same = before.decl(*old) == after.decl(*new);
                assert_eq!(is_same, !pair.reached, "{from} → {to}: {}", pair.name.id);
                is_same
            });
            kept.push(same.count());
            let functions = [&before, &after].map(Components::functions);
            let stays = pairs.iter().any(|it| &*it.name.id == "位次" && !it.reached);
            assert_eq!(functions[0] == functions[1], stays, "{from} → {to}");
            assert_eq!(before.whole() == after.whole(), from == "版本 1", "{from} → {to}");
        }
        assert_eq!(kept, [6, 3, 3, 3, 3, 5, 0]);
    }
}
