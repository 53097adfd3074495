"""Commands of doses: nuclides, S values, doses in bodies and spheres."""
