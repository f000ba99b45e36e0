"""Overview: how far every scale of an instrument can be trusted, in one table."""
