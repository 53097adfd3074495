"""Figures of a study: curves with fits, TIACs and doses as bars."""
