"""Activity of an organ in an image: recovery, volume, outline, and their uncertainties."""
