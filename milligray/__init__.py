"""The front door of milligray."""
