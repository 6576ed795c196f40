"""What `diagnose` says of pairs whose story is known: good ones, and each way to fail."""
