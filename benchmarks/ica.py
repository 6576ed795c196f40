"""Linear ICA at the size of a data set's features, against scikit-learn's FastICA."""

import warnings
from typing import Any

import numpy as np
from sklearn.decomposition import FastICA

from benchmarks._measure import Sheet, in_turns, ratios, spread
from mmcl.ica import LinearICA
from mmcl.randomness import stream
from mmcl.rotations import gradient

SIZES: dict[str, dict[str, Any]] = {
    "full": {"rows": 50_000, "columns": 512, "components": 160, "iterations": 100, "repeats": 1},
    "tiny": {"rows": 400, "columns": 12, "components": 4, "iterations": 50, "repeats": 1},
}
TOL = 1e-6
NAMES = {"ours": "LinearICA, by Picard", "theirs": "FastICA of scikit-learn"}
KINDS = {"plain": "independent sources", "hard": "most sources nearly normal, rows of length one"}


def run(size: dict[str, Any], device: str) -> Sheet:
    """Both fit the same features, ours to the gradient that theirs left; the whole fit is timed."""
    sheet = Sheet("ica", size, device)
    rows = []
    for kind, words in KINDS.items():
        X = features(kind, size)
        found: dict[str, tuple[float, int]] = {}

        def first(X: Any = X, found: Any = found) -> None:
            found["theirs"] = theirs(X, size)

        def second(X: Any = X, found: Any = found) -> None:
            found["ours"] = ours(X, size, max(TOL, found["theirs"][0]))

        works = {"theirs": first, "ours": second}
        times = in_turns(works, size["repeats"], device, cold=list(works))
        sheet.note(f"{kind}.seconds", times["ours"])
        sheet.note(f"{kind}.ratio", ratios(times, "theirs", "ours"))
        for name, (left, count) in found.items():
            sheet.note(f"{kind}.{name}.converged", left <= TOL)
            sheet.note(f"{kind}.{name}.gradient", left)
            sheet.note(f"{kind}.{name}.iterations", count)
            cells = {"features": words, "search": NAMES[name], "seconds": spread(times[name], 1)}
            rows.append({**cells, "iterations": count, "gradient left": f"{left:.1e}"})
    caption = (
        f"{size['components']} components of {size['rows']:,} rows with {size['columns']} columns, "
        f"{size['iterations']} iterations at most"
    )
    sheet.table("searches", caption, rows)
    return sheet


def features(kind: str, size: dict[str, Any]) -> np.ndarray:
    """Heavy-tailed sources in directions of falling size, and some noise.

    "hard": three in four sources are nearly normal, and rows are divided by their lengths, so that
    no rotation makes components independent.
    """
    rng, n, k = stream(0, "features"), size["rows"], size["components"]
    sources = rng.laplace(size=(n, k))
    if kind == "hard":
        sources[:, k // 4 :] *= 0.3
        sources[:, k // 4 :] += rng.standard_normal((n, k - k // 4))
    sizes = np.arange(1, k + 1) ** -0.5
    mixing = np.linalg.qr(rng.standard_normal((size["columns"], k)))[0] * sizes
    X = sources @ mixing.T + 0.01 * rng.standard_normal((n, size["columns"]))
    return X / np.linalg.norm(X, axis=1, keepdims=True) if kind == "hard" else X


def ours(X: np.ndarray, size: dict[str, Any], tol: float) -> tuple[float, int]:
    """The largest gradient that is left, and the iterations."""
    ica = LinearICA(size["components"], random_state=0, max_iter=size["iterations"], tol=tol)
    with warnings.catch_warnings():  # few rows for so many axes; and the gradient is told anyway
        warnings.simplefilter("ignore")
        ica.fit(X)
    return ica.gradient_, ica.n_iter_


def theirs(X: np.ndarray, size: dict[str, Any]) -> tuple[float, int]:
    """The same of FastICA with its faster whitening, and a tolerance that leaves as little.

    It stops when no axis turns by more than an angle a, said as 1 - cos(a), which is a^2 / 2.
    """
    settings: Any = {"whiten": "unit-variance", "whiten_solver": "eigh", "random_state": 0}
    settings |= {"max_iter": size["iterations"], "tol": TOL**2 / 2}
    ica = FastICA(size["components"], **settings)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        sources = np.asarray(ica.fit_transform(X))
    return float(np.abs(gradient(sources)).max()), int(ica.n_iter_)
