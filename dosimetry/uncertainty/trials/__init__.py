"""Monte Carlo: drawn inputs, replicas of patients, trials."""
