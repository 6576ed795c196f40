"""A network that is told the states, over the steps that it trains: beside the learning curves.

What x tells of z_x doesn't depend on how z_x and z_t are coupled, so one curve stands beside the
codes of every kappa. World, network, batches and rates are those of `tables` and of the book's
recipe in `learning_curves`; the network ends on the sphere, where the states are.
"""

from typing import Any

import pandas as pd

from mmcl.model import preset
from mmcl.randomness import stream
from mmcl.training import Supervised, train
from mmcl_experiments.learners.fitting import budget, drawer, encoders, r2, row


def run(settings: dict[str, Any], seed: int) -> pd.DataFrame:
    """Columns: code ("supervised", "raw" or "exact inverse"), modality, metric (linear_r2), value;
    step, pairs (seen until then) and seed."""
    private = (settings["private"], settings["private"])
    chosen = {name: settings[name] for name in ("d", "kappa", "layers")}
    model = preset("multimodal-sphere", private=private, rng=stream(seed, "mixing"), **chosen)
    test = model.sample(settings["test_pairs"], stream(seed, "test"))
    encoder, _ = encoders(test, settings["d"], settings, seed, space="sphere")
    teacher = Supervised(encoder).to(settings["device"])
    train(teacher, drawer(model, settings, seed), **budget(settings))
    codes = {
        "supervised": teacher.cpu().encoder(test.x).detach(),
        "raw": test.x,
        "exact inverse": model.invert(test)[0],
    }
    rows = [row(name, "x", "linear_r2", r2(test.z_x, h, seed)) for name, h in codes.items()]
    steps = settings["steps"]
    return pd.DataFrame(rows).assign(step=steps, pairs=steps * settings["batch"], seed=seed)
