"""Biologically effective dose, equivalent dose in 2 Gy fractions, RBE of alphas."""
