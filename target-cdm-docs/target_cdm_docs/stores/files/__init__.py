"""NDJSON files, one folder a run."""
