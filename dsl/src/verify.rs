//! What a table, a matrix, a cut-off or a promise leaves open: findings on the checked model.
