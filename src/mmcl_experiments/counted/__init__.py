"""Counting what two modalities copy where style depends on content, or hardly changes."""
