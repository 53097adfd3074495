"""Uncertainty budgets: inputs with their standard uncertainties, carried to doses, and shares of variance."""
