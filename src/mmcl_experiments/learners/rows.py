"""Rows of a table on violated assumptions: a world, a game, and what training makes of them.

A row is written in words; sizes, scales and the budget come from the settings, the same for all
rows of a table. Every row of one seed has the same mixing, up to what the row breaks in it.
"""

from dataclasses import replace
from functools import lru_cache, partial
from typing import Any, NamedTuple

import torch
from torch import Tensor

from mmcl.ica import LinearICA
from mmcl.laws import GeneralizedNormal, Laplace, Law, Normal, Projected, Uniform, VonMisesFisher
from mmcl.losses import neg_squared_l2
from mmcl.metrics import mcc
from mmcl.mixing import LeakyMixing, LossyMixing, draw_mixing
from mmcl.model import LatentPartialCausalModel
from mmcl.randomness import stream
from mmcl.spaces import Box, Sphere, Unbounded
from mmcl.training import Supervised
from mmcl_experiments.learners.fitting import Fitted, Game, encoders, r2, supervised
from mmcl_experiments.learners.fitting import row as measured


class Row(NamedTuple):
    """One world and one game. The defaults are Theorem 4.1's; `BOX` has those of Theorem 4.2."""

    space: str = "sphere"  # of the latents: sphere, box, unbounded
    marginal: str = "uniform"  # of z_x: uniform, laplace, normal
    conditional: str = "vmf"  # of z_t around z_x: vmf, laplace, normal, cubic
    codes: str = "sphere"  # their space: sphere, box, unbounded
    score: str = "dot"  # dot, l1, l2 (squared), l3 (cubed)
    extra: int = 0  # code dimensions beyond those of the latents
    ratio: float = 0.0  # hold 1/tau at this multiple of the coupling; 0: learn it
    private: float = 1.0  # scale of the private latents
    follows: str = "nothing"  # what m_x leans on: nothing, own (z_x), other (z_t)
    condition: float = 0.0  # condition number of every layer; 0: the best that can be drawn
    lost: int = 0  # coordinates of each observation that are missing
    folded: int = 0  # coordinates of each observation whose sign is lost
    pairs: int = 0  # training pairs there are; 0: fresh ones at every step
    mismatched: float = 0.0  # share of pairs whose t belongs to another


BOX = Row(space="box", conditional="laplace", codes="box", score="l1")
SPACES = {"sphere": Sphere, "box": Box, "unbounded": Unbounded}


class _NegCubedL3(torch.autograd.Function):
    """One (n, n) matrix at a time, whatever the number of code dimensions."""

    @staticmethod
    def forward(ctx: Any, a: Tensor, b: Tensor) -> Tensor:
        ctx.save_for_backward(a, b)
        scores = a.new_zeros(len(a), len(b))
        for u, v in zip(a.T, b.T, strict=True):
            step = u[:, None] - v
            scores.addcmul_(step.abs(), step.square_(), value=-1)
        return scores

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, Tensor]:  # type: ignore[override]
        a, b = ctx.saved_tensors
        slopes = []
        for u, v in zip(a.T, b.T, strict=True):
            step = u[:, None] - v
            slopes.append(step.abs().mul_(step).mul_(grad))
        to_a, to_b = (torch.stack([s.sum(dim=k) for s in slopes], dim=1) for k in (1, 0))
        return -3 * to_a, 3 * to_b


def neg_cubed_l3(a: Tensor, b: Tensor) -> Tensor:
    """(n, n) scores -sum_j |a_ij - b_kj|^3, the third power of the L3 distance. No metric."""
    scores: Tensor = _NegCubedL3.apply(a, b)  # type: ignore[assignment]
    return scores


SCORES: dict[str, Any] = {
    "dot": "dot",
    "l1": "neg_l1",
    "l2": neg_squared_l2,
    "l3": neg_cubed_l3,
}


def draw_model(row: Row, settings: dict[str, Any], seed: int) -> LatentPartialCausalModel:
    """The world of a row, with the seed's mixing."""
    d, private = settings["d"], settings["private"]
    model = LatentPartialCausalModel(
        SPACES[row.space](d),
        *laws_of(row, settings),
        private=(private, private),
        private_scale=row.private,
        private_follows=row.follows,  # type: ignore[arg-type]
        mixing=mixings(d + private, settings["layers"], row.condition, seed),
    )
    return lossy(model, row, seed) if row.lost or row.folded else model


@lru_cache(maxsize=64)
def mixings(size: int, layers: int, condition: float, seed: int) -> tuple[LeakyMixing, LeakyMixing]:
    """A seed's g_x and g_t, kept in memory: drawing them takes longer than a short training."""
    rng = stream(seed, "mixing")
    how = {"layers": layers, "condition": condition or None}
    return draw_mixing(size, rng, **how), draw_mixing(size, rng, **how)


def laws_of(row: Row, settings: dict[str, Any]) -> tuple[Law, Law]:
    """The marginal and the conditional."""
    wide = settings["wide"] if row.space == "box" else 1.0  # a box has no room for more
    marginal = law_of(row.marginal, wide, row.space)
    scale = settings["kappa" if row.conditional == "vmf" else "scale"]
    return marginal, law_of(row.conditional, scale, row.space)


def law_of(name: str, scale: float, space: str) -> Law:
    """A law by a row's word for it; on the sphere, laws of R^d are projected."""
    if name == "uniform":
        return Uniform()
    if name == "vmf":
        return VonMisesFisher(scale)
    free = {"laplace": Laplace, "normal": Normal, "cubic": partial(GeneralizedNormal, beta=3.0)}
    found = free[name](scale)
    return Projected(found) if space == "sphere" else found


def lossy(model: LatentPartialCausalModel, row: Row, seed: int) -> LatentPartialCausalModel:
    """The world after observations lose coordinates, and others are folded at their medians."""
    assert model.mixing is not None
    sample = model.sample(4096, stream(seed, "creases"))

    def spoiled(g: LeakyMixing, seen: Tensor) -> LeakyMixing:
        creases = seen[:, : row.folded].median(dim=0).values.tolist()
        return LossyMixing(g.weights, g.slope, row.lost, tuple(creases))

    g_x, g_t = model.mixing
    return replace(model, mixing=(spoiled(g_x, sample.x), spoiled(g_t, sample.t)))


def game_of(row: Row, settings: dict[str, Any]) -> Game:
    """Codes, their similarity, and a temperature that is learned, or held if the row says so."""
    size = settings["d"] + row.extra
    game = Game(space=row.codes, similarity=SCORES[row.score], size=size)
    if not row.ratio:
        return game
    coupling = settings["kappa"] if row.conditional == "vmf" else 1 / settings["scale"]
    return game._replace(temperature=1 / (row.ratio * coupling), learned=False)


def training(row: Row, settings: dict[str, Any]) -> dict[str, Any]:
    """The settings of a row's training: the table's recipe, and the row's supply of pairs."""
    return {**settings, "pairs": row.pairs, "mismatched": row.mismatched}


def measure(
    row: Row, fitted: Fitted, settings: dict[str, Any], seed: int, *, baseline: bool
) -> list[dict[str, Any]]:
    """What the codes of x hold of z_x and m_x; the gap between modalities, the gain in nats.

    The gap is the distance of the means over the spread of a cloud. baseline: train a supervised
    network too.
    """
    test, (h_x, h_t) = fitted.test, fitted.codes()
    gap = (h_x.mean(dim=0) - h_t.mean(dim=0)).norm() / h_x.var(dim=0).sum().sqrt()
    found = {
        "linear_r2": r2(test.z_x, h_x, seed),
        "private_r2": r2(test.m_x, h_x, seed),
        "gap": gap,
        "nats": fitted.nats(),
        "inverse_temperature": 1 / fitted.temperature,
    }
    if h_x.shape[1] >= test.z_x.shape[1]:
        found["mcc"] = mcc(test.z_x, h_x)
    rows = [measured("contrastive", "x", name, value) for name, value in found.items()]
    if row.score in ("dot", "l2") and not row.extra:  # whose best codes may be turned
        sources = LinearICA(random_state=seed).fit_transform(h_x.numpy())
        rows.append(measured("ICA", "x", "mcc", mcc(test.z_x, sources)))
    rows.append(measured("raw", "x", "linear_r2", r2(test.z_x, test.x, seed)))
    if baseline:
        codes = told(row, fitted, settings, seed)
        rows.append(measured("supervised", "x", "linear_r2", r2(test.z_x, codes, seed)))
    return rows


def told(row: Row, fitted: Fitted, settings: dict[str, Any], seed: int) -> Tensor:
    """Codes of the test pairs by a network of the same size that was shown z_x, on the same pairs.

    Its codes live where the latents do, so that it can be right. Half of the steps are enough.
    """
    chosen = training(row, settings) | {"steps": max(1, settings["steps"] // 2)}
    encoder, _ = encoders(fitted.test, settings["d"], chosen, seed, space=row.space)
    return supervised(Supervised(encoder), fitted, chosen, seed)
