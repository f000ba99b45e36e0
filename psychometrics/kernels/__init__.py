"""The mathematics: arrays in, arrays out; NumPy and SciPy only, no data frames, no files."""
