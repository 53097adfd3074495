"""Bodies of voxels against other transport: equations, ICRP's SAFs, OpenDose; a made-up patient."""
