"""One curve fitted: models, weights, the solver, results, the choice of a model, confidence intervals."""
