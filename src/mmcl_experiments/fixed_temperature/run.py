"""Training with a temperature that is held fixed: which codes win, and do they collapse?

The encoders see the latents themselves, so that nothing but the objective is at work. Rivals of
the trained codes: the true latents, and flattened codes, which give up one coordinate.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import pandas as pd
import torch
from torch import Tensor

from mmcl.model import Pairs
from mmcl.randomness import stream
from mmcl.training import Contrastive, train
from mmcl_experiments.crossing.run import gains
from mmcl_experiments.learners.fitting import budget, encoders, r2
from mmcl_experiments.many_pairs.run import draw


class Fitted(NamedTuple):
    """A trained pair of encoders with fresh test pairs."""

    objective: Contrastive
    test: Pairs

    @torch.no_grad()
    def codes(self) -> tuple[Tensor, Tensor]:
        """The codes of the test pairs."""
        return self.objective.codes(self.test)


def run(settings: dict[str, Any], seed: int) -> pd.DataFrame:
    """Columns: code, metric, value, and d, kappa, ratio, spare, seed; nats are over chance.

    ratio: 1/tau over kappa. spare: code dimensions beyond those of the latents.
    """
    beta = settings["ratio"] * settings["kappa"]
    fitted = fit(settings, seed)
    trained, latents = fitted.codes(), (fitted.test.z_x, fitted.test.z_t)
    flat = [flattened(z, min(1.0, settings["ratio"] ** -0.5)) for z in latents]
    rows = [
        {"code": code, "metric": "nats", "value": nats(u, v, beta)}
        for code, (u, v) in {"trained": trained, "true": latents, "flattened": flat}.items()
    ]
    for latent, code in zip(latents, trained, strict=True):
        value = r2(latent, code, seed)
        rows.append({"code": "trained", "metric": "linear_r2", "value": value})
    varied = {name: settings[name] for name in ("d", "kappa", "ratio", "spare")}
    return pd.DataFrame(rows).assign(seed=seed, **varied)


def nats(codes_x: Tensor, codes_t: Tensor, beta: float, n: int = 512) -> float:
    """Mean gain over chance at 1/tau = beta, in tables of n pairs; a rest is left out."""
    u, v = (codes[: len(codes) // n * n].unflatten(0, (-1, n)) for codes in (codes_x, codes_t))
    return float(gains(u @ v.mT, beta).mean())


def fit(settings: dict[str, Any], seed: int) -> Fitted:
    """Train two encoders from latents to codes at 1/tau = ratio * kappa, which stays as it is."""
    training, testing = (drawer(settings, seed, name) for name in ("batches", "test"))
    both = encoders(training(4096), settings["d"] + settings["spare"], settings, seed)
    temperature = 1 / (settings["ratio"] * settings["kappa"])
    objective = Contrastive(*both, temperature=temperature).to(settings["device"])
    objective.log_inverse_temperature.requires_grad_(False)

    def on_device(n: int) -> Pairs:
        return training(n).map(lambda value: value.to(settings["device"]))

    train(objective, on_device, **budget(settings))
    return Fitted(objective.cpu(), testing(settings["test_pairs"]))


def drawer(settings: dict[str, Any], seed: int, name: str) -> Callable[[int], Pairs]:
    """A function that gives n fresh pairs whose observations are the latents themselves."""
    rng = stream(seed, name)

    def sample(n: int) -> Pairs:
        drawn = draw(settings["kappa"], settings["d"], n, 1, rng)
        z_x, z_t = (z[0].float() for z in drawn)
        nothing = torch.empty(n, 0)
        return Pairs(z_x, z_t, z_x, z_t, nothing, nothing)

    return sample


def flattened(z: Tensor, alpha: float) -> Tensor:
    """Codes (..., d) of unit length that keep all coordinates but the last, shrunk by alpha.

    The last one only tops up the length, so that z and its mirror image share a code: at alpha 1
    the sphere is folded onto a half, at alpha 0 everything is one point.
    Errors: ValueError for alpha outside [0, 1].
    """
    if not 0 <= alpha <= 1:
        raise ValueError(f"flattened got alpha = {alpha}; give a number in [0, 1]")
    kept = alpha * z[..., :-1]
    rest = (1 - kept.square().sum(dim=-1, keepdim=True)).clamp_min(0)
    return torch.cat([kept, rest.sqrt()], dim=-1)
