"""Shells: which tables and figures a dossier has for whom; from results and a shell to a document."""
