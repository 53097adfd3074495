"""A study's patients together: comparisons of PET, tissue, blood and response, times to events, tables."""
