"""Chapter 16, for teachers: the checked exercise's solution, and what to look for."""

SOLUTION = """
import numpy as np


def spread(amounts):
    return amounts.sum() ** 2 / np.sum(np.square(amounts))
"""
RUBRIC = """
Full marks for any form that is invariant to the unit.
Ask which of two counts, participation or entropy, is kinder to a code with a little style everywhere.
"""
