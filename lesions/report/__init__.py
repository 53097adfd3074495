"""Tables and figures of lesions."""
