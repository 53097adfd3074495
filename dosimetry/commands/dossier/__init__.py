"""The commands that make dossiers: reports, datasets, cohorts side by side."""
