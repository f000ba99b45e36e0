"""What it counts to: exact counts that add and subtract."""
