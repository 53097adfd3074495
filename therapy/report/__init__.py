"""Tables and figures of a therapy."""
