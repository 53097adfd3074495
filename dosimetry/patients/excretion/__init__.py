"""What a patient excretes: contents of the urinary bladder and of the gut as source regions."""
