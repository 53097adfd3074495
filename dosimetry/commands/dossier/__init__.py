"""Commands on results that are there: documents of them."""
