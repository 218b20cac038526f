"""Files that the tap downloaded, read as text: a worker process takes each apart, and may die of it."""
