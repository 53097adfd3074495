"""Bounded least squares for many curves at once: problems, starts, minima, covariance."""
