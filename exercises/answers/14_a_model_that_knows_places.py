"""Chapter 14, for teachers: the checked exercise's solution, and what to look for."""

SOLUTION = """
import math


def apart(place, other):
    (north_a, east_a), (north_b, east_b) = (map(math.radians, each) for each in (place, other))
    half_chord = math.sin((north_b - north_a) / 2) ** 2 + (
        math.cos(north_a) * math.cos(north_b) * math.sin((east_b - east_a) / 2) ** 2
    )
    return 2 * 6371 * math.asin(math.sqrt(min(half_chord, 1.0)))
"""
RUBRIC = """
Full marks for any formula of the great circle, in radians, latitude first.
Ask why a random split of cities would have flattered every code: neighbors on both sides.
"""
