//! Values over the register: percentiles, ranks, group counts, quotas.
