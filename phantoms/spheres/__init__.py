"""Spheres: absorbed fractions of photons, electrons and alphas."""
