"""The tables of a study, read and checked: patients, their curves, masses and TIACs."""
