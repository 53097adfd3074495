"""The study file: its keys, what is wrong with them, and a new one to fill in."""
