"""A dossier as files: Word, Excel, HTML, CSV."""
