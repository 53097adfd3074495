"""What leaves the body: a bladder and a gallbladder that are emptied, the alimentary tract, measured urine."""
