//! A linked rule set with its graph, its order and its stages: what evaluation needs.
