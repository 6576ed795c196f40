"""Two worlds of two latents, as the coupling of partners rises: codes, and what they recover.

One world is a circle, the other a box. The steps of the coupling are settings: the concentration
kappa on the circle, where 0 is no coupling, and the standard deviation sigma in the box, where a
very large one is none. A world keeps its mixing, its first latents and the start of its networks
at all steps, so that only the partners change.
"""

from typing import Any

import pandas as pd

from mmcl.ica import LinearICA
from mmcl.metrics import mcc
from mmcl_experiments.convex_body import run as bodies
from mmcl_experiments.learners.fitting import Fitted, r2

WORLDS = {"circle": ("sphere", "kappa"), "box": ("box, L2, free codes", "sigma")}


def run(settings: dict[str, Any], seed: int) -> pd.DataFrame:
    """Columns: world, step (kappa or sigma), metric, value, seed; for seed 0, which is drawn, also
    point, axis, and this coordinate of the point's z_x, z_t, x, code and ICA.

    Metrics: linear_r2, mcc, ica_mcc of the codes of x.
    """
    drawn, tables = 0 if seed else settings["drawn"], []
    for world, (case, name) in WORLDS.items():
        for step in settings[f"{name}s"]:
            fitted, _ = bodies.fit({**settings, "case": case, "sigma": 1.0, name: step}, seed)
            tables.append(measured(fitted, drawn, seed).assign(world=world, step=step))
    return pd.concat(tables, ignore_index=True).assign(seed=seed)


def measured(fitted: Fitted, drawn: int, seed: int) -> pd.DataFrame:
    """Scores of one pair of encoders, and so many of its test pairs as points."""
    test, codes = fitted.test, fitted.codes()[0]
    components = LinearICA(random_state=seed).fit(codes.numpy()).transform(codes.numpy())
    scores = {
        "linear_r2": r2(test.z_x, codes, seed),
        "mcc": mcc(test.z_x, codes),
        "ica_mcc": mcc(test.z_x, components),
    }
    clouds = {"z_x": test.z_x, "z_t": test.z_t, "x": test.x, "code": codes, "ICA": components}
    rows: list[dict[str, Any]] = [
        {"metric": name, "value": float(value)} for name, value in scores.items()
    ]
    for point in range(drawn):
        for axis in (0, 1):
            places = {name: round(float(cloud[point, axis]), 2) for name, cloud in clouds.items()}
            rows.append({"point": point, "axis": axis, **places})
    return pd.DataFrame(rows)
