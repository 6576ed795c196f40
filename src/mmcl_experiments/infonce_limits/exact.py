"""InfoNCE of codes K c with scores -|h - h'|^2, for normal content: exact, not sampled.

A photograph has its caption and N - 1 strangers, S is the sum of exp(-|h - h'|^2) over strangers
and w = exp(|h_x - h_t|^2) says how far the partner is. Then

    E log(1 + w S) = integral over v > 0 of (1 - E exp(-v S)) exp(-v / w) / v,

and strangers are independent, so that E exp(-v S) = (1 - F(v))^(N - 1) given the photograph, with
F(v) = E(1 - exp(-v exp(-|h - h'|^2))) for one stranger.
"""

import numpy as np
from scipy import special, stats

ALL = {"l2": np.pi**0.5, "l1": 2.0}  # the integral over a line of exp(-y^2), of exp(-|y|)


def two_candidates(k: float, d: int, terms: int = 400) -> float:
    """E log(1 + exp(-K^2 |c - c'|^2)) for c, c' standard normal in d dimensions, in closed form.

    The sum over m of (-1)^(m+1) (1 + 4 m K^2)^(-d/2) / m, with the mean of the last two partial
    sums, and of those again: alternating sums converge quickly so.
    """
    m = np.arange(1, terms + 1)
    sums = np.cumsum((-1.0) ** (m + 1) * (1 + 4 * m * k**2) ** (-d / 2) / m)
    for _ in range(40):
        sums = (sums[1:] + sums[:-1]) / 2
    return float(sums[-1])


def eta(s: float) -> float:
    """Dirichlet's eta: 1 - 2^-s + 3^-s - ..."""
    return float(np.log(2)) if s == 1 else float((1 - 2 ** (1 - s)) * special.zeta(s))


def rate(d: int, score: str = "l2") -> float:
    """The constant in L_N ~ (N - 1) rate / K^d for standard normal content, K to infinity.

    The integral of the squared density, (4 pi)^(-d/2), times that of log(1 + exp(score)).
    """
    order = {"l2": 1 + d / 2, "l1": d + 1}[score]
    return (4 * np.pi) ** (-d / 2) * ALL[score] ** d * eta(order)


def circle_rate() -> float:
    """The same for a uniform angle and the inner product K^2 cos: L_2 ~ rate / K."""
    return float((2 * np.pi) ** -0.5 * eta(1.5))


def many_strangers(k: float, d: int) -> float:
    """L_N - log N for N to infinity."""
    return -d / 2 * np.log1p(2 * k**2) - d * k**2 / (1 + 2 * k**2)


def loss(k: float, d: int, n: int, *, nodes: int = 48) -> float:
    """L_N of the code K c, c standard normal in d dimensions: to 1e-6 of itself, by quadrature.

    Over the anchor's length, the stranger's distance y / K, and log v.
    """
    lengths, weights = _chi(d, nodes)
    v, step = _grid(n, top=np.log(40.0))
    y, dy = _legendre(0.0, float(np.sqrt(np.log(v[-1]) + 45)), 160)
    distance = y / k
    # density of |c - c'| given |c|: its square is noncentral chi-square
    density = stats.ncx2.pdf(distance[None] ** 2, d, lengths[:, None] ** 2) * 2 * distance[None]
    near = -np.expm1(-v[:, None] * np.exp(-(y**2)))  # (v, y)
    f = near @ (density * dy / k).T
    return float(_mean_log(f, v, step, n, 1.0) @ weights)


def leaky_loss(
    k: float, n: int, *, private: float = 0.0, style: float = 0.0, nodes: int = 20
) -> float:
    """The same for c_1 beside a second code dimension of `private` m, or of `style` s.

    m_x and m_t are independent and standard normal; s~ = s + e with standard normal s and e. The
    mean over both sides' searches.
    """
    sides = [(1.0, 1.0, 0.0)] if private else [(1.0, 2.0, 1.0), (2.0, 1.0, 1.0)]
    size = private or style
    return float(np.mean([_leaky(k, n, size, *side, nodes) for side in sides]))


def _leaky(
    k: float, n: int, size: float, own: float, other: float, shared: float, nodes: int
) -> float:
    """own, other: variances of the leak on the anchor's side and on the strangers'; and shared."""
    z, weight = _normal(nodes)
    c, a = z, own**0.5 * z  # the anchor's content and leak
    mean = shared / own * a  # of the partner's leak
    rest = other - shared**2 / own
    w = np.exp(size**2 * (a[:, None] - mean[:, None] - rest**0.5 * z) ** 2)  # (a, partner)
    v, step = _grid(n, top=float(np.log(w.max())) + np.log(40.0))
    y, dy = _legendre(-float(np.sqrt(np.log(v[-1]) + 45)), float(np.sqrt(np.log(v[-1]) + 45)), 240)
    density = stats.norm.pdf(c[:, None] + y / k) * dy / k  # (c, y)
    b = other**0.5 * z
    apart = np.exp(-((size * (a[:, None] - b)) ** 2))  # (a, stranger's leak)
    found = 0.0
    for i in range(nodes):
        near = -np.expm1(-v[:, None, None] * apart[i][None, :, None] * np.exp(-(y**2)))
        f = np.einsum("vby,b,cy->vc", near, weight, density, optimize=True)
        for j in range(nodes):
            found += weight[i] * weight[j] * (_mean_log(f, v, step, n, w[i, j]) @ weight)
    return found


def leak_factor(size: float, nodes: int = 60) -> float:
    """By how much a private leak of this size multiplies the rate in K of c_1 alone.

    The leak has a code dimension of its own: with q the partner's squared distance there less a
    stranger's, the mean of the integral over y of log(1 + exp(q - y^2)) over that at q = 0.
    """
    z, weight = _normal(nodes)
    own, partner, stranger = z[:, None, None], z[None, :, None], z[None, None, :]
    q = size**2 * ((own - partner) ** 2 - (own - stranger) ** 2)
    levels = np.linspace(q.min(), q.max(), 4001)
    y, dy = _legendre(0.0, float(np.sqrt(q.max() + 45)), 400)
    area = 2 * np.logaddexp(0, levels[:, None] - y**2) @ dy
    mean = np.einsum("abc,a,b,c", np.interp(q, levels, area), weight, weight, weight)
    return float(mean / (np.pi**0.5 * eta(1.5)))


def _mean_log(f: np.ndarray, v: np.ndarray, step: float, n: int, w: float) -> np.ndarray:
    """E log(1 + w S) for each column of F (v, anchors)."""
    inside = -np.expm1((n - 1) * np.log1p(-np.minimum(f, 1 - 1e-15)))
    return step * np.exp(-v / w) @ inside


def _grid(n: int, top: float, step: float = 0.08) -> tuple[np.ndarray, float]:
    """v, evenly spaced in its logarithm, so that the trapezoid rule is exact to rounding."""
    return np.exp(np.arange(-np.log(n) - 38.0, top, step)), step


def _legendre(low: float, high: float, nodes: int) -> tuple[np.ndarray, np.ndarray]:
    x, w = np.polynomial.legendre.leggauss(nodes)
    half = (high - low) / 2
    return low + half * (x + 1), half * w


def _normal(nodes: int) -> tuple[np.ndarray, np.ndarray]:
    x, w = np.polynomial.hermite_e.hermegauss(nodes)
    return x, w / w.sum()


def _chi(d: int, nodes: int) -> tuple[np.ndarray, np.ndarray]:
    """Lengths of a standard normal vector, with weights."""
    r, w = _legendre(0.0, float(np.sqrt(d)) + 8.0, nodes)
    return r, w * stats.chi.pdf(r, d)
