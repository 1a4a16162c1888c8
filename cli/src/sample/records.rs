//! One record each, as the tables of the data standard want it.

use heng_dsl::value::Date;

use super::household::{Dossier, cell, yes};
use super::tables::{Row, Table};

impl Dossier {
    pub(super) fn licence(
        &mut self,
        kind: &'static str,
        from: Date,
        until: Option<Date>,
        ended: Option<Date>,
    ) {
        let row = self.row(Table::Licence);
        let number = format!("皖池许{}", self.serial());
        self.rows.push(
            row.with("许可编号", number)
                .with("种类", kind)
                .with("许可日期", from.to_string())
                .with("有效期至", cell(until))
                .with("注销日期", cell(ended))
                .with("注销原因", if ended.is_some() { "经营者申请注销" } else { "" }),
        );
    }

    pub(super) fn report(&mut self, year: i64, day: Date, sales: u32, taxed: bool) {
        let tax = if taxed { (sales / 100).to_string() } else { "0".to_owned() };
        let staff = self.staff.to_string();
        let row = self.row(Table::AnnualReport);
        self.rows.push(
            row.with("报告年度", year.to_string())
                .with("报送日期", day.to_string())
                .with("营业额", sales.to_string())
                .with("纳税额", tax)
                .with("从业人数", staff),
        );
    }

    pub(super) fn penalty(
        &mut self,
        date: Date,
        kind: &'static str,
        degree: &'static str,
        cause: &'static str,
    ) -> Row {
        let number = format!("池市监罚〔{}〕{}号", date.year(), self.serial());
        self.row(Table::Penalty)
            .with("决定书文号", number)
            .with("种类", kind)
            .with("程度", degree)
            .with("事由", cause)
            .with("决定日期", date.to_string())
            .with("罚款金额", "0")
            .with("没收金额", "0")
    }

    pub(super) fn inspection(
        &mut self,
        date: Date,
        item: &'static str,
        result: &'static str,
        fixed: Option<Date>,
    ) {
        let row = self.row(Table::Inspection);
        self.rows.push(
            row.with("检查日期", date.to_string())
                .with("事项", item)
                .with("结果", result)
                .with("整改日期", cell(fixed)),
        );
    }

    pub(super) fn sampling(&mut self, date: Date, level: &'static str, good: bool) {
        let row = self.row(Table::Sampling);
        self.rows.push(
            row.with("公布日期", date.to_string()).with("层级", level).with("合格", yes(good)),
        );
    }

    pub(super) fn complaint(
        &mut self,
        date: Date,
        kind: &'static str,
        closed: Option<Date>,
        upheld: Option<bool>,
    ) {
        let row = self.row(Table::Complaint);
        self.rows.push(
            row.with("登记日期", date.to_string())
                .with("类别", kind)
                .with("投诉人", "某消费者")
                .with("办结日期", cell(closed))
                .with("属实", upheld.map_or("", yes)),
        );
    }

    pub(super) fn abnormal(&mut self, listed: Date, cause: &'static str, removed: Option<Date>) {
        let row = self.row(Table::Abnormal);
        self.rows.push(
            row.with("列入日期", listed.to_string())
                .with("原因", cause)
                .with("移出日期", cell(removed)),
        );
    }

    pub(super) fn serious(&mut self, listed: Date, cause: &'static str, removed: Option<Date>) {
        let row = self.row(Table::Serious);
        self.rows.push(
            row.with("列入日期", listed.to_string())
                .with("事由", cause)
                .with("移出日期", cell(removed)),
        );
    }

    pub(super) fn debtor(&mut self, filed: Date, paid: Option<Date>) {
        let number = format!("（{}）皖池执{}号", filed.year(), self.serial());
        let row = self.row(Table::Debtor);
        self.rows.push(
            row.with("案号", number)
                .with("立案日期", filed.to_string())
                .with("履行日期", cell(paid)),
        );
    }

    pub(super) fn insurance(&mut self, month: Date, staff: u32) {
        let row = self.row(Table::Insurance);
        self.rows.push(row.with("所属月", month.to_string()).with("参保人数", staff.to_string()));
    }

    pub(super) fn promise(&mut self, date: Date, kept: Option<Date>, broken: Option<Date>) {
        let row = self.row(Table::Promise);
        self.rows.push(
            row.with("承诺日期", date.to_string())
                .with("履约日期", cell(kept))
                .with("违约日期", cell(broken)),
        );
    }

    pub(super) fn honour(&mut self, date: Date, level: &'static str, back: Option<Date>) {
        let row = self.row(Table::Honour);
        self.rows.push(
            row.with("授予日期", date.to_string()).with("级别", level).with("撤回日期", cell(back)),
        );
    }
}
