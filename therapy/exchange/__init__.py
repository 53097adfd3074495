"""From a diagnostic to a therapeutic nuclide on the same carrier."""
