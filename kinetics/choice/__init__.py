"""The choice of a model, and the area averaged over those that the data support."""
