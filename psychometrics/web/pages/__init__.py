"""What the browser shows: views that read the store, and templates that say it."""
