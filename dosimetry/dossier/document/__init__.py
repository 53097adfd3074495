"""What a dossier is made of, apart from how it is written: tables, paragraphs, figures, printed numbers."""
