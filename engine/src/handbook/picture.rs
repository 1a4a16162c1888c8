//! From the data to the grades and what follows from them, as boxes in layers.

use std::collections::BTreeMap;

use super::Book;
use super::document::{Block, Picture, PictureBox};
use crate::graph::{Edge, NodeKind, Thing};

/// The layers, from left to right.
const LAYERS: [([&str; 2], &[NodeKind]); 6] = [
    (["记录", "Records"], &[NodeKind::Table]),
    (["指标", "Indicators"], &[NodeKind::Indicator, NodeKind::Fuse]),
    (["维度", "Dimensions"], &[NodeKind::Dimension]),
    (["总分", "Total"], &[NodeKind::Total]),
    (["等级", "Grades"], &[NodeKind::Classify, NodeKind::Overlay, NodeKind::Merge]),
    (
        ["结果", "What follows"],
        &[NodeKind::Measure, NodeKind::Alert, NodeKind::Tag, NodeKind::List],
    ),
];

pub(super) fn blocks(book: &Book<'_>) -> Vec<Block> {
    let graph = book.program.graph();
    let layer = |kind: NodeKind| LAYERS.iter().position(|it| it.1.contains(&kind));
    let mut numbers: BTreeMap<Thing, usize> = BTreeMap::new();
    let mut picture = Picture {
        layers: LAYERS.iter().map(|it| book.pick(it.0[0], it.0[1]).to_owned()).collect(),
        ..Picture::default()
    };
    let own = |thing: Thing| match thing {
        Thing::Decl(slot) => {
            let package = book.linked.package_of(slot);
            package == book.package || is_read(book, slot)
        }
        Thing::Table(table) => is_counted(book, table),
        _ => false,
    };
    for node in graph.nodes().filter(|it| own(it.thing)) {
        let Some(layer) = layer(node.kind) else { continue };
        let (text, to) = match node.thing {
            Thing::Decl(slot) => {
                let named = book.named(slot);
                let to = named.iter().find_map(|it| it.to.clone());
                (named.into_iter().map(|it| it.text).collect(), to)
            }
            _ => (node.name.clone(), None),
        };
        numbers.insert(node.thing, picture.boxes.len());
        picture.boxes.push(PictureBox { layer, text, to });
    }
    for (thing, to) in &numbers {
        for from in shown_sources(book, *thing, &numbers) {
            picture.lines.push((from, *to));
        }
    }
    picture.lines.sort_unstable();
    picture.lines.dedup();
    if picture.boxes.is_empty() { Vec::new() } else { vec![Block::Picture(picture)] }
}

/// The boxes that a thing rests on, past what is not drawn.
fn shown_sources(book: &Book<'_>, thing: Thing, numbers: &BTreeMap<Thing, usize>) -> Vec<usize> {
    let graph = book.program.graph();
    let mut found = Vec::new();
    let mut seen = std::collections::BTreeSet::new();
    let mut open = vec![thing];
    while let Some(next) = open.pop() {
        for (read, edge) in graph.reads(next) {
            if edge != Edge::Reads || !seen.insert(read) {
                continue;
            }
            match numbers.get(&read) {
                Some(number) => found.push(*number),
                None => open.push(read),
            }
        }
    }
    found
}

/// Does this package read a declaration of another one that is worth a box?
fn is_read(book: &Book<'_>, slot: usize) -> bool {
    let graph = book.program.graph();
    book.decls()
        .any(|(own, _)| graph.reads(Thing::Decl(own)).iter().any(|it| it.0 == Thing::Decl(slot)))
}

/// Does a declaration of this package rest on a record table?
fn is_counted(book: &Book<'_>, table: usize) -> bool {
    book.decls().any(|(slot, _)| {
        book.program.upstream(slot).iter().any(|it| match it {
            Thing::Table(at) | Thing::Column(at, _) => *at == table,
            _ => false,
        })
    })
}
