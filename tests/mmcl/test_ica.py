"""LinearICA: its three steps, what it recovers, what no ICA can, and what it says when it fails."""

import doctest
import itertools
import pickle
import re
import subprocess
import sys
import warnings

import numpy as np
import pandas as pd
import picard
import pytest
from scipy import stats
from sklearn.base import clone
from sklearn.decomposition import FastICA
from sklearn.exceptions import ConvergenceWarning, NotFittedError
from sklearn.utils.estimator_checks import check_estimator

from mmcl.fast.whitening import Centered, principal_axes
from mmcl.ica import LinearICA
from mmcl.metrics import mcc
from mmcl.randomness import stream
from mmcl.rotations import contrast, gradient, random_rotation
from tests import bounds

N, K = 8192, 5
# Two searches of this tolerance end in one place, to 1e-7 of a component. FastICA stops where
# a row turns by 1e-7, at a gradient of 1e-9.
SOLVED = 1e-8
ALGORITHMS = ["picard", "fastica"]
KINDS = ["uniform", "laplace", "mixed"]

pytestmark = pytest.mark.filterwarnings("error")


def draw(kind: str, n: int = N, k: int = K, seed: int = 0) -> np.ndarray:
    rng = stream(seed, kind)
    uniform, laplace = rng.uniform(-1, 1, (n, k)), rng.laplace(size=(n, k))
    gauss = rng.standard_normal((n, k))
    return {
        "uniform": uniform,
        "laplace": laplace,
        "mixed": np.where(np.arange(k) % 2, uniform, laplace),
        "gauss": gauss,
        "sphere": gauss / np.linalg.norm(gauss, axis=1, keepdims=True),
        "skewed": rng.exponential(size=(n, k)) * rng.choice([-1, 1], k),
    }[kind]


def mixed(z: np.ndarray, d: int = K, seed: int = 0) -> np.ndarray:
    return z @ stream(seed, "mixing").standard_normal((z.shape[1], d)) + 3


def ica(algorithm: str = "picard", **settings) -> LinearICA:
    return LinearICA(**{"algorithm": algorithm, "random_state": 0, **settings})


def large_from(entries: int, monkeypatch) -> None:
    for module in ("fast.whitening", "rotations"):
        monkeypatch.setattr(f"mmcl.{module}.LARGE", entries)


def in_pieces(monkeypatch, rows: int = 999, columns: int = K) -> None:
    monkeypatch.setattr("mmcl.fast.whitening.WHOLE", 1)
    monkeypatch.setattr("mmcl.fast.whitening.PIECE", rows * columns)


# What it is


@pytest.mark.parametrize("algorithm", ALGORITHMS)
@pytest.mark.parametrize("settings", [{}, {"n_init": 3}, {"dtype": "float32", "tol": 1e-5}])
def test_scikit_learn_accepts_the_estimator(algorithm, settings, monkeypatch):
    monkeypatch.setenv("SCIPY_ARRAY_API", "1")  # or scikit-learn skips a check
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        warnings.filterwarnings("ignore", message=".* the axes follow single rows")
        asked = LinearICA(algorithm=algorithm, **settings)
        verdicts = check_estimator(asked, on_skip=None, on_fail=None)
    assert len(verdicts) > 30
    assert [v for v in verdicts if v["status"] != "passed"] == []


@pytest.mark.parametrize("algorithm", ALGORITHMS)
@pytest.mark.parametrize("d", [K, 12])
def test_the_three_steps(algorithm, d):
    x = mixed(draw("mixed"), d) + 0.01 * draw("gauss", k=d)
    fitted = ica(algorithm, n_components=K).fit(x)
    assert fitted.mean_ == pytest.approx(x.mean(axis=0))
    white = (x - fitted.mean_) @ fitted.whitening_.T
    assert np.allclose(white.T @ white / N, np.eye(K), atol=1e-10)
    assert np.allclose(fitted.rotation_ @ fitted.rotation_.T, np.eye(K), atol=1e-10)
    assert np.allclose(fitted.components_, fitted.rotation_ @ fitted.whitening_, atol=1e-12)
    assert np.allclose(fitted.mixing_, np.linalg.pinv(fitted.components_), atol=1e-9)
    assert np.allclose(fitted.transform(x), white @ fitted.rotation_.T, atol=1e-10)
    assert np.allclose(fitted.transform(x).std(axis=0), 1, atol=1e-10)
    shapes = fitted.whitening_.shape, fitted.rotation_.shape, fitted.mixing_.shape
    assert shapes == ((K, d), (K, K), (d, K))


def test_principal_axes_are_those_of_the_svd():
    x = mixed(draw("uniform"), 12) + 0.01 * draw("gauss", k=12)
    centered = x - x.mean(axis=0)
    axes, deviations = principal_axes(Centered(x))
    _, singular, reference = np.linalg.svd(centered, full_matrices=False)
    assert np.allclose(deviations, singular / np.sqrt(N), rtol=1e-10)
    assert np.allclose(np.abs(np.sum(axes * reference, axis=1)), 1, atol=1e-10)


def test_large_data_take_a_short_way_to_the_same_axes(monkeypatch):
    x = mixed(draw("mixed", k=8), 12) + 0.01 * draw("gauss", k=12)
    slow = ica(n_components=8, tol=SOLVED).fit(x)
    calls = []
    whole = np.linalg.qr
    monkeypatch.setattr(np.linalg, "qr", lambda *a, **k: calls.append(1) or whole(*a, **k))
    large_from(N, monkeypatch)
    fast = ica(n_components=8, tol=SOLVED).fit(x)
    assert len(calls) == 1  # the random start alone
    assert np.allclose(fast.whitening_.T @ fast.whitening_, slow.whitening_.T @ slow.whitening_)
    assert np.allclose(fast.components_, slow.components_, atol=1e-5)
    assert fast.converged_
    short = draw("laplace", k=12) * np.logspace(0, -4, 12)  # one direction too small for it
    axes, deviations = principal_axes(Centered(short))
    assert len(calls) == 2
    monkeypatch.undo()
    reference, sizes = principal_axes(Centered(short))
    assert np.array_equal(axes, reference)
    assert np.array_equal(deviations, sizes)


@pytest.mark.parametrize("large", [False, True])
def test_white_data_keep_their_columns_whatever_rounding_says(large, monkeypatch):
    """White data have no axes of their own; axes that rounding chose would move the start."""
    large_from(1 if large else 10**9, monkeypatch)
    rng = np.random.default_rng(4)
    white, _ = np.linalg.qr(rng.standard_normal((200, 6)) ** 3)
    white = white - white.mean(axis=0)
    white = np.linalg.qr(white)[0] * np.sqrt(len(white))
    axes, deviations = principal_axes(Centered(white))
    assert np.array_equal(axes, np.eye(6))
    assert np.allclose(deviations, 1, atol=1e-12)
    other = white + 1e-14 * rng.standard_normal(white.shape)
    first, second = (LinearICA(random_state=1).fit(each) for each in (white, other))
    assert np.abs(first.components_ - second.components_).max() < 1e-6
    stretched = white * [1, 1, 1, 1, 1, 1 + 1e-6]  # no longer white: it has an axis of its own
    assert not np.array_equal(principal_axes(Centered(stretched))[0], np.eye(6))


@pytest.mark.parametrize("max_iter", [1, 2, 5])
def test_the_rough_search_counts_towards_the_limit(max_iter, monkeypatch):
    large_from(1, monkeypatch)
    with pytest.warns(ConvergenceWarning, match=f"after {max_iter} iterations"):
        fitted = ica(max_iter=max_iter, tol=1e-12).fit(mixed(draw("uniform")))
    assert fitted.n_iter_ == max_iter


def test_inverse_transform_is_exact_at_full_rank_and_the_nearest_point_below():
    x = mixed(draw("laplace"), 12)  # rank K in 12 columns
    fitted = ica().fit(x)
    assert fitted.components_.shape == (K, 12)
    assert np.allclose(fitted.inverse_transform(fitted.transform(x)), x, atol=1e-9)
    fewer = ica(n_components=3).fit(x)
    back = fewer.inverse_transform(fewer.transform(x))
    lost = np.linalg.svd(x - x.mean(axis=0), compute_uv=False)[3:K]
    assert ((back - x) ** 2).sum() == pytest.approx((lost**2).sum())
    sources = draw("gauss", n=10)
    assert np.allclose(fitted.transform(fitted.inverse_transform(sources)), sources)


# What it recovers


@pytest.mark.parametrize("algorithm", ALGORITHMS)
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("d", [K, 12])
def test_it_recovers_independent_sources_that_are_not_gaussian(algorithm, kind, d):
    for seed in range(3):
        z = draw(kind, seed=seed)
        x = mixed(z, d, seed) + (0.01 * draw("gauss", k=d) if d > K else 0)
        assert mcc(z, x) < 0.9
        fitted = ica(algorithm, n_components=K).fit(x)
        assert mcc(z, fitted.transform(x)) > 0.99
        assert fitted.converged_


@pytest.mark.parametrize("kind", ["gauss", "sphere"])
def test_where_no_axes_stand_out_a_random_rotation_does_as_well(kind):
    found, random = [], []
    for seed in range(20):
        z = draw(kind, 4096, seed=seed)
        fitted = ica().fit(mixed(z, seed=seed))
        sources = fitted.transform(mixed(z, seed=seed))
        assert fitted.converged_  # the search ends, and has found nothing
        assert np.allclose(np.cov(sources.T, ddof=0), np.eye(K), atol=1e-10)
        found.append(mcc(z, sources))
        random.append(mcc(z, sources @ random_rotation(K, seed)))
    bounds.mean_is(np.subtract(found, random), 0)
    assert np.mean(found) < 0.85  # random axes score .73; ICA that finds its sources, .99


@pytest.mark.parametrize("kind", KINDS)
def test_scikit_learns_fastica_finds_the_same_up_to_order_and_sign(kind):
    x = mixed(draw(kind))
    reference = FastICA(whiten="unit-variance", random_state=1, tol=1e-12, max_iter=1000)
    theirs = reference.fit_transform(x)
    for algorithm in ALGORITHMS:
        ours = ica(algorithm, tol=SOLVED).fit_transform(x)
        agreement = ours.T @ theirs / N
        match = np.abs(agreement).argmax(axis=1)
        assert sorted(match) == list(range(K))
        signs = np.sign(agreement[np.arange(K), match])
        assert np.allclose(ours, theirs[:, match] * signs, atol=1e-5)


# The stated order and signs


@pytest.mark.parametrize("kind", [*KINDS, "skewed"])
def test_neither_the_start_nor_the_algorithm_changes_the_components(kind):
    x = mixed(draw(kind))
    first = ica(tol=SOLVED).fit(x)
    for algorithm, start in itertools.product(ALGORITHMS, range(1, 5)):
        other = ica(algorithm, random_state=start, tol=SOLVED).fit(x)
        assert np.allclose(other.components_, first.components_, atol=1e-5)


@pytest.mark.parametrize("kind", [*KINDS, "skewed"])
def test_the_rule_of_order_and_sign_in_a_slow_version(kind):
    x = mixed(draw(kind), 12) * np.logspace(-2, 3, 12)
    fitted = ica().fit(x)
    sources = fitted.transform(x)
    assert fitted.excess_kurtosis_ == pytest.approx(stats.kurtosis(sources))
    assert fitted.skewness_ == pytest.approx(stats.skew(sources), abs=1e-9)
    assert np.all(np.diff(np.abs(fitted.excess_kurtosis_)) < 0)
    clear = 0
    for y, skewness in zip(sources.T, fitted.skewness_, strict=True):
        if abs(skewness) > 3 * np.std(y**3 - 3 * y) / np.sqrt(N):
            assert skewness > 0
            clear += 1
        else:
            correlations = [stats.pearsonr(column, y)[0] for column in x.T]
            assert max(correlations) == max(correlations, key=abs)
    # A symmetric law passes three deviations once in 370: two of K do once in 14,000.
    assert clear == K if kind == "skewed" else clear <= 1


@pytest.mark.parametrize("start", range(4))
def test_ties_go_by_column(start):
    factors = np.array(list(itertools.product([-1.0, 1.0], repeat=4)))  # all kurtoses equal
    factors = np.tile(factors, (5, 1))
    search = ica(random_state=start, tol=SOLVED)
    fitted = search.fit(factors * [1, 30, 0.2, 5])
    assert np.allclose(fitted.transform(factors * [1, 30, 0.2, 5]), factors, atol=1e-5)
    twice = np.c_[factors, -factors]  # each column has a rival of the same size, of other sign
    assert np.allclose(search.fit_transform(twice), factors, atol=1e-5)
    nothing = np.c_[-1e-20 * factors[:, :1], factors]  # too small a column to have a say
    assert np.allclose(search.fit_transform(nothing), factors, atol=1e-5)


def test_a_constant_column_and_another_scale_or_origin_change_nothing():
    x, search = mixed(draw("mixed")), ica(tol=SOLVED)
    sources = search.fit_transform(x)
    scaled = x * [1, 1e4, 1e-3, -1, 1] + [0, 0, 7, 0, -1e3]
    # the sign of a source may hang on a column that was flipped: compare up to it
    assert np.allclose(np.abs(search.fit_transform(scaled)), np.abs(sources), atol=1e-5)
    scaled[:, 3] *= -1
    assert np.allclose(search.fit_transform(scaled), sources, atol=1e-5)
    constant = search.fit(np.c_[x[:, :2], np.full(N, 0.1), x[:, 2:]])
    assert np.allclose(constant.transform(np.insert(x, 2, 0.1, axis=1)), sources, atol=1e-5)


# Convergence


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_a_search_that_stops_short_says_so_once(algorithm):
    x = mixed(draw("uniform"))
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        fitted = ica(algorithm, max_iter=1).fit(x)
    (only,) = caught
    assert issubclass(only.category, ConvergenceWarning)
    assert re.search(f"{algorithm} did not converge.* 1 iterations.*Raise max_iter", str(only))
    assert only.filename == __file__
    assert fitted.converged_ is False
    assert fitted.n_iter_ == 1
    assert fitted.gradient_ > fitted.tol
    done = ica(algorithm).fit(x)  # warnings are errors here
    assert done.converged_ is True
    assert 1 < done.n_iter_ < 50
    assert done.gradient_ <= done.tol


def test_the_verdict_is_picards_own_one_step_later():
    x = mixed(draw("mixed"))
    centered = x - x.mean(axis=0)
    axes, deviations = principal_axes(Centered(x))
    white, start = centered @ (axes / deviations[:, None]).T, random_rotation(K, 0)
    raw = {"whiten": False, "centering": False, "w_init": start, "tol": 1e-6}
    verdicts = []
    for steps in range(1, 25):
        with warnings.catch_warnings(record=True) as ours:
            warnings.simplefilter("always")
            fitted = ica(max_iter=steps, tol=1e-6).fit(x)
        with warnings.catch_warnings(record=True) as theirs:
            warnings.simplefilter("always")
            picard.picard(white.T, max_iter=steps + 1, **raw)
        assert fitted.converged_ == (not ours) == (not theirs)
        for warned in theirs:
            said = re.search(r"gradient norm : (\S+?)\. ", str(warned.message))
            assert said
            assert fitted.gradient_ == pytest.approx(float(said[1]), rel=1e-3)
        verdicts.append(fitted.converged_)
    assert set(verdicts) == {False, True}


def test_the_gradient_in_a_slow_version():
    y = ica().fit_transform(mixed(draw("mixed"))) @ random_rotation(K, 1)
    expected = np.empty((K, K))
    kinds = [np.sign(np.mean(1 / np.cosh(c) ** 2) - np.mean(np.tanh(c) * c)) for c in y.T]
    for i, j in itertools.product(range(K), repeat=2):
        a, b = np.tanh(y[:, i]) * y[:, j], np.tanh(y[:, j]) * y[:, i]
        expected[i, j] = (kinds[i] * a.mean() - kinds[j] * b.mean()) / 2
    assert np.allclose(gradient(y), expected, atol=1e-12)


def test_other_warnings_come_through_and_a_bad_rotation_is_refused(monkeypatch):
    x = mixed(draw("uniform"))
    search = picard.picard

    def noisy(*arguments, **settings):
        warnings.warn("something else", RuntimeWarning, stacklevel=1)
        return search(*arguments, **settings)

    monkeypatch.setattr(picard, "picard", noisy)
    with pytest.warns(RuntimeWarning, match="something else"):
        ica().fit(x)
    monkeypatch.setattr(picard, "picard", lambda x, **settings: (None, 2 * np.eye(K), x, 0))
    with pytest.raises(FloatingPointError, match="picard's rotation"):
        ica().fit(x)


# Several starts


def test_of_several_starts_the_best_contrast_is_kept_and_all_are_told():
    x = mixed(draw("gauss", 800, 8), 8)  # no axes, so many tops: each start ends elsewhere
    fitted = ica(n_init=6).fit(x)
    told = fitted.starts_
    assert len(told) == 6
    assert np.ptp(told.contrast) > 0.001
    (kept,) = np.flatnonzero(told.kept)
    assert kept == told.contrast.argmax()
    assert told.agreement[kept] == pytest.approx(1)
    assert told.agreement.min() < 0.99
    white = (x - fitted.mean_) @ fitted.whitening_.T
    assert contrast(white, fitted.rotation_[None]) == pytest.approx(told.contrast[kept], abs=1e-6)
    one = ica(random_state=1).fit(x)
    assert contrast(white, one.rotation_[None]) < told.contrast[kept]
    assert fitted.converged_
    assert fitted.gradient_ == told.gradient[kept] <= fitted.tol
    assert fitted.n_iter_ == told.iterations[kept]
    again = ica(n_init=6).fit(x)
    assert np.array_equal(fitted.components_, again.components_)


@pytest.mark.parametrize("algorithm", ALGORITHMS)
@pytest.mark.parametrize("kind", KINDS)
def test_where_there_is_one_top_every_start_finds_it(algorithm, kind):
    x = mixed(draw(kind))
    one, many = (ica(algorithm, n_init=n, tol=SOLVED).fit(x) for n in (1, 4))
    assert np.allclose(one.components_, many.components_, atol=1e-5)
    assert many.starts_.agreement.min() > 0.999
    assert one.starts_.kept.tolist() == [True]


def test_the_contrast_in_a_slow_version():
    white = ica().fit_transform(mixed(draw("mixed")))
    turns = np.array([random_rotation(K, seed) for seed in range(3)])
    normal = stats.norm.expect(lambda g: np.log(np.cosh(g)), lb=-30, ub=30)
    for turn, found in zip(turns, contrast(white, turns), strict=True):
        each = np.log(np.cosh(white @ turn.T)).mean(axis=0)
        assert found == pytest.approx(np.abs(each - normal).sum(), rel=1e-9)


def test_starts_share_the_iterations_that_are_allowed():
    with pytest.warns(ConvergenceWarning):
        fitted = ica(n_init=3, max_iter=7, tol=1e-12).fit(mixed(draw("gauss", 800, 8), 8))
    assert fitted.n_iter_ == 7
    assert fitted.starts_.iterations.max() <= 7


# Larger than memory


@pytest.mark.parametrize(("dtype", "error"), [("float64", 1e-9), ("float32", 1e-4)])
@pytest.mark.parametrize("n_init", [1, 3])
@pytest.mark.parametrize("large", [False, True])
def test_pieces_give_what_the_whole_gives_up_to_the_stated_error(
    dtype, error, n_init, large, monkeypatch
):
    large_from(1 if large else 10**9, monkeypatch)
    x = (mixed(draw("mixed"), 12) + 0.1 * draw("gauss", k=12)).astype(np.float32)
    tol = 1e-12 if dtype == "float64" else 1e-6  # the search's own end is no error of pieces
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # rounding ends it at 1e-12
        settings = {"n_components": K, "n_init": n_init, "max_iter": 60}
        whole = ica(tol=1e-12, **settings).fit(x)
        in_pieces(monkeypatch, columns=12)
        parts = ica(tol=tol, dtype=dtype, **settings).fit(x)
    assert len(Centered(x).parts) == 9
    sizes = np.linalg.norm(whole.components_, axis=1)
    differences = np.linalg.norm(parts.components_ - whole.components_, axis=1)
    assert (differences / sizes).max() < error
    assert np.allclose(parts.mixing_, whole.mixing_, atol=error * np.abs(whole.mixing_).max())
    assert parts.excess_kurtosis_ == pytest.approx(whole.excess_kurtosis_, abs=10 * error)
    assert parts.skewness_ == pytest.approx(whole.skewness_, abs=10 * error)
    sources = parts.transform(x)
    assert sources.dtype == parts.inverse_transform(sources).dtype == np.dtype(dtype)
    assert np.allclose(sources, whole.transform(x), atol=20 * error)


def test_pieces_see_directions_that_a_product_of_columns_loses(monkeypatch):
    x = draw("laplace", k=12) * np.logspace(0, -4, 12)
    large_from(1, monkeypatch)
    whole = principal_axes(Centered(x))
    in_pieces(monkeypatch, columns=12)
    axes, deviations = principal_axes(Centered(x))
    assert np.allclose(deviations, whole[1], rtol=1e-9)
    assert np.allclose(np.abs(np.sum(axes * whole[0], axis=1)), 1, atol=1e-9)


PEAK = """
import sys, threading
import numpy as np
from mmcl.ica import LinearICA

def private():
    lines = open("/proc/self/status").read().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("RssAnon")) / 2**10

x, most, done = np.load(sys.argv[1], mmap_mode="r"), [0], threading.Event()
LinearICA(2, max_iter=3, tol=9.0).fit(np.random.default_rng(0).laplace(size=(99, 3)))  # imports
before = private()

def watch():
    while not done.wait(0.005):
        most[0] = max(most[0], private())

thread = threading.Thread(target=watch)
thread.start()
ica = LinearICA(20, random_state=0, n_init=2).fit(x)
ica.transform(x)
done.set()
thread.join()
print(ica.converged_, most[0] - before)
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="asks Linux what a process holds")
def test_a_memory_map_is_read_in_pieces_and_never_held(tmp_path):
    """A tenth of a million rows of 512 columns is 205 MB, and 410 MB in double.

    The stated 1 GiB for a million rows leaves 102 MiB for each tenth, if all of it grew with rows;
    pieces and starts take 100 MiB whatever the rows are.
    """
    n, rng, path = 100_000, stream(0, "large"), tmp_path / "rows.npy"
    x = np.lib.format.open_memmap(path, "w+", np.float32, (n, 512))
    mixing = rng.standard_normal((20, 512))
    for at in range(0, n, 10_000):
        noise = 0.1 * rng.standard_normal((10_000, 512))
        x[at : at + 10_000] = rng.laplace(size=(10_000, 20)) @ mixing + noise
    x.flush()
    command = [sys.executable, "-c", PEAK, str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    converged, peak = done.stdout.split()
    assert converged == "True"
    assert float(peak) < 190


# What goes in


def test_an_int_fixes_the_fit_and_the_global_generator_is_left_alone():
    x = mixed(draw("gauss", 500))
    before = str(np.random.get_state())  # noqa: NPY002
    for algorithm in ALGORITHMS:
        settings = {"max_iter": 5, "tol": 10.0}  # far from done, so that the start shows
        first = ica(algorithm, random_state=7, **settings).fit(x)
        again = ica(algorithm, random_state=7, **settings).fit(x)
        other = ica(algorithm, random_state=8, **settings).fit(x)
        assert np.array_equal(first.components_, again.components_)
        assert not np.allclose(first.components_, other.components_, atol=1e-3)
        LinearICA(algorithm=algorithm, **settings).fit(x)
    assert str(np.random.get_state()) == before  # noqa: NPY002


def test_generators_of_both_kinds_and_numpy_ints_are_taken():
    x = mixed(draw("uniform"))
    expected = ica(tol=SOLVED).fit(x).components_
    kinds = [np.random.RandomState(3), stream(3, "start"), np.int64(3), None]
    for random_state in kinds:
        fitted = ica(random_state=random_state, n_components=np.int64(K), tol=SOLVED)
        assert np.allclose(clone(fitted).fit(x).components_, expected, atol=1e-5)


def test_random_rotations_are_orthogonal_and_spread_evenly():
    rng = stream(0, "rotations")
    turns = np.array([random_rotation(3, rng) for _ in range(4000)])
    assert np.allclose(turns @ turns.swapaxes(1, 2), np.eye(3), atol=1e-12)
    # Even directions: mean square 1/3, and of the square, variance 1/5 - 1/9.
    errors = [turns.mean(axis=0) * 3**0.5, ((turns**2).mean(axis=0) - 1 / 3) / (4 / 45) ** 0.5]
    bounds.within(np.array(errors) * 4000**0.5)
    assert np.array_equal(random_rotation(3, 5), random_rotation(3, 5))


def test_float32_is_taken_and_float64_is_kept():
    x = mixed(draw("uniform"))
    single, double = ica().fit(x.astype(np.float32)), ica().fit(x)
    assert single.components_.dtype == single.transform(x.astype(np.float32)).dtype == np.float64
    assert np.allclose(single.components_, double.components_, atol=1e-3)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("offset", [0, 1e3])
def test_directions_that_only_rounding_made_do_not_count(dtype, offset):
    z = draw("uniform") + offset
    x = np.c_[z, z.sum(axis=1), np.full(N, 0.1)].astype(dtype)
    assert ica().fit(x).components_.shape == (K, 7)
    with pytest.raises(ValueError, match="rank 5 after centering; give at most 5"):
        ica(n_components=6).fit(x)


def test_one_component_and_one_column():
    x = mixed(draw("uniform"))
    one = ica(n_components=1).fit(x)
    leading = np.linalg.svd(x - x.mean(axis=0), full_matrices=False)[2][0]
    assert one.converged_
    assert abs(stats.pearsonr(one.transform(x)[:, 0], x @ leading)[0]) == pytest.approx(1)
    column = ica("fastica").fit(x[:, :1])
    assert column.transform(x[:, :1])[:, 0] == pytest.approx(stats.zscore(x[:, 0]))


def test_names_of_columns_pickling_and_pandas():
    x = pd.DataFrame(mixed(draw("laplace", 1000)), columns=list("abcde"))
    fitted = ica(n_components=2).fit(x)
    assert list(fitted.feature_names_in_) == list("abcde")
    assert list(fitted.get_feature_names_out()) == ["linearica0", "linearica1"]
    copy = pickle.loads(pickle.dumps(fitted))
    assert np.array_equal(copy.transform(x), fitted.transform(x))
    frame = clone(fitted).set_output(transform="pandas").fit_transform(x)
    assert list(frame.columns) == ["linearica0", "linearica1"]


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"algorithm": "infomax"}, r"unknown algorithm 'infomax'. Valid: picard, fastica"),
        ({"n_components": 0}, "n_components is 0; give a whole number >= 1 or None"),
        ({"n_components": 2.0}, "n_components is 2.0; give"),
        ({"n_components": 6}, "8192 rows of 5 columns, have rank 5"),
        ({"max_iter": 0}, "max_iter is 0; give a whole number >= 1"),
        ({"max_iter": 1e3}, "max_iter is 1000.0"),
        ({"n_init": 0}, "n_init is 0; give a whole number >= 1"),
        ({"dtype": "float16"}, "unknown dtype 'float16'; did you mean 'float"),
        ({"tol": 0}, "tol is 0; give a number > 0"),
        ({"tol": float("nan")}, "tol is nan; give"),
        ({"tol": "small"}, "tol is 'small'; give"),
    ],
)
def test_bad_parameters_are_refused(settings, message):
    with pytest.raises(ValueError, match=message):
        ica(**settings).fit(mixed(draw("uniform")))


def test_bad_data_are_refused():
    x = mixed(draw("uniform"))
    holed = x.copy()
    holed[3, 1] = np.nan
    with pytest.raises(ValueError, match="contains NaN"):
        ica().fit(holed)
    with pytest.raises(ValueError, match="1 sample"):
        ica().fit(x[:1])
    with pytest.raises(ValueError, match=r"4 rows of 5 columns, have rank 3.*more rows"):
        ica(n_components=4).fit(x[:4])
    with pytest.raises(ValueError, match="all 9 rows are equal up to rounding; give data that"):
        ica().fit(np.full((9, 3), 0.1))
    with pytest.raises(NotFittedError):
        ica().inverse_transform(x)
    with pytest.raises(ValueError, match="sources have 4 columns; give 5, one a component"):
        ica().fit(x).inverse_transform(x[:, :4])
    with pytest.raises(ValueError, match="expecting 5 features"):
        ica().fit(x).transform(x[:, :4])


@pytest.mark.parametrize(("rows", "k"), [(3, 2), (6, 5), (6, None)])
def test_as_many_components_as_rows_are_refused(rows, k):
    x = mixed(draw("uniform"))[:rows]
    with pytest.raises(ValueError, match=f"more than {rows} rows or at most {rows - 2} components"):
        ica(n_components=k).fit(x)


def test_few_rows_for_the_components_are_called_few():
    x = mixed(draw("uniform"))
    with pytest.warns(UserWarning, match=r"124 rows for 5 components: below 125 \(5 k\^2\)"):
        ica().fit(x[:124])
    ica().fit(x[:125])  # warnings are errors here
    ica(n_components=2).fit(x[:20])


def test_rounding_of_a_long_search_is_taken_off(monkeypatch):
    x = mixed(draw("uniform"))
    usual, search = ica(tol=SOLVED).fit(x), picard.picard

    def drifted(white, **settings):
        found = list(search(white, **settings))
        found[1] = found[1] + 1e-5 * np.triu(np.ones((K, K)))
        return found

    monkeypatch.setattr(picard, "picard", drifted)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        fitted = ica(tol=SOLVED).fit(x)
    assert np.allclose(fitted.rotation_ @ fitted.rotation_.T, np.eye(K), atol=1e-12)
    assert np.allclose(fitted.components_, usual.components_, atol=1e-4)  # 1e-5 in each place


def test_the_example_runs():
    from mmcl import ica as module

    assert doctest.testmod(module) == (0, 12)


def test_importing_it_loads_neither_algorithm():
    probe = "import sys, mmcl.ica; print([m for m in {} if m in sys.modules])".format(
        ["picard", "sklearn.decomposition", "torch"]
    )
    done = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
