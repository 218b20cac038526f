"""The Singer streams, declared: name, keys, schema and the walk that feeds them."""
