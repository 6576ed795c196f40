"""Chapter 11, for teachers: the checked exercise's solution, and what to look for."""

SOLUTION = """
import numpy as np


def above_chance(truth, guesses):
    hit_rate = np.mean(truth == guesses)
    majority_rate = np.bincount(truth).max() / len(truth)
    return (hit_rate - majority_rate) / (1 - majority_rate)
"""
RUBRIC = """
Full marks for the majority of the truth as zero and perfection as one, without a cut at zero.
"""
