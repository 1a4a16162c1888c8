//! `--watch`: does something again whenever a file that it reads has changed.
//!
//! Files are looked at a few times a second instead of asking the system to tell: that is the same on
//! every system and on network folders, and a rule set has few files. A burst of changes is one change.
//! Watching ends when standard input is closed, as watchers of build tools do, or by an interrupt.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, IsTerminal as _, Read as _};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

use heng_dsl::diag::Lang;

use crate::args::Packages;
use crate::exit::Exit;
use crate::project::Project;
use crate::rules::Wanted;
use crate::terminal::{Terminal, harmless};

/// How long to wait between two looks.
const PAUSE: Duration = Duration::from_millis(250);

/// Folders below folders that are looked into.
const DEEPEST: usize = 8;

/// Does `once` now and after every change, until standard input is closed; then the last exit counts.
pub(super) fn run(
    (packages, file): (&Packages, Option<PathBuf>),
    project: impl Fn() -> Result<Project, Exit>,
    once: impl Fn(&Project) -> Result<Exit, Exit>,
    terminal: Terminal,
) -> Exit {
    let look = |project: &Result<Project, Exit>| {
        let nothing = Project::default();
        let wanted = Wanted::new(packages, project.as_ref().unwrap_or(&nothing));
        look(&wanted, file.as_deref())
    };
    let (closing, closed) = channel::<()>();
    thread::spawn(move || {
        // Whatever is typed means nothing; the end of the input drops the sender.
        let _ = io::copy(&mut io::stdin().lock().by_ref(), &mut io::sink());
        drop(closing);
    });
    loop {
        // What is read now is what changes are told from; the project may name other folders by now.
        let read = project();
        let seen = look(&read);
        if terminal.colors_on_stdout() && io::stdout().is_terminal() {
            // To the beginning of an empty screen.
            terminal.out("\u{1b}[2J\u{1b}[H");
        }
        let exit = read.as_ref().map_err(|exit| *exit).and_then(&once).unwrap_or_else(|exit| exit);
        terminal.tell(terminal.pick(
            "等待改动；结束：Ctrl-C，或关闭标准输入",
            "waiting for changes; Ctrl-C or the end of standard input ends it",
        ));
        let changed = loop {
            match closed.recv_timeout(PAUSE) {
                Err(RecvTimeoutError::Timeout) => {}
                Ok(()) | Err(RecvTimeoutError::Disconnected) => return exit,
            }
            if let Some(first) = difference(&seen, &look(&read)) {
                break first;
            }
        };
        let file = changed.to_string_lossy().into_owned();
        terminal.tell(match terminal.lang {
            Lang::Zh => format!("“{}”变了", harmless(&file)),
            Lang::En => format!("“{}” changed", harmless(&file)),
        });
    }
}

/// The first file that is not as it was.
fn difference<S: PartialEq>(
    before: &BTreeMap<PathBuf, S>,
    now: &BTreeMap<PathBuf, S>,
) -> Option<PathBuf> {
    let changed = now.iter().find(|(path, state)| before.get(*path) != Some(*state));
    let gone = || before.keys().find(|it| !now.contains_key(*it));
    changed.map(|it| it.0).or_else(gone).cloned()
}

/// The state of every file that could matter: rules, code tables, stored rules, the project file.
fn look(wanted: &Wanted, project: Option<&Path>) -> BTreeMap<PathBuf, impl PartialEq + use<>> {
    let mut files: Vec<PathBuf> = project.map(Path::to_owned).into_iter().collect();
    for place in wanted.places() {
        collect(&place, 0, &mut files);
    }
    files.into_iter().filter_map(|it| Some((it.clone(), state(&it)?))).collect()
}

/// Size and time of the last change.
fn state(path: &Path) -> Option<impl PartialEq + use<>> {
    let about = fs::metadata(path).ok()?;
    Some((about.len(), about.modified().ok()))
}

fn collect(path: &Path, depth: usize, files: &mut Vec<PathBuf>) {
    if path.is_file() {
        files.push(path.to_owned());
        return;
    }
    if depth > DEEPEST {
        return;
    }
    for entry in fs::read_dir(path).into_iter().flatten().flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        if !name.starts_with('.') && !name.ends_with('~') {
            collect(&entry.path(), depth + 1, files);
        }
    }
}
