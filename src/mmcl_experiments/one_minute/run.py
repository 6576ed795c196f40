"""Two worlds of two latents, as the coupling of partners rises: codes, and what they recover.

One world is a circle, the other a box. The steps of the coupling are settings: the concentration
kappa on the circle, where 0 is no coupling, and the standard deviation sigma in the box, where a
very large one is none. A world keeps its mixing, its first latents and the start of its networks
at all steps, so that only the partners change.
"""

from typing import Any

import pandas as pd
from torch import Tensor

from mmcl.ica import LinearICA
from mmcl.metrics import mcc
from mmcl_experiments.convex_body import run as bodies
from mmcl_experiments.learners.fitting import Fitted, r2

WORLDS = {"circle": ("sphere", "kappa"), "box": ("box, L2, free codes", "sigma")}


def run(settings: dict[str, Any], seed: int) -> pd.DataFrame:
    """Columns: world, step (kappa or sigma), metric, value, seed; point, of a place in the picture.

    Metrics: linear_r2, mcc, ica_mcc of the codes of x; and for each drawn point the two
    coordinates of z_x, z_t, x, code and ICA's components, such as "code 1".
    """
    tables = []
    for world, (case, name) in WORLDS.items():
        for step in settings[f"{name}s"]:
            fitted, _ = bodies.fit({**settings, "case": case, "sigma": 1.0, name: step}, seed)
            tables.append(measured(fitted, settings["drawn"], seed).assign(world=world, step=step))
    return pd.concat(tables, ignore_index=True).assign(seed=seed)


def measured(fitted: Fitted, drawn: int, seed: int) -> pd.DataFrame:
    """Scores of one pair of encoders (without a point), and the first test pairs as points."""
    test, codes = fitted.test, fitted.codes()[0]
    components = LinearICA(random_state=seed).fit(codes.numpy()).transform(codes.numpy())
    scores = {
        "linear_r2": r2(test.z_x, codes, seed),
        "mcc": mcc(test.z_x, codes),
        "ica_mcc": mcc(test.z_x, components),
    }
    clouds = {"z_x": test.z_x, "z_t": test.z_t, "x": test.x, "code": codes, "ICA": components}
    points = [of_cloud(name, cloud[:drawn]) for name, cloud in clouds.items()]
    rows = [{"metric": name, "value": float(value)} for name, value in scores.items()]
    return pd.concat([pd.DataFrame(rows), *points], ignore_index=True)


def of_cloud(name: str, cloud: Tensor) -> pd.DataFrame:
    """The first two coordinates of points, a row each, rounded to what a picture shows."""
    return pd.concat(
        pd.DataFrame({"metric": f"{name} {k + 1}", "value": cloud[:, k].tolist()})
        .round(3)
        .rename_axis("point")
        .reset_index()
        for k in (0, 1)
    )
