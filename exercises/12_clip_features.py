"""Chapter 12: the modality gap."""

import numpy as np

TITLE = "How far apart are two modalities?"
STATEMENT = r"""
Features live on a sphere: only their directions count.
Write `gap(images, texts)`: the distance between the mean image and the mean text on that sphere's scale, each row counted alike whatever its length.
"""
STUB = '''
import numpy as np


def gap(images, texts):
    """images: (n, d), texts: (m, d), rows of any length; returns a distance from 0 to 2."""
    ...
'''
PRAISE = "Rows to length one, then means, then their distance: pairs play no part in it."
HINT = "Doubling the length of a single row must change nothing."


def cases():
    """Rows of unequal lengths, unequal numbers of rows, a gap of nearly none."""
    rng = np.random.default_rng(12)
    given = []
    for n, m, shift in ((40, 40, 2.0), (30, 50, 0.5), (60, 60, 0.0)):
        base = rng.standard_normal((max(n, m), 6))
        images = base[:n] * rng.uniform(0.5, 3, (n, 1))
        texts = base[:m] + 0.3 * rng.standard_normal((m, 6))
        texts[:, 0] += shift
        given.append((images, texts * rng.uniform(0.1, 1, (m, 1))))
    return given


def expected(images, texts):
    """Coordinate by coordinate."""
    total = 0.0
    for j in range(images.shape[1]):
        a = sum(row[j] / np.sqrt(row @ row) for row in images) / len(images)
        b = sum(row[j] / np.sqrt(row @ row) for row in texts) / len(texts)
        total += (a - b) ** 2
    return total**0.5


def _unit(rows):
    return rows / np.linalg.norm(rows, axis=-1, keepdims=True)


def _mean(rows):
    return _unit(rows).mean(axis=0)


def _partners(images, texts):
    both = min(len(images), len(texts))
    return np.linalg.norm(_unit(images[:both]) - _unit(texts[:both]), axis=1).mean()


MISCONCEPTIONS = {
    "as they are": (
        lambda images, texts: np.linalg.norm(images.mean(axis=0) - texts.mean(axis=0)),
        "You averaged rows as they are, so long ones count more; only directions count.",
    ),
    "unit means": (
        lambda images, texts: np.linalg.norm(_unit(_mean(images)) - _unit(_mean(texts))),
        "You put the means back on the sphere: that hides how concentrated each cloud is.",
    ),
    "normalized means": (
        lambda images, texts: np.linalg.norm(
            _unit(images.mean(axis=0)) - _unit(texts.mean(axis=0))
        ),
        "You normalized after averaging; each row has to get length one first.",
    ),
    "partners": (
        _partners,
        "You measured how far partners are apart, which is another question: clouds can lie on "
        "each other while no partners meet.",
    ),
    "squared": (
        lambda images, texts: ((_mean(images) - _mean(texts)) ** 2).sum(),
        "That is the squared distance.",
    ),
    "cosine": (
        lambda images, texts: 1 - _unit(_mean(images)) @ _unit(_mean(texts)),
        "That is a cosine distance between the means; the gap is the length of their difference.",
    ),
}

ASSIGNMENT = r"""
All images have the coordinate $\cos\theta$ along a direction $g$ and all texts $-\cos\theta$; otherwise partners are equal, and everything has length one.
The cosine of partners is {cosine}.
How far apart are the two modalities along $g$?
"""
UNIT = "a distance from 0 to 2, a decimal number to three places"


def draw(rng):
    """The cosine of partners."""
    return {"cosine": round(float(rng.uniform(-0.6, 0.8)), 2)}


def candidates(numbers):
    """Where a search for the answer may look."""
    return np.round(np.arange(0, 2.5, 0.0005), 4).tolist()


def grade(numbers, answer):
    """Two partners are built with that gap, and their cosine is taken."""
    height = answer / 2
    if not 0 <= height <= 1:
        return "no two points of the sphere are so far apart"
    rest = np.sqrt(1 - height**2)
    cosine = np.array([height, rest]) @ np.array([-height, rest])
    return None if abs(cosine - numbers["cosine"]) < 0.002 else "partners would have another cosine"
