"""The form of a dataset: variables, text in ASCII; SAS transport files and Dataset-JSON of it."""
