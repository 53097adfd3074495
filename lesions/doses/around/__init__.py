"""The body around lesions: what organs give to them, and what is left of organs without them."""
