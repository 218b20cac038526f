"""The sample site."""
