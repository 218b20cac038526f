"""What Confluence can be asked, one module per dialect of its API."""
