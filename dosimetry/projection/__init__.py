"""From animals to humans: biodistribution scaled by named rules, TIACs and doses that may be expected."""
