"""The technical manual: content as plain data, then HTML and Markdown."""
