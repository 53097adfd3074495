"""Which lesions are positive, concordance with FDG, patterns of uptake, early response."""
