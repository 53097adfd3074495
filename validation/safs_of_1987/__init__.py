"""Our SAFs beside those of 1987, where a copy of them is at hand; run in a checkout, not installed."""
