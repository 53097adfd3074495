"""Photons, electrons and alphas in matter."""
