"""Creases or corners? L1 and squared L2, free codes and codes in a box, with heads and without.

One world for all: states in a box, a Laplace law (or a cubic one), one mixing for each seed. One
run trains one cell, and follows linear R2, MCC and gain as it goes.
"""

from functools import partial
from typing import Any

import pandas as pd
import torch
from torch import Tensor

from mmcl.errors import InputError
from mmcl.ica import LinearICA
from mmcl.laws import GeneralizedNormal, Laplace
from mmcl.losses import Heads, neg_squared_l2
from mmcl.metrics import mcc
from mmcl.model import LatentPartialCausalModel, preset
from mmcl.randomness import stream
from mmcl.training import train
from mmcl_experiments import nearest
from mmcl_experiments.creases.remedies import Remedied
from mmcl_experiments.learners import fitting
from mmcl_experiments.learners.fitting import Fitted, Game, nats, r2, row
from mmcl_experiments.learners.rows import neg_cubed_l3

SCORES: dict[str, Any] = {"l1": "neg_l1", "l2": neg_squared_l2}
LAWS: dict[str, tuple[Any, Any, int]] = {  # and the score of its steps, with the scale's power
    "laplace": (Laplace, "neg_l1", 1),
    "cubic": (partial(GeneralizedNormal, beta=3.0), neg_cubed_l3, 3),
}
VARIED = ("score", "codes", "heads", "law", "remedy", "starts", "temperature", "centered")
VARIED += ("steps", "batch", "d")
LOOKS = 25  # at the codes of a training, about


def run(settings: dict[str, Any], seed: int) -> pd.DataFrame:
    """Columns: code, modality, metric, value; step; the settings in `VARIED` and seed.

    code: "contrastive" at the end, "in training" on the way (of x), "ICA" after it, and "true"
    for the latents themselves, scored by the log density of a step.
    """
    fitted = fit(settings, seed)
    rows = [{**each, "step": settings["steps"]} for each in measure(fitted, settings, seed)]
    for step in fitted.history.to_dict("records"):
        for metric in ("linear_r2", "mcc", "nats"):
            rows.append({**row("in training", "x", metric, step[metric]), "step": step["step"]})
    return pd.DataFrame(rows).assign(**{name: settings[name] for name in VARIED}, seed=seed)


def fit(settings: dict[str, Any], seed: int) -> Fitted:
    """Train a cell; of several starts keep the one that gains most on fresh training pairs."""
    if settings["starts"] < 1:
        raise InputError(f"starts is {settings['starts']}; give an integer >= 1")
    model = draw_model(settings, seed)
    each = [attempt(model, settings, seed, start) for start in range(settings["starts"])]
    return max(each, key=lambda found: found[1])[0]


def attempt(
    model: LatentPartialCausalModel, settings: dict[str, Any], seed: int, start: int
) -> tuple[Fitted, float]:
    """One training, and its gain on fresh training pairs. Each start has its own networks."""
    own = seed + 10_000 * start
    plain, draw = fitting.prepared(model, game_of(settings), settings, own)
    held = model.sample(2048, stream(seed, "watch")).map(lambda each: each.to(settings["device"]))

    @torch.no_grad()
    def watch(objective: Remedied) -> dict[str, float]:
        both = [codes.cpu() for codes in objective.codes(held)]
        z, h = held.z_x.cpu(), both[0][:, : settings["d"]]
        temperature = float(objective.temperature)
        gain = nats(both[0], both[1], temperature, 512, objective.now())
        return {"linear_r2": r2(z, h, seed), "mcc": mcc(z, h), "nats": gain}

    objective = Remedied(plain, settings, own, watch).to(settings["device"])
    every = max(1, settings["steps"] // LOOKS)
    history = train(objective, draw, **fitting.budget(settings), log_every=every)
    fitted = fitting.finished(model, objective, history, settings, own)
    with torch.no_grad():
        codes = objective.codes(draw(4096).map(lambda each: each.cpu()))
    gain = nats(*codes, fitted.temperature, 512, objective.similarity)
    test = model.sample(settings["test_pairs"], stream(seed, "test"))  # the same for all starts
    return fitted._replace(test=test), gain


def draw_model(settings: dict[str, Any], seed: int) -> LatentPartialCausalModel:
    """The world, with a mixing of its own for each seed."""
    law, _, _ = LAWS[nearest(settings["law"], list(LAWS), "law")]
    return preset(
        "multimodal-box",
        d=settings["d"],
        private=(settings["private"], settings["private"]),
        coupling=settings["coupling"],
        conditional=law(settings["scale"]),
        layers=settings["layers"],
        rng=stream(seed, "mixing"),
    )


def game_of(settings: dict[str, Any]) -> Game:
    """Codes, score and temperature of a cell; `heads` adds a term for each side alone."""
    score = SCORES[nearest(settings["score"], list(SCORES), "score")]
    heads = settings["heads"]
    return Game(
        space=settings["codes"],
        similarity=Heads(score) if heads else score,
        size=settings["d"] + int(heads),
        temperature=settings["temperature"],
    )


def measure(fitted: Fitted, settings: dict[str, Any], seed: int) -> list[dict[str, Any]]:
    """Match with the latents before and after ICA; coordinates that stand apart; gains."""
    test, d, rows = fitted.test, settings["d"], []
    both = [codes[:, :d] for codes in fitted.codes()]
    for modality, z, codes in zip("xt", (test.z_x, test.z_t), both, strict=True):
        rows += [
            row("contrastive", modality, "linear_r2", r2(z, codes, seed)),
            row("contrastive", modality, "mcc", mcc(z, codes)),
        ]
    sources = LinearICA(random_state=seed).fit_transform(both[0].numpy())
    _, score, power = LAWS[settings["law"]]
    true = nats(test.z_x, test.z_t, settings["scale"] ** power, 512, score)
    return [
        *rows,
        row("ICA", "x", "mcc", mcc(test.z_x, sources)),
        row("contrastive", "both", "apart", (meeting(*both) < 0.01).sum()),
        row("contrastive", "both", "nats", fitted.nats()),
        row("contrastive", "both", "temperature", fitted.temperature),
        row("true", "both", "nats", true),
    ]


def meeting(h_x: Tensor, h_t: Tensor) -> Tensor:
    """How well two clouds of codes (n, d) mix in each coordinate, (d,): 1/2 at best.

    The share of strangers (a photograph and the next one's caption) in which the photograph's
    code is the larger one, or the smaller one if they are fewer. At 0 no crease is ever met.
    """
    share = (h_x > h_t.roll(1, dims=0)).float().mean(dim=0)
    return torch.minimum(share, 1 - share)
