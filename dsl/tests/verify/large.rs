//! Tables as large as published loan tables: hundreds of rows over several columns, sound ones and ones
//! with a planted fault.

#![expect(clippy::unwrap_used, reason = "small numbers fit")]

use heng_dsl::model::*;

use crate::support::*;

/// A column of the table: numbers from 0 up, or members of an enumeration.
#[derive(Clone, Copy)]
enum Column {
    Number,
    Members(u16),
}

/// What a row asks of a column.
#[derive(Clone, PartialEq)]
enum Part {
    /// From the first number up to below the second.
    Between(u32, Option<u32>),
    OneOf(Vec<u16>),
}

/// Numbers that look arbitrary and are the same in every run.
struct Chance(u64);

impl Chance {
    fn below(&mut self, end: u32) -> u32 {
        const STEP: u64 = 6_364_136_223_846_793_005;
        self.0 = self.0.wrapping_mul(STEP).wrapping_add(1_442_695_040_888_963_407);
        u32::try_from((self.0 >> 33) % u64::from(end)).unwrap()
    }

    fn index(&mut self, end: usize) -> usize {
        usize::try_from(self.below(u32::try_from(end).unwrap())).unwrap()
    }
}

/// Rows that cover everything once: the space is cut in two again and again, at arbitrary places.
fn partition(columns: &[Column], count: usize, chance: &mut Chance) -> Vec<Vec<Part>> {
    let whole = |it: &Column| match it {
        Column::Number => Part::Between(0, None),
        Column::Members(count) => Part::OneOf((0..*count).collect()),
    };
    let mut rows = vec![columns.iter().map(whole).collect::<Vec<Part>>()];
    while rows.len() < count {
        let row = chance.index(rows.len());
        let column = chance.index(columns.len());
        let (low, high) = match &rows[row][column] {
            Part::Between(from, to) => {
                let end = to.unwrap_or(from + 1_000);
                if end - from < 2 {
                    continue;
                }
                let at = from + 1 + chance.below(end - from - 1);
                (Part::Between(*from, Some(at)), Part::Between(at, *to))
            }
            Part::OneOf(all) if all.len() < 2 => continue,
            Part::OneOf(all) => {
                let at = 1 + chance.index(all.len() - 1);
                (Part::OneOf(all[..at].to_vec()), Part::OneOf(all[at..].to_vec()))
            }
        };
        let mut other = rows[row].clone();
        rows[row][column] = low;
        other[column] = high;
        rows.push(other);
    }
    rows
}

fn set(columns: &[Column], rows: &[Vec<Part>]) -> RuleSet {
    let mut set = package();
    let number = count("元");
    let mut fields = Vec::new();
    let mut asked = Vec::new();
    for (at, column) in columns.iter().enumerate() {
        let name = format!("列{at}");
        let ty = match column {
            Column::Number => number.clone(),
            Column::Members(count) => {
                let members: Vec<String> = (0..*count).map(|it| format!("项{it}")).collect();
                let members: Vec<&str> = members.iter().map(String::as_str).collect();
                let kind = format!("类{at}");
                set.enums.push(enumeration(&kind, false, &members));
                member_ty(&kind)
            }
        };
        fields.push(field(&name, ty.clone()));
        asked.push(of_field(&name, ty));
    }
    set.subject = Some(subject(fields));
    let cell = |(at, part): (usize, &Part)| match part {
        Part::Between(from, to) => {
            let to = to.map_or(String::new(), |it| it.to_string());
            band(&number, &format!("[{from},{to})"))
        }
        Part::OneOf(all) => {
            let each = all.iter().map(|it| Test::Equals(member(&format!("类{at}"), *it)));
            Cell::OneOf(each.collect())
        }
    };
    let rows = rows.iter().enumerate().map(|(number, parts)| {
        let key = RowKey::Cells(parts.iter().enumerate().map(cell).collect());
        row_of(key, &format!("第{}行", number + 1), pts(&number.to_string()))
    });
    let content = Content::Table(table(Mode::First, asked, rows.collect()));
    set.decls = vec![indicator("利率", None, None, content)];
    set
}

const COLUMNS: [Column; 7] = [
    Column::Number,
    Column::Members(5),
    Column::Number,
    Column::Members(8),
    Column::Members(2),
    Column::Number,
    Column::Members(31),
];

#[test]
fn a_table_of_1500_rows_over_seven_columns_is_proved_or_refuted() {
    for (count, width) in [(500, 3), (1_000, 5), (1_500, 7)] {
        let columns = &COLUMNS[..width];
        let mut chance = Chance(u64::try_from(count).unwrap());
        let rows = partition(columns, count, &mut chance);
        assert_eq!(said(set(columns, &rows)), Vec::<String>::new(), "{count} × {width}");
        // Without one of its rows there is a gap, which is exactly that row.
        let gone = chance.index(count);
        let mut gap = rows.clone();
        let lost = gap.remove(gone);
        let found = findings(set(columns, &gap));
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].code.record().name, "E0401");
        let one = |at: usize| {
            let values = match &lost[at] {
                Part::Between(from, None) => format!("{from} 元以上"),
                Part::Between(from, Some(to)) if *to == from + 1 => format!("{from} 元"),
                Part::Between(from, Some(to)) if *to == from + 2 => {
                    format!("{from} 元、{} 元", to - 1)
                }
                Part::Between(from, Some(to)) => format!("{from} 元至{} 元", to - 1),
                Part::OneOf(_) => return None,
            };
            Some(format!("列{at}为{values}"))
        };
        for (at, part) in lost.iter().enumerate().take(width) {
            let open = *part == Part::Between(0, None);
            if let Some(words) = one(at).filter(|_| !open) {
                assert!(found[0].label.zh.contains(&words), "{} in {}", words, found[0].label.zh);
            }
        }
        // A row that is there twice overlaps with itself.
        let mut twice = rows.clone();
        twice.push(rows[gone].clone());
        let found = findings(set(columns, &twice));
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].code.record().name, "E0402");
        let zh = &found[0].label.zh;
        assert!(zh.contains("两行条件一样") || zh.contains("两行一样"), "{zh}");
    }
}

#[test]
fn rows_of_a_large_table_that_join_are_found() {
    let mut chance = Chance(7);
    let rows = partition(&COLUMNS, 1_500, &mut chance);
    // Cut once more in one column, which both halves could do without.
    let (at, column) = (0..rows.len())
        .find_map(|at| {
            let wide = |part: &Part| matches!(part, Part::OneOf(all) if all.len() > 1);
            Some((at, rows[at].iter().position(wide)?))
        })
        .unwrap();
    let mut model = set(&COLUMNS, &rows);
    let Content::Table(table) = &mut model.decls[0].versions[0].content else { panic!() };
    let mut half = table.rows[at].clone();
    for (row, first) in [(&mut table.rows[at], true), (&mut half, false)] {
        let RowKey::Cells(cells) = &mut row.key else { panic!() };
        let Cell::OneOf(tests) = &mut cells[column] else { panic!() };
        let kept = tests.clone();
        *tests = if first { kept[..1].to_vec() } else { kept[1..].to_vec() };
    }
    table.rows.push(half);
    let found = findings(model);
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].code.record().name, "E0490");
    let rows = found[0].args.iter().find(|it| it.0 == "rows").unwrap();
    assert_eq!(rows.1.zh, format!("{}、1501", at + 1));
}

#[test]
fn a_table_of_2500_rows_is_decided_too() {
    // Few different bounds a column, as published tables have.
    let columns = [Column::Members(20), Column::Members(25), Column::Members(5)];
    let rows = (0..2_500_u16).map(|it| {
        vec![
            Part::OneOf(vec![it % 20]),
            Part::OneOf(vec![it / 20 % 25]),
            Part::OneOf(vec![it / 500]),
        ]
    });
    let mut rows: Vec<Vec<Part>> = rows.collect();
    assert_eq!(said(set(&columns, &rows)), Vec::<String>::new());
    rows.pop();
    assert_eq!(codes(set(&columns, &rows)), ["E0401"]);
}
