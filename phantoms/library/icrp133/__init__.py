"""The ICRP reference adults, from the files of ICRP Publication 133."""
