"""What ICA adds to a probe with few labels, for heads that see rotations and one that does not."""
