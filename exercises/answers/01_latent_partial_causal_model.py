"""Chapter 01, for teachers: the checked exercise's solution, and what to look for."""

SOLUTION = """
import numpy as np


def turned(prior, kernel):
    both_at_once = prior[:, np.newaxis] * kernel
    how_common_captions_are = both_at_once.sum(axis=0)
    return (both_at_once / how_common_captions_are).T
"""
RUBRIC = """
Full marks for Bayes' rule with the right normalization and the right orientation.
The conceptual point is worth asking for in words: two causal stories, one law of pairs.
"""
