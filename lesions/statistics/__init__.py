"""Proportions, tests against a standard, agreement, survival, each with its interval."""
