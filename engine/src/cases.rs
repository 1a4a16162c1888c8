//! Runs the 用例 of a rule set on the path of a run and compares what comes out.
