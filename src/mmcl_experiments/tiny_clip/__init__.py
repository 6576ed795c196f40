"""A tiny CLIP that learns while one watches: loss, retrieval, gap and dimensions, step by step."""
