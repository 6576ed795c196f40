"""Trained on photos, tested on other looks of the world: what ICA adds there, and style in axes."""
