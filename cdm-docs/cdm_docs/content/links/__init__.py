"""References in bodies, and the URLs they stand for. Pure."""
