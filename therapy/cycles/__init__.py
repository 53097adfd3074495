"""Cycles of a therapy: their tables, kinetics measured or carried over, cumulative doses."""
