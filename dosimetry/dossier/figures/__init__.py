"""Figures of a dossier, one column wide: clearance, TIACs, doses, cohorts side by side."""
