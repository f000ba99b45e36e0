"""The error of a score: along the scale, and from items and raters together."""
