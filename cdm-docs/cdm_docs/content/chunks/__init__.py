"""A body's nodes cut into chunks that stand alone. Pure."""
