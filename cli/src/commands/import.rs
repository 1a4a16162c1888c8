//! `heng import`: data into a snapshot, to be classified as often as wanted.

use std::sync::Arc;

use heng_dsl::diag::{Lang, plural};
use heng_engine::ingest::{
    FileReport, LoadRequest, Loaded, Problems, write_bad_cells, write_bad_rows,
};
use heng_engine::mask::Masking;
use heng_engine::output::Writing;
use heng_engine::snapshot::{self, Ahead, Import, Imported};
use serde::Serialize;

use super::run::data::files;
use super::{prepare, print_json};
use crate::args::{DataArgs, Format, Import as ImportArgs};
use crate::exit::Exit;
use crate::project::{Project, shown};
use crate::rules::Wanted;
use crate::terminal::{Terminal, harmless_lines};

/// What an import came to, for programs.
#[derive(Serialize)]
struct Report<'r> {
    snapshot: String,
    layer: &'r str,
    layers: u64,
    /// Households that the delivery is about.
    households: u64,
    /// Households of the snapshot.
    of: u64,
    bytes: u64,
    files: &'r [FileReport],
    problems: Problems,
    written: &'r [String],
}

pub(super) fn run(args: &ImportArgs, project: &Project, terminal: Terminal) -> Result<Exit, Exit> {
    let json = args.format == Format::Json;
    let ahead = Ahead::of(&args.into).map(Arc::new);
    let wanted = Wanted::of(&args.rules, &args.lookup, project);
    let ready = prepare::program(&wanted, prepare::Extent::Asked, json, terminal)?;
    let data = DataArgs {
        data: args.data.clone(),
        mapping: args.mapping.clone(),
        max_bad: args.max_bad,
        reveal: args.reveal,
        ..DataArgs::default()
    };
    let imported = prepare::loading(&data, project, json, terminal, |request, progress| {
        let request = LoadRequest { ahead, ..request.clone() };
        let import = Import { request: &request, into: &args.into, complete: args.complete };
        snapshot::import(ready.program.linked(), &import, progress)
    })?;
    let masking = if args.reveal { Masking::Revealed } else { Masking::Hidden };
    let written = beside(args, &imported, masking, terminal)?;
    let Imported { households, of, layers, layer, bytes, problems, files: read } = imported;
    if json {
        let report = Report {
            snapshot: shown(&args.into),
            layer: &layer,
            layers,
            households,
            of,
            bytes,
            files: &read,
            problems: problems.shown(masking),
            written: &written,
        };
        print_json(&report, terminal)?;
    } else {
        terminal.out(files(&Loaded { register: (), problems, files: read }, terminal.lang));
        terminal.out("");
        for file in &written {
            terminal.out(match terminal.lang {
                Lang::Zh => format!("已写出“{file}”"),
                Lang::En => format!("written: “{file}”"),
            });
        }
        let into = shown(&args.into);
        let into = harmless_lines(&into);
        let megabytes = bytes.div_ceil(1 << 20);
        terminal.out(match terminal.lang {
            Lang::Zh => {
                format!("快照“{into}”现有{of}户，本次写入{households}户（{megabytes} MiB）")
            }
            Lang::En => format!(
                "the snapshot “{into}” has {} now; {households} were written ({megabytes} MiB)",
                plural(of, "household"),
            ),
        });
    }
    Ok(Exit::Fine)
}

/// Writes what could not be used beside the layers.
fn beside(
    args: &ImportArgs,
    imported: &Imported,
    masking: Masking,
    terminal: Terminal,
) -> Result<Vec<String>, Exit> {
    let problems = &imported.problems;
    let lang = terminal.files;
    let (rows, cells) = match lang {
        Lang::Zh => ("隔离", "坏格"),
        Lang::En => ("quarantine", "bad-cells"),
    };
    let path = |what: &str| args.into.join(format!("{}.{what}.csv", imported.layer));
    let mut written = Vec::new();
    let mut save = |what: &str, write: &dyn Fn(&mut Writing) -> std::io::Result<()>| {
        let path = path(what);
        super::run::written::save(&path, write).map_err(|it| {
            let problems = vec![(it.code(), it.words())];
            prepare::refuse(problems, args.format == Format::Json, Exit::Problems, terminal)
        })?;
        written.push(shown(&path));
        Ok(())
    };
    if !problems.bad_rows.is_empty() {
        save(rows, &|to| write_bad_rows(to, &problems.bad_rows, lang, masking))?;
    }
    if !problems.bad_cells.is_empty() {
        save(cells, &|to| write_bad_cells(to, &problems.bad_cells, lang, masking))?;
    }
    Ok(written)
}
