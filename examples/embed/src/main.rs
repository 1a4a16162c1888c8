//! Classifies one household by stored rules: `heng-embed RULES.json 2026-10-31`.

#![expect(clippy::print_stdout, reason = "printing is what it is for")]

use std::fmt::Display;

use heng_dsl::{diag::Lang, stored};
use heng_engine::data::{Household, Register};
use heng_engine::run::{RunOptions, run};
use heng_engine::{program::Program, show};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let [path, as_of] = [1, 2].map(|it| std::env::args().nth(it).unwrap_or_default());
    let rules =
        stored::link(vec![stored::read(&path, &std::fs::read(&path)?)?]).map_err(|it| all(&it))?;
    let program = Program::for_roots(rules.linked, &rules.roots).map_err(|it| all(&it))?;
    let linked = program.linked();
    let household = Household::build(linked, "92341702MA00000000")?
        .fields([("状态", "存续"), ("组成形式", "个人经营"), ("成立日期", "2019-03-01")])?
        .fields([("行业", "6210"), ("区划", "341702"), ("线上经营", "否"), ("名称", "示例小吃店")])?
        .record("失信被执行人", [("案号", "示例一"), ("立案日期", "2026-05-06")])?
        .done();
    let register = Register { households: vec![household], cutoff: None };
    let options =
        RunOptions { as_of: as_of.parse()?, threads: None, progress: None, reasons: false };
    for outcome in run(&program, &register, &options).outcomes {
        for (slot, worth) in program.grades().map(|it| (it, &outcome.values[it])) {
            let decl = linked.decl(slot);
            println!("{} {}", decl.name, show::value(linked, worth, &decl.ty, Lang::Zh));
        }
    }
    Ok(())
}

fn all<E: Display>(errors: &[E]) -> String {
    errors.iter().map(E::to_string).collect::<Vec<_>>().join("\n")
}
