"""Dose maps: from activity by voxel to dose by voxel, and dose-volume histograms."""
