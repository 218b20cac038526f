"""A Confluence that runs on a laptop."""
