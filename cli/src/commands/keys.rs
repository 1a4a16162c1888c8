//! `heng keys new`: a pair of keys in two files, one of which stays with its owner.

use std::fs::OpenOptions;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use heng_dsl::diag::Lang;
use heng_engine::output::OutputError;
use heng_engine::registry::{SecretKey, is_safe};
use serde::Serialize;

use super::{prepare, print_json};
use crate::args::{Format, KeysCommand, NewKey};
use crate::exit::Exit;
use crate::project::shown;
use crate::terminal::{Terminal, harmless};

/// What was made, for programs.
#[derive(Serialize)]
struct Report {
    secret: String,
    public: String,
}

pub(super) fn run(command: &KeysCommand, terminal: Terminal) -> Result<Exit, Exit> {
    match command {
        KeysCommand::New(it) => new(it, terminal),
    }
}

fn new(args: &NewKey, terminal: Terminal) -> Result<Exit, Exit> {
    let json = args.format == Format::Json;
    if !is_safe(&args.name) || args.name.contains('/') {
        terminal
            .complain(terminal.pick("这个名字不能作文件名", "this name cannot be that of a file"));
        return Err(Exit::Usage);
    }
    let mut chance = [0; 32];
    if let Err(why) = getrandom::fill(&mut chance) {
        terminal.complain(why);
        return Err(Exit::Fault);
    }
    let key = SecretKey::from_bytes(&chance);
    let [secret, public] =
        ["key", "pub"].map(|ending| args.into.join(format!("{}.{ending}", args.name)));
    let unwritable = |path: &PathBuf, why: io::Error| {
        let error = OutputError::Unwritable { path: shown(path), why: why.to_string() };
        prepare::refuse(vec![(error.code(), error.words())], json, Exit::Problems, terminal)
    };
    write(&secret, &key.text(), true).map_err(|it| unwritable(&secret, it))?;
    write(&public, &key.public().text(), false).map_err(|it| unwritable(&public, it))?;
    let report = Report { secret: shown(&secret), public: shown(&public) };
    match (args.format, terminal.lang) {
        (Format::Json, _) => print_json(&report, terminal)?,
        (Format::Text, Lang::Zh) => terminal.out(harmless(&format!(
            "密钥“{}”自己保管，不要交给别人；公钥“{}”写进 heng.toml 的 [keys]",
            report.secret, report.public
        ))),
        (Format::Text, Lang::En) => terminal.out(harmless(&format!(
            "keep the secret key “{}” to yourself; name the public key “{}” under [keys] of heng.toml",
            report.secret, report.public
        ))),
    }
    Ok(Exit::Fine)
}

/// Writes a new file, which only its owner can read where it is secret. One that is there stays.
fn write(path: &Path, text: &str, secret: bool) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(if secret { 0o600 } else { 0o644 });
    }
    #[cfg(not(unix))]
    let _ = secret;
    let mut file = options.open(path)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}
