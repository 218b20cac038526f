"""What a database of documents holds, as one page to look at."""
