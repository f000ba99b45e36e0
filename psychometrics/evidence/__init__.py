"""How far to trust it: consistency, stability, agreement, generalizability, items."""
