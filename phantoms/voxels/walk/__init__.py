"""Photons that walk from voxel to voxel, and where they start."""
