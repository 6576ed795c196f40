"""Do independent components come back? Resampling, how many to take, and tests of Gaussianity.

ICA gives axes whatever the data. Three questions tell axes of the data from axes of the sample:
do resamples of the rows give the same ones (`resampled`), up to which number of components do two
halves agree (`replicated`, `choose_components`), and is a component non-Gaussian on rows that had
no part in finding it (`gaussianity`)?
"""

import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy import stats
from scipy.optimize import linear_sum_assignment
from sklearn.exceptions import ConvergenceWarning

from mmcl.errors import InputError
from mmcl.ica import LinearICA
from mmcl.metrics.matching import correlations
from mmcl.metrics.reading import numbers
from mmcl.metrics.repeats import objects

AGREED = 0.8  # a matched |correlation| from which two components count as the same


def resampled(
    X: ArrayLike, ica: LinearICA, *, times: int = 20, level: float = 0.95, rng: np.random.Generator
) -> pd.DataFrame:
    """How well each component of a fitted ICA comes back when rows are drawn again.

    X (n, d): the rows that `ica` was fitted on. Each of `times` bootstrap samples, into which
    copies of a row come together, gets an ICA of the same settings from another start; all their
    sources are evaluated on X. Rows of the table, one a component, in the order of `ica`:
    agreement, low, high: median |correlation| with its partner in a sample (one partner each, best
    matching), and the central `level` interval over samples.
    cluster, quality: the Icasso cluster that it belongs to (k clusters of all k * times + k
    sources, average linkage, by 1 - |correlation|), and the cluster's index: mean |correlation|
    inside minus mean |correlation| to the others; near 1 for a tight cluster that stands alone.
    converged: the share of samples whose search ended.
    Source: Himberg, Hyvarinen and Esposito, "Validating the independent components of neuroimaging
    time series via clustering and visualization" (2004).
    Cost: `times` fits, and O((k times)^2 n). Errors: ValueError for times below 2.
    """
    if type(times) is not int or times < 2:
        raise InputError(f"times is {times!r}; give how many samples to draw, at least 2")
    rows = numbers(X, "features")
    found = objects(rows)
    sources, all_sources, converged = ica.transform(rows), [ica.transform(rows)], []
    agreements = np.empty((times, sources.shape[1]))
    settings: dict[str, Any] = {**ica.get_params(), "n_components": sources.shape[1]}
    for each in range(times):
        drawn = found.rows(rng.integers(found.count, size=found.count))
        fitted = refitted(rows[drawn], rng, **settings)
        again = fitted.transform(rows)
        agreements[each] = matched(sources, again)
        all_sources.append(again)
        converged.append(fitted.converged_)
    labels, quality = clusters(np.hstack(all_sources), sources.shape[1])
    tail = (1 - level) / 2
    return pd.DataFrame({
        "component": np.arange(sources.shape[1]),
        "agreement": np.median(agreements, axis=0),
        "low": np.quantile(agreements, tail, axis=0),
        "high": np.quantile(agreements, 1 - tail, axis=0),
        "cluster": labels[: sources.shape[1]],
        "quality": quality[labels[: sources.shape[1]]],
        "converged": np.mean(converged),
    })  # fmt: skip


def refitted(rows: np.ndarray, rng: np.random.Generator, **settings: Any) -> LinearICA:
    """An ICA of these rows from another start.

    That a search stopped short is in `converged_`; resampled rows repeat, so few are no news.

    rows: (n, d); settings: those of `LinearICA`.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        warnings.filterwarnings("ignore", message=".* the axes follow single rows")
        return LinearICA(**{**settings, "random_state": rng}).fit(rows)


def matched(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """|Correlation| of each column of a (n, k) with its partner in b (n, k), best matching."""
    found = np.abs(correlations(a, b))
    rows, columns = linear_sum_assignment(-found)
    return found[rows, columns]


def clusters(sources: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
    """Icasso: cluster columns of sources (n, m) into k; labels (m,), and each cluster's index (k,).

    A cluster of one has 1 inside; where there is one cluster alone, nothing is subtracted.
    """
    from sklearn.cluster import AgglomerativeClustering

    similarity = np.minimum(np.abs(correlations(sources, sources)), 1.0)
    if k == 1:
        labels = np.zeros(len(similarity), dtype=int)
    else:
        linked: Any = AgglomerativeClustering(k, metric="precomputed", linkage="average")
        labels = linked.fit_predict(1 - similarity)
    member = np.eye(k)[labels]  # (m, k)
    sums, sizes = member.T @ similarity @ member, member.sum(axis=0)
    means = sums / np.outer(sizes, sizes)
    others = len(labels) - sizes
    outside = (sums.sum(axis=1) - np.diag(sums)) / np.maximum(sizes * others, 1)
    return labels, np.diag(means) - outside


def replicated(
    X: ArrayLike, sizes: Sequence[int], *, splits: int = 5, rng: np.random.Generator
) -> pd.DataFrame:
    """For each number of components, how well two halves of the rows give the same ones.

    Rows: size, split, agreement (the median over components of the matched |correlation| between
    both halves' sources, on all rows), low (the tenth percentile). The halves share no row, and no
    copy of one.
    Cost: 2 * splits fits a size. Errors: as `LinearICA.fit` of half the rows.

    X: (n, d); sizes from 1 to the rank of half the rows.
    """
    rows, found = numbers(X, "features"), []
    own = objects(rows)
    for split in range(splits):
        order = rng.permutation(own.count)
        halves = own.rows(order[::2]), own.rows(order[1::2])
        for size in sizes:
            a, b = (refitted(rows[half], rng, n_components=size).transform(rows) for half in halves)
            agreement = matched(a, b)
            found.append({
                "size": size, "split": split,
                "agreement": np.median(agreement), "low": np.quantile(agreement, 0.1),
            })  # fmt: skip
    return pd.DataFrame(found)


def choose_components(
    X: ArrayLike,
    sizes: Sequence[int],
    *,
    agreed: float = AGREED,
    splits: int = 5,
    rng: np.random.Generator,
) -> int:
    """The largest number of components at which halves of the rows agree; else the smallest size.

    X: the rows for fitting alone; give no row that is to judge the components later. Halves agree
    when `low` of `replicated` is `agreed` or more, the mean over splits: nine components in ten.
    Errors: ValueError for no sizes.

    Shapes: X (n, d).
    """
    if not len(sizes):
        raise InputError("sizes is empty; give numbers of components such as [5, 10, 20]")
    table = replicated(X, sizes, splits=splits, rng=rng)
    means: Any = table.groupby("size").low.mean()
    good = means.index[means >= agreed]
    return int(max(good) if len(good) else min(sizes))


def gaussianity(sources: ArrayLike, *, level: float = 0.05) -> pd.DataFrame:
    """Is each column of sources (n, k) Gaussian? Give rows that had no part in finding them.

    On its own training rows ICA makes Gaussian data look non-Gaussian, so the test means nothing
    there. Rows: component, skewness, excess_kurtosis, statistic and p of D'Agostino's omnibus test,
    p_holm (Holm's correction for k tests), gaussian (p_holm above `level`: not refuted).
    Source: D'Agostino and Pearson (1973), `scipy.stats.normaltest`; Holm (1979).
    Errors: ValueError for fewer than 20 rows, where the test's law doesn't hold.

    >>> from mmcl.randomness import stream
    >>> rng = stream(0, "sources")
    >>> normal, uniform = rng.standard_normal(2000), rng.uniform(size=2000)
    >>> gaussianity(np.column_stack([normal, uniform])).gaussian.tolist()
    [True, False]
    """
    values = numbers(sources, "sources")
    if values.ndim != 2 or len(values) < 20:
        raise InputError(f"sources have shape {values.shape}; give (n, k) with 20 rows or more")
    statistic, p = stats.normaltest(values, axis=0)
    corrected = holm(p)
    return pd.DataFrame({
        "component": np.arange(values.shape[1]),
        "skewness": stats.skew(values, axis=0),
        "excess_kurtosis": stats.kurtosis(values, axis=0),
        "statistic": statistic,
        "p": p,
        "p_holm": corrected,
        "gaussian": corrected > level,
    })  # fmt: skip


def holm(p: ArrayLike) -> np.ndarray:
    """Holm's corrected p-values (k,): reject those below a level, and errors are below it too.

    Source: Holm, "A simple sequentially rejective multiple test procedure" (1979).
    """
    values = np.asarray(p, dtype=np.float64)
    order = np.argsort(values)
    steps = (len(values) - np.arange(len(values))) * values[order]
    corrected = np.empty_like(values)
    corrected[order] = np.minimum(np.maximum.accumulate(steps), 1.0)
    return corrected
