//! A project that is named where a rule set could be.

use std::fs;
use std::path::Path;

use super::{Args, Command, Packages};
use crate::project;

impl Args {
    /// Takes the folder of a project that is named as if it were a rule set for the project: `heng run examples/bench` is
    /// `heng run -C examples/bench`, where there are rules in folders of their own beside `heng.toml`.
    pub(crate) fn meant(mut self) -> Self {
        if self.common.project.is_some() {
            return self;
        }
        let Some(packages) = self.command.as_mut().and_then(Command::packages) else { return self };
        if let [folder] = packages.folders.as_slice()
            && is_project(folder)
        {
            self.common.project = packages.folders.pop();
        }
        self
    }
}

impl Command {
    /// The rule sets that a command is about.
    fn packages(&mut self) -> Option<&mut Packages> {
        match self {
            Self::Check(it) => Some(&mut it.packages),
            Self::Test(it) => Some(&mut it.packages),
            Self::Run(it) => Some(&mut it.packages),
            Self::Graph(it) => Some(&mut it.packages),
            Self::Doc(it) => Some(&mut it.packages),
            Self::Compile(it) => Some(&mut it.packages),
            Self::Backtest(it) => Some(&mut it.packages),
            _ => None,
        }
    }
}

/// Is it the folder of a project, and no rule set itself?
fn is_project(folder: &Path) -> bool {
    let is_rules = |it: fs::DirEntry| it.path().extension().is_some_and(|it| it == "heng");
    folder.join(project::FILE).is_file()
        && fs::read_dir(folder).is_ok_and(|mut all| !all.any(|it| it.is_ok_and(is_rules)))
}
