"""Where it runs: work is cut into chunks of persons and done on all cores. Knows no psychometrics."""
