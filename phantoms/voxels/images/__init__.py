"""From label volumes and CTs to a body of voxels."""
