"""Theorem 4.1 against the number of pairs: does a weak coupling need what the papers spent?"""
