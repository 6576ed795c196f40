"""Laws of content and style: what both modalities copy, and what one of them perturbs.

Source: von Kuegelgen et al. (2021), section 3, and Daunhawer et al. (2023), section 3; sizes and
choices of their released code. A latent z is content (the first columns) and style (the rest).
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from mmcl.naming import nearest
from mmcl.spaces import Space

Covariances = Literal["identity", "wishart", "one wishart"]


@dataclass(frozen=True)
class ContentStyle:
    """Content and style, jointly normal: c ~ N(0, C), then s = B c + a + e with e ~ N(0, S).

    content: C (n_c, n_c); style: S (n_s, n_s), the covariance of e; effect: B (n_s, n_c), how
    content acts on style (0: independent); shift: a (n_s,).
    Errors: ValueError for shapes that don't fit or a covariance that isn't positive definite.
    """

    content: np.ndarray
    style: np.ndarray
    effect: np.ndarray
    shift: np.ndarray

    def __post_init__(self):
        for name in ("content", "style"):
            check_covariance(getattr(self, name), name)
        wanted = (len(self.style), len(self.content))
        if self.effect.shape != wanted or self.shift.shape != wanted[:1]:
            raise ValueError(
                f"effect has shape {self.effect.shape} and shift {self.shift.shape}; "
                f"give {wanted} and {wanted[:1]} for {wanted[1]} content and {wanted[0]} style"
            )

    @property
    def covariance(self) -> np.ndarray:
        """(d, d): of content and style together."""
        across = self.effect @ self.content
        own = across @ self.effect.T + self.style
        return np.block([[self.content, across.T], [across, own]])

    def sample(self, center: np.ndarray, space: Space, rng: np.random.Generator) -> np.ndarray:
        """(n, d) draws, shifted by the rows of center."""
        c = normal_rows(len(center), self.content, rng)
        s = c @ self.effect.T + self.shift + normal_rows(len(center), self.style, rng)
        return center + np.hstack([c, s])

    def log_density(self, z: np.ndarray, center: np.ndarray, space: Space) -> np.ndarray:
        """(n,) log densities with respect to volume."""
        mean = np.concatenate([np.zeros(len(self.content)), self.shift])
        return normal_log_density(z - center - mean, self.covariance)

    def predictable_style(self) -> np.ndarray:
        """(n_s,): the share of each style coordinate's variance that content explains.

        No code of content alone can give more; the law is normal, so a line attains it.
        """
        return 1 - np.diag(self.style) / np.diag(self.covariance)[len(self.content) :]


@dataclass(frozen=True)
class StyleChange:
    """The partner of z: content copied exactly, each style coordinate perturbed by chance.

    s~ = s + b * e with e ~ N(0, covariance) and independent b_j that are 1 with probability p:
    the random subset of Daunhawer et al. (2023) and von Kuegelgen et al. (2021).
    content: how many leading columns are copied; covariance: (n_s, n_s).
    """

    content: int
    p: float
    covariance: np.ndarray

    def __post_init__(self):
        if not 0 <= self.p <= 1:
            raise ValueError(f"p is {self.p!r}; give a probability between 0 and 1")
        if self.content < 0:
            raise ValueError(f"content is {self.content!r}; give an integer >= 0")
        check_covariance(self.covariance, "covariance")

    def sample(self, center: np.ndarray, space: Space, rng: np.random.Generator) -> np.ndarray:
        """(n, d): the partners of the rows of center."""
        z = np.array(center, dtype=np.float64)
        style = z[:, self.content :]
        style += (rng.random(style.shape) < self.p) * normal_rows(len(z), self.covariance, rng)
        return z

    def log_density(self, z: np.ndarray, center: np.ndarray, space: Space) -> np.ndarray:
        """(n,) log densities with respect to volume in the style coordinates that changed.

        Minus infinity where content differs.
        """
        steps = z[:, self.content :] - center[:, self.content :]
        log_p = np.where((z == center)[:, : self.content].all(axis=1), 0.0, -np.inf)
        for subset in np.unique(steps != 0, axis=0):
            rows = ((steps != 0) == subset).all(axis=1)
            k, inside = int(subset.sum()), np.ix_(subset, subset)
            with np.errstate(divide="ignore"):
                chance = k * np.log(self.p) if k else 0.0
                chance += (len(subset) - k) * np.log1p(-self.p) if k < len(subset) else 0.0
            log_p[rows] += chance + normal_log_density(
                steps[rows][:, subset], self.covariance[inside]
            )
        return log_p


def block_laws(
    content: int,
    style: int,
    private: tuple[int, int],
    *,
    p: float,
    covariances: Covariances,
    causal: bool,
    rng: np.random.Generator,
) -> dict[str, object]:
    """Marginal, conditional and private covariances of a block world: fields of the model.

    covariances: "identity"; "wishart", five independent Wishart matrices, so that the coordinates
    within a block depend on each other (statistical dependence); "one wishart", as in the
    released code of Daunhawer et al., where one seed draws all five, so that those of one size
    coincide. causal: style is drawn around B c + a with normal B and a.
    """
    if min(content, style) < 1:
        raise ValueError(f"content is {content}, style {style}; give integers >= 1")
    sizes = (content, style, style, *private)
    c, s, change, m_x, m_t = draw_covariances(sizes, covariances, rng)
    effect, shift = np.zeros((style, content)), np.zeros(style)
    if causal:
        effect, shift = rng.standard_normal(effect.shape), rng.standard_normal(style)
    return {
        "marginal": ContentStyle(c, s, effect, shift),
        "conditional": StyleChange(content, p, change),
        "private_covariances": (m_x, m_t),
    }


def draw_covariances(
    sizes: tuple[int, ...], covariances: Covariances, rng: np.random.Generator
) -> list[np.ndarray]:
    """A covariance matrix for each size: see `block_laws`. Wishart: as many degrees as rows.

    Returns (size, size) for each. Errors: ValueError for other covariances.
    """
    if covariances == "identity":
        return [np.eye(size) for size in sizes]
    if covariances == "wishart":
        return [_wishart(size, rng) for size in sizes]
    nearest(covariances, ("identity", "wishart", "one wishart"), "covariances")
    seed = int(rng.integers(2**32))
    return [_wishart(size, np.random.default_rng(seed)) for size in sizes]


def style_correlations(marginal: ContentStyle, conditional: StyleChange) -> np.ndarray:
    """Canonical correlations of s and s~ given content, largest first (n_s,).

    They say how nearly shared the best-kept directions of style are: 1 would be content.
    Two coordinates change together with chance p^2, which makes the covariance of the change.
    """
    p, a = conditional.p, conditional.covariance
    change = p * p * a + p * (1 - p) * np.diag(np.diag(a))
    own = np.linalg.cholesky(marginal.style)
    kept = own.T @ np.linalg.solve(marginal.style + change, own)
    return np.sqrt(np.linalg.eigvalsh(kept)[::-1])


def normal_rows(n: int, covariance: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """(n, k) independent draws from N(0, covariance)."""
    return rng.standard_normal((n, len(covariance))) @ np.linalg.cholesky(covariance).T


def normal_log_density(e: np.ndarray, covariance: np.ndarray) -> np.ndarray:
    """(n,) log densities of the rows of e under N(0, covariance); 0 for rows without columns."""
    white = np.linalg.solve(np.linalg.cholesky(covariance), e.T)
    log_det = np.linalg.slogdet(2 * np.pi * covariance)[1]
    return -(np.square(white).sum(axis=0) + log_det) / 2


def check_covariance(matrix: np.ndarray, name: str) -> None:
    """ValueError unless the matrix is square, symmetric and positive definite.

    matrix: (d, d). name: what the error calls it.
    """
    square = matrix.ndim == 2 and matrix.shape[0] == matrix.shape[1]
    if not square or not np.allclose(matrix, matrix.T) or (np.linalg.eigvalsh(matrix) <= 0).any():
        raise ValueError(
            f"{name} has shape {matrix.shape}; give a symmetric, positive definite matrix"
        )


def _wishart(size: int, rng: np.random.Generator) -> np.ndarray:
    """A Wishart matrix of `size` degrees of freedom: a sum of squares of normal vectors."""
    root = rng.standard_normal((size, size))
    return root @ root.T
