"""Dose to red marrow, osteogenic cells and bone surface, which a homogeneous skeleton does not resolve."""
