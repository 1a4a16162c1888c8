//! The shipped sets in memory, what faults can be made of, and a random choice that a seed repeats.

#![expect(clippy::unwrap_used, reason = "a set that cannot be read stops the test")]

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use heng_dsl::check::{Checked, check};
use heng_dsl::diag::Lang;
use heng_dsl::model::linked::{LinkTable, Linked};
use heng_dsl::model::walk::{self, RefKind, Visitor};
use heng_dsl::model::{
    ConditionMode, Content, DecideEffect, Decl, DeclKind, EnumType, Id, Ref, RuleSet, TyKind,
    Version,
};
use heng_dsl::world::MemoryWorld;

/// A kind of fault.
#[derive(Clone, Copy)]
pub(crate) struct Kind {
    /// The code that has to be reported at it.
    pub(crate) code: &'static str,
    pub(crate) name: &'static str,
    /// Makes one out of what a set has, under a name; `None` where the set lacks what it takes.
    pub(crate) plant: fn(&Set, &mut Random, &str) -> Option<Fault>,
}

/// Declarations with one fault.
pub(crate) struct Fault {
    pub(crate) text: String,
    pub(crate) place: Place,
    /// Lines of the head of a set of its own.
    head: String,
    at: At,
}

/// What has the fault.
#[derive(Clone, Copy)]
enum At {
    /// The last of the declarations.
    Last,
    /// All of them together.
    All,
    /// The head of the set.
    Head,
}

/// Where a fault stands: its file and its lines.
pub(crate) struct Spot {
    pub(crate) file: String,
    pub(crate) lines: Range<usize>,
}

/// Where declarations are put.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// Into the set.
    Beside,
    /// Each fault into a set of its own that is 基于 it.
    Extending,
    /// Each fault into a set of its own that uses it, with points and a total of its own.
    Apart,
}

impl Fault {
    fn new(place: Place, text: String) -> Self {
        Self { text, place, head: String::new(), at: At::Last }
    }

    pub(crate) fn beside(text: String) -> Self {
        Self::new(Place::Beside, text)
    }

    pub(crate) fn extending(text: String) -> Self {
        Self::new(Place::Extending, text)
    }

    pub(crate) fn apart(text: String) -> Self {
        Self::new(Place::Apart, text)
    }

    /// In a set of its own, whose declarations have it together.
    pub(crate) fn together(text: String) -> Self {
        Self { at: At::All, ..Self::apart(text) }
    }

    /// In a set of its own, whose head has it.
    pub(crate) fn in_the_head(head: &str, text: String) -> Self {
        Self { head: head.to_owned(), at: At::Head, ..Self::apart(text) }
    }

    /// Puts it at the end of a file; the lines that have the fault.
    fn put(&self, file: &mut String) -> Range<usize> {
        let from = file.lines().count() + 1;
        file.push_str(&self.text);
        let lines: Vec<&str> = self.text.lines().collect();
        let last = lines.iter().rposition(|it| !it.starts_with(' ')).unwrap_or(0);
        match self.at {
            At::Last => from + last..from + lines.len(),
            At::All => from..from + lines.len(),
            At::Head => 1..from,
        }
    }
}

/// A shipped set.
pub(crate) struct Set {
    pub(crate) folder: String,
    linked: Arc<Linked>,
    root: usize,
    written: String,
}

/// A choice that a seed repeats.
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number from `low` on, below `high`.
    pub(crate) fn below(&mut self, low: u64, high: u64) -> u64 {
        low + self.next() % (high - low)
    }

    /// One of these.
    pub(crate) fn of<T>(&mut self, mut all: Vec<T>) -> Option<T> {
        let count = u64::try_from(all.len()).unwrap();
        if all.is_empty() {
            return None;
        }
        Some(all.swap_remove(usize::try_from(self.next() % count).unwrap()))
    }
}

impl Set {
    pub(crate) fn rules(&self) -> &RuleSet {
        &self.linked.packages[self.root]
    }

    /// The set with all that it uses.
    fn seen(&self) -> impl Iterator<Item = &RuleSet> {
        let (mut seen, mut next) = (BTreeSet::new(), vec![self.root]);
        while let Some(at) = next.pop() {
            if seen.insert(at) {
                let uses = &self.linked.packages[at].uses;
                next.extend(uses.iter().filter_map(|it| self.linked.used(at, it)));
            }
        }
        seen.into_iter().map(|it| &self.linked.packages[it])
    }

    /// A record table with an event date, by name.
    pub(crate) fn records(&self, random: &mut Random) -> Option<String> {
        let tables = self.seen().flat_map(|it| &it.tables).filter(|it| !it.order.is_empty());
        random.of(tables.map(|it| it.name.to_string()).collect())
    }

    /// The event date of a record table.
    pub(crate) fn date_of(&self, records: &str) -> Option<String> {
        let table = self.seen().flat_map(|it| &it.tables).find(|it| *it.name == *records)?;
        let date = table.fields.iter().find(|it| Some(&it.id) == table.order.first())?;
        Some(date.name.to_string())
    }

    /// The conditions of tags, alerts and direct determinations that need nothing beside them, as their
    /// authors wrote them.
    pub(crate) fn condition(&self, random: &mut Random) -> Option<String> {
        let decls = self.rules().decls.iter().filter(|it| is_plain(it)).filter_map(text);
        let decides = self.rules().decides.iter().filter_map(|it| text_of(&it.versions));
        random.of(decls.chain(decides).filter(|it| self.stands_alone(it)).collect())
    }

    /// Has a condition no name that is one only inside some rule? Names of records (取 … = 许可 其中 …) leave no
    /// trace in the model.
    fn stands_alone(&self, condition: &str) -> bool {
        let names = self.written.lines().filter_map(|it| it.trim_start().strip_prefix("取 "));
        let mut names = names.filter_map(|it| it.split_once(" = "));
        !names.any(|it| condition.contains(it.0))
    }

    /// The condition of a tag with nothing else to it.
    pub(crate) fn tag(&self, random: &mut Random) -> Option<String> {
        let tags = self.rules().decls.iter();
        let tags = tags.filter(|it| matches!(it.kind, DeclKind::Tag { .. }) && is_plain(it));
        random.of(tags.filter_map(text).filter(|it| self.stands_alone(it)).collect())
    }

    /// A direct determination that sets a grade, or shifts it upwards: its target, its effect, its
    /// condition.
    pub(crate) fn determination(
        &self,
        random: &mut Random,
        sets: bool,
    ) -> Option<(String, String, String)> {
        let all = self.rules().decides.iter().filter(|it| !it.first && !it.adds_up);
        let all = all.filter_map(|it| {
            let [(effect, _)] = it.versions.as_slice() else { return None };
            let target = self.linked.decl(it.target.slot.index());
            let DeclKind::Classify { grade } = &target.kind else { return None };
            let members = &self.linked.enumeration(grade.slot.index()).members;
            let effect = match effect {
                DecideEffect::Set(it) if sets => {
                    format!("定为 {}", members[usize::from(*it)].name)
                }
                DecideEffect::Raise { by, limit: Some(limit) } if !sets => {
                    format!("上调 {by} 级 不超过 {}", members[usize::from(*limit)].name)
                }
                _ => return None,
            };
            let text = text_of(&it.versions).filter(|it| self.stands_alone(it))?;
            Some((target.name.to_string(), effect, text))
        });
        random.of(all.collect())
    }

    /// A field of the household that always has a member, its enumeration, and two members.
    pub(crate) fn field(&self, random: &mut Random) -> Option<[String; 4]> {
        let fields = self.seen().filter_map(|it| it.subject.as_ref()).flat_map(|it| &it.fields);
        let fields = fields.filter(|it| !it.ty.optional && it.derived.is_none());
        let fields = fields.filter_map(|it| match &it.ty.kind {
            TyKind::Member(of) => {
                let of = self.linked.enumeration(of.slot.index());
                let [first, .., last] = of.members.as_slice() else { return None };
                let names = [&it.name, &of.name, &first.name, &last.name];
                Some(names.map(ToString::to_string))
            }
            _ => None,
        });
        random.of(fields.collect())
    }

    /// A row of an indicator: its name, the number of the row, its result as written.
    pub(crate) fn row(&self, random: &mut Random) -> Option<(String, usize, String)> {
        let mut rows = Vec::new();
        for decl in &self.rules().decls {
            let (DeclKind::Indicator { fused: false, .. }, [version]) =
                (&decl.kind, decl.versions.as_slice())
            else {
                continue;
            };
            let Content::Table(table) = &version.content else { continue };
            for (at, row) in table.rows.iter().enumerate() {
                if let Some((_, result)) = row.text.rsplit_once('：') {
                    rows.push((decl.name.to_string(), at + 1, result.to_owned()));
                }
            }
        }
        random.of(rows)
    }

    /// The lines of an indicator in bands whose lowest bound is a whole number, as its author wrote
    /// them, and which of them is such a band.
    pub(crate) fn bands(&self, random: &mut Random) -> Option<(Vec<String>, usize)> {
        let lines: Vec<&str> = self.written.lines().collect();
        let mut all = Vec::new();
        for (at, _) in lines.iter().enumerate().filter(|it| it.1.starts_with("指标 ")) {
            let rest = lines[at + 1..].iter().take_while(|it| it.starts_with(' '));
            let rest: Vec<String> = rest.map(ToString::to_string).collect();
            if !rest.iter().any(|it| it.starts_with("  评分 按 ") && !it.contains(", ")) {
                continue;
            }
            // Another set would have to write the name of this one before it.
            if rest.iter().any(|it| self.reads_own(it)) {
                continue;
            }
            let band = |it: &String| {
                let row = it.trim_start();
                let bound: String = row.chars().take_while(char::is_ascii_digit).collect();
                let wide = row.contains(" 至 ") || row.contains("以上：");
                wide && !row.contains("不满") && bound.parse::<u64>().is_ok_and(|it| it > 0)
            };
            let bands = rest.iter().enumerate().filter(|it| band(it.1)).map(|it| it.0);
            let bands: Vec<usize> = bands.collect();
            all.extend(bands.into_iter().map(|it| (rest.clone(), it)));
        }
        random.of(all)
    }

    /// Does a line name a declaration of the set?
    fn reads_own(&self, line: &str) -> bool {
        let mut words = line.split(|it: char| !it.is_alphanumeric());
        words.any(|word| self.rules().decls.iter().any(|it| *it.name == *word))
    }

    /// Whether it is a set on its own, and not an amendment of another.
    pub(crate) fn is_whole(&self) -> bool {
        self.rules().uses.iter().all(|it| !it.extends)
    }

    /// A direct determination.
    pub(crate) fn decide(&self, random: &mut Random) -> Option<String> {
        random.of(self.rules().decides.iter().map(|it| it.name.to_string()).collect())
    }

    /// A value that something else of the set reads.
    pub(crate) fn read_value(&self, random: &mut Random) -> Option<String> {
        let decls = &self.rules().decls;
        let mut read = Read(BTreeSet::new());
        decls.iter().for_each(|it| walk::decl(it, &mut read));
        let values =
            decls.iter().filter(|it| it.kind == DeclKind::Value && read.0.contains(&it.id));
        random.of(values.map(|it| it.name.to_string()).collect())
    }

    /// A grade of the set with its members.
    pub(crate) fn grade(&self, random: &mut Random) -> Option<(String, Vec<String>)> {
        let all = self.rules().enums.iter().filter(|it| it.ordered && it.members.len() > 1);
        let names = |it: &EnumType| it.members.iter().map(|it| it.name.to_string()).collect();
        random.of(all.map(|it| (it.name.to_string(), names(it))).collect())
    }

    /// An indicator that gives a reason.
    pub(crate) fn reasoned(&self, random: &mut Random) -> Option<String> {
        let all = self.rules().decls.iter().filter(|it| {
            let reasons = it.versions.len() == 1 && it.versions[0].reason.is_some();
            matches!(it.kind, DeclKind::Indicator { fused: false, .. }) && reasons
        });
        random.of(all.map(|it| it.name.to_string()).collect())
    }
}

/// What is read of the same package, by id.
struct Read(BTreeSet<Id>);

impl Visitor for Read {
    fn reference(&mut self, kind: RefKind, reference: &Ref, _: bool) {
        if kind == RefKind::Decl && reference.package.is_none() {
            self.0.insert(reference.id.clone());
        }
    }
}

fn is_plain(decl: &Decl) -> bool {
    let [version] = decl.versions.as_slice() else { return false };
    version.applies.is_none() && version.lets.is_empty() && version.period.is_always()
}

fn text(decl: &Decl) -> Option<String> {
    one(&decl.versions[0].content)
}

fn text_of(versions: &[(DecideEffect, Version)]) -> Option<String> {
    let [(_, version)] = versions else { return None };
    (version.applies.is_none() && version.lets.is_empty()).then(|| one(&version.content))?
}

/// The text of a condition that stands alone.
fn one(content: &Content) -> Option<String> {
    match content {
        Content::Condition(it) if it.mode == ConditionMode::One => it.texts.first().cloned(),
        _ => None,
    }
}

/// All shipped sets.
pub(crate) struct Shipped {
    world: MemoryWorld,
    sets: Vec<Set>,
    said: Vec<(String, String)>,
}

impl Shipped {
    pub(crate) fn read() -> Self {
        let home = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let mut world = MemoryWorld::default();
        let mut folders = Vec::new();
        for folder in folders_in(&home.join("indicator-sets")) {
            let name = folder.file_name().unwrap().to_string_lossy().into_owned();
            world = files(&folder, &name, world);
            folders.push((name, folder));
        }
        for example in folders_in(&home.join("examples")) {
            let rules = example.join("rules");
            if rules.is_dir() {
                let name = example.file_name().unwrap().to_string_lossy().into_owned();
                world = files(&rules, &name, world);
                folders.push((name, rules));
            }
        }
        let roots: Vec<String> = folders.iter().map(|it| it.0.clone()).collect();
        let checked = check(&world, &roots, &LinkTable::new());
        let said = checked.diagnostics.iter().map(|it| {
            let (path, _, _) = checked.sources.place(it.primary.span);
            (path.to_owned(), it.message(Lang::Zh))
        });
        let said = said.collect();
        let linked = Arc::new(checked.linked.unwrap());
        let each = folders.into_iter().zip(checked.roots);
        let sets = each.filter_map(|((folder, path), root)| {
            set(folder, (Arc::clone(&linked), root), written(&path))
        });
        Self { world, sets: sets.collect(), said }
    }

    /// What was said of the sets as they are shipped: the file, and the sentence.
    pub(crate) fn said(&self) -> &[(String, String)] {
        &self.said
    }

    /// Those that say something of a household, in the order of their folders.
    pub(crate) fn sets(&self) -> &[Set] {
        &self.sets
    }

    /// Checks sets with faults put into them, into sets that are 基于 them, or into sets that use them: where
    /// each fault stands, and what was said.
    pub(crate) fn with(&self, faults: &[(&Set, &Fault)]) -> (Vec<Spot>, Checked) {
        let mut files: BTreeMap<String, String> = BTreeMap::new();
        let mut spots = Vec::new();
        for (number, (set, fault)) in faults.iter().enumerate() {
            let name = format!("种下{number}");
            let (folder, head) = match fault.place {
                Place::Beside => (set.folder.clone(), String::new()),
                Place::Extending => (name.clone(), extending(set.rules(), &name)),
                Place::Apart => (name.clone(), apart(set.rules(), &name, &fault.head)),
            };
            let file = format!("{folder}/种下.heng");
            let text = files.entry(folder).or_insert(head);
            spots.push(Spot { file, lines: fault.put(text) });
        }
        let mut world = self.world.clone();
        for (folder, text) in &files {
            world = world.with(&format!("{folder}/种下.heng"), text);
        }
        let roots: Vec<String> = files.into_keys().collect();
        (spots, check(&world, &roots, &LinkTable::new()))
    }
}

/// The head of a set that uses another one and what that uses.
fn apart(rules: &RuleSet, name: &str, lines: &str) -> String {
    let mut head = format!("规则集 {name} 版本 1\n{lines}引用 {}\n", rules.id);
    for it in &rules.uses {
        let _ = writeln!(head, "引用 {}", it.package);
    }
    head
}

/// The head of a set that is 基于 another one and uses what that uses.
fn extending(rules: &RuleSet, name: &str) -> String {
    let mut head = format!("规则集 {name} 版本 1\n基于 {}\n", rules.id);
    for it in rules.uses.iter().filter(|it| !it.extends) {
        let _ = writeln!(head, "引用 {}", it.package);
    }
    head
}

/// A set that says something of a household.
fn set(folder: String, (linked, root): (Arc<Linked>, usize), written: String) -> Option<Set> {
    let says = |it: &Decl| {
        use DeclKind::{Alert, Classify, Indicator, List, Measure, Tag};
        let of = &it.kind;
        matches!(
            of,
            Indicator { .. } | Classify { .. } | Tag { .. } | Alert { .. } | Measure { .. } | List
        )
    };
    let says = linked.packages[root].decls.iter().filter(|it| says(it)).count();
    (says > 0).then_some(Set { folder, linked, root, written })
}

fn folders_in(path: &Path) -> Vec<std::path::PathBuf> {
    let all = fs::read_dir(path).unwrap().map(|it| it.unwrap().path());
    let mut all: Vec<_> = all.filter(|it| it.is_dir()).collect();
    all.sort();
    all
}

/// The rules of a folder, one file after the other.
fn written(folder: &Path) -> String {
    let mut all: Vec<_> = fs::read_dir(folder).unwrap().map(|it| it.unwrap().path()).collect();
    all.sort();
    all.retain(|it| it.extension().is_some_and(|it| it == "heng"));
    all.iter().map(|it| fs::read_to_string(it).unwrap() + "\n").collect()
}

/// Takes the files of a folder, and of folders in it, into the world.
fn files(folder: &Path, name: &str, mut world: MemoryWorld) -> MemoryWorld {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let inner = format!("{name}/{}", path.file_name().unwrap().to_string_lossy());
        let wanted = path.extension().is_some_and(|it| it == "heng" || it == "csv");
        if path.is_dir() {
            world = files(&path, &inner, world);
        } else if wanted {
            world = world.with(&inner, &fs::read_to_string(&path).unwrap());
        }
    }
    world
}
