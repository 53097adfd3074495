"""SAF libraries: in memory, on disk, shipped, imported (ICRP 133), and the conventions they follow."""
