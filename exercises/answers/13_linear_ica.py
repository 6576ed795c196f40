"""Chapter 13, for teachers: the checked exercise's solution, and what to look for."""

SOLUTION = """
import numpy as np


def mixed(weights, kurtoses):
    normalized_weights = weights / np.linalg.norm(weights)
    return np.sum(normalized_weights**4 * kurtoses)
"""
RUBRIC = """
Full marks for fourth powers of weights of length one.
Ask what follows for two Gaussian sources, and for one Gaussian among others.
"""
