"""One file per section: what was given goes in, a section as plain data comes out."""
