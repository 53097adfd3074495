"""Doses beside limits: the law, subjects by their limits, doses as a limit sees them, largest activities."""
