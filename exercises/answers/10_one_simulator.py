"""Chapter 10, for teachers: the checked exercise's solution, and what to look for."""

SOLUTION = """
import math

import numpy as np


def paid(rho, n):
    budget_left = math.log(n)
    nats_received = np.zeros(len(rho))
    for place in np.argsort(-rho):
        value = math.inf if rho[place] == 1 else -0.5 * math.log(1 - rho[place] ** 2)
        nats_received[place] = min(value, budget_left)
        budget_left -= nats_received[place]
    return nats_received
"""
RUBRIC = """
Full marks for one budget, spent on the most valuable coordinate first.
Ask what real networks do instead: they hold other coordinates as well, since none of them is perfect.
"""
