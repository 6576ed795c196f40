"""Linear ICA at the size of a data set's features, against scikit-learn's FastICA."""

import warnings
from functools import partial
from typing import Any

import numpy as np
from sklearn.decomposition import FastICA
from sklearn.exceptions import ConvergenceWarning

from benchmarks._measure import Sheet, in_turns, ratios, spread
from mmcl.ica import LinearICA, gradient
from mmcl.randomness import stream

SIZES: dict[str, dict[str, Any]] = {
    "full": {"rows": 50_000, "columns": 512, "components": 160, "tol": 1e-6, "repeats": 1},
    "tiny": {"rows": 400, "columns": 12, "components": 4, "tol": 1e-6, "repeats": 1},
}
NAMES = {"ours": "LinearICA, by Picard", "theirs": "FastICA of scikit-learn"}


def run(size: dict[str, Any], device: str) -> Sheet:
    """Both fit the same features until the same gradient is as small; the whole fit is timed."""
    sheet = Sheet("ica", size, device)
    X, searches = features(size), {"ours": ours, "theirs": theirs}
    found: dict[str, tuple[float, int]] = {}

    def fit(name: str) -> None:
        found[name] = searches[name](X, size)

    works = {name: partial(fit, name) for name in searches}
    times = in_turns(works, size["repeats"], device, cold=list(works))
    sheet.note("seconds", times["ours"])
    sheet.note("ratio", ratios(times, "theirs", "ours"))
    for name, (left, _) in found.items():
        sheet.note(f"{name}.gradient", left)
    sheet.note("ours.converged", found["ours"][0] <= size["tol"])
    rows = [
        {
            "search": NAMES[name],
            "seconds": spread(times[name], 1),
            "iterations": found[name][1],
            "gradient": f"{found[name][0]:.1e}",
        }
        for name in searches
    ]
    caption = (
        f"{size['components']} components of {size['rows']:,} rows with {size['columns']} columns"
    )
    sheet.table("searches", caption, rows)
    return sheet


def features(size: dict[str, Any]) -> np.ndarray:
    """Rows like a CLIP's: heavy-tailed sources in directions of falling size, and some noise."""
    rng, shape = stream(0, "features"), (size["rows"], size["components"])
    sizes = np.arange(1, size["components"] + 1) ** -0.5
    mixing = np.linalg.qr(rng.standard_normal((size["columns"], size["components"])))[0] * sizes
    noise = 0.01 * rng.standard_normal((size["rows"], size["columns"]))
    return rng.laplace(size=shape) @ mixing.T + noise


def ours(X: np.ndarray, size: dict[str, Any]) -> tuple[float, int]:
    """The largest gradient that is left, and the iterations."""
    ica = LinearICA(size["components"], random_state=0, tol=size["tol"]).fit(X)
    return ica.gradient_, ica.n_iter_


def theirs(X: np.ndarray, size: dict[str, Any]) -> tuple[float, int]:
    """The same of FastICA with its faster whitening, and a tolerance that leaves as little.

    It stops when no axis turns by more than an angle a, said as 1 - cos(a), which is a^2 / 2.
    """
    settings: Any = {"whiten": "unit-variance", "whiten_solver": "eigh", "max_iter": 1000}
    ica = FastICA(size["components"], tol=size["tol"] ** 2 / 2, random_state=0, **settings)
    with warnings.catch_warnings():  # the gradient says how far it came
        warnings.simplefilter("ignore", ConvergenceWarning)
        sources = np.asarray(ica.fit_transform(X))
    return float(np.abs(gradient(sources)).max()), int(ica.n_iter_)
