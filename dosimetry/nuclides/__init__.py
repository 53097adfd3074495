"""Radionuclides: half-life, emissions, decay chains."""
