"""Areas under curves: trapezoids, terminal slope, non-compartmental analysis, pharmacokinetic parameters."""
