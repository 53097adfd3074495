"""A study's results as a folder of tables, an archive, and lines in the terminal."""
