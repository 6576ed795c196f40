"""Chapter 17, for teachers: the checked exercise's solution, and what to look for."""

SOLUTION = """
import numpy as np


def slipped(a, b):
    table_of_scores = b @ a.T
    mean_of_diagonals = {s: np.diagonal(table_of_scores, s).mean() for s in range(-3, 4)}
    return max(mean_of_diagonals, key=mean_of_diagonals.get)
"""
RUBRIC = """
Full marks for the best diagonal of the table of scores, sign included.
Ask what happens if all rows have a large common part: subtract the means first.
"""
