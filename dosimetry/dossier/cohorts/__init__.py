"""Cohorts side by side: results of studies and published means, ratios of means, tests, Holm's correction."""
