"""Figures of population fits: every patient's curve, observed against predicted, residuals."""
