"""Label tables, calibrations and tissues in, and what is wrong with them."""
