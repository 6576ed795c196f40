"""InfoNCE of codes that can't grow: a box, a sphere, a slope, a processor's digits."""

from typing import Any, NamedTuple

import numpy as np
import torch
from scipy.optimize import minimize

from mmcl.laws import log_z

# A box with squared distances


class BestLaw(NamedTuple):
    """Atoms of codes on [0, 1] with their masses, and how far the uniform law is above them."""

    places: np.ndarray
    masses: np.ndarray
    excess: float
    slack: float  # by how much the first-order condition is missed on [0, 1], in nats


def best_law(tau: float, *, most: int = 9, slack: float = 1e-6) -> BestLaw:
    """The law of aligned codes on [0, 1] with the least loss at temperature tau, N to infinity.

    E log E exp(-(h - h')^2 / tau) is minimized over places and masses of two atoms, three, and so
    on, until a bit of mass anywhere on [0, 1] would add no less to the loss than the atoms' own
    does: to `slack` nats the condition of first order for a minimum over all laws.
    Errors: ArithmeticError when `most` atoms aren't enough.
    """
    grid = np.linspace(0, 1, 1001)
    even, weights = np.polynomial.legendre.leggauss(400)
    uniform = _loss(torch.from_numpy((even + 1) / 2), torch.from_numpy(weights / 2), tau)
    for atoms in range(2, most + 1):
        places, masses = _fitted(atoms, tau)
        crowd = np.exp(-((grid[:, None] - places) ** 2) / tau)
        among = np.exp(-((places[:, None] - places) ** 2) / tau) @ masses
        adds = np.log(crowd @ masses) + crowd @ (masses / among)
        own = np.log(among) + np.exp(-((places[:, None] - places) ** 2) / tau) @ (masses / among)
        if (missed := float(masses @ own - adds.min())) < slack:
            excess = float(uniform) - float(masses @ np.log(among))
            return BestLaw(places, masses, excess, missed)
    raise ArithmeticError(f"{most} atoms aren't enough at tau = {tau}")


def _loss(places: torch.Tensor, masses: torch.Tensor, tau: float) -> torch.Tensor:
    """E log E exp(-(h - h')^2 / tau) of atoms."""
    return masses @ (torch.exp(-((places[:, None] - places) ** 2) / tau) @ masses).log()


def _fitted(atoms: int, tau: float) -> tuple[np.ndarray, np.ndarray]:
    """Places and masses of so many atoms with the least loss, symmetric and with the walls."""
    half = atoms // 2

    def law(free: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        steps = free[:half].softmax(dim=0) if atoms % 2 else free[: half + 1].softmax(dim=0)
        left = torch.cat([free.new_zeros(1), steps.cumsum(dim=0)])[:half] / 2
        middle = free.new_full((atoms % 2,), 0.5)
        mass = free[half + 1 :].softmax(dim=0)
        own = mass[:half] / 2
        both = torch.cat([own, mass[half:], own.flip(0)])
        return torch.cat([left, middle, 1 - left.flip(0)]), both

    def value(free: np.ndarray) -> tuple[float, np.ndarray]:
        x = torch.from_numpy(free).requires_grad_()
        loss = _loss(*law(x), tau)
        (slope,) = torch.autograd.grad(loss, x)
        return loss.item(), slope.numpy()

    start = np.zeros(half + 1 + half + atoms % 2)
    found: Any = minimize(value, start, jac=True, options={"gtol": 1e-9, "maxiter": 2000})
    places, masses = law(torch.from_numpy(found.x))
    return places.numpy(), masses.numpy()


# A sphere


def wound_excess(turns: int, tau: float, points: int = 4000) -> float:
    """How far c_1 alone, wound around S^2 as a spiral, is above the uniform law, N to infinity.

    The height falls evenly, so that the spiral's law tends to the uniform one with its turns.
    """
    c = (np.arange(points) + 0.5) / points
    height, angle = 1 - 2 * c, 2 * np.pi * turns * c
    flat = np.sqrt(1 - height**2)
    h = np.column_stack([flat * np.cos(angle), flat * np.sin(angle), height])
    crowd = np.exp((h @ h.T - 1) / tau).mean(axis=1)
    return float(np.log(crowd).mean() + uniform_gain(3, 1 / tau))


def uniform_gain(d: int, inverse_temperature: float) -> float:
    """The most that aligned codes in d dimensions gain over chance for N to infinity, in nats.

    beta - log E exp(beta u.v) for independent uniform u and v on the sphere.
    """
    return float(inverse_temperature - log_z(inverse_temperature, d))


# A slope


def style_enters(sd: float) -> float:
    """The slope below which a unit style that is changed by as much enters beside a content's sd.

    One code dimension a c + b s with a^2 + b^2 at the square of the slope, N to infinity. The loss
    falls with b^2 at b = 0 while (3 - 2 v) (x + x^2) / 2 > 1, v = sd^2, x = 1 / (1 + 2 slope^2 v).
    """
    x = (-1 + np.sqrt(1 + 8 / (3 - 2 * sd**2))) / 2
    return float(np.sqrt((1 / x - 1) / 2) / sd)


def pull(k: float, terms: int = 400) -> float:
    """-dL_2 / d e^2 where a second content, of variance 1, is in its own code dimension as e c_2.

    Of the code K c_1, at e = 0: twice E 1 / (1 + exp(K^2 |c_1 - c_1'|^2)), in closed form.
    """
    m = np.arange(1, terms + 1)
    sums = np.cumsum((-1.0) ** (m + 1) * (1 + 4 * m * k**2) ** -0.5)
    for _ in range(40):
        sums = (sums[1:] + sums[:-1]) / 2
    return float(2 * sums[-1])


# No partner in the denominator


def style_alone(strangers: int, draws: np.ndarray) -> float:
    """Without the partner in the denominator: lim of the loss over K^2 for codes K s and K s~.

    E (s - s~)^2 - E of the least (s - s~')^2 among strangers; below 0 the loss has no floor.
    draws: standard normal numbers (n, 2 + 2 strangers).
    """
    s, e = draws[:, 0], draws[:, 1]
    others = draws[:, 2 : 2 + strangers] + draws[:, 2 + strangers : 2 + 2 * strangers]
    return float((e**2).mean() - ((s[:, None] - others) ** 2).min(axis=1).mean())


# Digits


def product_floor(c: torch.Tensor, n: int, scales: np.ndarray) -> float:
    """The least InfoNCE of K c among n candidates over scales K, scores in float32 by one product.

    c: contents (m n, 1), float64. |a|^2 + |b|^2 - 2 a b is how fast programs find distances; its
    error grows as K^2 does, and near strangers drown in it.
    """
    found = []
    for k in scales:
        h = (k * c).float().unflatten(0, (-1, n))
        squares = h.square().sum(dim=2)
        scores = (2 * h @ h.mT - squares[:, :, None] - squares[:, None]).double()
        own = scores.diagonal(dim1=1, dim2=2)
        found.append(float((scores.logsumexp(dim=2) - own).mean()))
    return min(found)


def rounded_floor(c: torch.Tensor, n: int, precision: torch.dtype) -> float:
    """What InfoNCE of c_1 tends to among n candidates, K to infinity, when codes are rounded.

    Strangers whose codes round to the same number stay at distance 0: the mean log of how many
    there are, oneself counted. c: contents (m n, 1).
    """
    total = 0.0
    for batch in c.to(precision).double().unflatten(0, (-1, n)):
        counts = batch.unique(return_counts=True)[1].double()
        total += float((counts * counts.log()).sum())
    return total / len(c)
