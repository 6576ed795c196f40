"""MCC, DCI, MIG and SAP factor by factor, where the factors are of all kinds.

The measures of `mmcl.metrics` are means over factors; here is what each factor adds. A label, such
as a shape, is asked for by what tells labels apart (DCI, MIG, SAP) and has no correlation; a hue
goes around, so it is a label too, the arc that it lies in, and for the MCC its cosine and sine.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from mmcl.metrics import mig, sap
from mmcl.metrics.disentanglement import _purity, forests, warn_of_dead
from mmcl.metrics.inputs import check_factors
from mmcl.metrics.matching import held_out_matches
from mmcl.randomness import stream

ARCS = 8  # of the circle of hues, all of one length


@dataclass(frozen=True)
class Latent:
    """A factor as the measures take it.

    labels (n,): what DCI, MIG and SAP ask for; None for a measurement, which they take as it is.
    numbers (n, c): what a component is correlated with; none for labels without an order.
    """

    labels: np.ndarray | None
    numbers: np.ndarray

    @property
    def values(self) -> np.ndarray:
        """(n, 1), what DCI, MIG and SAP take."""
        return self.numbers if self.labels is None else self.labels[:, None]


Latents = Mapping[str, Latent]


def nominal(values: np.ndarray) -> Latent:
    """Names, such as shapes."""
    return Latent(values, np.empty((len(values), 0)))


def ordered(values: np.ndarray) -> Latent:
    """Labels 0, 1, ... in their order, such as left, center, right.

    values: (n,) of whole numbers.
    """
    return Latent(values, values[:, None].astype(np.float64))


def continuous(values: np.ndarray) -> Latent:
    """Measurements.

    values: (n,), in any unit.
    """
    return Latent(None, values[:, None].astype(np.float64))


def circular(values: np.ndarray) -> Latent:
    """Numbers from 0 to 1 that go around, such as hues.

    values: (n,); as labels they are ARCS arcs of equal length.
    """
    angles = 2 * np.pi * values
    around = np.column_stack([np.cos(angles), np.sin(angles)])
    return Latent((values * ARCS).astype(int) % ARCS, around)


def scores(latents: Latents, codes: np.ndarray, *, seed: int = 0, trees: int = 50) -> pd.DataFrame:
    """All measures of codes (n, k), a row each: metric, factor, value.

    factor "all": the measure of `mmcl.metrics` over all latents, which is the mean of the rows
    above it; of the MCC, the mean over numbers, of which a hue has two. Labels without an order
    have no MCC. Cost: a forest for each factor. Errors: as those measures.
    """
    found = {**matched(latents, codes), **spread(latents, codes, seed, trees)}
    for name, latent in latents.items():
        kind = latent.labels is not None
        found["MIG", name] = mig(latent.values, codes, discrete=kind)
        found["SAP", name] = sap(latent.values, codes, rng=stream(seed, "halves"), discrete=kind)
    for metric in ("MIG", "SAP"):
        found[metric, "all"] = float(np.mean([found[metric, name] for name in latents]))
    rows = [(metric, name, value) for (metric, name), value in found.items()]
    return pd.DataFrame(rows, columns=["metric", "factor", "value"])


def matched(latents: Latents, codes: np.ndarray) -> dict[tuple[str, str], float]:
    """MCC: all numbers get a component each, chosen on one half of the rows, scored on the other.

    Errors: ValueError for fewer components than numbers, and as `mmcl.metrics.mcc`.

    Shapes: n rows in each latent and in codes (n, k).
    """
    numbers = np.hstack([latent.numbers for latent in latents.values()])
    owners = np.repeat(list(latents), [latent.numbers.shape[1] for latent in latents.values()])
    if not len(owners):
        return {}
    if codes.shape[1] < len(owners):
        raise ValueError(
            f"codes have {codes.shape[1]} columns for {len(owners)} numbers; give more"
        )
    table = pd.DataFrame(numbers, columns=owners)
    values = held_out_matches(*check_factors(table, codes, discrete=False))
    found = {("MCC", str(name)): float(values[owners == name].mean()) for name in np.unique(owners)}
    return {**found, ("MCC", "all"): float(values.mean())}


def importances(
    latents: Latents, codes: np.ndarray, seed: int, trees: int = 50
) -> tuple[np.ndarray, dict[str, float]]:
    """DCI's matrix (k components, a column each factor, of sum 1), and each factor's skill.

    A forest for each factor, fitted on half of the rows; its skill is taken on the others.
    """
    checked = [
        check_factors(pd.DataFrame(each.values, columns=[name]), codes, each.labels is not None)
        for name, each in latents.items()
    ]
    factors = [factor for (factor,), _ in checked]
    matrix, skills = forests(factors, checked[0][1], stream(seed, "forests"), trees)
    return matrix, dict(zip(latents, skills, strict=True))


def spread(
    latents: Latents, codes: np.ndarray, seed: int, trees: int
) -> dict[tuple[str, str], float]:
    """DCI, as `mmcl.metrics.dci` has it, and what each factor adds.

    Disentanglement of a factor: the purity of the components, each by its share of the factor's
    importance. Completeness and informativeness are means over factors to begin with.

    Shapes: n rows in each latent and in codes (n, k). Cost: as many forests as factors.
    """
    warn_of_dead(codes)
    importance, skills = importances(latents, codes, seed, trees)
    parts = {
        "disentanglement": _purity(importance) @ importance,
        "completeness": _purity(importance.T),
        "informativeness": list(skills.values()),
    }
    found = {}
    for metric, values in parts.items():
        found |= {(metric, name): float(value) for name, value in zip(latents, values, strict=True)}
        found[metric, "all"] = float(np.mean(values))
    return found
