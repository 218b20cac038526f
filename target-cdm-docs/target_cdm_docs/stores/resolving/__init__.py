"""Which item a link by name leads to."""
