"""Which spaces, pages and labels a run reads."""
