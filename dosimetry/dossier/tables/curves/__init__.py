"""Tables of what was measured and of its curves: activities, fitted parameters, pharmacokinetics."""
