"""Zimmermann et al.'s own world, row by row: one mixing and one encoder for both views."""
