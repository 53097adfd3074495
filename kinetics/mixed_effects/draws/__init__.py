"""Draws from the posterior of a population: its estimates and all patients' parameters together."""
