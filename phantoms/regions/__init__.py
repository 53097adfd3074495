"""Names of regions: this project's, ICRP's, and the aliases that input accepts."""
