"""Chapter 07, for teachers: the checked exercise's solution, and what to look for."""

SOLUTION = """
import numpy as np


def best_score(pmi, wrong):
    odds_in_the_spoiled_world = (1 - wrong) * np.exp(pmi) + wrong
    return np.log(odds_in_the_spoiled_world)
"""
RUBRIC = """
Full marks for mixing the law of pairs before taking the logarithm.
A good answer adds why the matrix of scores keeps its order, and what that means for ranks.
"""
