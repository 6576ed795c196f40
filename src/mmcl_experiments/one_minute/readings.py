"""What the front page's picture shows of each world and step: scores, a sentence, places."""

from typing import NamedTuple

import numpy as np
import pandas as pd

SCORES = {"linear_r2": "R2 of a linear map", "mcc": "MCC, axis by axis", "ica_mcc": "MCC after ICA"}
CLOUDS = ["z_x", "z_t", "x", "code", "ICA"]
LARGE = 10.0  # a sigma above it couples nothing in a box of side one


class Step(NamedTuple):
    """One stop of the slider: its name, scores by network, and points (n, 2) by cloud."""

    name: str
    scores: dict[str, list[float]]
    clouds: dict[str, np.ndarray]

    @property
    def sentence(self) -> str:
        """What is seen, in words, for those who don't see it."""
        r2, mcc, ica = (np.array(self.scores[name]) for name in SCORES)
        return (
            f"{self.name}. A linear map reads {r2.mean():.2f} of the latents' variance from the "
            f"codes. Axis by axis they match with {mcc.mean():.2f}, after ICA with "
            f"{ica.mean():.2f}, from {ica.min():.2f} to {ica.max():.2f} over {len(ica)} networks."
        )


def steps(table: pd.DataFrame) -> dict[str, list[Step]]:
    """The steps of each world, from no coupling to the tightest."""
    return {
        str(world): sorted_steps(str(world), rows)
        for world, rows in table.groupby("world", sort=False)
    }


def sorted_steps(world: str, rows: pd.DataFrame) -> list[Step]:
    """The steps of one world: kappa rises, sigma falls."""
    order = sorted(rows.step.unique(), reverse=world == "box")
    return [step_of(world, value, rows.query("step == @value")) for value in order]


def step_of(world: str, value: float, rows: pd.DataFrame) -> Step:
    """One step from its rows."""
    scores = rows.query("point.isna()").sort_values("seed").groupby("metric").value.agg(list)
    places = rows[rows.point.notna()].pivot_table(CLOUDS, "point", "axis")
    clouds = {name: places[name].to_numpy() for name in CLOUDS}
    return Step(named(world, value), {name: scores[name] for name in SCORES}, clouds)


def named(world: str, value: float) -> str:
    """A step in words."""
    if value > LARGE if world == "box" else value == 0:
        return "No coupling"
    return f"Coupling with {'kappa' if world == 'circle' else 'sigma'} {value:g}"
