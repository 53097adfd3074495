"""Figures of lesions, one module a figure."""
