//! Which indicators, rows, cells and determinations were exercised, by cases or by a register.
