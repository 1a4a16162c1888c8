//! Who has to approve a change, by the gates of the project, and the plan in which a review is kept: what
//! `heng approve` signs and `heng apply` makes effective.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;
use std::sync::Arc;

use heng_dsl::diag::Lang;
use heng_engine::impact::Impact;
use heng_engine::registry::vfs::Disk;
use heng_engine::registry::{
    Counted, Figures, Gate, Measure, PLAN_FORMAT, Plan, Reference, Registry, RegistryError, Row,
    With, approvers,
};
use serde_json::{Value, json};

use super::{Section, save};
use crate::args::Diff as Args;
use crate::commands::doc::html::escaped;
use crate::commands::{prepare, registry};
use crate::exit::Exit;
use crate::lang::pick;
use crate::project::{Project, shown};
use crate::shelf::ShelfError;
use crate::snapshot::snapshot;
use crate::table::Rows;
use crate::terminal::{Terminal, harmless};

/// The figures of a review; how many transitions are undecided where a proof was asked for. A change
/// without effect moves nobody, whatever the data are.
pub(super) fn figures(
    (has_effect, undecided): (bool, Option<usize>),
    impact: Option<&Impact>,
    undocumented: usize,
) -> Figures {
    let number = |it: usize| u64::try_from(it).unwrap_or(u64::MAX);
    let counted = impact.and_then(|it| Some((it.households, it.totals?)));
    let counted = counted.map(|(households, totals)| Counted {
        households: number(households),
        moved: number(totals.moved),
        riskiest_before: number(totals.riskiest_before),
        riskiest_after: number(totals.riskiest_after),
        jumps: number(totals.jumps),
    });
    Figures {
        counted: counted.or_else(|| (!has_effect).then(Counted::default)),
        undecided: undecided.map(number),
        undocumented: number(undocumented),
    }
}

/// The gates, each held against the figures.
pub(super) struct Approval<'r> {
    pub(super) gates: &'r [Gate],
    pub(super) figures: &'r Figures,
}

impl Approval<'_> {
    fn hit(&self) -> impl Iterator<Item = &Gate> {
        self.gates.iter().filter(|it| it.is_hit(self.figures))
    }

    /// Everybody who has to approve.
    fn needed(&self) -> BTreeSet<String> {
        approvers(self.gates, self.figures)
    }

    fn verdict(&self, lang: Lang) -> String {
        let needed: Vec<String> = self.needed().into_iter().collect();
        match (needed.is_empty(), lang) {
            (true, Lang::Zh) => "没有触及审批条件：作者以外任何一位审批即可".to_owned(),
            (true, Lang::En) => "no gate is hit: anybody but the author may approve".to_owned(),
            (false, Lang::Zh) => format!("须经审批：{}", needed.join("、")),
            (false, Lang::En) => format!("has to be approved by {}", needed.join(", ")),
        }
    }

    /// A gate as a row: what it looks at, what that comes to, above what it is hit, is it, who approves.
    fn row(&self, gate: &Gate, lang: Lang) -> [String; 5] {
        let [zh, en] = gate.when.words();
        let always = gate.when == Measure::Always;
        let amount = match gate.amount(self.figures) {
            _ if always => String::new(),
            Some(it) => it.to_string(),
            None => pick(lang, "没有看", "not looked at").to_owned(),
        };
        let over = if always { String::new() } else { format!("> {}", gate.over) };
        let hit = gate.is_hit(self.figures);
        let hit = if hit { pick(lang, "触及", "hit") } else { "–" };
        let by = gate.approvers.join(pick(lang, "、", ", "));
        [pick(lang, zh, en).to_owned(), amount, over, hit.to_owned(), by]
    }
}

fn heading(lang: Lang) -> &'static str {
    pick(lang, "审批", "Approval")
}

impl Section for Approval<'_> {
    fn name(&self) -> &'static str {
        "approval"
    }

    fn text(&self, lang: Lang) -> String {
        let mut rows = Rows::plain();
        for it in self.gates {
            rows.push(self.row(it, lang));
        }
        format!("{} · {}\n{}", heading(lang), self.verdict(lang), rows.text())
    }

    fn json(&self) -> Value {
        let gate = |it: &Gate| {
            json!({
                "when": it.when,
                "over": it.over.to_string(),
                "amount": it.amount(self.figures),
                "hit": it.is_hit(self.figures),
                "approvers": it.approvers,
            })
        };
        json!({
            "figures": self.figures,
            "gates": self.gates.iter().map(gate).collect::<Vec<_>>(),
            "needed": self.needed(),
        })
    }

    fn html(&self, lang: Lang) -> String {
        let mut out = format!("<section>\n<h2>{}</h2>\n", heading(lang));
        let _ = writeln!(out, "<p>{}</p>\n<table>\n<tbody>", escaped(&self.verdict(lang)));
        for gate in self.gates {
            let cells = self.row(gate, lang).map(|it| ["<td>", &escaped(&it), "</td>"].concat());
            let _ = writeln!(out, "<tr>{}</tr>", cells.concat());
        }
        out + "</tbody>\n</table>\n</section>\n"
    }

    fn exit(&self) -> Exit {
        if self.hit().next().is_some() { Exit::Gate } else { Exit::Fine }
    }
}

/// Both versions of the registry; of nothing else can a plan be made.
pub(super) struct Sides {
    registry: Registry,
    rows: [Row; 2],
    /// What is looked at with both.
    with: Vec<Row>,
}

impl Sides {
    /// Finds them, before anything is worked out.
    pub(super) fn find(args: &Args, project: &Project, terminal: Terminal) -> Result<Self, Exit> {
        let json = args.form() == super::DiffFormat::Json;
        let parsed = |path: &Path| path.to_str().and_then(Reference::parse);
        let (Some(old), Some(new)) = (parsed(&args.old), parsed(&args.new)) else {
            return Err(only_versions(terminal));
        };
        let with: Option<Vec<Reference>> = args.with.iter().map(|it| parsed(it)).collect();
        let Some(with) = with else {
            return Err(only_versions_with(terminal));
        };
        let Some(root) = &project.registry else {
            let words = ShelfError::NoRegistry(old).words();
            terminal.complain(harmless(words.of(terminal.lang)));
            return Err(Exit::Usage);
        };
        let refused = |it: &RegistryError| registry::refuse(it, json, terminal);
        let registry = Registry::read(root, Arc::new(Disk)).map_err(|it| refused(&it))?;
        let find = |it: &Reference| registry.find(it).map_err(|it| refused(&it));
        let rows = [find(&old)?, find(&new)?];
        if rows[0].set != rows[1].set || rows[0].version == rows[1].version {
            return Err(only_versions(terminal));
        }
        let with: Result<Vec<Row>, Exit> = with.iter().map(find).collect();
        Ok(Self { with: with?, registry, rows })
    }

    /// Makes the plan and writes it.
    pub(super) fn save(
        &self,
        (path, args): (&Path, &Args),
        figures: Figures,
        (impact, report): (Option<&Impact>, Value),
        (project, terminal): (&Project, Terminal),
    ) -> Result<(), Exit> {
        let json = args.form() == super::DiffFormat::Json;
        let refused = |it: &RegistryError| registry::refuse(it, json, terminal);
        let [old, new] = &self.rows;
        let side = |row: &Row| self.registry.side(row).map_err(|it| refused(&it));
        let (was, is) = (side(old)?, side(new)?);
        let beside = |it: &Row| Ok(With { set: it.set.clone(), side: side(it)? });
        let with: Result<Vec<With>, Exit> = self.with.iter().map(beside).collect();
        let folder = args.data.data.as_ref().or(project.data.as_ref()).filter(|_| impact.is_some());
        let data = folder.map(|folder| {
            snapshot(folder).map_err(|it| registry::unreadable(folder, &it, json, terminal))
        });
        let plan = Plan {
            format: PLAN_FORMAT,
            set: new.set.clone(),
            old: was,
            new: is,
            with: with?,
            as_of: impact.map(|it| it.as_of),
            data: data.transpose()?,
            engine: env!("CARGO_PKG_VERSION").to_owned(),
            figures,
            report,
        };
        save(path, &plan.text()).map_err(|it| {
            prepare::refuse(vec![(it.code(), it.words())], json, Exit::Problems, terminal)
        })?;
        let (path, hash) = (shown(path), plan.hash());
        terminal.tell(match terminal.lang {
            Lang::Zh => format!("计划写到“{path}”，摘要 {hash}"),
            Lang::En => format!("the plan is written to “{path}”, its hash is {hash}"),
        });
        Ok(())
    }
}

fn only_versions(terminal: Terminal) -> Exit {
    misused(
        terminal,
        [
            "--save 要比较版本库里同一规则集的两个版本，写成 通用@2026.1 通用@2026.2；先用 heng publish 发布新版",
            "--save compares two versions of one rule set of a registry: SET@2026.1 SET@2026.2; publish the new one first",
        ],
    )
}

fn only_versions_with(terminal: Terminal) -> Exit {
    misused(
        terminal,
        [
            "存计划时，--with 要写版本库里的版本，如 食品@2025.1：文件夹以后还会变，计划就说不准了",
            "a plan needs --with to name a version of the registry, such as 食品@2025.1: a folder may change later, and the plan would no longer hold",
        ],
    )
}

fn misused(terminal: Terminal, [zh, en]: [&'static str; 2]) -> Exit {
    terminal.complain(terminal.pick(zh, en));
    Exit::Usage
}
