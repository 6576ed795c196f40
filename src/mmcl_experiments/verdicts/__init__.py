"""Is the diagnosis right where the answer is known? Verdicts that were fixed before the run."""
