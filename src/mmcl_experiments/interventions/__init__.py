"""Codes of content and codes of style that the usual score can't tell apart, and one that can."""
