"""A study: its file, its tables, each patient's TIACs and doses, the cohort's statistics."""
