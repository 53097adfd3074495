"""Linear compartment models: their text, their contents and TIACs, their rates fitted to data."""
