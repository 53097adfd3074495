"""The file of a compartment model (TOML): its tables, read and checked."""
