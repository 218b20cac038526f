"""How rows are written: one module per kind of destination, and no SQL text anywhere else."""
