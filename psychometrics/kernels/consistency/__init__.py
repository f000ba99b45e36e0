"""Internal consistency: from covariances and counts to coefficients and their intervals."""
