//! Kernels: operations on whole columns, for the operands that are common.
//!
//! A kernel may decline; then [`memo`] looks the answer up that [`super::meaning`] gave before for the
//! same small operands, and where they are not small every lane is worked out by itself. So a kernel
//! only has to be right where it answers: it never stands for another meaning.
//!
//! Loops go over slices of one length and have no branches, so that the compiler makes vector
//! instructions of them. That nothing overflows follows from the bounds of the operands, which is why
//! the arithmetic wraps: a check in every lane would cost what the vectors gain.

pub(super) mod answers;
mod arithmetic;
mod choice;
mod lane;
pub(super) mod memo;
mod reduce;
pub(super) mod segment;
pub(super) mod text;
mod truth;

use heng_dsl::builtins::BuiltinId;
use heng_dsl::model::{Mode, ProductOp};

use super::plan::{Kind, Op};
use crate::columns::Column;

/// An operand: a value for each lane, or the same for all.
#[derive(Debug, Clone, Copy)]
pub(super) struct Operand<'c> {
    pub(super) column: &'c Column,
    /// The column has one value, which stands for all lanes.
    pub(super) splat: bool,
    pub(super) kind: Kind,
}

/// What came out of a kernel.
pub(super) enum Made {
    /// A new column.
    New(Column),
    /// The operand of that number, as it is.
    Same(usize),
}

impl Operand<'_> {
    /// Is every value there?
    pub(super) fn is_there(&self) -> bool {
        self.column.states.is_none()
    }

    /// Is it one constant that is not there?
    pub(super) fn is_nothing(&self) -> bool {
        self.splat && !self.is_there()
    }
}

/// Works an operation out for so many lanes, if there is a kernel for these operands.
pub(super) fn run(op: &Op, kind: Kind, args: &[Operand<'_>], len: usize) -> Option<Made> {
    if let Some(made) = choice::run(op, kind, args, len).or_else(|| truth::run(op, args, len)) {
        return Some(made);
    }
    if args.iter().any(Operand::is_nothing) {
        return None;
    }
    let column = match op {
        Op::Sum(negative) => arithmetic::sum(negative, kind, args, len),
        Op::Whole | Op::Joined(Mode::Sum) if args.iter().all(Operand::is_there) => {
            arithmetic::sum(&vec![false; args.len()], kind, args, len)
        }
        Op::Product(ProductOp::Multiply) => arithmetic::multiply(kind, args, len),
        Op::Product(ProductOp::Divide) => arithmetic::divide(kind, args, len),
        Op::Round(rounding) => arithmetic::round(*rounding, kind, args, len),
        Op::Negate => arithmetic::sum(&[true], kind, args, len),
        Op::Compare(op) => arithmetic::compare(*op, args, len),
        Op::Within(stretch) => arithmetic::within(*stretch, args, len),
        Op::Call(BuiltinId::Highest | BuiltinId::Later) => {
            arithmetic::extreme(true, kind, args, len)
        }
        Op::Call(BuiltinId::Lowest | BuiltinId::Earlier) => {
            arithmetic::extreme(false, kind, args, len)
        }
        Op::Call(BuiltinId::Days) => arithmetic::days(args, len),
        Op::Call(BuiltinId::Quotient) => arithmetic::quotient(args, len),
        Op::Call(BuiltinId::MissingCount) => truth::missing_count(args, len),
        Op::Gathered(gather, elements) => segment::gathered((*gather, kind), *elements, args, len),
        _ => None,
    };
    column.map(Made::New)
}

#[cfg(test)]
mod tests {
    use heng_dsl::builtins::BuiltinId;
    use heng_dsl::model::linked::{LinkTable, Linked};
    use heng_dsl::model::{CompareOp, Mode, ProductOp};
    use heng_dsl::value::{Date, Rounding, Value};

    use super::memo::{Asked, Memo};
    use super::segment::{Segments, gather, of_segment};
    use super::{Kind, Made, Op, Operand, run, text};
    use crate::columnar::frame::Frame;
    use crate::columnar::meaning::{fitted, meaning};
    use crate::columnar::plan::{Gather, Question};
    use crate::columns::{Column, Dictionary, Lanes, state};
    use crate::eval::stretch;

    /// Choices from a seed.
    struct Draw(u64);

    impl Draw {
        fn below(&mut self, most: u64) -> u64 {
            self.0 ^= self.0 << 13;
            self.0 ^= self.0 >> 7;
            self.0 ^= self.0 << 17;
            (self.0 >> 16) % most
        }

        /// Numbers around the ends of each width of lanes, and small ones.
        fn number(&mut self, kind: Kind) -> i128 {
            let ends =
                [0, 1, -1, 7, 100, i128::from(i32::MAX), i128::from(i64::MIN), 10_i128.pow(37)];
            match kind {
                Kind::Bool => i128::from(self.below(2)),
                Kind::Member => i128::from(self.below(5)),
                Kind::Symbol => i128::from(self.below(3)),
                Kind::Date => i128::from(self.below(20_000)),
                Kind::Number(_) => match self.below(4) {
                    0 => ends[usize::try_from(self.below(8)).unwrap()],
                    _ => i128::from(self.below(40)) - 10,
                },
            }
        }

        fn column(&mut self, kind: Kind, len: usize) -> Column {
            let lacking = self.below(3) == 0;
            let small = self.below(2) == 0;
            let numbers = (0..len).map(|_| match (kind, small) {
                (Kind::Number(_), true) => i128::from(self.below(50)) - 20,
                _ => self.number(kind),
            });
            let numbers: Vec<i128> = numbers.collect();
            let states = (0..len).map(|_| {
                let lacks = lacking && self.below(3) == 0;
                if lacks { u8::try_from(1 + self.below(7)).unwrap() } else { state::THERE }
            });
            let states = states.collect();
            Column::of_numbers(kind, numbers, states)
        }

        /// A column or a constant.
        fn operand(&mut self, kind: Kind, len: usize) -> (Column, bool) {
            let splat = self.below(3) == 0;
            (self.column(kind, if splat { 1 } else { len }), splat)
        }
    }

    fn dictionary() -> Dictionary {
        let mut known = Dictionary::default();
        for text in ["甲", "乙", "a"] {
            known.learn(&Value::text(text));
        }
        known
    }

    fn nothing() -> Linked {
        Linked::link(Vec::new(), LinkTable::new()).unwrap()
    }

    /// Operations with the kinds of their operands and of their result.
    fn operations() -> Vec<(Op, Vec<Kind>, Kind)> {
        use Kind::{Bool, Member};
        let (whole, money) = (Kind::Number(0), Kind::Number(2));
        let day: Date = "2024-12-01".parse().unwrap();
        let window = heng_dsl::model::Window::Ago {
            far: 36,
            near: 0,
            unit: heng_dsl::value::TimeUnit::Month,
        };
        let window = stretch(&window, (day, 0), &mut |_| Value::Missing).unwrap();
        let mut all = vec![
            (Op::Sum(vec![false, true, false]), vec![whole, money, money], money),
            (Op::Whole, vec![money, money], money),
            (Op::Joined(Mode::Sum), vec![whole, whole, whole], whole),
            (Op::Product(ProductOp::Multiply), vec![whole, money], money),
            (Op::Product(ProductOp::Multiply), vec![money, money], money),
            (Op::Product(ProductOp::Divide), vec![money, whole], Kind::Number(4)),
            (Op::Round(Rounding::HalfUp), vec![money], whole),
            (Op::Round(Rounding::HalfUp), vec![whole], money),
            (Op::Round(Rounding::Up), vec![money], whole),
            (Op::Negate, vec![money], money),
            (Op::Within(window), vec![Kind::Date], Bool),
            (Op::Truth, vec![Bool], Bool),
            (Op::Holds, vec![Bool], Bool),
            (Op::Not, vec![Bool], Bool),
            (Op::Promise, vec![money], money),
            (Op::Present(false), vec![money], Bool),
            (Op::Present(true), vec![Bool], Bool),
            (Op::Choose, vec![Bool, money, money], money),
            (Op::Choose, vec![Bool, Bool, Bool], Bool),
            (Op::Otherwise, vec![money, money], money),
            (Op::Otherwise, vec![Member, Member], Member),
            (Op::After, vec![Bool, money], money),
            (Op::OneOf(true), vec![Member, Member, Member], Bool),
        ];
        let two = |builtin| (Op::Call(builtin), vec![money, money], money);
        all.extend([BuiltinId::Highest, BuiltinId::Lowest].map(two));
        all.push((Op::Call(BuiltinId::Later), vec![Kind::Date, Kind::Date], Kind::Date));
        all.push((Op::Call(BuiltinId::Days), vec![Kind::Date, Kind::Date], whole));
        all.push((Op::Call(BuiltinId::Quotient), vec![money, whole], whole));
        all.push((Op::Call(BuiltinId::MissingCount), vec![money, Bool, Member], whole));
        let side_by_side = |gather| Op::Gathered(gather, 3);
        for it in [BuiltinId::Count, BuiltinId::Any, BuiltinId::None] {
            let kind = if it == BuiltinId::Count { whole } else { Bool };
            all.push((side_by_side(Gather::Many(it)), vec![Bool; 3], kind));
        }
        let twos: Vec<Kind> = [Bool, money].repeat(3);
        for it in [BuiltinId::Sum, BuiltinId::Largest, BuiltinId::Latest, BuiltinId::Earliest] {
            all.push((side_by_side(Gather::Many(it)), twos.clone(), money));
        }
        all.push((side_by_side(Gather::Many(BuiltinId::CountDistinct)), twos.clone(), whole));
        all.push((side_by_side(Gather::Fault), twos, Bool));
        all.extend(truths());
        all
    }

    /// Operations whose result is yes or no, and that come in many forms.
    fn truths() -> Vec<(Op, Vec<Kind>, Kind)> {
        use Kind::{Bool, Symbol};
        let (whole, money) = (Kind::Number(0), Kind::Number(2));
        let mut all = Vec::new();
        for by in [false, true] {
            all.push((Op::UntilSettled(by), vec![Bool, Bool, Bool], Bool));
        }
        for op in [
            CompareOp::Equal,
            CompareOp::NotEqual,
            CompareOp::Less,
            CompareOp::LessOrEqual,
            CompareOp::Greater,
            CompareOp::GreaterOrEqual,
        ] {
            for kinds in [vec![whole, money], vec![Symbol, Symbol], vec![Bool, Bool]] {
                all.push((Op::Compare(op), kinds, Bool));
            }
        }
        for question in [
            Question::IsTrue,
            Question::IsFalse,
            Question::LeavesOpen(true),
            Question::LeavesOpen(false),
            Question::IsThere,
            Question::IsMissing,
            Question::Lacks,
            Question::IsNotApplicable,
            Question::IsSound,
            Question::Counts,
        ] {
            all.push((Op::Ask(question), vec![Bool], Bool));
            all.push((Op::Ask(question), vec![money], Bool));
        }
        all
    }

    #[test]
    fn every_kernel_gives_what_the_operation_means() {
        let (known, linked) = (dictionary(), nothing());
        let mut answered = std::collections::BTreeMap::new();
        for (op, kinds, kind) in operations() {
            for seed in 1..150_u64 {
                let mut draw = Draw(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15));
                let len = 1 + usize::try_from(draw.below(9)).unwrap();
                let columns: Vec<(Column, bool)> =
                    kinds.iter().map(|it| draw.operand(*it, len)).collect();
                if columns.iter().all(|it| it.1) {
                    continue;
                }
                let drawn = columns.iter().zip(kinds.iter().copied());
                let args: Vec<Operand<'_>> =
                    drawn.map(|(it, kind)| Operand { column: &it.0, splat: it.1, kind }).collect();
                let made = match run(&op, kind, &args, len) {
                    Some(Made::New(column)) => column,
                    // One value for all has to be spread by whoever asks.
                    Some(Made::Same(number)) if !columns[number].1 => columns[number].0.clone(),
                    Some(Made::Same(_)) | None => continue,
                };
                *answered.entry(format!("{op:?}")).or_insert(0) += 1;
                assert_eq!(made.lanes.len(), len, "{op:?}, seed {seed}");
                for at in 0..len {
                    let values: Vec<Value> = args
                        .iter()
                        .map(|it| it.column.value(if it.splat { 0 } else { at }, it.kind, &known))
                        .collect();
                    let expected = meaning(&op, kind, &values, &linked);
                    let found = made.value(at, kind, &known);
                    assert_eq!(found, expected, "{op:?}{values:?}, seed {seed}");
                    let number = made.lanes.at(at);
                    let within = (made.low..=made.high).contains(&number);
                    assert!(within, "{op:?}{values:?}: {number} is out of bounds, seed {seed}");
                }
            }
        }
        assert!(answered.len() > 40, "{answered:?}");
    }

    #[test]
    fn what_is_asked_of_texts_is_what_the_question_means() {
        let (mut known, linked) = (Dictionary::default(), nothing());
        let texts = ["", "D2143569X", "D21435690", "D2143569-X", "91350100M000100Y43", "一户"];
        for it in texts {
            known.learn(&Value::text(it));
        }
        let numbers = (0..14_i128).map(|it| it % 6).collect();
        let states = (0..14_u8).map(|it| it.saturating_sub(6)).collect();
        let column = Column::of_numbers(Kind::Symbol, numbers, states);
        let text = Operand { column: &column, splat: false, kind: Kind::Symbol };
        let part = |text: &str| {
            Column::of_numbers(
                Kind::Symbol,
                vec![known.number(&Value::text(text)).unwrap()],
                vec![state::THERE],
            )
        };
        let parts = ["", "D2143569X", "一户"].map(part);
        let one = (Op::Call(BuiltinId::CodeValid), Kind::Bool, None);
        let mut questions = vec![one, (Op::Call(BuiltinId::Length), Kind::Number(0), None)];
        for it in &parts {
            questions.push((Op::Starts, Kind::Bool, Some(it)));
            questions.push((Op::Contains, Kind::Bool, Some(it)));
        }
        for (op, kind, part) in questions {
            let mut args = vec![text];
            args.extend(part.map(|column| Operand { column, splat: true, kind: Kind::Symbol }));
            let asked = Asked { op: &op, kind, linked: &linked, dictionary: &known };
            let found = text::run(asked, &args).expect("there is a kernel");
            let mut different = std::collections::BTreeSet::new();
            for at in 0..14 {
                let value = |it: &Operand<'_>| {
                    it.column.value(if it.splat { 0 } else { at }, it.kind, &known)
                };
                let values: Vec<Value> = args.iter().map(value).collect();
                let expected = meaning(&op, kind, &values, &linked);
                assert_eq!(found.value(at, kind, &known), expected, "{op:?}{values:?}");
                different.insert(expected);
            }
            assert!(different.len() > 7, "{op:?}: {different:?}");
        }
    }

    #[test]
    fn answers_are_remembered_where_few_combinations_occur_of_many() {
        let (known, linked) = (dictionary(), nothing());
        let (op, kind) = (Op::UntilSettled(true), Kind::Bool);
        let asked = Asked { op: &op, kind, linked: &linked, dictionary: &known };
        // By place, and, with more combinations than there are places, by hashing.
        for operands in [3_usize, 9] {
            let mut memo = Memo::default();
            for seed in 1..20_u64 {
                let mut draw = Draw(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15));
                let columns: Vec<Column> = (0..operands).map(|_| draw.column(kind, 40)).collect();
                let operand = |column| Operand { column, splat: false, kind };
                let args: Vec<Operand<'_>> = columns.iter().map(operand).collect();
                let found = memo.run(asked, &args, 40).expect("there are few");
                for at in 0..40 {
                    let values = args.iter().map(|it| it.column.value(at, kind, &known));
                    let expected = meaning(&op, kind, &values.collect::<Vec<_>>(), &linked);
                    assert_eq!(found.value(at, kind, &known), expected, "{operands}, seed {seed}");
                }
            }
        }
    }

    #[test]
    fn no_answers_are_remembered_where_too_many_combinations_occur() {
        let (known, linked) = (dictionary(), nothing());
        let (op, kind) = (Op::Compare(CompareOp::Equal), Kind::Number(0));
        let asked = Asked { op: &op, kind: Kind::Bool, linked: &linked, dictionary: &known };
        let column = |from: i128, len: usize| {
            let numbers = (from..).take(len).map(|it| it * 1_000).collect();
            Column::of_numbers(kind, numbers, vec![state::THERE; len])
        };
        let mut memo = Memo::default();
        let mut run = |column: &Column| {
            let args = [Operand { column, splat: false, kind }; 2];
            memo.run(asked, &args, column.lanes.len()).is_some()
        };
        assert!(run(&column(0, 1_000)));
        assert!(!run(&column(0, 20_000)));
        assert!(!run(&column(0, 10)), "nor later");
    }

    /// Every way of gathering that there is a loop for, and some for which there is none.
    fn gathers() -> impl Iterator<Item = Gather> {
        let functions = [
            BuiltinId::Count,
            BuiltinId::Any,
            BuiltinId::None,
            BuiltinId::Sum,
            BuiltinId::Largest,
            BuiltinId::Smallest,
            BuiltinId::Latest,
            BuiltinId::Earliest,
            BuiltinId::CountDistinct,
            BuiltinId::Average,
            BuiltinId::All,
            BuiltinId::Streak,
            BuiltinId::LongestStreak,
        ];
        let modes = [Mode::Sum, Mode::Highest, Mode::Lowest, Mode::First];
        let functions = functions.map(Gather::Many).into_iter();
        functions.chain([Gather::Fault, Gather::Any]).chain(modes.map(Gather::Points))
    }

    /// What is taken, if anything is, and what it comes to.
    fn kinds(how: Gather) -> (Option<Kind>, Kind) {
        let (whole, money) = (Kind::Number(0), Kind::Number(2));
        match how {
            Gather::Many(BuiltinId::Count) => (None, whole),
            Gather::Many(BuiltinId::Any | BuiltinId::None) | Gather::Any => (None, Kind::Bool),
            Gather::Many(BuiltinId::All) => (Some(Kind::Bool), Kind::Bool),
            Gather::Many(BuiltinId::Streak | BuiltinId::LongestStreak) => (Some(Kind::Bool), whole),
            Gather::Many(BuiltinId::CountDistinct) => (Some(money), whole),
            Gather::Fault => (Some(money), Kind::Bool),
            _ => (Some(money), money),
        }
    }

    #[test]
    fn every_gathering_gives_what_the_function_means() {
        let known = dictionary();
        for (how, seed) in gathers().flat_map(|how| (1..150_u64).map(move |seed| (how, seed))) {
            let mut draw = Draw(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15));
            let mut ends = vec![0_u32];
            // Few, mostly; and more than are looked at at once.
            let most = if seed % 4 == 0 { 21 } else { 4 };
            for _ in 0..6 {
                ends.push(ends[ends.len() - 1] + u32::try_from(draw.below(most)).unwrap());
            }
            let len = ends[6] as usize;
            let bits = (0..len).map(|_| u8::from(draw.below(2) == 0)).collect();
            let counts = match draw.below(4) {
                0 => Column::answer(true, 1),
                1 => draw.column(Kind::Bool, len),
                _ => Column::bits(bits, None),
            };
            let splat = counts.lanes.len() != len || matches!(counts.low, 1);
            let (of, kind) = kinds(how);
            let mut taken = draw.column(of.unwrap_or(Kind::Bool), len);
            if draw.below(3) == 0 {
                taken.states = None;
            }
            let check = draw.column(Kind::Bool, len);
            let mut args = vec![Operand { column: &counts, splat, kind: Kind::Bool }];
            args.extend(of.map(|kind| Operand { column: &taken, splat: false, kind }));
            if matches!(how, Gather::Points(_)) && seed % 2 == 0 {
                args.push(Operand { column: &check, splat: false, kind: Kind::Bool });
            }
            let frame = Frame::segmented(ends.clone());
            let found = gather(how, kind, &args, Segments(&frame), &known);
            for at in 0..6 {
                let range = ends[at] as usize..ends[at + 1] as usize;
                let expected = fitted(of_segment(how, kind, &args, range, &known), kind);
                let found = found.value(at, kind, &known);
                assert_eq!(found, expected, "{how:?}, segment {at}, seed {seed}");
            }
        }
    }

    #[test]
    fn lanes_are_as_narrow_as_the_numbers_allow() {
        let lanes = |number: i128| {
            Column::of_numbers(Kind::Number(0), vec![number], vec![state::THERE]).lanes
        };
        assert!(matches!(lanes(5), Lanes::Short(_)));
        assert!(matches!(lanes(1 << 40), Lanes::Long(_)));
        assert!(matches!(lanes(1 << 80), Lanes::Wide(_)));
    }
}
