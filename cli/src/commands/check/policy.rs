//! `--deny` and `--allow`: which warnings count as errors, and which are left out.

use heng_dsl::diag::{CODES, Code, Lang, Severity};

use crate::args::Check;
use crate::exit::Exit;
use crate::terminal::{Terminal, harmless};

/// Which warnings are left out, and which count as errors.
pub(super) struct Policy {
    denied: Vec<Code>,
    allowed: Vec<Code>,
    all: bool,
}

/// Stands for every warning.
const WARNINGS: &str = "warnings";

impl Policy {
    pub(super) fn of(args: &Check, terminal: Terminal) -> Result<Self, Exit> {
        let all = args.deny.iter().any(|it| it == WARNINGS);
        let named = args.deny.iter().filter(|it| *it != WARNINGS);
        let denied = named.map(|it| code(it, terminal)).collect::<Result<_, _>>()?;
        let allowed: Vec<Code> =
            args.allow.iter().map(|it| code(it, terminal)).collect::<Result<_, _>>()?;
        if let Some(it) = allowed.iter().find(|it| it.record().severity == Severity::Error) {
            let name = it.record().name;
            terminal.complain(match terminal.lang {
                Lang::Zh => format!("{name} 是错误，不能用 --allow 放过"),
                Lang::En => format!("{name} is an error, which --allow cannot let pass"),
            });
            return Err(Exit::Usage);
        }
        Ok(Self { denied, allowed, all })
    }

    pub(super) fn allows(&self, code: Code) -> bool {
        self.allowed.contains(&code)
    }

    pub(super) fn denies(&self, code: Code) -> bool {
        self.denied.contains(&code) || (self.all && code.record().severity == Severity::Warning)
    }
}

fn code(name: &str, terminal: Terminal) -> Result<Code, Exit> {
    let known = CODES.iter().find(|it| it.name.eq_ignore_ascii_case(name));
    known.map(|it| it.code).ok_or_else(|| {
        let name = harmless(name);
        terminal.complain(match terminal.lang {
            Lang::Zh => format!("没有“{name}”这个代码"),
            Lang::En => format!("there is no code “{name}”"),
        });
        Exit::Usage
    })
}
