//! Sources and functions of a source: which elements there are, which count, and what they come to.

use heng_dsl::builtins::BuiltinId;
use heng_dsl::model::{
    CalendarUnit, CompareOp, Content, DeclKind, Each, Expr, ItemPart, ProductOp, Source,
};
use heng_dsl::value::{Date, Fault, Value};

use super::free::Spoken;
use super::{At, Lowering, Remembered, Rule};
use crate::columnar::plan::{Domain, DomainId, Elements, Gather, Kind, Load, NodeId, Op, Question};
use crate::columnar::unsupported as lack;
use crate::eval::unit_before;

/// The elements of a source.
#[derive(Clone, Copy)]
pub(super) struct Chosen {
    domain: DomainId,
    /// Which of them count.
    counts: NodeId,
    /// Not there where the elements cannot be told; by what belongs to the parent.
    fault: Option<NodeId>,
    /// The record table that they are of.
    table: Option<usize>,
}

impl<'p> Lowering<'p> {
    /// The records of a table, by household.
    pub(super) fn records(&mut self, table: usize) -> DomainId {
        let elements = Elements::Records(table);
        self.graph.domain(&Domain { parent: DomainId::HOUSEHOLDS, elements })
    }

    /// What a function of a source is worth.
    pub(super) fn aggregate(
        &mut self,
        (builtin, kind): (BuiltinId, Kind),
        source: &'p Source,
        arg: Option<&'p Expr>,
        rule: &mut Rule<'p>,
        at: &At,
    ) -> NodeId {
        let around = Self::around(&Spoken::of_aggregate(source, arg), rule, at);
        let Some(chosen) = self.source(source, rule, at, around) else {
            return self.graph.value(Value::Error(Fault::Type), kind);
        };
        let mut args = vec![chosen.counts];
        if builtin == BuiltinId::LongestGap {
            args.push(self.date_of(chosen, at));
        } else if let Some(arg) = arg {
            let inside = self.counted(chosen, at);
            let taken = self.remembered(|own| own.expr(arg, rule, &inside));
            args.push(taken.node);
            self.taken(Gather::Many(builtin), chosen, &args, &taken, &inside);
        }
        let kind = match (builtin, args.get(1)) {
            (
                BuiltinId::Sum
                | BuiltinId::Largest
                | BuiltinId::Smallest
                | BuiltinId::Latest
                | BuiltinId::Earliest,
                Some(arg),
            ) => self.graph.kind(*arg),
            (BuiltinId::Average, _) => kind,
            (_, _) if kind == Kind::Bool => Kind::Bool,
            (_, _) => Kind::Number(0),
        };
        let value = self.graph.gather(Gather::Many(builtin), chosen.domain, &args, kind);
        self.unless_fault(chosen, value, at)
    }

    /// 逐条: points for each element, and how they come together.
    pub(super) fn each(&mut self, each: &'p Each, rule: &mut Rule<'p>, at: &At) -> NodeId {
        // A table speaks of elements in many places: the innermost place is always right.
        let around = if at.bound.len() > 1 { at.innermost() } else { DomainId::HOUSEHOLDS };
        let Some(chosen) = self.source(&each.source, rule, at, around) else {
            return self.fault(Fault::Type, Kind::Number(0));
        };
        let inside = self.counted(chosen, at);
        let mut args = vec![chosen.counts];
        let taken = self.remembered(|own| {
            let points = own.row_points(&each.table, rule, &inside);
            let Some(fade) = &each.fade else {
                args.push(points);
                return points;
            };
            let share = own.table(fade, rule, &inside.when(Question::IsThere, points));
            let (a, b) = (own.graph.kind(points).places(), own.graph.kind(share).places());
            let kind = Kind::Number(a.saturating_add(b));
            let op = Op::Product(ProductOp::Multiply);
            args.push(own.graph.add(op, &[points, share], kind, &inside.bound));
            // A share that is not there ends it all; points that are 不适用 do not count.
            let there = own.bool(true);
            let share = own.pick(Op::After, &[share, there], &inside);
            let both = own.pick(Op::After, &[points, share], &inside);
            let skipped = own.one(Op::Ask(Question::IsNotApplicable), points);
            let check = own.pick(Op::Choose, &[skipped, there, both], &inside);
            args.push(check);
            check
        });
        let gather = Gather::Points(each.mode);
        self.taken(gather, chosen, &args, &taken, &inside);
        let kind = self.graph.kind(args[1]);
        let value = self.graph.gather(gather, chosen.domain, &args, kind);
        self.unless_fault(chosen, value, at)
    }

    /// The place around the elements of a source: the innermost one that is spoken of.
    fn around(spoken: &Spoken, rule: &Rule<'_>, at: &At) -> DomainId {
        let element = spoken.innermost.and_then(|it| at.element(it));
        let about = rule.start.last().copied().filter(|_| spoken.locals && rule.start.len() > 1);
        match (element, about) {
            (Some(element), _) => element,
            (None, Some(about)) => about,
            (None, None) => DomainId::HOUSEHOLDS,
        }
    }

    /// Where something is asked of an element that counts.
    fn counted(&mut self, chosen: Chosen, at: &At) -> At {
        let inside = at.within(chosen.domain);
        if self.graph.constant(chosen.counts).is_none() {
            return inside.when(Question::IsTrue, chosen.counts);
        }
        let any = Gather::Many(BuiltinId::Any);
        let any = self.graph.gather(any, chosen.domain, &[chosen.counts], Kind::Bool);
        at.when(Question::IsTrue, any).within(chosen.domain)
    }

    /// Keeps what was noted of elements, of those that are asked.
    fn taken(
        &mut self,
        gather: Gather,
        chosen: Chosen,
        args: &[NodeId],
        taken: &Remembered,
        inside: &At,
    ) {
        if taken.notes.is_empty() {
            return;
        }
        let asked = self.graph.asked(gather, chosen.domain, args);
        let inside = inside.when(Question::IsTrue, asked);
        self.recalled(taken, &inside);
    }

    fn unless_fault(&mut self, chosen: Chosen, value: NodeId, at: &At) -> NodeId {
        match chosen.fault {
            None => value,
            Some(fault) => self.pick(Op::After, &[fault, value], at),
        }
    }

    /// The elements of a source for each of a place; nothing where the plan cannot have them.
    pub(super) fn source(
        &mut self,
        source: &'p Source,
        rule: &mut Rule<'p>,
        at: &At,
        around: DomainId,
    ) -> Option<Chosen> {
        match source {
            Source::Table(it) => Some(self.visible(it.slot.index(), around)),
            Source::Named(it) => self.named(it.slot.index(), at, around),
            Source::Filter { of, condition } => {
                let chosen = self.source(of, rule, at, around)?;
                Some(self.filtered(chosen, condition, rule, at))
            }
            Source::Calendar { unit, count } => {
                let count = self.expr(count, rule, at);
                self.calendar(*unit, count, around)
            }
            Source::Group { of, key } => {
                let chosen = self.source(of, rule, at, around)?;
                Some(self.groups(chosen, key, rule, at))
            }
            Source::Members { up } => self.members(*up, at),
            Source::History => Some(self.history(around)),
        }
    }

    /// Elements with the same key; those whose key is not there are left out.
    fn groups(&mut self, chosen: Chosen, key: &'p Expr, rule: &mut Rule<'p>, at: &At) -> Chosen {
        let inside = self.counted(chosen, at);
        let asked = self.remembered(|own| own.expr(key, rule, &inside));
        let sound = self.one(Op::Present(false), asked.node);
        let args = [chosen.counts, sound];
        self.taken(Gather::Fault, chosen, &args, &asked, &inside);
        let fault = self.faulty(chosen, &args, at);
        let there = self.one(Op::Ask(Question::IsThere), asked.node);
        let parts = [chosen.counts, there];
        let counts = self.graph.add(Op::UntilSettled(false), &parts, Kind::Bool, &inside.bound);
        let counts = self.graph.lifted(counts, chosen.domain);
        let key = self.graph.lifted(asked.node, chosen.domain);
        let parent = self.graph.domains[chosen.domain.index()].parent;
        let elements = Elements::Groups(chosen.domain, counts, key);
        let domain = self.graph.domain(&Domain { parent, elements });
        self.grouped.insert(domain, chosen.table);
        Chosen { domain, counts: self.bool(true), fault: Some(fault), table: None }
    }

    /// The elements of a bound group.
    fn members(&mut self, up: u32, at: &At) -> Option<Chosen> {
        let element = at.element(up)?;
        // Groups of a named set may be asked for each of other elements, too.
        let groups = self.graph.base(element).unwrap_or(element);
        let Elements::Groups(of, ..) = self.graph.domains[groups.index()].elements else {
            self.refuse(&lack::TYPES);
            return None;
        };
        let table = self.grouped.get(&groups).copied().flatten();
        let elements = Elements::Members(of);
        let domain = self.graph.domain(&Domain { parent: element, elements });
        Some(Chosen { domain, counts: self.bool(true), fault: None, table })
    }

    /// How many elements a bound group has, or its key.
    pub(super) fn of_group(&mut self, element: DomainId, part: ItemPart) -> NodeId {
        let groups = self.graph.base(element).unwrap_or(element);
        let Elements::Groups(of, ..) = self.graph.domains[groups.index()].elements else {
            return self.fault(Fault::Type, Kind::Number(0));
        };
        let value = match part {
            ItemPart::Size => {
                let elements = Elements::Members(of);
                let members = self.graph.domain(&Domain { parent: groups, elements });
                let (count, all) = (Gather::Many(BuiltinId::Count), self.bool(true));
                Some(self.graph.gather(count, members, &[all], Kind::Number(0)))
            }
            _ => self.graph.keys(groups),
        };
        match value {
            Some(value) => self.graph.own(value, element),
            None => self.fault(Fault::Type, Kind::Number(0)),
        }
    }

    /// Earlier results of the household, of dates before the as-of date.
    fn history(&mut self, around: DomainId) -> Chosen {
        let results = self.earlier();
        let domain = self.nested(results, around);
        let date = self.graph.load(Load::EarlierDate, results, Kind::Date);
        let as_of = self.graph.value(Value::Date(self.on.as_of()), Kind::Date);
        let before = self.graph.add(Op::Compare(CompareOp::Less), &[date, as_of], Kind::Bool, &[]);
        let before = self.one(Op::Ask(Question::IsTrue), before);
        let counts = self.graph.own(before, domain);
        Chosen { domain, counts, fault: None, table: None }
    }

    /// The earlier results of a household.
    pub(super) fn earlier(&mut self) -> DomainId {
        let (parent, elements) = (DomainId::HOUSEHOLDS, Elements::Earlier);
        self.graph.domain(&Domain { parent, elements })
    }

    /// What belongs to a bound earlier result.
    pub(super) fn of_earlier(&mut self, element: DomainId, load: Load, kind: Kind) -> NodeId {
        let results = self.earlier();
        let value = self.graph.load(load, results, kind);
        self.graph.own(value, element)
    }

    /// What is not there where something of an element that counts is not.
    fn faulty(&mut self, chosen: Chosen, args: &[NodeId], at: &At) -> NodeId {
        let fault = self.graph.gather(Gather::Fault, chosen.domain, args, Kind::Bool);
        match chosen.fault {
            None => fault,
            Some(before) => self.pick(Op::After, &[before, fault], at),
        }
    }

    /// The elements of another domain for each of a place.
    fn nested(&mut self, base: DomainId, around: DomainId) -> DomainId {
        if self.graph.domains[base.index()].parent == around {
            return base;
        }
        self.graph.domain(&Domain { parent: around, elements: Elements::Of(base) })
    }

    /// The records that have happened by the as-of date. One without a date is seen, so that whoever
    /// reads the date meets the gap.
    fn visible(&mut self, table: usize, around: DomainId) -> Chosen {
        let records = self.records(table);
        let domain = self.nested(records, around);
        let event = self.shapes.tables.get(table).and_then(|it| it.event);
        let field = event.and_then(|it| Some((it, self.linked.table(table).fields.get(it)?)));
        let counts = match field {
            None => self.bool(true),
            Some((column, field)) => {
                let date = self.delivered(Load::Column(table, column), field, records);
                let later = self.is_later(date);
                let seen = self.one(Op::Not, later);
                self.graph.own(seen, domain)
            }
        };
        Chosen { domain, counts, fault: None, table: Some(table) }
    }

    fn filtered(
        &mut self,
        chosen: Chosen,
        condition: &'p Expr,
        rule: &mut Rule<'p>,
        at: &At,
    ) -> Chosen {
        let inside = self.counted(chosen, at);
        let asked = self.remembered(|own| own.expr(condition, rule, &inside));
        let holds = self.one(Op::Holds, asked.node);
        let args = [chosen.counts, holds];
        self.taken(Gather::Fault, chosen, &args, &asked, &inside);
        let fault = self.faulty(chosen, &args, at);
        let holds = self.one(Op::Ask(Question::IsTrue), holds);
        let counts = self.graph.add(
            Op::UntilSettled(false),
            &[chosen.counts, holds],
            Kind::Bool,
            &inside.bound,
        );
        Chosen { counts, fault: Some(fault), ..chosen }
    }

    /// A named set of records or calendar units. It is about the household, wherever it is read.
    fn named(&mut self, slot: usize, at: &At, around: DomainId) -> Option<Chosen> {
        let linked = self.linked;
        let decl = linked.decl(slot);
        let scope = self.scope(slot, at);
        let Some(version) = self.on.version_of(slot).and_then(|it| decl.versions.get(it)) else {
            let nothing = self.not_applicable(Kind::Bool);
            let counts = self.bool(true);
            let domain = self.units(Vec::new(), around);
            return Some(Chosen { domain, counts, fault: Some(nothing), table: None });
        };
        let within = scope.map(|_| linked.package_of(slot));
        let mut rule = Rule::new(&version.lets, vec![DomainId::HOUSEHOLDS], within);
        let mut start = At { active: at.active.clone(), ..At::start(&rule) };
        let mut guards: Vec<NodeId> = scope.into_iter().collect();
        if let Some(scope) = scope {
            start = start.when(Question::IsTrue, scope);
        }
        if let Some(applies) = &version.applies {
            let applies = self.condition(applies, &mut rule, &start);
            start = start.when(Question::IsTrue, applies);
            guards.push(applies);
        }
        let Content::Source(source) = &version.content else { return None };
        let chosen = self.source(source, &mut rule, &start, DomainId::HOUSEHOLDS)?;
        let mut fault = chosen.fault;
        for guard in guards.into_iter().rev() {
            let inner = fault.unwrap_or_else(|| self.bool(true));
            fault = Some(self.guarded(guard, inner));
        }
        let domain = self.nested(chosen.domain, around);
        let counts = self.graph.own(chosen.counts, domain);
        Some(Chosen { domain, counts, fault, table: chosen.table })
    }

    fn calendar(&mut self, unit: CalendarUnit, count: NodeId, around: DomainId) -> Option<Chosen> {
        let as_of = self.on.as_of();
        let Some(count) = self.graph.constant(count).cloned() else {
            return self.counted_units(unit, count, around);
        };
        let units = match &count {
            Value::Number(it) => it.to_whole().and_then(|it| {
                (1..=it).rev().map(|before| unit_before(unit, as_of, before)).collect()
            }),
            _ => None,
        };
        let fault = match &units {
            Some(_) => None,
            None if !count.is_present() => Some(self.graph.value(count, Kind::Bool)),
            None => Some(self.fault(Fault::DateRange, Kind::Bool)),
        };
        let domain = self.units(units.unwrap_or_default(), around);
        Some(Chosen { domain, counts: self.bool(true), fault, table: None })
    }

    /// Calendar units whose number is no constant.
    fn counted_units(
        &mut self,
        unit: CalendarUnit,
        count: NodeId,
        around: DomainId,
    ) -> Option<Chosen> {
        if !self.graph.sees(around, self.graph.node(count).domain) {
            self.refuse(&lack::CALENDAR);
            return None;
        }
        // Where the first of them lies in the calendar, all do.
        let first = Op::Unit(unit, self.on.as_of(), true);
        let fault = self.graph.add(first, &[count], Kind::Date, &[]);
        let count = self.graph.lifted(count, around);
        let elements = Elements::Counted(count);
        let domain = self.graph.domain(&Domain { parent: around, elements });
        self.units.insert(domain, unit);
        Some(Chosen { domain, counts: self.bool(true), fault: Some(fault), table: None })
    }

    /// The first or the last day of the calendar units of a domain.
    pub(super) fn day_of_unit(&mut self, units: DomainId, load: Load) -> NodeId {
        let Some(unit) = self.units.get(&units).copied() else {
            return self.graph.load(load, units, Kind::Date);
        };
        let before = self.graph.load(Load::Before, units, Kind::Number(0));
        let op = Op::Unit(unit, self.on.as_of(), load == Load::Start);
        self.graph.add(op, &[before], Kind::Date, &[])
    }

    /// Calendar units for each of a place.
    fn units(&mut self, units: Vec<(Date, Date)>, around: DomainId) -> DomainId {
        let elements = Elements::Units(units);
        let base = self.graph.domain(&Domain { parent: DomainId::RUN, elements });
        self.graph.domain(&Domain { parent: around, elements: Elements::Of(base) })
    }

    /// The event date of a record, the first day of a calendar unit, the as-of date of a result.
    fn date_of(&mut self, chosen: Chosen, at: &At) -> NodeId {
        if let Some(table) = chosen.table {
            return match self.shapes.tables.get(table).and_then(|it| it.event) {
                Some(event) => self.column(chosen.domain, table, event, at),
                None => self.fault(Fault::Type, Kind::Date),
            };
        }
        let mut of = chosen.domain;
        while let Some(base) = self.graph.base(of) {
            of = base;
        }
        let load = match self.graph.domains[of.index()].elements {
            Elements::Units(_) | Elements::Counted(_) => Load::Start,
            Elements::Earlier => Load::EarlierDate,
            _ => return self.fault(Fault::Type, Kind::Date),
        };
        let date = self.day_of_unit(of, load);
        self.graph.own(date, chosen.domain)
    }

    /// What a value of each record is worth for a bound record.
    pub(super) fn of_record(&mut self, up: u32, slot: usize, at: &At) -> NodeId {
        let linked = self.linked;
        let decl = linked.decl(slot);
        let (Some(element), DeclKind::RecordValue { table }) = (at.element(up), &decl.kind) else {
            return self.fault(Fault::Type, Kind::Bool);
        };
        let known = match self.of_records.get(&slot) {
            Some(known) => known.clone(),
            None => {
                let records = self.records(table.slot.index());
                let start = vec![DomainId::HOUSEHOLDS, records];
                let known = self.remembered(|own| own.of_each(slot, start));
                self.of_records.insert(slot, known.clone());
                known
            }
        };
        let value = self.recalled(&known, at);
        self.graph.own(value, element)
    }
}
