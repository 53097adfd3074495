"""The tables of a dossier, a module a table: each from results to a neutral table."""
