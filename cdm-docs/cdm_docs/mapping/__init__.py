"""One record to rows of the common data model. Pure; ``registry`` is the table to open first."""
