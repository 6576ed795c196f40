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
from mmcl.model import LatentPartialCausalModel, Pairs
from mmcl.randomness import stream, torch_generator
from mmcl.training import Contrastive, Supervised, train

BUDGET = ("steps", "batch", "lr")


class Fitted(NamedTuple):
    """A trained pair of encoders, the world that it was trained on, and fresh test pairs."""

    model: LatentPartialCausalModel
    objective: Contrastive
    history: pd.DataFrame
    test: Pairs

    @torch.no_grad()
    def codes(self) -> tuple[Tensor, Tensor]:
        """The codes of the test pairs."""
        return self.objective.encoder_x(self.test.x), self.objective.encoder_t(self.test.t)


class Game(NamedTuple):
    """What is trained: the codes' space and number, their similarity, and the temperature."""

    space: Any = "sphere"
    similarity: Similarity = "dot"
    temperature: float = 1.0  # at the start; it is learned
    extra: int = 0  # code dimensions beyond those of the latents


def fit(model: LatentPartialCausalModel, game: Game, settings: dict[str, Any], seed: int) -> Fitted:
    """Train two encoders, and the temperature, on fresh pairs of a world."""
    draw = drawer(model, settings, seed)
    both = encoders(model, game, settings, seed, draw(4096))
    objective = Contrastive(*both, similarity=game.similarity, temperature=game.temperature)
    objective.to(settings["device"])
    history = train(objective, draw, **{name: settings[name] for name in BUDGET})
    test = model.sample(settings["test_pairs"], stream(seed, "test"))
    return Fitted(model, objective.cpu(), history, test)


def drawer(
    model: LatentPartialCausalModel, settings: dict[str, Any], seed: int
) -> Callable[[int], Pairs]:
    """A function that gives n fresh training pairs on the device, broken apart if `shuffled`."""
    rng = stream(seed, "batches")

    def draw(n: int) -> Pairs:
        pairs = model.sample(n, rng).map(lambda value: value.to(settings["device"]))
        if settings["shuffled"]:  # each t goes to its neighbor: both marginals stay
            pairs = replace(pairs, t=pairs.t.roll(1, dims=0))
        return pairs

    return draw


def encoders(
    model: LatentPartialCausalModel,
    game: Game,
    settings: dict[str, Any],
    seed: int,
    sample: Pairs,
) -> tuple[Encoder, Encoder]:
    """Untrained encoders of both modalities, their inputs standardized by a sample."""
    size = {"width": settings["width"], "depth": settings["depth"], "space": game.space}
    size["generator"] = torch_generator(stream(seed, "init"))
    d_code = model.space.d + game.extra
    encoder_x, encoder_t = (Encoder(o.shape[1], d_code, **size) for o in (sample.x, sample.t))
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
    from sklearn.cross_decomposition import CCA

    model, _, _, test = fitted
    untrained, _ = encoders(model, game, settings, seed, test)
    teacher, _ = encoders(model, game, settings, seed, test)
    supervised = Supervised(teacher).to(settings["device"])
    draw = drawer(model, settings, seed)
    train(supervised, draw, **{name: settings[name] for name in BUDGET})
    supervised.cpu()
    half = len(test) // 2
    cca = CCA(n_components=model.space.d, max_iter=2000).fit(test.x[:half], test.t[:half])
    with torch.no_grad():
        return {
            "raw": test.x,
            "linear CCA": torch.from_numpy(np.asarray(cca.transform(test.x))),
            "untrained": untrained(test.x),
            "supervised": teacher(test.x),
        }


def r2(latents: Tensor, codes: Tensor, seed: int) -> float:
    """Held-out linear R2, split in the same way whatever the codes."""
    return linear_r2(latents, codes, rng=stream(seed, "split"))


def row(code: str, modality: str, metric: str, value: float | Tensor) -> dict[str, Any]:
    """One measurement of a tidy table."""
    return {"code": code, "modality": modality, "metric": metric, "value": float(value)}
