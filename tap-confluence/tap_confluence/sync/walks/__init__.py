"""How listings are read: first sync, incremental, single rows by id."""
