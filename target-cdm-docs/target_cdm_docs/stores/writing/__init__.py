"""A batch into tables: reduced to the newest, then upserted."""
