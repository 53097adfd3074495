"""The tables that a study results in: rows of patients, who counts, the cohort, published values."""
