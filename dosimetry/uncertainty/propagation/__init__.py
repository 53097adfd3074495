"""First order: what one standard uncertainty of each error changes in areas, TIACs and doses."""
