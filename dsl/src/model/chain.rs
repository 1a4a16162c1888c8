//! Chains of what is worked out record by record: derived fields, sets of records, values of each
//! record. An evaluation follows them link by link.

use std::collections::BTreeMap;

use super::walk::{self, ColumnKind, RefKind, Visitor};
use super::{Column, DeclKind, Ref, RuleSet};

/// What each link reads, by name.
pub type Links = BTreeMap<String, Vec<String>>;

/// The links of a package: `F` and the id of a field of the household, `C` and table and id of a field of
/// a record, `D` and the id of a declaration.
pub fn links(set: &RuleSet) -> Links {
    let mut links = Links::new();
    for field in set.subject.iter().flat_map(|it| &it.fields) {
        if let Some(expr) = &field.derived {
            let mut reads = Reads::default();
            walk::expr(expr, &mut reads);
            links.insert(format!("F{}", field.id), reads.0);
        }
    }
    for table in &set.tables {
        for field in &table.fields {
            if let Some(expr) = &field.derived {
                let mut reads = Reads::default();
                walk::expr(expr, &mut reads);
                links.insert(format!("C{}.{}", table.id, field.id), reads.0);
            }
        }
    }
    for decl in &set.decls {
        if matches!(decl.kind, DeclKind::RecordSet | DeclKind::RecordValue { .. }) {
            let mut reads = Reads::default();
            walk::decl(decl, &mut reads);
            links.insert(format!("D{}", decl.id), reads.0);
        }
    }
    links
}

#[derive(Default)]
struct Reads(Vec<String>);

impl Visitor for Reads {
    fn reference(&mut self, kind: RefKind, reference: &Ref, _: bool) {
        match kind {
            RefKind::Field => self.0.push(format!("F{}", reference.id)),
            RefKind::Decl => self.0.push(format!("D{}", reference.id)),
            _ => {}
        }
    }

    fn column(&mut self, kind: ColumnKind, column: &Column) {
        if kind == ColumnKind::Record {
            self.0.push(format!("C{}.{}", column.table.id, column.id));
        }
    }
}

/// The length of the longest chain. Circles have been refused before; here they just end.
pub fn longest(links: &Links) -> usize {
    let mut known: BTreeMap<&str, usize> = BTreeMap::new();
    for start in links.keys() {
        // An explicit stack, because the chain may be longer than the native one is deep.
        let mut stack: Vec<(&str, bool)> = vec![(start, false)];
        while let Some((name, ready)) = stack.pop() {
            let Some(reads) = links.get(name) else { continue };
            if ready {
                let below = reads.iter().filter_map(|it| known.get(it.as_str())).max();
                let length = below.map_or(1, |it| it + 1);
                known.insert(name, length);
            } else if !known.contains_key(name) {
                known.insert(name, 0);
                stack.push((name, true));
                let open = reads.iter().filter(|it| !known.contains_key(it.as_str()));
                stack.extend(open.map(|it| (it.as_str(), false)));
            }
        }
    }
    known.into_values().max().unwrap_or(0)
}
