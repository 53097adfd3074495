"""Absorbed doses of lesions, and of organs without them."""
