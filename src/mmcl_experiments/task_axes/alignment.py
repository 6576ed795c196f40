"""How well axes fit a task, before any head is trained: a number of labels and a white space.

B (k, k) is the covariance between classes of white codes. Along an axis q the share q'Bq of its
variance lies between classes. Where a task is stated in axes, few of them hold those shares.
"""

import numpy as np

MIXED = ("x", "y", "size")  # and both coordinates of the hue: what mixtures are made of
BITS = 3  # of a mixture: so many directions, and a class for each pattern of their signs


def between(codes: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Covariance (k, k) of class means, weighted by how many rows (n, k) each class has."""
    centered = codes - codes.mean(axis=0)
    found = np.zeros((codes.shape[1],) * 2)
    for name in np.unique(labels):
        mean = centered[labels == name].mean(axis=0)
        found += (labels == name).mean() * np.outer(mean, mean)
    return found


def alignment(matrix: np.ndarray, axes: np.ndarray | None = None) -> float:
    """Sum of squares of the diagonal of Q B Q' over that of all entries: 1 where B is diagonal.

    matrix: B (k, k); axes: the rows of Q (k, k), orthogonal; None: the axes that B is given in.
    """
    turned = matrix if axes is None else axes @ matrix @ axes.T
    return float((np.diag(turned) ** 2).sum() / (matrix**2).sum())


def by_chance(matrix: np.ndarray) -> float:
    """The mean of `alignment` over all rotations, in closed form.

    For q uniform on the sphere E (q'Bq)^2 = (t^2 + 2 f) / (k (k + 2)), with t the trace of B and f
    the sum of squares of its entries; there are k axes.
    """
    k, f = len(matrix), (matrix**2).sum()
    return float((np.trace(matrix) ** 2 + 2 * f) / ((k + 2) * f))


def mixture(table, rng: np.random.Generator) -> np.ndarray:
    """Labels (n,) of 2^BITS classes: the signs of random mixtures of standardized factors.

    table: factors, as `mmcl.world.factors.draw` has them. The mixtures are orthogonal rows.
    """
    hue = 2 * np.pi * table["hue"].to_numpy()
    columns = [(table[name].to_numpy() - 1) / np.sqrt(2 / 3) for name in MIXED]
    values = np.column_stack([*columns, np.sqrt(2) * np.cos(hue), np.sqrt(2) * np.sin(hue)])
    rows, _ = np.linalg.qr(rng.standard_normal((values.shape[1], BITS)))
    return (values @ rows > 0) @ (2 ** np.arange(BITS))
