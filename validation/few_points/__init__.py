"""Few points a patient: simulated cohorts of known truth, and what each method makes of them."""
