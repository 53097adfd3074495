"""S values: of one nuclide, of many, of the remainder, and scaled to a patient's masses."""
