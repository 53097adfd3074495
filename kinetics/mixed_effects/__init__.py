"""Nonlinear mixed-effects fits: many patients' curves at once, each with parameters of its own."""
