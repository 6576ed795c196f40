"""Chapter 08, for teachers: the checked exercise's solution, and what to look for."""

SOLUTION = """
import numpy as np


def predicted(cov, k):
    slopes_of_the_regression = np.linalg.solve(cov[:k, :k], cov[:k, k:])
    explained_by_content = (cov[:k, k:] * slopes_of_the_regression).sum(axis=0)
    return explained_by_content / np.diag(cov)[k:]
"""
RUBRIC = """
Full marks for the multiple regression with correlated content.
Half for squared correlations that were added, with the remark that it is right for independent content only.
"""
