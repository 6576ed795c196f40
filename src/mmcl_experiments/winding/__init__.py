"""A code that winds: smooth, uniform and aligned, and several contents share it."""
