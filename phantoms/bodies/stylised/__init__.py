"""The ORNL stylised bodies: one file of constants a body, and the equations that read them."""
