"""Chapter 15, for teachers: the checked exercise's solution, and what to look for."""

SOLUTION = """
import numpy as np


def lead(a, b):
    paired_differences = a - b
    error_of_the_mean = paired_differences.std(ddof=1) / np.sqrt(len(paired_differences))
    return paired_differences.mean(), error_of_the_mean
"""
RUBRIC = """
Full marks for differences first, then their standard error.
Ask what this interval leaves out: other networks, other starts of ICA, other test pictures.
"""
