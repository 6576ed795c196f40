"""Laws of latents: uniform, von Mises-Fisher, the generalized normal family, and projections.

Every law has `sample(center, space, rng)` and `log_density(z, center, space)`, both exact
and vectorized over rows; only a projection has no closed density, and says so. A marginal is a
law around the space's origin; a conditional is a law around the other modality's latent. The
generalized normal family has independent coordinates, on all of R^d or truncated to a box.
"""

import math
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from scipy import special

from mmcl.spaces import Box, Space, Sphere, Unbounded


class Law(Protocol):
    """What a model asks of its laws: draws (n, d) around the rows of center (n, d)."""

    def sample(self, center: np.ndarray, space: Space, rng: np.random.Generator) -> np.ndarray:
        """A draw (n, d) around each row of center (n, d), in the space."""
        ...


def _check(center: np.ndarray, space: Space) -> np.ndarray:
    """Return the centers as a float64 (n, d) array of points of the space, or say what is wrong."""
    center = np.asarray(center, dtype=np.float64)
    if center.ndim != 2 or center.shape[1] != space.d:
        raise ValueError(f"centers have shape {center.shape}; give (n, {space.d})")
    if not np.isfinite(center).all():
        raise ValueError("centers hold NaN or infinity; every coordinate must be finite")
    return center


def _check_positive(law: object, name: str, value: float, zero: bool = False) -> None:
    if not (math.isfinite(value) and (value > 0 or (zero and value == 0))):
        sign = ">= 0" if zero else "> 0"
        raise ValueError(
            f"{type(law).__name__} got {name} = {value!r}; give a finite number {sign}"
        )


def _unsupported(law: object, space: Space) -> ValueError:
    return ValueError(f"{type(law).__name__} is not defined on {type(space).__name__}")


@dataclass(frozen=True)
class Uniform:
    """The uniform law on the sphere or the box; it ignores its center."""

    def sample(self, center: np.ndarray, space: Space, rng: np.random.Generator) -> np.ndarray:
        """(n, d) independent draws, one for each row of center."""
        center = _check(center, space)
        if isinstance(space, Sphere):
            z = rng.standard_normal(center.shape)
            return z / np.linalg.norm(z, axis=1, keepdims=True)
        if isinstance(space, Box):
            return rng.uniform(space.low, space.high, center.shape)
        raise _unsupported(self, space)

    def log_density(self, z: np.ndarray, center: np.ndarray, space: Sphere | Box) -> np.ndarray:
        """(n,) log densities with respect to the area or volume of the space."""
        return np.where(space.contains(z), -space.log_volume, -np.inf)


@dataclass(frozen=True)
class VonMisesFisher:
    """The von Mises-Fisher law on the sphere: density proportional to exp(kappa z . center).

    kappa >= 0 is the concentration: 0 is uniform; the angle to the center is of order
    sqrt((d - 1) / kappa) when kappa is large. Sampled by Wood's (1994) rejection from a
    beta envelope, whose acceptance stays above 0.6; exact for every d >= 2.

    >>> from mmcl.randomness import stream
    >>> center = Sphere(3).origin(10_000)
    >>> law = VonMisesFisher(kappa=5.0)
    >>> z = law.sample(center, Sphere(3), stream(0, "z"))
    >>> round(law.mean_cosine(3), 1)
    0.8
    >>> round(float((z * center).sum(axis=1).mean()), 1)
    0.8
    """

    kappa: float

    def __post_init__(self):
        _check_positive(self, "kappa", self.kappa, zero=True)

    def sample(self, center: np.ndarray, space: Space, rng: np.random.Generator) -> np.ndarray:
        """(n, d) points, row i drawn around the unit vector center[i]."""
        center = self._check_sphere(center, space)
        one_minus_w = self._one_minus_cosine(len(center), space.d, rng)[:, None]
        tangent = rng.standard_normal(center.shape)
        tangent -= (tangent * center).sum(axis=1, keepdims=True) * center
        tangent /= np.linalg.norm(tangent, axis=1, keepdims=True)
        z = (1 - one_minus_w) * center + np.sqrt(one_minus_w * (2 - one_minus_w)) * tangent
        return z / np.linalg.norm(z, axis=1, keepdims=True)  # chained draws stay on the sphere

    def _one_minus_cosine(self, n: int, d: int, rng: np.random.Generator) -> np.ndarray:
        """n draws of 1 - z . center; kept in this form so that large kappa loses no digits."""
        b = (d - 1) / (2 * self.kappa + math.hypot(2 * self.kappa, d - 1))
        x0 = (1 - b) / (1 + b)
        peak = self.kappa * x0 + (d - 1) * math.log(4 * b / (1 + b) ** 2)
        accepted = np.empty(0)
        while len(accepted) < n:
            beta = rng.beta((d - 1) / 2, (d - 1) / 2, size=int(1.6 * (n - len(accepted))) + 16)
            v = 2 * b * beta / (1 - (1 - b) * beta)
            log_ratio = self.kappa * (1 - v) + (d - 1) * np.log1p(-x0 * (1 - v)) - peak
            accepted = np.concatenate(
                [accepted, v[log_ratio >= -rng.standard_exponential(v.shape)]]
            )
        return accepted[:n]

    def log_density(self, z: np.ndarray, center: np.ndarray, space: Space) -> np.ndarray:
        """(n,) log densities with respect to the surface area."""
        center = self._check_sphere(center, space)
        assert isinstance(space, Sphere)
        pmi = self.kappa * (z * center).sum(axis=1) - self.log_z(space.d)
        return np.where(space.contains(z), pmi - space.log_volume, -np.inf)

    def log_z(self, d: int) -> float:
        """Log of Z_d(kappa), the mean of exp(kappa u . v) over a uniform u."""
        return log_z(self.kappa, d)

    def mean_cosine(self, d: int) -> float:
        """A_d(kappa), the mean of z . center; the derivative of log_z."""
        if self.kappa == 0:
            return 0.0
        if self.kappa < 50:
            z = self.kappa**2 / 4
            return float(self.kappa / d * special.hyp0f1(d / 2 + 1, z) / special.hyp0f1(d / 2, z))
        return float(special.ive(d / 2, self.kappa) / special.ive(d / 2 - 1, self.kappa))

    def mutual_information(self, d: int) -> float:
        """Mutual information in nats of (z_x, z_t) with z_x uniform and z_t drawn around it."""
        return self.kappa * self.mean_cosine(d) - self.log_z(d)

    def _check_sphere(self, center: np.ndarray, space: Space) -> np.ndarray:
        if not isinstance(space, Sphere):
            raise _unsupported(self, space)
        center = _check(center, space)
        if not space.contains(center).all():
            raise ValueError("centers of VonMisesFisher must have length 1; normalize them first")
        return center


def log_z(kappa: float, d: int) -> float:
    """Log of Z_d(kappa) = 0F1(d/2; kappa^2/4), the mean of exp(kappa u . v) over the sphere."""
    if kappa < 50:
        return float(np.log(special.hyp0f1(d / 2, kappa**2 / 4)))
    order = d / 2 - 1
    bessel = math.log(special.ive(order, kappa)) + kappa
    return math.lgamma(d / 2) - order * math.log(kappa / 2) + bessel


@dataclass(frozen=True)
class GeneralizedNormal:
    """Independent coordinates with density proportional to exp(-(|e| / scale)^beta).

    e is the distance to the center. On the box the law is truncated, so the density is
    divided by the mass that the box holds; that mass depends on the center, which is what
    makes the walls matter. beta 1 is `Laplace`, beta 2 is `Normal` with scale = sqrt(2) sigma.
    """

    scale: float
    beta: float

    def __post_init__(self):
        _check_positive(self, "scale", self.scale)
        _check_positive(self, "beta", self.beta)

    def sample(self, center: np.ndarray, space: Space, rng: np.random.Generator) -> np.ndarray:
        """(n, d) draws by inverting the distribution function, row i around center[i]."""
        center = _check(center, space)
        low, high = self._cdf_limits(center, space)
        z = center + self._quantile(low + (high - low) * rng.random(center.shape))
        return z if isinstance(space, Unbounded) else np.clip(z, space.low, space.high)  # type: ignore[attr-defined]

    def log_density(self, z: np.ndarray, center: np.ndarray, space: Space) -> np.ndarray:
        """(n,) log densities with respect to volume."""
        center = _check(center, space)
        width = 2 * self.scale * math.gamma(1 + 1 / self.beta)
        log_p = -((np.abs(z - center) / self.scale) ** self.beta) - math.log(width)
        inside = np.where(space.contains(z), 0.0, -np.inf)
        return (log_p - np.log(self.mass(center, space))).sum(axis=1) + inside

    def mass(self, center: np.ndarray, space: Space) -> np.ndarray:
        """(n, d): for each coordinate, the share of the untruncated law inside the space."""
        low, high = self._cdf_limits(center, space)
        return high - low

    def _cdf_limits(self, center: np.ndarray, space: Space) -> tuple[np.ndarray, np.ndarray]:
        if isinstance(space, Unbounded):
            return np.zeros_like(center), np.ones_like(center)
        if isinstance(space, Box):
            return self._cdf(space.low - center), self._cdf(space.high - center)
        raise _unsupported(self, space)

    def _cdf(self, e: np.ndarray) -> np.ndarray:
        tail = special.gammaincc(1 / self.beta, (np.abs(e) / self.scale) ** self.beta) / 2
        return np.where(e < 0, tail, 1 - tail)

    def _quantile(self, p: np.ndarray) -> np.ndarray:
        tail = 2 * np.minimum(p, 1 - p)
        e = self.scale * special.gammainccinv(1 / self.beta, tail) ** (1 / self.beta)
        return np.where(p < 0.5, -e, e)


class Laplace(GeneralizedNormal):
    """Independent Laplace coordinates: density proportional to exp(-|e|_1 / scale)."""

    def __init__(self, scale: float):
        super().__init__(scale=scale, beta=1.0)

    def _cdf(self, e: np.ndarray) -> np.ndarray:
        tail = np.exp(-np.abs(e) / self.scale) / 2
        return np.where(e < 0, tail, 1 - tail)

    def _quantile(self, p: np.ndarray) -> np.ndarray:
        return np.sign(0.5 - p) * self.scale * np.log(2 * np.minimum(p, 1 - p))


class Normal(GeneralizedNormal):
    """Independent normal coordinates with standard deviation sigma (before truncation)."""

    def __init__(self, sigma: float):
        super().__init__(scale=math.sqrt(2) * sigma, beta=2.0)

    def _cdf(self, e: np.ndarray) -> np.ndarray:
        return special.ndtr(e / self.scale * math.sqrt(2))

    def _quantile(self, p: np.ndarray) -> np.ndarray:
        return special.ndtri(p) * self.scale / math.sqrt(2)


@dataclass(frozen=True)
class Projected:
    """A law of R^d drawn around a point of the sphere, each draw divided by its length.

    Not the von Mises-Fisher law, nor any function of the angle alone unless `law` is normal. The
    released code of Zimmermann et al. (2021) draws its Laplace and normal rows on the sphere so.
    """

    law: GeneralizedNormal

    def sample(self, center: np.ndarray, space: Space, rng: np.random.Generator) -> np.ndarray:
        """(n, d) points of the sphere, row i drawn around center[i]."""
        if not isinstance(space, Sphere):
            raise _unsupported(self, space)
        z = self.law.sample(center, Unbounded(space.d), rng)
        return z / np.linalg.norm(z, axis=1, keepdims=True)

    def log_density(self, z: np.ndarray, center: np.ndarray, space: Space) -> np.ndarray:
        """Raises NotImplementedError: the integral along each ray has no closed form."""
        raise NotImplementedError(
            f"Projected({self.law}) has no log density in closed form: it is an integral along "
            "each ray. Compare samples instead, or take VonMisesFisher, whose density is known"
        )
