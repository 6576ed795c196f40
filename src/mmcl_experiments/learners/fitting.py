"""What the experiments on theorems share: fit two encoders to a world, and score codes."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from mmcl.encoders import Encoder
from mmcl.losses import Similarity, info_nce
from mmcl.metrics import linear_r2
from mmcl.metrics.dimension import variates
from mmcl.model import LatentPartialCausalModel, Pairs
from mmcl.randomness import stream, torch_generator
from mmcl.training import Contrastive, Supervised, train, train_together

BUDGET = ("steps", "batch", "lr", "hidden_lr")  # hidden_lr where the settings have one


class Fitted(NamedTuple):
    """A trained pair of encoders, the world that it was trained on, and fresh test pairs."""

    model: LatentPartialCausalModel
    objective: Contrastive
    history: pd.DataFrame
    test: Pairs

    @torch.no_grad()
    def codes(self) -> tuple[Tensor, Tensor]:
        """The codes of the test pairs."""
        return self.objective.codes(self.test)

    @property
    def temperature(self) -> float:
        """Where the temperature ended."""
        return float(self.objective.temperature.detach())

    def nats(self, n: int = 512) -> float:
        """The gain over chance of the test pairs' codes by the training's own rule: see `nats`."""
        return nats(*self.codes(), self.temperature, n, self.objective.similarity)


class Game(NamedTuple):
    """What is trained: the codes' space and number, their similarity, and the temperature."""

    space: Any = "sphere"
    similarity: Similarity = "dot"
    temperature: float = 1.0  # at the start
    size: int | None = None  # code dimensions; None: as many as the coupled latents have
    learned: bool = True  # else the temperature stays where it starts


def fit(model: LatentPartialCausalModel, game: Game, settings: dict[str, Any], seed: int) -> Fitted:
    """Train two encoders, and the temperature, on fresh pairs of a world."""
    objective, draw = prepared(model, game, settings, seed)
    history = train(objective, draw, **budget(settings))
    return finished(model, objective, history, settings, seed)


def fit_together(
    models: list[LatentPartialCausalModel],
    game: Game,
    settings: list[dict[str, Any]],
    seeds: list[int],
) -> list[Fitted]:
    """`fit` for several worlds in lockstep; settings may differ in all but sizes and budget."""
    members = list(zip(models, settings, seeds, strict=True))
    objectives, draws = zip(*(prepared(m, game, s, seed) for m, s, seed in members), strict=True)
    histories = train_together(objectives, draws, **budget(settings[0]))
    return [
        finished(model, objective, history, chosen, seed)
        for (model, chosen, seed), objective, history in zip(
            members, objectives, histories, strict=True
        )
    ]


def budget(settings: dict[str, Any]) -> dict[str, Any]:
    """What `train` takes of the settings."""
    return {name: settings[name] for name in BUDGET if name in settings}


def prepared(
    model: LatentPartialCausalModel, game: Game, settings: dict[str, Any], seed: int
) -> tuple[Contrastive, Callable[[int], Pairs]]:
    """Untrained encoders as an objective on the device, and what draws their pairs."""
    draw = drawer(model, settings, seed)
    shape = {"space": game.space, "centered": settings.get("centered", False)}
    both = encoders(draw(4096), game.size or model.space.d, settings, seed, **shape)
    objective = Contrastive(*both, similarity=game.similarity, temperature=game.temperature)
    objective.log_inverse_temperature.requires_grad_(game.learned)
    return objective.to(settings["device"]), draw


def finished(
    model: LatentPartialCausalModel,
    objective: Contrastive,
    history: pd.DataFrame,
    settings: dict[str, Any],
    seed: int,
) -> Fitted:
    """What came out, with fresh test pairs."""
    objective.cpu()
    if objective.encoder_x.centered:
        sample = model.sample(4096, stream(seed, "center"))
        objective.encoder_x.fit_center(sample.x)
        objective.encoder_t.fit_center(sample.t)
    test = model.sample(settings["test_pairs"], stream(seed, "test"))
    return Fitted(model, objective, history, test)


def drawer(
    model: LatentPartialCausalModel, settings: dict[str, Any], seed: int
) -> Callable[[int], Pairs]:
    """A function that gives n training pairs on the device.

    Fresh ones, unless the settings have `pairs`: then that many are drawn once, and gone through
    again and again in random order. `mismatched` is the share of pairs whose t belongs to another;
    `shuffled` means all.
    """
    rng = stream(seed, "batches")
    share = 1.0 if settings.get("shuffled") else settings.get("mismatched", 0.0)

    def fresh(n: int) -> Pairs:
        pairs = model.sample(n, rng).map(lambda value: value.to(settings["device"]))
        return mismatched(pairs, share, rng)

    if not (few := settings.get("pairs", 0)):
        return fresh
    pool = fresh(few)  # a wrong partner stays wrong

    def again(n: int) -> Pairs:
        rounds = [rng.permutation(few) for _ in range(-(-n // few))]
        return pool[torch.from_numpy(np.concatenate(rounds)[:n]).to(pool.x.device)]

    return again


def mismatched(pairs: Pairs, share: float, rng: np.random.Generator) -> Pairs:
    """The pairs, with t exchanged around a circle among a random share of them.

    Both marginals stay. Errors: ValueError for a share outside [0, 1].
    """
    if not 0 <= share <= 1:
        raise ValueError(f"the share of mismatched pairs is {share}; give a number in [0, 1]")
    if share == 0:
        return pairs
    chosen = np.arange(len(pairs)) if share == 1 else np.flatnonzero(rng.random(len(pairs)) < share)
    rows, t = torch.from_numpy(chosen).to(pairs.t.device), pairs.t.clone()
    t[rows] = pairs.t[rows.roll(1)]
    return replace(pairs, t=t)


def encoders(
    sample: Pairs, d_code: int, settings: dict[str, Any], seed: int, **shape: Any
) -> tuple[Encoder, Encoder]:
    """Untrained encoders of both modalities, their inputs standardized by a sample.

    shape: `space` and `centered`, as of `Encoder`.
    """
    shape |= {"width": settings["width"], "depth": settings["depth"]}
    shape["generator"] = torch_generator(stream(seed, "init"))
    encoder_x, encoder_t = (Encoder(o.shape[1], d_code, **shape) for o in (sample.x, sample.t))
    return encoder_x.fit_input(sample.x.cpu()), encoder_t.fit_input(sample.t.cpu())


def nats(
    codes_x: Tensor,
    codes_t: Tensor,
    temperature: float,
    n: int = 512,
    similarity: Similarity = "dot",
) -> float:
    """Mean of log n - InfoNCE over batches of n held-out pairs: 0 is chance."""
    batches = zip(codes_x.split(n), codes_t.split(n), strict=True)
    gains = [
        np.log(len(a)) - float(info_nce(a, b, similarity=similarity, temperature=temperature))
        for a, b in batches
        if len(a) > 1
    ]
    return float(np.mean(gains))


def baseline_codes(
    fitted: Fitted, game: Game, settings: dict[str, Any], seed: int
) -> dict[str, Tensor]:
    """Codes of x for comparison: raw, linear CCA, an untrained and a supervised encoder."""
    model, _, _, test = fitted
    encoder, _ = encoders(test, model.space.d, settings, seed, space=game.space)
    with torch.no_grad():
        untrained = encoder(test.x)
    return {
        "raw": test.x,
        "linear CCA": linear_cca(test, model.space.d),
        "untrained": untrained,
        "supervised": supervised(Supervised(encoder), fitted, settings, seed),
    }


def supervised(teacher: Supervised, fitted: Fitted, settings: dict[str, Any], seed: int) -> Tensor:
    """Codes of the test pairs' x by an encoder that is told latents in training."""
    teacher.to(settings["device"])
    train(teacher, drawer(fitted.model, settings, seed), **budget(settings))
    with torch.no_grad():
        return teacher.cpu().encoder(fitted.test.x)


def linear_cca(pairs: Pairs, k: int) -> Tensor:
    """Codes (n, k) of x by canonical correlations, fitted on the first half of the pairs."""
    half = np.arange(len(pairs) // 2)
    x, _ = variates(pairs.x.double().numpy(), pairs.t.double().numpy(), half)
    return torch.from_numpy(x[:, :k])


def r2(latents: Tensor, codes: Tensor, seed: int) -> float:
    """Held-out linear R2, split in the same way whatever the codes."""
    return linear_r2(latents, codes, rng=stream(seed, "split"))


def row(code: str, modality: str, metric: str, value: float | Tensor) -> dict[str, Any]:
    """One measurement of a tidy table."""
    return {"code": code, "modality": modality, "metric": metric, "value": float(value)}
