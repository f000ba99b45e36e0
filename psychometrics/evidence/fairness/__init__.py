"""Do groups differ, and do cuts select them at different rates."""
