"""Tables, their comments, and views."""
