"""The urinary bladder's contents as a source region, and the dose of its wall while it fills."""
