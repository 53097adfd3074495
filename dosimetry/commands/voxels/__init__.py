"""Commands on bodies of voxels."""
