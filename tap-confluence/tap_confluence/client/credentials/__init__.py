"""How a request says who sends it, and what of that must never be shown."""
