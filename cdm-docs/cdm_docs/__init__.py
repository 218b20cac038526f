"""Confluence records into documents of a common data model: the model, the mapping, and the reading of bodies. Pure."""
