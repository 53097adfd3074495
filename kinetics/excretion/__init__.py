"""What leaves the body: bladder and gallbladder that are emptied, the alimentary tract, measured urine."""
