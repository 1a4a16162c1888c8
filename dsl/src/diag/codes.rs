//! Every diagnostic code with its words, in one table.
//!
//! A code is never reused and never changes its meaning. The first two digits say where a problem
//! belongs: `E01` text, `E02` names, `E03` types and missing values, `E04` tables and coverage,
//! `E05` dependencies, `E06` packages, versions and amendments, `E07` stored models.

/// How bad a problem is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// The rule set cannot be used.
    Error,
    /// The rule set can be used, but the author should look.
    Warning,
    /// Nothing is wrong; the same could be written in a simpler way.
    Note,
}

/// What a code means.
#[derive(Debug, Clone, Copy)]
pub struct CodeRecord {
    /// The code itself.
    pub code: Code,
    /// As written: `E0201`.
    pub name: &'static str,
    /// How bad it is.
    pub severity: Severity,
    /// One sentence with placeholders, in Chinese and English.
    pub message: [&'static str; 2],
    /// What to do about it, in Chinese and English.
    pub help: Option<[&'static str; 2]>,
}

macro_rules! codes {
    ($($(#[$doc:meta])* $code:ident $severity:ident $zh:literal $en:literal $(help $hzh:literal $hen:literal)?;)*) => {
        /// A stable diagnostic code.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Code { $($(#[$doc])* $code,)* }

        /// Every code, in order.
        pub static CODES: &[CodeRecord] = &[$(CodeRecord {
            code: Code::$code,
            name: stringify!($code),
            severity: Severity::$severity,
            message: [$zh, $en],
            help: codes!(@help $($hzh $hen)?),
        },)*];
    };
    (@help) => { None };
    (@help $zh:literal $en:literal) => { Some([$zh, $en]) };
}

impl Code {
    /// What the code means.
    pub fn record(self) -> &'static CodeRecord {
        &CODES[self as usize]
    }
}

codes! {
    // E01: text. What cannot be read.

    /// The text cannot be read here.
    E0101 Error "这里读不懂：{expected}" "this cannot be read: {expected}";
    /// A line at the margin begins no declaration.
    E0102 Error "“{word}”不是声明的开头" "“{word}” does not begin a declaration"
        help "顶格的一行要以声明的词开头，如“指标”“参数”；属于上一条声明的行要缩进" "a line at the margin begins with the word of a declaration, such as “indicator” or “param”; a line of the declaration above is indented";
    /// There is no such day.
    E0103 Error "没有{date}这一天" "there is no such day as {date}";
    /// A number has too many digits, or is too large for this place.
    E0104 Error "这个数太大，或者位数太多" "this number is too large or has too many digits";
    /// A unit that the language does not know.
    E0105 Error "数后面的“{unit}”不是已知的单位" "“{unit}” behind a number is not a known unit"
        help "没有这个单位就只写数，单位写进“说明”" "where there is no such unit, write the bare number, and put the unit in the “note”";
    /// 24月 can be a month of the calendar or a length of time.
    E0106 Error "“{number}月”是哪一月，还是{number}个月？时间长短写“{number}个月”" "write {number}个月 for a length of time: {number}月 names a month of the calendar";
    /// 且 and 或 in one condition without brackets.
    E0107 Error "“且”和“或”写在一起时要用括号说明先后" "brackets have to say which of “and” and “or” comes first";
    /// A bracket that is not closed.
    E0108 Error "这个括号没有配对" "this bracket has no partner";
    /// A string or a quoted name that is not closed on its line.
    E0109 Error "这个引号没有在本行配对" "this quotation mark has no partner on its line";
    /// Too many brackets or conditions inside each other.
    E0110 Error "套得太深，最多{limit}层" "nested too deep: {limit} levels are the limit"
        help "把里面的部分用“取”或“值”另起一个名称" "give a name to an inner part with “let” or “value”";
    /// The file is too large.
    E0111 Error "文件超过 {limit} MiB" "the file is larger than {limit} MiB";
    /// Too many declarations.
    E0112 Error "声明超过{limit}条，这里以后的没有读" "there are more than {limit} declarations; those from here on were not read";
    /// A colon is missing between a condition and its result.
    E0113 Error "这里少了冒号" "a colon is missing here";
    /// A function is called by a name with a point in it.
    E0114 Error "函数名里不能有点" "the name of a function has no point in it"
        help "函数直接写，它说的是什么写在括号里，例如“计数(处罚)”" "write the function alone, and what it is about in its brackets, such as count(penalties)";

    /// A slip that has one certain correction.
    E0115 Error "“{wrong}”在这里应写作“{right}”" "“{wrong}” is written “{right}” here";
    /// The word of a declaration alone.
    E0116 Error "“{word}”后面没有写名称" "no name stands behind “{word}”";
    /// A declaration does not begin at the margin.
    E0117 Error "“{word}”这条声明要顶格写" "the declaration “{word}” has to begin at the margin";
    /// Something that should not stand there.
    E0118 Error "这里多了“{wrong}”" "“{wrong}” should not stand here";

    /// A slip of which the author has to say what was meant.
    E0119 Error "这里读不懂：{hint}" "this cannot be read: {hint}";

    /// A character that cannot be seen.
    E0120 Error "这里有一个看不见的字符" "there is a character here that cannot be seen"
        help "多半是从别的程序粘贴来的；去掉就好" "it was probably pasted from another program; remove it";
    /// A word that was left out.
    E0121 Error "这里少了“{right}”" "“{right}” is lacking here";
    /// A name that has to be quoted.
    E0122 Error "“{wrong}”作名称要写成{right}" "“{wrong}” is a name only if it is written {right}"
        help "以数字开头的、含有标点的、和语言的词相同的名称，写在「」里" "names that begin with a digit, have marks in them or are words of the language stand between 「 and 」";

    /// Words without blanks between them.
    E0123 Error "“{run}”是几个词连着写的，中间要有空格：{right}" "“{run}” is several words run together; blanks belong between them: {right}";

    /// A frequency of nothing.
    E0124 Error "频次不能是零" "a frequency cannot be zero"
        help "不检查的，结果写“-”" "where nothing is to be done, write “-” for the result";

    // E02: names.

    /// Nothing has this name.
    E0201 Error "没有叫“{name}”的{what}" "there is no {what} called “{name}”";
    /// A name may mean several things.
    E0202 Error "“{name}”有几种意思：{meanings}" "“{name}” may mean several things: {meanings}"
        help "写明是哪一种：记录的写“本条.名称”，本户的写“本户.名称”，枚举的写“枚举名.项”" "say which one: this.name for the record, household.name for the household, enum.member for a member";
    /// A name is declared twice.
    E0203 Error "“{name}”声明了两次" "“{name}” is declared twice"
        help "一条规则的两个时期可以同名，须各写“生效”且时期不重叠" "two periods of one rule may share a name: both say when they are in force, and the periods do not overlap";
    /// The name is not something that has a value here.
    E0204 Error "“{name}”在这里不能用：它是{what}" "“{name}” cannot be used here: it is {what}";
    /// Only a code has columns behind a point.
    E0205 Error "“{name}”前面的不是代码字段，而是{found}，没有可取的列" "what stands before “{name}” is no code but {found}, and has no columns";
    /// The name is predeclared.
    E0206 Error "“{name}”是语言自带的名称，不能再声明" "“{name}” is a name of the language itself and cannot be declared";
    /// A value of each record, used where no such record is meant.
    E0207 Error "“{name}”是每条“{table}”的值，只能在筛选“{table}”时用" "“{name}” is a value of each record of “{table}” and can be used only where such a record is meant";
    /// The enumeration has no such member.
    E0208 Error "“{enum}”没有“{name}”这一项，只有：{members}" "“{enum}” has no member “{name}”, only: {members}";
    /// A part that does not belong here.
    E0209 Error "“{part}”不能写在这里" "“{part}” does not belong here";
    /// A part that has to be there.
    E0210 Error "缺少{part}" "{part} is lacking";
    /// A part written twice.
    E0211 Error "“{part}”写了两次" "“{part}” is written twice";

    /// A name that reads like a formula of other names.
    E0212 Warning "名称“{name}”读起来像式子“{cut}”，容易看错" "the name “{name}” reads like the formula “{cut}” and is easily mistaken for it"
        help "换一个名称；确是一个名称，就写在「」里" "choose another name, or quote it with 「 and 」";

    // E03: types and missing values.

    /// A value of another type is needed.
    E0301 Error "这里应当是{expected}，写的却是{found}" "this should be {expected}, but it is {found}";
    /// A possibly missing value is used without saying what then.
    E0302 Error "“{name}”可能缺失，没有写缺失时怎么办" "“{name}” may be missing, and nothing says what then"
        help "用“x 有值 且 …”“x 缺失 或 …”“x 缺则 值”，或者在表里加一行“缺失：…”；除数可能为零时结果也会缺失" "use “x is present and …”, “x is missing or …”, “x if missing value”, or a row “missing: …”; a quotient is missing where the divisor may be zero";
    /// Two units that do not mix.
    E0303 Error "单位不同，不能放在一起：一个是{first}，一个是{second}" "the units do not mix: {first} and {second}";
    /// More decimal places than can be carried.
    E0304 Error "这里会有 {places} 位小数，最多 {limit} 位" "this has {places} decimal places; at most {limit} are possible";
    /// Wrong number of arguments.
    E0305 Error "“{name}”要写 {wanted} 个参数，写了 {found} 个：{form}" "“{name}” takes {wanted} in its brackets, not {found}: {form}";
    /// Not a constant.
    E0306 Error "“{text}”不是定数：这里只能写数、日期、文字和参数" "“{text}” is not constant: only literals and parameters can stand here";
    /// A window without a date that it could be about.
    E0307 Error "这里没有事件日期，不知道是哪个日期在这段时间里" "there is no event date here that could lie in this stretch of time"
        help "写明日期：“日期字段 在 近 12 个月”" "say which date: “date within last 12 months”";
    /// Not a source.
    E0308 Error "“{text}”不是一组记录" "“{text}” is not a set of records";
    /// A population function that speaks of the household that asks.
    E0309 Error "统计全体时看不到本户的“{name}”：条件是对每一户分别问的" "“{name}” of the asking household is not in sight here: the condition is asked of each household by itself";
    /// Values without an order.
    E0310 Error "{found}没有大小先后，不能这样比较" "{found} has no order and cannot be compared like this";
    /// 可缺 beside 随 or 后续.
    E0311 Error "后续和随之而来的字段本来就可能缺失，不写“可缺”" "a later happening and what comes with it may be missing anyway; leave out “optional”";
    /// Wrong number of results in a row.
    E0312 Error "这一行要有 {wanted} 个结果，写了 {found} 个" "the results of this row should number {wanted}, not {found}";
    /// A literal with too many places.
    E0313 Error "“{text}”的小数位数太多，这里最多 {places} 位" "“{text}” has too many decimal places; at most {places} fit here";
    /// A population function inside another.
    E0314 Error "统计全体的函数不能套在另一个里面" "a function of the whole register cannot stand inside another one"
        help "先用“值”给里面的起个名字" "give the inner one a name with “value” first";
    /// A possibly inapplicable value is used without saying what then.
    E0315 Error "“{name}”可能不适用（不属该规则集的范围，或者不在生效期内），没有写那时怎么办" "“{name}” may be not applicable (outside the scope or the period of its rules), and nothing says what then"
        help "用“x 缺则 值”“x 有值 且 …”，或者在表里加一行“缺失：…”，它也包括不适用" "use “x if missing value”, “x is present and …”, or a row “missing: …”, which covers it";
    /// A window whose ends are in the wrong order.
    E0316 Error "前 {far} 至 {near} {unit}：远的在前，近的在后" "{far} to {near} {unit} ago: the farther end comes first";
    /// 按 日期 behind something that has no dated values.
    E0317 Error "“{name}”不是参数，不能按日期取值" "“{name}” is not a parameter, so it has no value of another date";
    /// A function that does not exist over the register.
    E0318 Error "“{name}”不能用于全体或者同类的户" "“{name}” cannot be applied to the households of the register";
    /// Wrong number of cells in a row.
    E0319 Error "表有 {wanted} 列，这一行写了 {found} 格" "the cells of this row should number {wanted}, one a column, not {found}";
    /// 沿用 of a case that is not there.
    E0320 Error "没有可以沿用的用例“{title}”" "there is no case “{title}” to take over"
        help "用例之间也不能互相沿用" "cases cannot take over each other either";
    /// A bracket of a template that is not closed.
    E0321 Error "缘由里的“{”没有对应的“}”" "“{” in this reason is not closed by “}”";
    /// 按 behind a condition that ends with a parameter.
    E0322 Error "“按 {key}”可以是分组，也可以是取参数在那一天的值" "“by {key}” may mean groups, or the value of the parameter on that date"
        help "加括号写明：分组写“(记录 其中 …) 按 …”，取值写“(参数 按 …)”" "say which with brackets: “(records where …) by …” for groups, “(parameter by …)” for the value";
    /// What no household can change about itself.
    E0323 Error "行动不能改“{name}”：它是{what}" "an action cannot change “{name}”: it is {what}"
        help "户不能改变自己是谁、何时成立、何时发生了什么；行动只能改办得到的事" "a household cannot change who it is, when it was founded or when something happened; an action changes only what can be done";
    /// The date of a later happening that an action brings about.
    E0324 Error "行动使“{name}”发生，它的日期只能是基准日，即办理的那一天" "the action makes “{name}” happen, so its date can only be as_of, the day on which it is done";
    /// A function of the register inside an action.
    E0325 Error "行动里不能直接用要看全部户的函数" "a function of the whole register cannot stand inside an action"
        help "先用“值”给它起个名字" "give it a name with “value” first";

    /// Something is compared with itself.
    E0326 Warning "“{text}”是在和它自己比较，结果总是一样" "“{text}” is compared with itself, which always has the same outcome"
        help "外面那条记录要先用“称”起个名字，如“处罚 称 前次 其中 …”，里面写“前次.字段”" "give the outer record a name with “called”, as in “penalties called earlier where …”, and write “earlier.field” inside";
    /// 不同时 of what is not two determinations of one classification.
    E0327 Error "“不同时”要写同一个分类的两条直接判定：{what}" "“never together” is about two direct determinations of one classification: {what}";

    // E04: tables, coverage, promises about numbers.

    /// Some values belong to no row.
    E0401 Error "表有空档：{value}不属于任何一行" "the table has a gap: no row holds for {value}"
        help "补一行；“其余”不包括缺失，缺失要有自己的一行" "add a row; “otherwise” does not take what is missing, which needs a row of its own";
    /// Two rows hold for the same values.
    E0402 Error "两行重叠：{value}同时属于“{first}”和“{second}”" "two rows overlap: both “{first}” and “{second}” hold for {value}";
    /// A row that no value can reach.
    E0403 Error "这一行永远用不到：没有哪个值符合“{row}”" "this row is never used: no value satisfies “{row}”";
    /// A row that no value reaches as the rules and code tables stand now.
    E0404 Warning "按现有规则没有哪一户能到这一行“{row}”：{column}只能是 {reach}" "as the rules stand no household reaches this row “{row}”: {column} can only be {reach}";
    /// 其余 takes nothing.
    E0405 Warning "“其余”没有剩下的情形：其他各行已经列全" "nothing is left for “otherwise”: the other rows already cover everything";
    /// A list of conditions without 其余.
    E0406 Error "按条件逐行取值的表要以“其余”收尾，否则一条都不满足时没有结果" "a table that takes a value by conditions has to end with “otherwise”: without it there is no result where none holds";
    /// 其余 stands before other rows, or twice.
    E0407 Error "“其余”只能有一行，并且是最后一行" "there can only be one “otherwise”, and it has to be the last row";
    /// A row of conditions that an earlier one always beats.
    E0408 Error "这一行永远用不到：凡是符合它的，前面的“{first}”已经先用" "this row is never used: whatever satisfies it is taken by “{first}” before it";
    /// The same condition twice.
    E0409 Warning "同一条件写了两次：“{row}”" "the same condition is written twice: “{row}”";
    /// A table that could not be looked at completely.
    E0410 Warning "这张表没有核对完：{why}" "this table was not checked completely: {why}";
    /// 满分 can be exceeded.
    E0411 Error "“{name}”满分 {max}，而各部分合起来最多可到 {reach}，不能保证" "the maximum of “{name}” is {max}, but its parts taken together reach up to {reach}"
        help "满分是承诺；要截断就改用“上限”" "“max” is a promise; to cut off use “cap”";
    /// 满分 cannot be shown to hold.
    E0412 Error "“{name}”满分 {max}，但得分没有上界，无法保证" "the maximum of “{name}” is {max}, but its points have no upper bound"
        help "满分是承诺；要截断就改用“上限”" "“max” is a promise; to cut off use “cap”";
    /// 满分 is never reached.
    E0413 Warning "“{name}”满分 {max}，实际最多只能得 {reach}" "the maximum of “{name}” is {max}, but at most {reach} can be reached";
    /// Weights that do not add up.
    E0414 Error "权重之和应当是 100%，现在是 {sum}{where}" "the weights should add up to 100%, but they add up to {sum}{where}";
    /// Some dimensions have a weight and others have none.
    E0415 Error "“{name}”没有权重：同一级的维度要么都写权重，要么都不写" "“{name}” has no weight: either all dimensions of one level have one or none has";
    /// A weight that is not a share.
    E0416 Error "权重应当在 0% 至 100% 之间，这里可能是 {value}" "a weight has to lie between 0% and 100%, but this one can be {value}";
    /// A floor above a cap.
    E0417 Error "下限 {floor} 高于上限 {cap}" "the floor of {floor} lies above the cap of {cap}";
    /// A share of 折减 or of a quota outside 0% to 100%.
    E0418 Error "这里应当在 0% 至 100% 之间，却可能是 {value}" "this has to lie between 0% and 100%, but it can be {value}";
    /// A ratio in a result that is hardly meant.
    E0419 Warning "比例 {value} 超出 0% 至 100%，请核对" "a ratio of {value} lies outside 0% to 100%: is it meant?";
    /// A default that its field cannot hold.
    E0430 Error "“{name}”的缺省值 {value} 不合这个字段：{why}" "the default {value} of “{name}” does not fit the field: {why}";
    /// A table whose rows do not have the form that its head asks for.
    E0431 Error "这一行有 {found} 格，应当有 {expected} 格" "this row has {found} cells where {expected} are needed";
    /// A matrix that does not have a cell for every pair.
    E0432 Error "矩阵应当有 {rows} 行 {columns} 列（最后是“缺失”），现在不是" "the matrix needs {rows} rows and {columns} columns, “missing” last, and does not have them";
    /// A result that the grade does not have.
    E0433 Error "等级没有第 {member} 级" "the grade has no member number {member}";
    /// A direct determination that another one always beats.
    E0434 Warning "“{name}”不起作用：凡是符合它的，“{other}”都定为同样或更高的等级" "“{name}” has no effect: wherever it holds “{other}” sets the same or a riskier grade";
    /// A member of a grade that no rule gives.
    E0435 Warning "没有哪条规则会得出“{member}”" "no rule leads to “{member}”";
    /// Bands that are not in order.
    E0436 Warning "这一行不按大小次序：“{row}”" "this row is out of order: “{row}”";
    /// A cut-off beyond everything that can be reached.
    E0437 Warning "分界 {bound} 与{column}不相接：{column}只能是 {reach}" "the cut-off at {bound} does not meet {column}, which can only be {reach}"
        help "分界按实际能得的分写，或者补上少了的指标" "write cut-offs over the points that can be reached, or add the indicator that is lacking";
    /// An indicator that is worth nothing for everybody.
    E0440 Warning "“{name}”不可能得分：每一户都是 0 分" "“{name}” can never score: it is worth 0 points for every household";
    /// An overlay in which a riskier grade gives a better one.
    E0470 Warning "倒挂：{other}时，{side}为 {worse} 只得 {low}，为 {better} 反得 {high}" "a reversal: where {other}, {side} {worse} gives {low}, while {better} gives {high}"
        help "改成不倒挂的，或者写明“容许 倒挂 因 …”" "put it in order, or say “accept reversal because …”";
    /// An overlay in which the riskiest grade of one side is lowered by the other side.
    E0471 Warning "{side}为 {worst}，因{other}，结果减轻为 {low}" "{side} {worst} is lowered to {low} where {other}"
        help "改成 {top}，或者写明“容许 减轻 因 …”" "make it {top}, or say “accept lowering because …”";
    /// Something is accepted that does not happen.
    E0472 Warning "“容许 {what}”没有用处：这里没有这种情形" "“accept {what}” has nothing to accept here";
    /// A rule whose work for one household grows beyond all reason.
    E0480 Warning "“{name}”太费时：一户最多要算 {bound} 步，各表都有 {records} 条记录时是 {steps} 步，超过 {limit} 步" "“{name}” may take too long: up to {bound} steps for one household, which are {steps} where every table has {records} records; {limit} is the limit"
        help "一层套一层地筛选同一张表，次数是记录数的几次方；先用“值”求出里面的一层" "filters of one table inside each other multiply; work out the inner one as a “value” first";
    /// Rows of one result that join into one.
    E0490 Note "第 {rows} 行结果相同，可以合成一行：{box}" "rows {rows} give the same and can be one: {box}"
        help "像这样合并，这张表可以少 {saved} 行" "joined like this the table could have {saved} rows fewer";
    /// Columns of a table that change no result.
    E0491 Note "“{columns}”不影响这张表的结果{all}" "“{columns}” changes nothing in this table{all}"
        help "去掉这一列；本来要区分的，核对各行的结果" "leave the column out; where it is meant to tell rows apart, look at their results";
    /// A condition that always holds.
    E0450 Warning "{condition}总是成立，等于没有写" "{condition} always holds, so it says nothing";
    /// A condition that never holds.
    E0451 Warning "{condition}永远不成立{why}" "{condition} can never hold{why}";
    /// A part of a condition that changes nothing beside the others.
    E0452 Warning "{condition}不起作用：{why}" "{condition} has no effect: {why}";
    /// A shift that another determination always makes needless.
    E0453 Warning "“{name}”不起作用：凡是符合它的，“{other}”已经定到或者移到同样远" "“{name}” has no effect: wherever it holds “{other}” sets or shifts the grade as far";
    /// Two tags that say the same.
    E0454 Warning "标注“{name}”与“{other}”总是同时成立" "the tag “{name}” holds for the same households as “{other}”"
        help "保留一个；本来要区分的，核对两个条件" "keep one of them; if they are meant to differ, compare their conditions";
    /// An alert that nothing can raise.
    E0455 Warning "预警“{name}”不会发出：{condition}永远不成立{why}" "the alert “{name}” is never raised: {condition} can never hold{why}";
    /// A list that nobody can enter, or that nobody can leave.
    E0456 Warning "名单“{name}”的条件要核对：{why}" "the conditions of the list “{name}” should be looked at: {why}";

    /// A name that nothing reads.
    E0460 Warning "没有用到“{name}”（{what}）" "“{name}” ({what}) is never used"
        help "删去它；本来要用的，核对用到它的地方写的是不是别的名称" "delete it; where it was meant to be used, see whether another name stands there";
    /// A rule with a period in which it is never asked.
    E0461 Warning "“{name}”的这一条从不生效：{why}" "this rule of “{name}” is never in force: {why}";

    /// A matrix without a row or a column.
    E0420 Error "矩阵缺少“{name}”的一行或者一列" "the matrix lacks a row or a column for “{name}”"
        help "每一级和“缺失”都要有，没有结果的格写“-”" "every grade and “missing” has to be there; a cell without a result is “-”";
    /// A matrix with a row or a column twice.
    E0421 Error "矩阵里“{name}”写了两次" "“{name}” stands twice in the matrix";

    // E05: dependencies.

    /// Names that need each other.
    E0501 Error "这些名称互相依赖，绕了一圈：{way}" "these names depend on each other in a circle: {way}";
    /// Derived fields that need each other.
    E0502 Error "字段“{name}”绕了一圈又用到自己" "the field “{name}” depends on itself in a circle";

    // E06: packages, versions, amendments.

    /// A package that is used was not found.
    E0601 Error "找不到规则集“{name}”" "the rule set “{name}” was not found";
    /// Packages that use each other.
    E0602 Error "规则集互相引用，绕了一圈：{way}" "rule sets use each other in a circle: {way}";
    /// Another version than was asked for.
    E0603 Error "要的是“{name}”的 {wanted} 版，找到的是 {found} 版" "version {wanted} of “{name}” was asked for, but {found} was found";
    /// No 规则集 line.
    E0604 Error "文件夹“{folder}”里没有“规则集”一行" "there is no “ruleset” line in the folder “{folder}”";
    /// An amendment of something that is not there.
    E0605 Error "“{base}”里没有这样的“{name}”，无从修订或者停用" "“{base}” has no such “{name}” to amend or disable";
    /// An amendment without a base.
    E0606 Error "没有写“基于”，不能修订或者停用" "only a set that extends another can amend or disable something"
        help "引用别的规则集不能改它；要改，写“基于 规则集”" "a set that merely uses another cannot change it; write “extends”";
    /// An amendment that changes the type.
    E0607 Error "修订不能把{old}改成{new}" "an amendment cannot turn {old} into {new}";
    /// An amendment without a reason.
    E0608 Error "修订和停用要写“因 …”" "an amendment needs “because …”";
    /// Periods that overlap.
    E0609 Error "“{name}”的两个时期重叠" "two periods of “{name}” overlap";
    /// A code table that cannot be read.
    E0610 Error "代码表文件“{file}”不能用：{why}" "the code table file “{file}” cannot be used: {why}";
    /// A row of a code table that cannot be read.
    E0611 Error "代码表第 {line} 行不对：{why}" "line {line} of the code table is wrong: {why}";
    /// A file or folder that cannot be read.
    E0612 Error "“{file}”读不了：{why}" "“{file}” cannot be read: {why}";
    /// Two folders with one package.
    E0613 Error "规则集“{name}”有两个，另一个在“{folder}”" "there are two rule sets “{name}”; the other one is in “{folder}”";
    /// Dated values out of order.
    E0614 Error "“自 {date}”没有排在更早的日期之后" "“from {date}” does not come after earlier dates";
    /// Too many declarations.
    E0615 Error "声明太多，一个规则集最多 {limit} 个" "there are too many declarations; a rule set may have {limit}";
    /// Two 规则集 lines.
    E0616 Error "一个文件夹只能有一行“规则集”" "a folder can have only one “ruleset” line";
    /// Too many packages.
    E0617 Error "引用的规则集太多，最多 {limit} 个" "too many rule sets are used; at most {limit} can be";
    /// An amended value has become more exact than its readers.
    E0618 Error "“{name}”经修订有 {new} 位小数，而没有修订的“{reader}”按 {old} 位小数读它" "“{name}” now has {new} decimal places, but “{reader}”, which is not amended, reads it with {old}"
        help "修订时加“保留 n 位”，或者一并修订用到它的规则" "round the amended value, or amend its reader too";
    /// A reference that does not fit after packages were put together.
    E0619 Error "规则集“{package}”连接不上：{why}" "the rule set “{package}” cannot be put together: {why}";
    /// An amendment of a row that the table does not have.
    E0620 Error "没有第 {number} 行：这张表有 {rows} 行" "there is no row {number}: the last one is row {rows}";
    /// An amendment of a row by a key that no row has.
    E0621 Error "没有“{key}”这一行；各行是：{rows}" "no row is for “{key}”; the rows are: {rows}"
        help "照表里的写法写这一行的条件，或者写“第 n 行”" "write the condition as the table does, or say “row n”";
    /// An amendment of a row where there is none of that kind.
    E0622 Error "这里不能改一行：{why}" "a row cannot be changed here: {why}";
    /// An amendment of a code that the table does not have.
    E0623 Error "代码表“{name}”没有代码“{code}”" "the code table “{name}” has no code “{code}”";
    /// An edit of something that is not there.
    E0624 Error "没有叫“{name}”的{kind}，无从试改" "there is no {kind} called “{name}” to change";
    /// An edit of something that several packages have.
    E0625 Error "“{name}”在几个规则集里都有：{candidates}" "several rule sets have “{name}”: {candidates}"
        help "写明是哪一个" "say which one";
    /// An edit with the word of another kind of declaration.
    E0626 Error "“{name}”是{other}，不是{kind}" "“{name}” was declared with the word “{other}”, not “{kind}”";
    /// An edit that does not say what it changes.
    E0627 Error "看不懂要改什么：先写“指标”“参数”“分类”之类的词，再写名称和改法" "what is to be changed? begin with a word such as “indicator”, “param” or “classify”, then the name, then the change"
        help "例如“参数 观察期 = 36 个月”“指标 行政处罚 第 2 行 = 50”“停用 预警 甲”" "for example “param period = 36 months”, “indicator fines row 2 = 50”, “disable alert x”";
    /// Two versions of a package that says how data are read.
    E0628 Error "“{name}”的 {versions} 两版都声明了主体或者记录，一次运行只能用一版资料规范" "versions {versions} of “{name}” both declare the household or record tables, and a run can read data in one way only"
        help "两版规则要用同一版资料规范：在“引用”里写明版本" "let both versions of the rules use one version of the data standard: write it in “use”";
    /// An amendment that leaves everything as it was.
    E0630 Warning "对“{name}”的修订什么也没有改：与“{base}”里的一样" "the amendment of “{name}” changes nothing: “{base}” says the same"
        help "上级已经改成一样的，就删去这条修订" "delete it where the base has come to say the same";
    /// One part of something amended twice.
    E0631 Warning "“{name}”的同一部分修订了两次，前一次不起作用" "the same part of “{name}” is amended twice, so the first amendment has no effect"
        help "留下一次；两次都要的，合写成一条" "leave one of them, or write them as one";

    /// An amendment that quotes what it replaces, and the base says something else there now.
    E0632 Warning "“{base}”的“{name}”里现在没有“{text}”：修订以后，上级改了" "“{text}” does not stand in “{name}” of “{base}” any more: the base has changed since it was amended"
        help "核对修订是否仍然合适，再把“原文”改成现在的写法" "see whether the amendment is still right, then quote what stands there now";
    /// Something is read that is switched off where it is looked for.
    E0633 Warning "“{package}”停用了“{name}”{because}，这里读到的仍是“{base}”里的" "“{package}” has disabled “{name}”{because}, and what is read here is still that of “{base}”"
        help "不再读它；要读的，请“{package}”用修订代替停用" "do not read it; where it is needed, “{package}” should amend it rather than disable it";
    /// A value or a grade is of another kind than the one that rules were written for.
    E0634 Error "“{name}”与规则所依据的不一样：{why}" "“{name}” is not what the rules were written for: {why}"
        help "各级的名称和次序要与原来一致；要不同的，另取一个名称" "members and their order have to stay as they were; a grade that differs needs a name of its own";

    /// A clause of the policy document of which nothing is said.
    E0640 Error "“{number}”没有交代：没有一条“条款”说它编入哪里、由人工处理，还是不属此类" "nothing is said of clause “{number}”: no “clause” says whether it is encoded, left to people or out of scope"
        help "补一条“条款”，写“编入”“人工”或者“不属此类”" "add a “clause” with “encoded in”, “left to people” or “out of scope”";
    /// A clause that the document does not have.
    E0641 Error "“{number}”不在“落实”列出的条款里" "“{number}” is not among the clauses behind “carries out”";

    // E07: stored models.
    /// A stored model that is no JSON.
    E0701 Error "“{file}”不是完整的 JSON：{why}" "“{file}” is no complete JSON: {why}";
    /// A value of a stored model that does not have its form.
    E0702 Error "“{file}”不是写对的规则数据，{pointer} 处{why}" "“{file}” is not a stored rule set, at {pointer}: {why}"
        help "各项的写法见 docs/model.md 和 docs/model.schema.json" "docs/model.md and docs/model.schema.json say what each part looks like";
    /// A stored model in another version of the form.
    E0703 Error "“{file}”是第 {found} 版的规则数据，本程序读第 {known} 版：{advice}" "“{file}” has version {found} of the form of stored rules, and this program reads version {known}: {advice}";
    /// A stored model that is too large or too deep.
    E0704 Error "“{file}”太大：{why}" "“{file}” is too large: {why}";
    /// A stored model that was changed after its hash was taken.
    E0705 Error "“{file}”里“{package}”的内容摘要对不上：写的是 {stated}，算出来是 {found}" "the content hash of “{package}” in “{file}” does not fit: {stated} is stated, {found} was found"
        help "内容在写出之后改过；是有意改的，就把 content 一项去掉，不然请重新取得这个文件" "it was changed after it was written; leave `content` out if that was meant, else get the file anew";
    /// A stored model that was checked against another content of a package that it uses.
    E0706 Error "规则数据“{package}”是对着“{used}” {wanted} 检查的，找到的是 {found}" "the stored rule set “{package}” was checked against {wanted} of “{used}”, but {found} was found"
        help "用找到的这一份重新 heng compile，或者取得原来的那一份；确知无妨，就把 uses 里这一项去掉" "compile it anew against what was found, or get what it was checked against; leave the entry of `uses` out if you know it does no harm";
    /// A stored model that is not what its types promise.
    E0707 Error "规则集“{package}”的 {place} 不成立：{why}" "{place} of the rule set “{package}” does not hold: {why}"
        help "写出这份规则数据的程序有误；heng compile 写出的不会这样" "the program that wrote these rules is at fault; heng compile does not write such ones";
}
