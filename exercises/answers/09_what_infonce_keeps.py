"""Chapter 09, for teachers: the checked exercise's solution, and what to look for."""

SOLUTION = """
def loss(scale, d):
    partial_sum, previous_sum = 0.0, 0.0
    for k in range(1, 20_001):
        previous_sum = partial_sum
        partial_sum += (-1) ** (k + 1) / k * (1 + 4 * k * scale**2) ** (-d / 2)
    return (partial_sum + previous_sum) / 2
"""
RUBRIC = """
Full marks for the product over coordinates with variance 2, summed to the precision that was asked for.
The point to draw out: more content is better at equal scale, and yet one coordinate alone tends to the same infimum.
"""
