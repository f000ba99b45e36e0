"""Do scores go with what they should go with."""
