"""Bodies of voxels against published values, other transport and the equations of stylised bodies."""
