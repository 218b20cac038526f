"""Random pages: one tree, written in storage format and in ADF, and what each of its words is meant to look like."""
