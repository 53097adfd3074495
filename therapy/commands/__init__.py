"""Commands about therapy."""
