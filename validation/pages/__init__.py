"""Writers of pages of the documentation; run in a checkout, not installed."""
