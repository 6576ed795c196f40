"""Each metric on a triad (perfect, useless, adversarial), against a slow version, under maps.

What a metric has to satisfy stands in CHECKS. The package's metrics pass them all; each mutant
(fitted in-sample, unmatched, the wrong axis, ...) must fail at least one.
"""

import itertools
import math
from functools import cache, partial
from unittest import mock

import numpy as np
import pytest
from scipy import stats
from scipy.optimize import linear_sum_assignment, minimize
from scipy.special import logsumexp
from sklearn.ensemble import RandomForestRegressor
from sklearn.kernel_ridge import KernelRidge
from sklearn.linear_model import LinearRegression
from sklearn.model_selection import GridSearchCV, KFold
from sklearn.preprocessing import StandardScaler

from mmcl import metrics
from mmcl.metrics import disentanglement, regression
from mmcl.randomness import stream
from tests import bounds

N, D = 2000, 3
Z = stream(0, "z").uniform(-1, 1, (N, D))
NOISE = stream(1, "noise").standard_normal((N, 60))
LABELS = stream(3, "labels").integers(4, size=(N, 1))
RARE = (stream(4, "rare").random((N, 1)) < 0.1).astype(int)
TURN = np.eye(D) - 2 / D  # a reflection that mixes all three axes
NOISY = Z @ stream(2, "map").standard_normal((D, 4)) + 0.7 * NOISE[:, :4]
COPIES = Z.repeat(2, axis=1)
DISC = np.column_stack([np.cos(LABELS * np.pi / 2), np.sin(LABELS * np.pi / 2)])


def split():
    return stream(0, "split")


def halves(n=N, rng=None):
    order = (rng or split()).permutation(n)
    return order[: (n + 1) // 2], order[(n + 1) // 2 :]


def close(a, b, within):
    assert np.allclose(a, b, rtol=0, atol=within), (a, b)


def above(a, bound):
    assert a > bound, (a, bound)


def below(a, bound):
    assert a < bound, (a, bound)


# Slow versions: plain loops, one number at a time.


def slow_r2(true, guess):
    mean = sum(true) / len(true)
    errors = sum((a - b) ** 2 for a, b in zip(true, guess, strict=True))
    return 1 - errors / sum((a - mean) ** 2 for a in true)


def slow_linear_r2(z, h):
    fit, score = halves(len(z))
    design = np.c_[np.ones(len(z)), h]
    shares = []
    for latent in z.T:
        w = np.linalg.solve(design[fit].T @ design[fit], design[fit].T @ latent[fit])
        shares.append(slow_r2(latent[score], design[score] @ w))
    return sum(shares) / len(shares)


def slow_mcc(z, h, method="pearson"):
    correlate = stats.pearsonr if method == "pearson" else stats.spearmanr
    places = list(itertools.product(range(D), range(h.shape[1])))
    seen, fresh = (
        {(i, j): correlate(z[half, i], h[half, j])[0] for i, j in places}
        for half in halves(len(z), stream(0, "mcc"))
    )
    best = max(
        itertools.permutations(range(h.shape[1]), D),
        key=lambda p: sum(abs(seen[pair]) for pair in enumerate(p)),
    )
    return sum(math.copysign(1, seen[p]) * fresh[p] for p in enumerate(best)) / D


def slow_kernel_r2(z, h, alpha, gamma):
    fit, score = halves(len(z))
    h = (h - h[fit].mean(axis=0)) / h[fit].std(axis=0)
    kernel = [[math.exp(-gamma * ((h[i] - h[j]) ** 2).sum()) for j in fit] for i in (*fit, *score)]
    kernel = np.array(kernel)
    shares = []
    for latent in z.T:
        mean = latent[fit].mean()
        ridge = kernel[: len(fit)] + alpha * np.eye(len(fit))
        weights = np.linalg.solve(ridge, latent[fit] - mean)
        shares.append(slow_r2(latent[score], mean + kernel[len(fit) :] @ weights))
    return sum(shares) / len(shares)


def slow_entropy(shares):
    return -sum(p * math.log(p) for p in shares if p > 0)


def slow_dci_scores(importance):
    k, d = len(importance), len(importance[0])
    total = sum(sum(row) for row in importance)
    apart = whole = 0.0
    for row in importance:
        if sum(row) > 0:
            purity = 1 - slow_entropy([r / sum(row) for r in row]) / math.log(d)
            apart += sum(row) / total * purity
    for j in range(d):
        column = [row[j] for row in importance]
        purity = 1 - slow_entropy([r / sum(column) for r in column]) / math.log(k)
        whole += purity / d
    return apart, whole


def slow_bin(column, bins):
    """Rank (ties share the mean rank), in units of bins."""
    places = []
    for value in column:
        smaller = sum(other < value for other in column)
        equal = sum(other == value for other in column)
        places.append(int((smaller + equal / 2) * bins / len(column)))
    return places


def slow_mig(z, h, bins, labels):
    def information(a, b):
        nats = 0.0
        for u, v in set(zip(a, b, strict=True)):
            p = sum(x == u and y == v for x, y in zip(a, b, strict=True)) / len(a)
            nats += p * math.log(p / (a.count(u) / len(a)) / (b.count(v) / len(b)))
        return nats

    codes, gaps = [slow_bin(column.tolist(), bins) for column in h.T], []
    for latent, flag in zip(z.T.tolist(), labels, strict=True):
        own = latent if flag else slow_bin(latent, bins)
        *_, second, first = sorted(information(own, code) for code in codes)
        gaps.append((first - second) / slow_entropy([own.count(v) / len(own) for v in set(own)]))
    return sum(gaps) / len(gaps)


def slow_logistic(h, labels, fit):
    """Guesses (n,): the likelihood's maximum is found by scipy, without a gradient.

    Of two labels one has a line, of more each has its own; a slope costs half of its square.
    """
    rows = np.column_stack([stats.zmap(code, code[fit]) for code in h.T] + [np.ones(len(h))])
    kinds = np.unique(labels)
    place = np.searchsorted(kinds, labels[fit])
    weights = len(fit) / len(kinds) / np.bincount(place)[place]

    def scores(flat):
        lines = flat.reshape(-1, rows.shape[1])
        return rows @ (np.vstack([0 * lines, lines]) if len(kinds) == 2 else lines).T

    def cost(flat):
        of_fit = scores(flat)[fit]
        surprise = logsumexp(of_fit, axis=1) - np.take_along_axis(of_fit, place[:, None], 1)[:, 0]
        return weights @ surprise + (flat.reshape(-1, rows.shape[1])[:, :-1] ** 2).sum() / 2

    start = np.zeros((1 if len(kinds) == 2 else len(kinds)) * rows.shape[1])
    return kinds[scores(minimize(cost, start).x).argmax(axis=1)]


def slow_skill(true, guess):
    """The mean share found of each label, with chance at 0."""
    kinds = sorted(set(true.tolist()))
    shares = [sum(g == k for g in guess[true == k]) / sum(true == k) for k in kinds]
    return (sum(shares) - 1) / (len(kinds) - 1)


def slow_sap(z, h, labels=(False,) * D):
    fit, score = halves(len(z))
    ahead = []
    for latent, flag in zip(z.T, labels, strict=True):
        table = []
        for code in h.T:
            if flag:
                guess, quality = slow_logistic(code[:, None], latent, fit), slow_skill
            else:
                slope = np.cov(code[fit], latent[fit])[0, 1] / code[fit].var(ddof=1)
                guess, quality = latent[fit].mean() + slope * (code - code[fit].mean()), slow_r2
            table.append(tuple(quality(latent[rows], guess[rows]) for rows in (fit, score)))
        *_, second, first = sorted(table)
        ahead.append(max(first[1], 0) - max(second[1], 0))
    return sum(ahead) / len(ahead)


def slow_importances(forest, k):
    """How much the splits at each of k codes lower the error, from the trees' nodes; of sum 1."""
    total = [0.0] * k
    for tree in (each.tree_ for each in forest.estimators_):
        lowered, error = [0.0] * k, tree.weighted_n_node_samples * tree.impurity
        for node, (left, right) in enumerate(
            zip(tree.children_left, tree.children_right, strict=True)
        ):
            if left != right:
                lowered[tree.feature[node]] += error[node] - error[left] - error[right]
        total = [a + b / sum(lowered) for a, b in zip(total, lowered, strict=True)]
    return [each / sum(total) for each in total]


def slow_dci(z, h):
    fit, score = halves(len(z))
    columns, found = [], []
    for latent in z.T:
        forest = RandomForestRegressor(200, min_samples_leaf=5, random_state=9)
        forest.fit(h[fit], latent[fit])
        columns.append(slow_importances(forest, h.shape[1]))
        found.append(slow_r2(latent[score], forest.predict(h[score])))
    return (*slow_dci_scores([list(row) for row in zip(*columns, strict=True)]), np.mean(found))


# What each metric has to satisfy. f stands for the metric.

TABLE = np.array([[0.7, 0.1, 0.0], [0.2, 0.3, 0.1], [0.0, 0.0, 0.0], [0.1, 0.6, 0.9]])
CHECKS = {
    "linear_r2": [
        lambda f: above(f(Z, Z @ NOISE[:D, :D] + 5, rng=split()), 1 - 1e-9),
        lambda f: close(f(Z, NOISE[:, :D], rng=split()), 0, 0.02),
        lambda f: below(f(Z[:400], NOISE[:400, :40], rng=split()), 0),
        lambda f: below(f(Z, Z**2, rng=split()), 0.02),  # even: all there, and no line sees it
        lambda f: above(f(Z, np.c_[Z, NOISE[:, :3]], rng=split()), 1 - 1e-9),
        lambda f: close(f(Z, NOISY, rng=split()), slow_linear_r2(Z, NOISY), 1e-9),
    ],
    "kernel_r2": [
        lambda f: above(f(Z[:800], np.exp(Z[:800]), rng=split()), 0.98),
        lambda f: close(f(Z[:800], NOISE[:800, :D], rng=split()), 0, 0.05),
        lambda f: close(f(Z[:800], Z[:800] ** 2, rng=split()), 0, 0.05),  # signs are gone
        lambda f: below(f(Z[:400], NOISE[:400, :40], rng=split()), 0.03),
        lambda f: close(
            f(Z[:400], NOISY[:400] * [1, 1e3, 1e-3, 1] + 7, rng=split()),
            f(Z[:400], NOISY[:400], rng=split()),
            1e-9,
        ),
        lambda f: close(f(Z[:400], NOISY[:400], rng=split()), slow_grid_search(NOISY[:400]), 1e-9),
    ],
    "mcc": [
        lambda f: above(f(Z, Z[:, [2, 0, 1]] * [-1, 3, 0.2] + 7), 1 - 1e-9),
        lambda f: bounds.within(f(Z, NOISE[:, :D]) * (D * N / 2) ** 0.5),
        lambda f: bounds.within(by_block(f) * (D * N / 2) ** 0.5),  # luck among 60 is no score
        lambda f: below(f(Z, Z @ TURN), 0.8),
        lambda f: below(f(Z, np.c_[Z[:, 0], NOISE[:, :2]]), 0.4),  # one partner each
        lambda f: close(f(Z, NOISY), slow_mcc(Z, NOISY), 1e-9),
        lambda f: close(f(Z, Z[:, [1, 2, 0]] + NOISE[:, :D]), slow_mcc(Z, Z + NOISE[:, :D]), 0.09),
        lambda f: close(f(Z, NOISE[:, :4]), slow_mcc(Z, NOISE[:, :4]), 1e-9),  # with its sign
    ],
    "mcc_spearman": [
        lambda f: above(f(Z, np.exp(6 * Z)), 1 - 1e-9),
        lambda f: bounds.within(by_block(f) * (D * N / 2) ** 0.5),
        lambda f: below(f(Z, Z @ TURN), 0.8),
        lambda f: close(f(Z, NOISY), slow_mcc(Z, NOISY, "spearman"), 1e-9),
    ],
    "dci_scores": [
        lambda f: close(f(np.eye(3)), (1, 1), 1e-9),
        lambda f: close(f(np.ones((4, 3))), (0, 0), 1e-9),
        lambda f: close(f(np.eye(3).repeat(2, axis=0)), (1, 1 - math.log(2) / math.log(6)), 1e-9),
        lambda f: close(f([[1, 1], [0, 0]]), (0, 1), 1e-9),  # one dimension for both latents
        lambda f: close(f(TABLE), slow_dci_scores(TABLE.tolist()), 1e-9),
    ],
    "dci": [
        lambda f: close(f(RARE, NOISE[:, :2], rng=split(), discrete=True)[2], 0, 0.25),
        lambda f: close(f(Z, Z[:, [2, 0, 1]], rng=split()), (1, 1, 1), 0.01),
        lambda f: close(f(Z, np.exp(3 * Z), rng=split()), (1, 1, 1), 0.01),
        lambda f: below(max(f(Z[:400], NOISE[:400, :20], rng=split())), 0.1),
        lambda f: below(max(f(Z, Z @ TURN, rng=split())[:2]), 0.4),
        lambda f: close(f(Z, COPIES, rng=split())[:2], (1, 1 - math.log(2) / math.log(6)), 0.03),
        lambda f: close(f(Z, NOISY, rng=split()), slow_dci(Z, NOISY), 0.03),  # other trees
        lambda f: close(f(LABELS, np.c_[LABELS, NOISE], rng=split(), discrete=True), 1, 0.01),
    ],
    "mig": [
        lambda f: above(f(Z, Z[:, [2, 0, 1]] * [-1, 3, 0.2]), 0.95),
        lambda f: below(f(Z, NOISE[:, :D]), 0.02),
        lambda f: below(f(Z, Z @ TURN), 0.2),
        lambda f: close(f(Z, COPIES), 0, 1e-9),
        lambda f: close(f(Z, np.exp(5 * Z)), f(Z, Z), 1e-9),
        lambda f: above(f(Z, np.c_[Z, Z[:, 0] + Z[:, 1]]), 0.5),
        lambda f: close(
            f(Z[:300], NOISY[:300].round(1), bins=7),
            slow_mig(Z[:300], NOISY[:300].round(1), 7, [False] * D),
            1e-9,
        ),
        lambda f: close(
            f(mixed()[:300], NOISY[:300], bins=7, discrete=(False, True)),
            slow_mig(mixed()[:300], NOISY[:300], 7, (False, True)),
            1e-9,
        ),
        lambda f: above(f(LABELS, np.c_[LABELS, NOISE[:, 0]], discrete=True), 0.98),
    ],
    "sap": [
        lambda f: above(f(Z, Z[:, [2, 0, 1]] * [-1, 3, 0.2], rng=split()), 1 - 1e-9),
        lambda f: close(f(Z, NOISE[:, :D], rng=split()), 0, 0.01),
        lambda f: below(f(Z, Z @ TURN, rng=split()), 0.5),
        lambda f: close(f(Z, COPIES, rng=split()), 0, 1e-9),
        lambda f: close(f(Z, NOISY, rng=split()), slow_sap(Z, NOISY), 1e-9),
        lambda f: close(
            f(mixed(), NOISY, rng=split(), discrete=[False, True]),
            slow_sap(mixed(), NOISY, (False, True)),
            0.005,  # a row or two lie between both minimizers' boundaries
        ),
        lambda f: bounds.mean_is(useless_gaps(f), 0),  # takes longest
    ],
    "linear_accuracy": [
        lambda f: above(f(LABELS, DISC, rng=split()), 1 - 1e-9),
        # Of balanced accuracies of 4 classes, the standard error is 1 / sqrt(3 rows).
        lambda f: bounds.within(f(LABELS, NOISE[:, :D], rng=split()) * (3 * N / 2) ** 0.5),
        lambda f: below(f(LABELS[:400], NOISE[:400], rng=split()), 0.17),
        lambda f: below(f(LABELS % 2, DISC, rng=split()), 0.5),  # opposite corners share a label
        lambda f: close(f(RARE, NOISE[:, :D], rng=split()), 0, 0.25),  # of 100 rare rows
        lambda f: close(
            f(RARE, NOISE[:, :D], rng=split()), slow_accuracy(RARE, NOISE[:, :D]), 0.01
        ),
        lambda f: close(f(LABELS, ring(), rng=split()), slow_accuracy(LABELS, ring()), 0.005),
    ],
    "kernel_accuracy": [
        lambda f: above(f(LABELS[:800] % 2, DISC[:800], rng=split()), 1 - 1e-9),
        lambda f: close(f(LABELS[:800], NOISE[:800, :D], rng=split()), 0, 0.13),
        lambda f: below(f(LABELS[:400], NOISE[:400], rng=split()), 0.17),
        lambda f: below(f(LABELS[:800], DISC[:800, :1], rng=split()), 0.7),
    ],
}


def by_block(f):
    """Mean score of 60 useless dimensions, on a fifth of the rows at a time."""
    return np.mean([f(Z[i : i + 400], NOISE[i : i + 400]) for i in range(0, N, 400)])


def useless_gaps(f):
    """Scores of 20 useless dimensions on 100 rows, again and again: 0 on average."""
    rng = stream(5, "gaps")
    draws = ((rng.uniform(-1, 1, (100, D)), rng.standard_normal((100, 20))) for _ in range(60))
    return [f(z, h, rng=split()) for z, h in draws]


def mixed():
    return np.c_[Z[:, 0], LABELS]


def ring():
    return DISC + 0.8 * NOISE[:, :2]


def slow_accuracy(labels, h):
    fit, score = halves()
    return slow_skill(labels[score, 0], slow_logistic(h, labels[:, 0], fit)[score])


def slow_grid_search(h):
    """The whole of kernel_r2 by scikit-learn's grid search."""
    z, (fit, score) = Z[: len(h)], halves(len(h))
    grid = {"alpha": [1, 0.1, 0.01, 0.001], "gamma": 10.0 ** np.array([-2, -2 / 3, 2 / 3, 2])}
    folds, loss = KFold(3), "neg_mean_squared_error"
    search = GridSearchCV(KernelRidge(kernel="rbf"), grid, cv=folds, scoring=loss)
    scale_h, scale_z = StandardScaler().fit(h[fit]), StandardScaler().fit(z[fit])
    search.fit(scale_h.transform(h[fit]), scale_z.transform(z[fit]))
    guess = scale_z.inverse_transform(search.predict(scale_h.transform(h[score])))
    return np.mean([slow_r2(*pair) for pair in zip(z[score].T, guess.T, strict=True)])


METRICS = {name: getattr(metrics, name) for name in CHECKS if name != "mcc_spearman"}
METRICS["mcc_spearman"] = partial(metrics.mcc, method="spearman")


@pytest.mark.parametrize(
    ("name", "check"),
    [(name, check) for name, checks in CHECKS.items() for check in checks],
    ids=[f"{name}-{i}" for name, checks in CHECKS.items() for i in range(len(checks))],
)
def test_a_metric_satisfies_what_it_has_to(name, check):
    check(METRICS[name])


# Mutants: the package's code with one thing broken, or a metric written wrong.


def patched(name, where, **parts):
    """A metric of the package with parts of its module replaced."""

    def mutant(*arguments, **settings):
        with mock.patch.multiple(where, **parts):
            return METRICS[name](*arguments, **settings)

    return mutant


def all_rows(factors, h, rng):
    return np.arange(len(h)), np.arange(len(h))


def same_half(factors, h, rng):
    fit, _ = halves(len(h), rng)
    return fit, fit


def correlations(z, h):
    return np.corrcoef(z.T, h.T)[: z.shape[1], z.shape[1] :]


def in_sample_mcc(z, h):
    found = np.abs(correlations(z, h))
    return found[linear_sum_assignment(-found)].mean()


def unsigned_mcc(z, h):
    fit, score = halves(len(z))
    pairs = linear_sum_assignment(-np.abs(correlations(z[fit], h[fit])))
    return np.abs(correlations(z[score], h[score])[pairs]).mean()


def swapped(f):
    return lambda *arguments, **settings: f(*arguments, **settings)[::-1]


def gap_over_latents(z, h, **settings):
    found = np.sort(correlations(z, h) ** 2, axis=0)
    return (found[-1] - found[-2]).mean()


def plain_skill(true, predicted, discrete):
    return regression.skill(true, predicted, False) if not discrete else (true == predicted).mean()


def narrow_forest(labels, trees, seed, make=disentanglement._forest):
    return make(labels, trees, seed).set_params(max_features=1)


def equal_width(values, bins):
    edges = np.linspace(values.min(), values.max(), bins + 1)[1:-1]
    return np.digitize(values, edges)


MUTANTS = {
    "linear_r2": {
        "in sample": patched("linear_r2", regression, split=all_rows),
        "scored on the fitted half": patched("linear_r2", regression, split=same_half),
        "wrong way round": lambda z, h, rng: metrics.linear_r2(h, z, rng=rng),
        "no intercept": patched(
            "linear_r2", regression, LinearRegression=partial(LinearRegression, fit_intercept=False)
        ),
        "rows of codes out of step": lambda z, h, rng: metrics.linear_r2(z[::-1], h, rng=rng),
    },
    "kernel_r2": {
        "in sample": patched("kernel_r2", regression, split=all_rows),
        "not standardized": patched("kernel_r2", regression, standardized=lambda h, fit: h),
        "one fixed grid point": partial(metrics.kernel_r2, alphas=[0.001], gammas=[100.0]),
        "a line": metrics.linear_r2,
        "ridge forgotten": partial(metrics.kernel_r2, alphas=[1e-9]),
    },
    "mcc": {
        "in sample": in_sample_mcc,
        "unmatched": lambda z, h: np.abs(np.diag(correlations(z, h))).mean(),
        "partners shared": lambda z, h: np.abs(correlations(z, h)).max(axis=1).mean(),
        "wrong axis": lambda z, h: np.abs(correlations(z, h)).max(axis=0).mean(),
        "signs dropped": unsigned_mcc,
        "ranks": METRICS["mcc_spearman"],
    },
    "mcc_spearman": {
        "values": metrics.mcc,
        "in sample": lambda z, h: in_sample_mcc(*(stats.rankdata(v, axis=0) for v in (z, h))),
    },
    "dci_scores": {
        "wrong axis": lambda t: metrics.dci_scores(np.asarray(t).T),
        "swapped": swapped(metrics.dci_scores),
        "nats": lambda t: tuple(1 - (1 - s) * 2 for s in metrics.dci_scores(t)),
        "dead dimensions count": lambda t: (
            float(disentanglement._purity(np.asarray(t, dtype=float)).mean()),
            metrics.dci_scores(t)[1],
        ),
    },
    "dci": {
        "in sample": patched("dci", disentanglement, split=all_rows),
        "wrong axis": patched("dci", disentanglement, dci_scores=lambda t: metrics.dci_scores(t.T)),
        "one feature a split": patched("dci", disentanglement, _forest=narrow_forest),
        "unbalanced": patched("dci", disentanglement, skill=plain_skill),
    },
    "mig": {
        "wrong axis": gap_over_latents,
        "not in units of entropy": lambda z, h, **s: metrics.mig(z, h, **s) * np.log(20),
        "equal width": patched("mig", disentanglement, _bins=equal_width),
        "best alone": lambda z, h, **s: metrics.mig(z, h[:, :1], **s),
        "labels are binned": lambda z, h, discrete=False, **s: metrics.mig(
            z + 1e-6 * NOISE[: len(z), : z.shape[1]], h, **s
        ),
    },
    "sap": {
        "in sample": patched("sap", disentanglement, split=all_rows),
        "wrong axis": gap_over_latents,
        "labels taken for numbers": lambda z, h, rng, **s: metrics.sap(z, h, rng=rng),
        "best alone": lambda z, h, rng, **s: metrics.sap(z, h[:, :1], rng=rng, **s),
        "first two": lambda z, h, rng, **s: metrics.sap(z, h[:, :2], rng=rng, **s),
    },
    "linear_accuracy": {
        "in sample": patched("linear_accuracy", regression, split=all_rows),
        "unbalanced": patched("linear_accuracy", regression, skill=plain_skill),
        "labels taken for numbers": lambda y, h, rng: metrics.linear_r2(y * 1.0, h, rng=rng),
    },
    "kernel_accuracy": {
        "in sample": patched("kernel_accuracy", regression, split=all_rows),
        "unbalanced": patched("kernel_accuracy", regression, skill=plain_skill),
        "a line": metrics.linear_accuracy,
    },
}


@pytest.mark.parametrize(
    ("name", "mutant"), [(name, mutant) for name, each in MUTANTS.items() for mutant in each]
)
def test_a_mutant_is_caught(name, mutant, monkeypatch):
    monkeypatch.setattr(bounds, "shares", [])  # it shall go beyond its bounds
    for check in CHECKS[name]:
        try:
            check(MUTANTS[name][mutant])
        except AssertionError:
            return
    pytest.fail(f"no check catches {name} {mutant}")


def test_every_metric_has_checks_and_mutants():
    asked_of_encoders = {"interventional_r2"}  # its triad: test_interventional.py
    assert set(METRICS) - {"mcc_spearman"} == set(metrics.__all__) - {"DCI"} - asked_of_encoders
    assert set(MUTANTS) == set(CHECKS)


@pytest.mark.parametrize(("alpha", "gamma"), [(1.0, 0.01), (0.01, 0.2), (0.001, 4.6)])
def test_kernel_r2_equals_a_slow_version_given_alpha_and_gamma(alpha, gamma):
    z, h = Z[:200], NOISY[:200]
    found = metrics.kernel_r2(z, h, rng=split(), alphas=[alpha], gammas=[gamma])
    close(found, slow_kernel_r2(z, h, alpha, gamma), 1e-9)


# Invariance: what leaves a metric's answer as it was, and what has to change it.

MAPS = {
    "order, sign, scale": lambda z: z[:, [2, 0, 1]] * [-1, 3, 0.2] + 7,
    "rotation": lambda z: z @ TURN,
    "bend of each": lambda z: np.exp(3 * z),
    "copies": lambda z: z.repeat(2, axis=1),
    "noise added": lambda z: np.c_[z, NOISE[: len(z), :2]],
    "one lost": lambda z: np.c_[z[:, :2], NOISE[: len(z), 0]],
}
ANSWERS = {
    "linear R2": lambda z, h: metrics.linear_r2(z, h, rng=split()),
    "kernel R2": lambda z, h: metrics.kernel_r2(z, h, rng=split(), gammas=[0.05, 0.5]),
    "MCC": metrics.mcc,
    "Spearman": METRICS["mcc_spearman"],
    "DCI D": lambda z, h: metrics.dci(z, h, rng=split()).disentanglement,
    "DCI C": lambda z, h: metrics.dci(z, h, rng=split()).completeness,
    "DCI I": lambda z, h: metrics.dci(z, h, rng=split()).informativeness,
    "MIG": metrics.mig,
    "SAP": lambda z, h: metrics.sap(z, h, rng=split()),
}
CHANGED_BY = {
    "linear R2": ["bend of each", "one lost"],
    "kernel R2": ["one lost"],
    "MCC": ["rotation", "bend of each", "one lost"],
    "Spearman": ["rotation", "one lost"],
    "DCI D": ["rotation", "one lost"],
    "DCI C": ["rotation", "copies", "one lost"],
    "DCI I": ["one lost"],
    "MIG": ["rotation", "copies", "one lost"],
    "SAP": ["rotation", "bend of each", "copies", "one lost"],
}


@cache
def answer(name, change=None):
    z = Z[:1500]
    return ANSWERS[name](z, MAPS[change](z) if change else z)


@pytest.mark.parametrize(("name", "change"), [*itertools.product(ANSWERS, MAPS)])
def test_a_metric_sees_what_it_should_and_nothing_else(name, change):
    moved = abs(answer(name, change) - answer(name))
    if change in CHANGED_BY[name]:
        assert moved > 0.1
    else:
        assert moved < 0.05


def test_order_and_scale_of_code_dimensions_dont_matter_at_all():
    moved = NOISY[:, [3, 0, 2, 1]] * [2, -5, 0.1, 1] + 3
    for name in ("linear R2", "MCC", "Spearman", "MIG", "SAP"):
        close(ANSWERS[name](Z, moved), ANSWERS[name](Z, NOISY), 1e-9)


def test_the_names_of_labels_dont_matter():
    names = np.array(["cow", "head", "hare", "teapot"])[LABELS]
    other = np.array([7, 0, 3, 1])[LABELS]
    for metric in (
        lambda y: metrics.linear_accuracy(y, ring(), rng=split()),
        lambda y: metrics.kernel_accuracy(y[:500], ring()[:500], rng=split()),
        lambda y: metrics.mig(y, ring(), discrete=True),
        lambda y: metrics.sap(y, ring(), rng=split(), discrete=True),
    ):
        close(metric(names), metric(LABELS), 1e-9)
        close(metric(other), metric(LABELS), 1e-6)


def test_measurements_and_labels_may_stand_side_by_side():
    both = np.column_stack([Z[:, 0].astype(object), np.array(list("abcd"))[LABELS[:, 0]]])
    codes, kinds = np.c_[Z[:, 0], LABELS + 0.01 * NOISE[:, :1]], {"discrete": (False, True)}
    close(metrics.dci(both, codes, rng=split(), **kinds), 1, 0.02)
    above(metrics.mig(both, codes, **kinds), 0.9)
    above(metrics.sap(both, codes, rng=split(), **kinds), 0.5)
    with pytest.raises(ValueError, match=r"latent 1 holds '[abcd]', .*discrete=True"):
        metrics.mig(both, codes)


def test_a_constant_code_scores_nothing():
    assert metrics.mcc(Z, np.ones_like(Z)) == 0
    assert metrics.mig(Z, np.ones_like(Z)) == 0
    close(metrics.sap(Z, np.ones_like(Z), rng=split()), 0, 1e-9)
    constant = np.ones((300, 2))
    found = metrics.kernel_r2(Z[:300], constant, rng=split())
    close(found, metrics.linear_r2(Z[:300], constant, rng=split()), 1e-3)
    assert found < 0


def test_one_code_dimension_will_do():
    above(metrics.mig(Z[:, :1], Z[:, :1]), 0.99)
    close(metrics.sap(Z[:, :1], Z[:, :1], rng=split()), 1, 1e-9)
    close(metrics.dci(Z[:, :1], Z[:, :1], rng=split()), 1, 0.01)


def with_one(value):
    bad = Z.copy()
    bad[3, 1] = value
    return bad


CALLS = {
    name: (lambda z, h, f=f: f(z, h, rng=split())) if name not in ("mcc", "mig") else f
    for name, f in METRICS.items()
    if name not in ("dci_scores", "mcc_spearman") and "accuracy" not in name
}


@pytest.mark.parametrize("name", CALLS)
@pytest.mark.parametrize(
    ("latents", "codes", "message"),
    [
        (with_one(np.nan), Z, "latents hold NaN"),
        (with_one(np.inf), Z, "latents hold infinity"),
        (Z, with_one(np.nan), "codes hold NaN"),
        (Z, Z[:-1], r"shape \(2000, 3\) and codes \(1999, 3\)"),
        (Z[:, :0], Z[:, :0], "shape"),
        (Z[:, 0], Z, "shape"),
        (Z[:15], Z[:15], "15 rows are too few"),
        (np.c_[Z, np.ones(N)], NOISE[:, :4], "latent 3 is constant"),
    ],
)
def test_bad_inputs_are_refused(name, latents, codes, message):
    with pytest.raises(ValueError, match=message):
        CALLS[name](latents, codes)


@pytest.mark.parametrize("labels", [LABELS, LABELS > 1, LABELS.astype(str)])
@pytest.mark.parametrize("name", ["linear_r2", "kernel_r2", "mcc"])
def test_labels_are_refused_where_numbers_are_wanted(name, labels):
    with pytest.raises(ValueError, match=r"takes for labels.*linear_accuracy"):
        CALLS[name](labels, Z)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: metrics.mcc(Z, Z[:, :2]), "at least as many"),
        (lambda: metrics.mcc(Z, Z, method="kendall"), "spearman"),
        (lambda: metrics.mig(Z[:300], Z[:300]), "bins = 20 with 300 rows"),
        (lambda: metrics.mig(Z, Z, bins=1), "bins = 1"),
        (lambda: metrics.mig(Z, Z, discrete=(True, False)), "2 entries for 3 latents"),
        (lambda: metrics.mig(Z, Z, discrete=True), "2000 labels.*discrete=False"),
        (lambda: metrics.linear_accuracy(Z, Z, rng=split()), "2000 labels"),
        (lambda: metrics.kernel_r2(Z, Z, rng=split(), alphas=[]), "one number > 0 or more"),
        (lambda: metrics.kernel_r2(Z, Z, rng=split(), gammas=[0.0]), "one number > 0 or more"),
        (lambda: metrics.dci_scores(np.zeros((2, 2))), "aren't all 0"),
        (lambda: metrics.dci_scores([[1, -1]]), "entries from -1"),
        (lambda: metrics.dci_scores([1, 1]), r"give \(k, d\)"),
    ],
)
def test_wrong_calls_are_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()
