"""From a body of voxels to its SAF library."""
