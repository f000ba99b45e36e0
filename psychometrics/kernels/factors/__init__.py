"""Factor models of covariances: fitted, rotated, transformed, and what they say of a total score."""
