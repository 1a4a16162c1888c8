//! Values that need the whole register: percentiles, ranks, figures of groups, quotas.
//!
//! They are worked out in rounds, each reading the declarations of the stages before it, and are then
//! an input to the evaluation of one household. The population is every household of the register
//! that was founded by the as-of date, whatever 适用 says (`language.md` §3.9).

use heng_dsl::value::{Date, Value};

use crate::data::Register;
use crate::program::Program;

/// What every function of the register is worth for every household.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PopulationValues {
    sites: Vec<SiteValues>,
}

/// What one function of the register is worth.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SiteValues {
    /// For every household of the register, by number; 不适用 for those outside the population. Of a
    /// quota: is the household among those who get a place?
    pub values: Vec<Value>,
    /// How many households counted.
    pub counted: usize,
    /// How many were left out, because their value is missing, not applicable or an error.
    pub left_out: usize,
}

impl PopulationValues {
    /// What the function with that number is worth for a household; 不适用 where it was not worked out.
    pub fn get(&self, site: usize, household: usize) -> &Value {
        let found = self.sites.get(site).and_then(|it| it.values.get(household));
        found.unwrap_or(&Value::NotApplicable)
    }

    /// The functions of the register, by number.
    pub fn sites(&self) -> &[SiteValues] {
        &self.sites
    }
}

/// Works out every function of the register as of a date. The result does not depend on the number
/// of threads of the pool in which this is called.
pub fn values(program: &Program, register: &Register, as_of: Date) -> PopulationValues {
    let _ = (program, register, as_of);
    todo!("in the next landing")
}
