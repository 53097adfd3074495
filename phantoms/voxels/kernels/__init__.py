"""Energy around a point source, folded over voxels."""
