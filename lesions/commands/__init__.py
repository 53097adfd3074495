"""Commands about lesions."""
