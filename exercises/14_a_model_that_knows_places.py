"""Chapter 14: distances on the globe."""

import math

import numpy as np

TITLE = "How far apart are two places?"
STATEMENT = r"""
Blocks that are *spatially separate* need distances on the globe.
Write `apart(place, other)`: the length in kilometers of the shortest way over the surface between two places, each a pair (latitude, longitude) in degrees, on a sphere with a radius of 6,371 km.
"""
STUB = '''
import math


def apart(place, other):
    """place, other: (latitude, longitude) in degrees; returns kilometers."""
    ...
'''
PRAISE = "So two cities on either side of the date line are neighbors, as they should be."
HINT = "A quarter of the equator, from (0, 0) to (0, 90), is 10,008 km."


def cases():
    """Near and far, over the pole, over the date line, the same place."""
    return [
        ((0.0, 0.0), (0.0, 90.0)), ((48.86, 2.35), (35.68, 139.69)), ((10.0, 179.0), (10.0, -179.0)),
        ((80.0, 10.0), (80.0, -170.0)), ((52.52, 13.4), (52.52, 13.4)), ((-33.9, 18.4), (59.9, 10.7)),
        ((60.0, 0.0), (60.0, 30.0)),
    ]  # fmt: skip


def _vector(place):
    north, east = math.radians(place[0]), math.radians(place[1])
    return np.array(
        [math.cos(north) * math.cos(east), math.cos(north) * math.sin(east), math.sin(north)]
    )


def expected(place, other):
    """The angle between two vectors, by their cross and inner products."""
    a, b = _vector(place), _vector(other)
    return 6371 * math.atan2(float(np.linalg.norm(np.cross(a, b))), float(a @ b))


def _chord(place, other):
    return 6371 * float(np.linalg.norm(_vector(place) - _vector(other)))


def _flat(place, other, shrink):
    north, east = other[0] - place[0], other[1] - place[1]
    factor = math.cos(math.radians((place[0] + other[0]) / 2)) if shrink else 1.0
    return 6371 * math.radians(1) * math.hypot(north, east * factor)


def _degrees(place, other):
    def vector(p):
        return np.array(
            [math.cos(p[0]) * math.cos(p[1]), math.cos(p[0]) * math.sin(p[1]), math.sin(p[0])]
        )

    a, b = vector(place), vector(other)
    return 6371 * math.atan2(float(np.linalg.norm(np.cross(a, b))), float(a @ b))


MISCONCEPTIONS = {
    "chord": (
        _chord,
        "That is the straight way through the earth; the way over the surface is an arc.",
    ),
    "flat map": (
        lambda place, other: _flat(place, other, shrink=False),
        "You measured on a flat map: degrees of longitude shrink towards the poles, and 179 and "
        "-179 are neighbors.",
    ),
    "shrunk map": (
        lambda place, other: _flat(place, other, shrink=True),
        "Good for near places. Over an ocean, a pole or the date line the map tears.",
    ),
    "degrees": (
        _degrees,
        "Sine and cosine take radians, and you gave them degrees.",
    ),
    "swapped": (
        lambda place, other: expected(place[::-1], other[::-1]),
        "You swapped latitude and longitude: the latitude comes first.",
    ),
    "angle": (
        lambda place, other: math.degrees(expected(place, other) / 6371),
        "That is the angle in degrees; a radian of it is 6,371 km.",
    ),
}

ASSIGNMENT = r"""
A block is held out with all places nearer than {margin} km to it.
Seen from a place at latitude {north} degrees, how many degrees of *longitude* away is a place of the same latitude that is just {margin} km off, over the surface of a sphere with a radius of 6,371 km?
"""
UNIT = "degrees, a decimal number to two places"


def draw(rng):
    """A latitude and a margin."""
    return {
        "margin": int(rng.integers(3, 15) * 100),
        "north": int(rng.integers(20, 70)),
    }


def candidates(numbers):
    """Where a search for the answer may look."""
    return np.round(np.arange(0, 180, 0.01), 2).tolist()


def grade(numbers, answer):
    """The two places are put on the globe."""
    if not 0 < answer <= 180:
        return "from 0 to 180 degrees"
    far = expected((numbers["north"], 0.0), (numbers["north"], float(answer)))
    return None if abs(far - numbers["margin"]) < 1.2 else f"that place is {far:.0f} km off"
