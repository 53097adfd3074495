"""The page docs/validation.md: its text, numbers, tables and figures."""
