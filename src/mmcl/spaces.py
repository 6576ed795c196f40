"""The spaces that latents live in: the unit sphere, a box, and all of R^d.

Source: Zimmermann et al. (2021), section 3; Liu et al., sections 4.1 (sphere) and 4.2
(convex body). A space knows its size and how to recognize its points; what is random about
it stands in `mmcl.laws`.
"""

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar

import numpy as np


@dataclass(frozen=True)
class Space(ABC):
    """A set of points in R^d. `d` counts coordinates, so the sphere in R^d has d - 1 dimensions."""

    d: int
    smallest_d: ClassVar[int] = 1

    def __post_init__(self):
        if isinstance(self.d, bool) or not isinstance(self.d, int) or self.d < self.smallest_d:
            raise ValueError(
                f"{type(self).__name__} got d = {self.d!r}; give an integer >= {self.smallest_d}"
            )

    @abstractmethod
    def contains(self, z: np.ndarray, atol: float = 1e-5) -> np.ndarray:
        """Which rows of z (n, d) lie in the space, up to atol: (n,) bool."""

    def origin(self, n: int) -> np.ndarray:
        """n copies of the point that laws of the marginal are centered on: (n, d)."""
        return np.zeros((n, self.d))


class Sphere(Space):
    """The unit sphere in R^d: all z with |z|_2 = 1."""

    smallest_d = 2

    @property
    def log_volume(self) -> float:
        """Log of the surface area, 2 pi^(d/2) / Gamma(d/2)."""
        return math.log(2) + self.d / 2 * math.log(math.pi) - math.lgamma(self.d / 2)

    def contains(self, z: np.ndarray, atol: float = 1e-5) -> np.ndarray:
        """Which rows of z (n, d) have length one, up to atol: (n,) bool."""
        return np.abs(np.linalg.norm(z, axis=1) - 1) <= atol

    def origin(self, n: int) -> np.ndarray:
        """n copies of the first unit vector: (n, d)."""
        return np.eye(1, self.d).repeat(n, axis=0)


@dataclass(frozen=True)
class Box(Space):
    """The box [low, high]^d, a convex body whose walls matter (see chapter 05)."""

    low: float = 0.0
    high: float = 1.0

    def __post_init__(self):
        super().__post_init__()
        if not self.low < self.high:
            raise ValueError(f"Box got low = {self.low}, high = {self.high}; low must be smaller")

    @property
    def log_volume(self) -> float:
        """Log of the volume, (high - low)^d."""
        return self.d * math.log(self.high - self.low)

    def contains(self, z: np.ndarray, atol: float = 1e-5) -> np.ndarray:
        """Which rows of z (n, d) lie within the walls, up to atol: (n,) bool."""
        return np.all((z >= self.low - atol) & (z <= self.high + atol), axis=1)

    def origin(self, n: int) -> np.ndarray:
        """n copies of the center: (n, d)."""
        return np.full((n, self.d), (self.low + self.high) / 2)


class Unbounded(Space):
    """All of R^d."""

    log_volume = math.inf

    def contains(self, z: np.ndarray, atol: float = 1e-5) -> np.ndarray:
        """Which rows of z (n, d) are finite: (n,) bool."""
        return np.all(np.isfinite(z), axis=1)
