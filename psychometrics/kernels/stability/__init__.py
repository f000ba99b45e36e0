"""Two or more occasions: agreement, association, change, error, and change of one person."""
