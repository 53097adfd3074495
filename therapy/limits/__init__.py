"""Dose limits of organs, and what is left of them."""
