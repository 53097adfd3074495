"""Bodies: the stylised ones by their equations, and pictures of them."""
