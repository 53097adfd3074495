"""The layers of checks: arithmetic, consistency, forward, cohort; and the models that they rest on."""
