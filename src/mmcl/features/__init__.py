"""Features of any model: files in, a tag on them; probes, heads, `diagnose` and its report."""
