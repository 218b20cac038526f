"""What can be done to the world, one module per noun."""
