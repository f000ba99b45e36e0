"""Items: does each do its work, and is its key right."""
