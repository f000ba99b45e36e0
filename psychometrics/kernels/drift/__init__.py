"""Whether a distribution of scores moves: indices, tests and charts on counts and moments."""
