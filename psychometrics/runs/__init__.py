"""The same scores, counts and norms over files and clusters, bit for bit."""
