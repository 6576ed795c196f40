"""The store of accepted records, and how recorded sweeps stand to the code as it is now."""
