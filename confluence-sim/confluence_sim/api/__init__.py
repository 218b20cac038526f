"""The world told as JSON, one module per dialect of the API."""
