"""How every figure of the program looks and is written: widths, fonts, colours, names, files."""
