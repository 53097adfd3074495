"""The command fit-cohort: curves of several patients fitted together."""
