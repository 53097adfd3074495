"""Curves of several patients together: shared rates, rates taken from a cohort, a single late measurement."""
