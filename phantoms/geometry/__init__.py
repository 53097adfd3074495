"""Shapes as equations, and a compiled body that answers which region a point is in."""
