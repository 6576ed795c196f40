"""Four papers' settings in one simulator: each preset by its own game, scored by all measures."""
