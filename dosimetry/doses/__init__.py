"""Absorbed dose of target regions, effective dose, doses of both sexes and of spheres."""
