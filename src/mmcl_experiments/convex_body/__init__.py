"""Theorem 4.2 of Liu et al. and its neighbors: when do codes have the world's axes?"""
