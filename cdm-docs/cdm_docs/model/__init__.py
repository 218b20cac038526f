"""The common data model of documents: rows, ids and the schemas derived from them. Pure."""
