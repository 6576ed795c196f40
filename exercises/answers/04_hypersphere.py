"""Chapter 04, for teachers: the checked exercise's solution, and what to look for."""

SOLUTION = """
import numpy as np


def turn(latents, codes):
    left_turn, _, right_turn = np.linalg.svd(codes.T @ latents)
    return left_turn @ right_turn
"""
RUBRIC = """
Full marks for the orthogonal Procrustes solution on the right side, mirror images included.
`scipy.linalg.orthogonal_procrustes(latents, codes)[0].T` is as good.
Ask what the loss says of a mirrored globe: nothing, because inner products are unchanged.
"""
