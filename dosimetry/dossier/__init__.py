"""The dossier: from a study's results to the tables and documents that a regulator and a journal take."""
