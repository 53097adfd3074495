"""Uptake over time: SUV by lean body mass, ratios to other tissues, the time of best contrast."""
