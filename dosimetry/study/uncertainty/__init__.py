"""The uncertainties that a study states: which of them matter in it, as inputs of a budget, as tables."""
