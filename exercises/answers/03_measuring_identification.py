"""Chapter 03, for teachers: the checked exercise's solution, and what to look for."""

SOLUTION = """
import numpy as np
from scipy.optimize import linear_sum_assignment


def matched(correlations):
    strength = np.abs(correlations)
    chosen_rows, chosen_columns = linear_sum_assignment(strength, maximize=True)
    return strength[chosen_rows, chosen_columns].mean()
"""
RUBRIC = """
Full marks for the assignment problem on absolute values; any correct algorithm counts, trying all permutations too.
Ask for a code that separates MCC from the mean of row maxima: one latent written twice.
"""
