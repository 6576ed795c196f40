"""Chapter 05, for teachers: the checked exercise's solution, and what to look for."""

SOLUTION = """
def shared(a, a2, b, b2):
    end_of_common_part = min(max(a, a2), max(b, b2))
    start_of_common_part = max(min(a, a2), min(b, b2))
    same_direction = (a2 - a) * (b2 - b) >= 0
    length_in_common = max(end_of_common_part - start_of_common_part, 0)
    return (2 if same_direction else -2) * length_in_common
"""
RUBRIC = """
Full marks for twice the length of the intersection, cut at zero, with the sign of the directions.
Ask what takes the place of the common stretch for the third power of the distance: why does L3 behave like L1?
"""
