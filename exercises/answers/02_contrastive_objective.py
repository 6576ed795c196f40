"""Chapter 02, for teachers: the checked exercise's solution, and what to look for."""

SOLUTION = """
import math


def shown(loss, n, information):
    gain_over_constant = max(math.log(n) - loss, 0.0)
    most_that_can_be_shown = min(math.log(n), information)
    return gain_over_constant / most_that_can_be_shown
"""
RUBRIC = """
Full marks for a numerator that is the gain over a constant code and a denominator that is the lesser of log n and the information.
Half for one of the two.
Ask why the floor at 0 is needed at all: a network can be confidently wrong.
"""
