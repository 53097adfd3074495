"""A dose map as files: images, tables, figures, provenance."""
