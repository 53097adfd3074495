"""Bodies of voxels: from a patient's segmented images to SAFs and dose maps by transport in them."""
