"""What a run will ask: its walks, planned before anything is asked, and what they will cost."""
