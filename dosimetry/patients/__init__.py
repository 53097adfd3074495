"""A patient: measured curves, blood and masses; by which methods they become TIACs and doses."""
