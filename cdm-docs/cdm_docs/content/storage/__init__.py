"""Storage format (XML) read into nodes. Pure."""
