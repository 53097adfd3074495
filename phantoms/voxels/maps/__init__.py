"""Energy absorbed by voxel, with its standard error."""
