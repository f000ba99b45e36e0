"""Agreement: would another rater give the same."""
