"""Violated assumptions, one at a time and in pairs, around both theorems of Liu et al."""
