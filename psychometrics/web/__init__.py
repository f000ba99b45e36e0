"""Taking an assessment in the browser, rating it, and seeing the page; everything stays on this server."""
