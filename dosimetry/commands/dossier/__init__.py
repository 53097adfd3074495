"""Commands on results that are there: documents and datasets of them, cohorts side by side."""
