"""Are the latents in the codes? Linear and kernel regressions, scored on held-out rows."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy.linalg import cho_factor, cho_solve
from scipy.spatial.distance import cdist
from sklearn.linear_model import LinearRegression

from mmcl.metrics.inputs import check, check_factors, skill, split, together
from mmcl.metrics.nystroem import nystroem_predictions


def linear_r2(latents: ArrayLike, codes: ArrayLike, *, rng: np.random.Generator) -> float:
    """Share of the latents' variance that a linear map of the codes explains, on held-out rows.

    Shapes: latents (n, d), continuous; codes (n, k); the mean over the d latents. 1 is perfect,
    0 useless, and a code worse than the mean gives less than 0.
    Source: Liu et al., Table 1 (a); the code of their ancestor scores it on the rows that it was
    fitted on. Errors: ValueError for shapes, labels, values, too few rows or a constant latent.

    >>> from mmcl.randomness import stream
    >>> latents = stream(0, "latents").uniform(size=(1000, 3))
    >>> blended = latents @ [[1, 1, 0], [0, 1, 1], [0, 0, 1]]
    >>> round(linear_r2(latents, blended, rng=stream(0, "rows")), 3)
    1.0
    """
    factors, h = check(latents, codes)
    z, (fit, score) = together(factors), split(factors, h, rng)
    return float(LinearRegression().fit(h[fit], z[fit]).score(h[score], z[score]))


def linear_accuracy(labels: ArrayLike, codes: ArrayLike, *, rng: np.random.Generator) -> float:
    """`linear_r2` for labels: how well a logistic regression on the codes finds them, held out.

    Shapes: labels (n, d), of any kind; codes (n, k); the mean over the d of (a - 1/c) / (1 - 1/c)
    with a the balanced accuracy and c the number of labels: 1 is perfect, 0 is chance.
    Regression with scikit-learn's default penalty on standardized codes, all labels weighted
    alike. Errors: ValueError for shapes, values, too few rows, or a label in fewer than 8 rows.
    """
    factors, h = check_factors(labels, codes, discrete=True)
    fit, score = split(factors, h, rng)
    h = standardized(h, fit)
    scores = [
        skill(y[score], linear_predictions(h[fit], y[fit], h[score], discrete=True), discrete=True)
        for y, *_ in factors
    ]
    return float(np.mean(scores))


@dataclass(frozen=True)
class Search:
    """The kernel ridge regressions to choose from, and how many rows they may look at."""

    alphas: Sequence[float] = (1.0, 0.1, 0.01, 0.001)  # the grid of Daunhawer et al.'s code
    gammas: Sequence[float] = tuple(np.logspace(-2, 2, 4))
    exact_rows: int = 4096  # up to here the whole kernel is used
    landmarks: int = 1536  # beyond, these rows stand for all

    def __post_init__(self):
        a, g = self.alphas, self.gammas
        if not len(a) or not len(g) or min(*a, *g) <= 0:
            raise ValueError(f"alphas are {a}, gammas {g}; give one number > 0 or more each")
        if self.landmarks < 1:
            raise ValueError(f"landmarks is {self.landmarks!r}; give an integer >= 1")

    def marks(self, fit: np.ndarray, n: int, rng: np.random.Generator) -> np.ndarray | None:
        """Landmarks among the fitting rows, None where n rows are few enough for all of them."""
        if n <= self.exact_rows:
            return None
        return rng.choice(fit, min(self.landmarks, len(fit)), replace=False)


def kernel_r2(
    latents: ArrayLike, codes: ArrayLike, *, rng: np.random.Generator, **search: Any
) -> float:
    """Share of the latents' variance that a smooth map of the codes explains, on held-out rows.

    A kernel ridge regression with kernel exp(-gamma |h - h'|^2) on standardized codes and ridge
    alpha; both are chosen by 3-fold cross-validation inside the fitting half.
    Shapes: latents (n, d), continuous; codes (n, k); the mean over the d latents.
    Source: the nonlinear R2 of Daunhawer et al. (2023), with the grid of their released code.
    search: fields of `Search`. Up to `exact_rows` rows it is exact: 12 kernels of (n / 3)^2
    numbers, 4 Cholesky factors each, about 2 s on one core for 4,096 rows. Beyond, `landmarks` of
    the fitting rows, drawn by rng, stand for all (mmcl.metrics.nystroem): 10 s and 0.6 GiB for
    20,480 rows. Smooth latents then score within .005 of the exact search, mostly below. A latent
    that winds through many dimensions takes more bumps than there are landmarks, and loses more:
    raise `landmarks` to see whether one did.
    Errors: ValueError as in linear_r2, for an empty grid, or for landmarks < 1.

    >>> from mmcl.randomness import stream
    >>> latents = stream(0, "latents").uniform(-1, 1, size=(600, 2))
    >>> bent = latents**3
    >>> linear = linear_r2(latents, bent, rng=stream(0, "rows"))
    >>> linear < 0.9 < kernel_r2(latents, bent, rng=stream(0, "rows"))
    True
    """
    chosen = Search(**search)
    factors, h = check(latents, codes)
    z, (fit, score) = together(factors), split(factors, h, rng)
    marks = chosen.marks(fit, len(z), rng)
    predicted = _kernel_predictions(z[fit], h, fit, score, chosen, marks)
    pairs = zip(z[score].T, predicted.T, strict=True)
    return float(np.mean([skill(*pair, discrete=False) for pair in pairs]))


def kernel_accuracy(
    labels: ArrayLike, codes: ArrayLike, *, rng: np.random.Generator, **search: Any
) -> float:
    """`kernel_r2` for labels: the same regression on one indicator a label; the largest wins.

    Shapes and score as in linear_accuracy, search as in kernel_r2, cost as there for each of the d
    columns of labels.
    """
    chosen = Search(**search)
    factors, h = check_factors(labels, codes, discrete=True)
    fit, score = split(factors, h, rng)
    marks = chosen.marks(fit, len(h), rng)
    scores = []
    for y, *_ in factors:
        indicators = np.eye(y.max() + 1)[y]
        predicted = _kernel_predictions(indicators[fit], h, fit, score, chosen, marks)
        scores.append(skill(y[score], predicted.argmax(axis=1), discrete=True))
    return float(np.mean(scores))


def standardized(h: np.ndarray, fit: np.ndarray) -> np.ndarray:
    """Columns with mean 0 and variance 1 on the fitting rows; constant ones become 0.

    Shapes: h (n, k), fit places of rows; returns (n, k).
    """
    deviation = h[fit].std(axis=0)
    return (h - h[fit].mean(axis=0)) / np.where(deviation > 0, deviation, 1.0)


def linear_predictions(
    train: np.ndarray, values: np.ndarray, test: np.ndarray, *, discrete: bool
) -> np.ndarray:
    """A line's, or for labels a logistic regression's, predictions at `test`.

    Shapes: train (n, k), values (n,) or (n, d), test (m, k); returns (m,) or (m, d).
    """
    if not discrete:
        return LinearRegression().fit(train, values).predict(test)
    from sklearn.linear_model import LogisticRegression

    model = LogisticRegression(class_weight="balanced", max_iter=1000)
    return model.fit(train, values).predict(test)


def ridge_predictions(
    near: np.ndarray, values: np.ndarray, far: np.ndarray, alphas: Sequence[float], gamma: float
) -> list[np.ndarray]:
    """Kernel ridge predictions, one array an alpha.

    near (n, n): squared distances among the fitting rows; far (m, n): from the rows to predict.
    A Cholesky factor for each alpha costs less than one eigendecomposition for all four.
    """
    kernel, across = np.exp(-gamma * near), np.exp(-gamma * far)
    found = []
    for alpha in alphas:
        ridge = kernel.copy()
        ridge[np.diag_indices_from(ridge)] += alpha
        factor = cho_factor(ridge, lower=True, overwrite_a=True, check_finite=False)
        found.append(across @ cho_solve(factor, values, check_finite=False))
    return found


def _kernel_predictions(
    targets: np.ndarray,
    h: np.ndarray,
    fit: np.ndarray,
    score: np.ndarray,
    search: Search,
    marks: np.ndarray | None,
) -> np.ndarray:
    """Predictions (m, d) for the scoring rows from targets (n, d) of the fitting rows.

    marks: the rows that serve as landmarks; None for the exact regression.
    """
    alphas, gammas = search.alphas, search.gammas
    h = standardized(h, fit)
    mean, deviation = targets.mean(axis=0), targets.std(axis=0)
    deviation[deviation == 0] = 1.0
    y = (targets - mean) / deviation
    if marks is not None:
        return mean + deviation * nystroem_predictions(
            h[fit], y, h[score], h[marks], alphas, gammas
        )
    near = cdist(h[fit], h[fit], "sqeuclidean")
    alpha, gamma = _best(near, y, alphas, gammas)
    far = cdist(h[score], h[fit], "sqeuclidean")
    (predicted,) = ridge_predictions(near, y, far, [alpha], gamma)
    return mean + deviation * predicted


def _best(
    near: np.ndarray, y: np.ndarray, alphas: Sequence[float], gammas: Sequence[float]
) -> tuple[float, float]:
    """The (alpha, gamma) with the smallest squared error over three folds of the fitting rows."""
    if len(alphas) == len(gammas) == 1:
        return alphas[0], gammas[0]
    errors = np.zeros((len(alphas), len(gammas)))
    for held in np.array_split(np.arange(len(y)), 3):
        kept = np.setdiff1d(np.arange(len(y)), held)
        inner, outer = near[np.ix_(kept, kept)], near[np.ix_(held, kept)]
        for column, gamma in enumerate(gammas):
            found = ridge_predictions(inner, y[kept], outer, alphas, gamma)
            errors[:, column] += [((y[held] - each) ** 2).mean() for each in found]
    row, column = divmod(int(errors.argmin()), len(gammas))
    return alphas[row], gammas[column]
