"""How a listing becomes exact: walks, proofs of completeness, bookmarks, memory of what was seen."""
