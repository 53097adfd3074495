"""Fits of one model: to one curve or to many, their results, criteria and confidence intervals."""
