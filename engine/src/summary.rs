//! What a run came to: grades, tags, alerts, measures, lists, errors.
