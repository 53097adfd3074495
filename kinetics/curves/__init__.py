"""Curves: times, values, SDs, units and decay state; counts that become curves; files; body size."""
