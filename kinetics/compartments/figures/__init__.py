"""Figures of a compartment model: its boxes and arrows, and its contents over time."""
