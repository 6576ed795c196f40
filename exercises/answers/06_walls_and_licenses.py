"""Chapter 06, for teachers: the checked exercise's solution, and what to look for."""

SOLUTION = """
import math


def normalizer(z, s):
    lost_below, lost_above = math.exp(-z / s), math.exp(-(1 - z) / s)
    return s * (2 - lost_below - lost_above)
"""
RUBRIC = """
Full marks for the closed form with both walls.
Ask what happens to the term when the scale grows beyond the box, and why a score without heads must bend its codes then.
"""
