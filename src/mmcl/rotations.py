"""Rotations of white rows towards independent ones: draws, gradient, contrast and searches."""

import warnings
from collections.abc import Iterable
from typing import Any

import numpy as np

from mmcl.fast.whitening import LARGE

ALGORITHMS = ("picard", "fastica")
ROUGH = 20  # iterations of the rough search, at most
NEAR, PATIENCE = 1e-4, 100  # gradient at which one of several starts has shown its end; iterations
BLOCK = 4096  # rows that are turned at once: small enough for a processor's cache
FLAT = 0.05  # curvature below which a step is held back
NORMAL = 0.374567207491438  # E[log cosh g] of a standard Gaussian g


def generator(random_state: Any) -> Any:
    """A drawer of Gaussians: random_state itself, if it is one; an int always gives the same."""
    drawn = hasattr(random_state, "standard_normal")
    return random_state if drawn else np.random.default_rng(random_state)


def random_rotation(k: int, random_state: Any) -> np.ndarray:
    """An orthogonal matrix (k, k), uniform; an int always gives the same one."""
    q, r = np.linalg.qr(generator(random_state).standard_normal((k, k)))
    return q * np.sign(np.diag(r))


def random_rotations(count: int, k: int, rng: np.random.Generator) -> np.ndarray:
    """Several at once: (count, k, k)."""
    q, r = np.linalg.qr(rng.standard_normal((count, k, k)))
    return q * np.sign(np.diagonal(r, axis1=1, axis2=2))[:, None, :]


def nearest_rotation(matrix: np.ndarray) -> np.ndarray:
    """The orthogonal matrix (k, k) nearest to a matrix, or to each of several (r, k, k)."""
    left, _, right = np.linalg.svd(matrix)
    return left @ right


def rotate(
    white: np.ndarray, start: np.ndarray, algorithm: str, max_iter: int, tol: float
) -> tuple[np.ndarray, int]:
    """The rotation (k, k) that makes white (n, k) least Gaussian, and the iterations it took.

    FastICA stops when no row turns by more than an angle tol: its gradient is then below tol. Both
    only warn when they stop short, so `fit` asks the gradient. Errors: FloatingPointError when the
    rotation isn't orthogonal.
    """
    search: Any = {"max_iter": max_iter, "whiten": False}
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="(Picard|FastICA) did not converge")
        if algorithm == "picard":
            from picard import picard

            start, spent = rough(white, start, max_iter) if white.size >= LARGE else (start, 0)
            search |= {"ortho": True, "extended": True, "centering": False, "return_n_iter": True}
            search |= {"w_init": start, "max_iter": max_iter - spent}
            found: Any = picard(white.T, tol=tol, **search)
            rotation, n_iter = found[1], found[3] + 1 + spent  # it counts from 0
        else:
            from sklearn.decomposition import FastICA

            done = FastICA(tol=max(tol**2 / 2, 1e-14), w_init=start, **search).fit(white)
            rotation, n_iter = done.components_, done.n_iter_
    error = np.abs(rotation @ rotation.T - np.eye(len(rotation))).max()
    if not error < 1e-3:
        raise FloatingPointError(f"{algorithm}'s rotation is {error:.1e} off; try another start")
    if error > 1e-8:  # many steps of a search that hardly moves add up their rounding
        rotation = nearest_rotation(rotation)
    return rotation, n_iter


def rough(white: np.ndarray, start: np.ndarray, max_iter: int) -> tuple[np.ndarray, int]:
    """A rotation (k, k) near which white (n, k) is least Gaussian, by few iterations; their number.

    FastICA in float32, until no row turns by more than 1e-3 in 1 - cos: enough to start from.
    """
    from sklearn.decomposition import FastICA

    most = min(ROUGH, max_iter // 2)
    if most == 0:
        return start, 0
    search: Any = {"max_iter": most, "whiten": False, "w_init": start.astype(np.float32)}
    found: Any = FastICA(tol=1e-3, **search).fit(white.astype(np.float32))
    return nearest_rotation(found.components_.astype(np.float64)), found.n_iter_


def gradient(sources: np.ndarray | Iterable[np.ndarray]) -> np.ndarray:
    """How the contrast of white sources (n, k) changes as they are turned: antisymmetric (k, k).

    (G - G^T) / 2, where G is E[tanh(y) y^T], row i times the sign of E[tanh'(y_i)] - G_ii: 0 at the
    fixed points of both algorithms. The rows may come in several pieces.
    Source: Ablin, Cardoso and Gramfort (2018).
    """
    n: int = 0
    moments: Any = 0
    slopes: Any = 0
    for piece in [sources] if isinstance(sources, np.ndarray) else sources:
        psi = np.tanh(piece)
        n, moments = n + len(piece), moments + psi.T @ piece
        slopes = slopes + (1 - psi**2).sum(axis=0)
    return steepness(moments / n, slopes / n)


def steepness(moments: np.ndarray, slopes: np.ndarray) -> np.ndarray:
    """The gradient (..., k, k) of white sources.

    moments: E[tanh(y) y^T] (..., k, k); slopes: E[tanh'(y)] (..., k).
    """
    signs = np.sign(slopes - np.diagonal(moments, axis1=-2, axis2=-1))
    signed = signs[..., None] * moments
    return (signed - signed.swapaxes(-1, -2)) / 2


def contrast(white: np.ndarray, rotations: np.ndarray) -> np.ndarray:
    """How far from Gaussian the sources of rotations (r, k, k) of white rows (n, k) are: (r,).

    The sum over sources of |E[log cosh y] - E[log cosh g]|, g a standard Gaussian: what the
    searches raise, as long as a source's kind, sub- or super-Gaussian, doesn't change.
    """
    count, k, _ = rotations.shape
    turned, total = rotations.reshape(-1, k).astype(white.dtype), np.zeros(count * k)
    for at in range(0, len(white), BLOCK):
        y = np.abs(turned @ white[at : at + BLOCK].T)
        total += (y + np.log(1 + np.exp(-2 * y))).sum(axis=1, dtype=np.float64)
    away = np.abs(total / len(white) - np.log(2) - NORMAL)
    return away.reshape(count, k).sum(axis=1)


def fixed_points(
    white: np.ndarray, starts: np.ndarray, max_iter: int, tol: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Where quasi-Newton steps end from each of several starts (r, k, k), all at once.

    A step is Picard-O's without memory, and FastICA's to first order; where curvature is below FLAT
    it is shorter than both, which swing to and fro there. Rows are turned in the precision of white
    (n, k), a block at a time; sums are double. Once a gradient is tol or less, the others go on
    without it. Gives rotations (r, k, k), gradients (r,) and iterations (r,).
    Memory: 2 BLOCK * r * k numbers.
    """
    rotations, still, one = starts.copy(), np.arange(len(starts)), np.eye(white.shape[1])
    gradients, spent = np.full(len(starts), np.inf), np.zeros(len(starts), dtype=int)
    for step in range(max_iter + 1):
        moments, slopes = turned_moments(white, rotations[still])
        slope = steepness(moments, slopes)
        gradients[still], spent[still] = np.abs(slope).max(axis=(1, 2)), step
        go = gradients[still] > tol
        still = still[go]
        if step == max_iter or not len(still):
            break
        bends = np.abs(slopes - np.diagonal(moments, axis1=1, axis2=2))[go]
        curvature = np.maximum((bends[:, :, None] + bends[:, None, :]) / 2, FLAT)
        half = slope[go] / curvature / 2  # Cayley: a rotation for each antisymmetric matrix
        rotations[still] = np.linalg.solve(one + half, one - half) @ rotations[still]
    return nearest_rotation(rotations), gradients, spent


def turned_moments(white: np.ndarray, rotations: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """E[tanh(y) y^T] (r, k, k) and E[tanh'(y)] (r, k) of the sources y of each rotation."""
    count, k, _ = rotations.shape
    turned = rotations.reshape(-1, k).astype(white.dtype)
    crossed, squares = np.zeros((count * k, k)), np.zeros(count * k)
    for at in range(0, len(white), BLOCK):
        rows = white[at : at + BLOCK]
        psi = np.tanh(turned @ rows.T)
        crossed += psi @ rows
        squares += np.einsum("ij,ij->i", psi, psi)
    moments = (crossed / len(white)).reshape(count, k, k) @ rotations.swapaxes(1, 2)
    return moments, 1 - (squares / len(white)).reshape(count, k)
