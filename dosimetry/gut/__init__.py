"""Contents of the gut: by which method, and what leaves the whole body by its fitted curve."""
