"""The marginal likelihood of a cohort: function, scatter, integral over patients, and its maximum."""
