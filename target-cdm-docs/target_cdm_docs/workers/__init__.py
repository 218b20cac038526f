"""Documents mapped in processes beside the target's own, while that one writes what they mapped before."""
