"""The winding code: k times around a disc, and the disc spread evenly over the box again."""

import numpy as np
from scipy.spatial import cKDTree  # type: ignore[attr-defined]


def winding(u: np.ndarray, k: int) -> np.ndarray:
    """Codes (n, 2) in the unit box of contents u (n, 2) in it.

    sqrt(u_1) is a radius and 2 pi k u_2 an angle, which makes a uniform point of the disc; its
    first coordinate goes through its distribution function, its second through the one that it
    has given the first. Smooth where 0 < u_1 < 1, with determinant k; u_2 and u_2 + 1/k share a
    code.
    """
    radius, angle = np.sqrt(u[:, 0]), 2 * np.pi * k * u[:, 1]
    a, b = radius * np.cos(angle), radius * np.sin(angle)
    half = np.sqrt(1 - a**2)  # the disc's half width there
    return np.column_stack([(a * half + np.arcsin(a)) / np.pi + 0.5, (b / half + 1) / 2])


def slopes(u: np.ndarray, k: int, step: float = 1e-6) -> np.ndarray:
    """Determinants (n,) of the code's derivative, by central differences."""
    columns = []
    for e in np.eye(2) * step:
        columns.append((winding(u + e, k) - winding(u - e, k)) / (2 * step))
    return columns[0][:, 0] * columns[1][:, 1] - columns[0][:, 1] * columns[1][:, 0]


def apart(content: np.ndarray, codes: np.ndarray, near: int = 8, far: float = 0.25) -> float:
    """The share of neighbors in code whose contents are farther apart than `far`.

    content (n, 2) in the unit box, codes (n, 2). About 0 for codes that are one to one, about
    (k - 1) / k for codes that wind k times.
    """
    places = cKDTree(codes).query(codes, near + 1)[1][:, 1:]  # type: ignore[index]
    steps = np.linalg.norm(content[places] - content[:, None], axis=2)
    return float((steps > far).mean())
