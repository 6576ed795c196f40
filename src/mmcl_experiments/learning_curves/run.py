"""Theorem 4.1 against the number of pairs: does a weak coupling need what the papers spent?

One run trains encoders on the sphere, `repeats` seeds in lockstep, and scores their codes after
256, 512, 1,024, ... steps. Settings have the book's encoder and recipe, or those of the released
code of Zimmermann et al. (2021): plain layers, Adam at 1e-4 without decay, 1/tau held at 1. With
`shared` and nothing private the world is theirs too: one mixing and one encoder for both views.
"""

import logging
from typing import Any

import pandas as pd

from mmcl.device.lockstep import descend
from mmcl.model import LatentPartialCausalModel, Pairs, preset
from mmcl.randomness import stream
from mmcl_experiments.learners.fitting import Game, nats, r2, row
from mmcl_experiments.learners.lockstep import budget, codes, prepared

log = logging.getLogger(__name__)


def run(settings: dict[str, Any], seed: int) -> pd.DataFrame:
    """Columns: code, modality, metric, value; step, pairs (seen until then) and seed.

    code: "contrastive"; "raw", observations; "oracle", the true latents at 1/tau = kappa. metric:
    linear_r2 of z_x, private_r2 of m_x, nats (gain over chance among 512), inverse_temperature.
    Errors: ValueError for a shared encoder other than the reference's.
    """
    if settings["shared"] and settings["encoder"] != "reference":
        raise ValueError("shared is for the encoder 'reference'; set encoder or shared")
    seeds = list(range(seed, seed + settings["repeats"]))
    models = [draw_model(settings, each) for each in seeds]
    game = Game(space="sphere", similarity="dot", learned=settings["learned"])
    lockstep, _, draws = prepared(models, game, settings, seeds, "cross-modal")
    worlds = zip(models, seeds, strict=True)
    tests = [m.sample(settings["test_pairs"], stream(s, "test")) for m, s in worlds]
    rows = [
        {**each, "step": 0, "seed": s}
        for s, test in zip(seeds, tests, strict=True)
        for each in baselines(test, settings["kappa"], s)
    ]

    def look(step: int) -> None:
        inverse = lockstep.log_inverse_temperature.detach().exp().tolist()
        found = zip(seeds, tests, codes(lockstep, tests), inverse, strict=True)
        for each, test, both, value in found:
            scores = measure(test, both, value, each)
            rows.extend({**score, "step": step, "seed": each} for score in scores)
            log.info("step %d: %s", step, {s["metric"]: round(s["value"], 4) for s in scores})

    descend(lockstep, draws, look, **budget(settings))
    table = pd.DataFrame(rows)
    return table.assign(pairs=table.step * settings["batch"])


def draw_model(settings: dict[str, Any], seed: int) -> LatentPartialCausalModel:
    """The world, with the seed's mixing."""
    name = "multiview-sphere" if settings["shared"] else "multimodal-sphere"
    changes = {each: settings[each] for each in ("d", "kappa", "layers")}
    private = (settings["private"], settings["private"])
    return preset(name, private=private, rng=stream(seed, "mixing"), **changes)


def baselines(test: Pairs, kappa: float, seed: int) -> list[dict[str, Any]]:
    """What needs no training."""
    return [
        row("raw", "x", "linear_r2", r2(test.z_x, test.x, seed)),
        row("oracle", "both", "nats", nats(test.z_x, test.z_t, 1 / kappa)),
    ]


def measure(test: Pairs, both: Any, inverse: float, seed: int) -> list[dict[str, Any]]:
    """What codes (h_x, h_t) of the test pairs hold, at 1/tau = inverse."""
    found = {
        "linear_r2": r2(test.z_x, both[0], seed),
        "nats": nats(both[0], both[1], 1 / inverse),
        "inverse_temperature": inverse,
    }
    if test.m_x.shape[1]:
        found["private_r2"] = r2(test.m_x, both[0], seed)
    return [row("contrastive", "x", name, value) for name, value in found.items()]
