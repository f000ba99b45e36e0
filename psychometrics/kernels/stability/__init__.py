"""Two or more occasions: agreement, change, error."""
