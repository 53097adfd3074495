"""The walk from voxel to voxel against other transport: equations, ICRP's SAFs, OpenDose; a made-up patient."""
