"""A dossier as a Word document."""
