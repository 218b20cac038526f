"""Everything that STATE holds."""
