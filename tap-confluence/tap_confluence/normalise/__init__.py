"""API object in, record out: the one schema of CONTRACT 1.2 for every dialect. Pure.

Whatever is unknown or missing becomes null, never an error; ids are strings, timestamps RFC 3339 UTC with
milliseconds and ``Z`` (so that they compare as strings), URLs absolute. ``raw`` is the API's own object without body.
"""
