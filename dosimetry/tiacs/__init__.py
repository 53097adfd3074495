"""Time-integrated activity coefficients (TIACs) of source regions."""
