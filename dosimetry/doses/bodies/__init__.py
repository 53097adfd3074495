"""Doses in several bodies at once: of both sexes, of all ages, of any bodies side by side."""
