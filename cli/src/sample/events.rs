//! What happened to a household: the records of every table, about eight a household, most with few
//! and a few with very many. One file for each part of the data standard: how its records are drawn,
//! and below it how one record is put down, which the situations use too.

mod credit;
mod registration;
mod shared;
mod society;
mod supervision;

use heng_dsl::value::Date;

use super::dossier::{Dossier, Purpose};
use super::tables::Table;

/// Three years in days, as far back as most rules look.
const THREE_YEARS: u32 = 1095;

/// Draws the records of every table. The order matters where one follows from another: who files no
/// report gets listed, who was repaired had applied for it.
pub(super) fn draw(it: &mut Dossier) {
    for table in Table::ALL {
        let mut random = it.random(Purpose::Table(table));
        let random = &mut random;
        match table {
            Table::Household => {}
            Table::Licence => registration::licences(it, random),
            Table::Change => registration::changes(it, random),
            Table::AnnualReport => registration::reports(it, random),
            Table::Affiliate => registration::affiliates(it, random),
            Table::Contact => registration::contacts(it, random),
            Table::Penalty => supervision::penalties(it, random),
            Table::Compulsory => supervision::compulsory(it, random),
            Table::Inspection => supervision::inspections(it, random),
            Table::Sampling => supervision::samplings(it, random),
            Table::Accident => supervision::accidents(it, random),
            Table::Abnormal => credit::abnormal(it, random),
            Table::Serious => credit::serious(it, random),
            Table::Repair => credit::repairs(it, random),
            Table::Promise => credit::promises(it, random),
            Table::Debtor => shared::debtor(it, random),
            Table::Lawsuit => shared::lawsuits(it, random),
            Table::Arrears => shared::arrears(it, random),
            Table::TaxCredit => shared::tax_credit(it, random),
            Table::Insurance => shared::insurance(it, random),
            Table::Complaint => society::complaints(it, random),
            Table::Rating => society::ratings(it, random),
            Table::Honour => society::honours(it, random),
        }
    }
}

/// The last year whose report was due by the cut-off.
fn last_due_year(cutoff: Date) -> i64 {
    if cutoff.month() > 6 { cutoff.year() - 1 } else { cutoff.year() - 2 }
}
