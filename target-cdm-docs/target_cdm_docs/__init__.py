"""Singer in, documents of a common data model out."""
