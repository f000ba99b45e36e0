"""How to say it: the only place where numbers are rounded."""
