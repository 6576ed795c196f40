"""Counting shared dimensions: the measures against slow versions, the experiment, its pictures."""

import math
import warnings

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
import torch
from sklearn.cross_decomposition import CCA

import mmcl_experiments as experiments
from mmcl.metrics.dimension import canonical, intrinsic_dimension, shared_dimension
from mmcl.metrics.inputs import halves
from mmcl.randomness import stream
from mmcl_experiments.shared_dimension import figures as pictures
from mmcl_experiments.shared_dimension import run as experiment
from tests import bounds

N = 4000


def normal(*shape, name="normal"):
    return stream(0, name).standard_normal(shape)


def split():
    return stream(0, "split")


def coupled(correlations, n=N):
    """Two codes whose coordinates correlate as told, then mixed linearly on each side."""
    r = np.array(correlations)
    x, e = normal(n, len(r)), normal(n, len(r), name="noise")
    t = r * x + np.sqrt(1 - r**2) * e
    a, b = normal(len(r), len(r), name="a"), normal(len(r), len(r), name="b")
    return x @ a + 3, t @ b - 1


# Canonical correlations


def test_canonical_correlations_are_found_on_held_out_rows():
    wanted = [0.99, 0.9, 0.7, 0.3, 0.0]
    found = canonical(*coupled(wanted), rng=split()).correlations
    errors = (1 - np.square(wanted)) / np.sqrt(N / 2)  # of a correlation of normal numbers
    bounds.within((found - np.array(wanted)) / errors)


def test_they_are_those_of_scikit_learn():
    a, b = coupled([0.95, 0.6, 0.2], 600)
    fit, score = halves(600, split())
    slow = CCA(n_components=3, max_iter=5000, tol=1e-12).fit(a[fit], b[fit])
    u, v = slow.transform(a[score], b[score])
    wanted = [np.corrcoef(u[:, k], v[:, k])[0, 1] for k in range(3)]
    found = canonical(a, b, rng=split()).correlations
    np.testing.assert_allclose(found, wanted, atol=1e-4)


def test_useless_codes_share_nothing_however_many_dimensions_they_have():
    a, b = normal(300, 60), normal(300, 60, name="other")
    fit, _ = halves(300, split())
    in_sample = CCA(n_components=1, max_iter=2000).fit(a[fit], b[fit])
    u, v = in_sample.transform(a[fit], b[fit])
    assert np.corrcoef(u[:, 0], v[:, 0])[0, 1] > 0.9  # why rows are held out
    found = np.array(canonical(a, b, rng=split()).correlations)
    bounds.within(found * np.sqrt(148 / (1 - found**2)), dof=148)  # Student's, of 150 rows held out


def test_linear_maps_of_either_side_dont_matter():
    a, b = coupled([0.9, 0.5])
    found = canonical(a, b, rng=split()).correlations
    moved = canonical(a @ [[2.0, 1.0], [0.0, 0.1]] + 7, -b, rng=split()).correlations
    np.testing.assert_allclose(moved, found, atol=1e-9)


def test_a_dead_dimension_is_left_out():
    a, b = coupled([0.9, 0.5])
    padded = np.column_stack([a, np.ones(N), a[:, 0]])
    found = canonical(padded, b, rng=split()).correlations
    np.testing.assert_allclose(found, canonical(a, b, rng=split()).correlations, atol=1e-6)


# Intrinsic dimension


def slow_intrinsic(points, k):
    """Levina and Bickel's estimate, point by point, inverses averaged."""
    inverses = []
    for i, point in enumerate(points):
        distances = sorted(math.dist(point, q) for j, q in enumerate(points) if j != i)[:k]
        logs = [math.log(distances[-1] / distance) for distance in distances[:-1]]
        inverses.append(sum(logs) / (k - 1))
    return len(points) / sum(inverses)


def test_intrinsic_dimension_equals_a_slow_version():
    points = normal(150, 3)
    assert intrinsic_dimension(points, neighbors=7) == pytest.approx(slow_intrinsic(points, 7))


@pytest.mark.parametrize("d", [1, 2, 4, 6])
def test_a_bent_sheet_has_its_own_dimension_and_not_that_of_its_room(d):
    z = normal(8000, d)
    bent = np.column_stack([z, np.sin(z), (z**2).sum(axis=1)])
    sphere = normal(8000, d + 1)
    sphere /= np.linalg.norm(sphere, axis=1, keepdims=True)
    for points in (z, bent, sphere):
        assert round(intrinsic_dimension(points)) == d


def test_turns_and_scales_dont_matter_and_noise_does():
    z = np.column_stack([normal(3000, 2), np.zeros((3000, 2))])
    turn, _ = np.linalg.qr(normal(4, 4, name="turn"))
    assert intrinsic_dimension(5 * z @ turn) == pytest.approx(intrinsic_dimension(z))
    assert intrinsic_dimension(z + 0.3 * normal(3000, 4, name="noise")) > 3


# Both together


def test_copies_are_counted_and_perturbed_coordinates_are_not():
    codes = coupled([0.995, 0.99, 0.97, 0.71, 0.71, 0.1])
    found = shared_dimension(*codes, rng=split())
    assert (found.directions, found.dimension) == (3, 3)


def test_on_a_sphere_directions_count_one_too_many():
    content = normal(8000, 3)
    ends = np.column_stack([content, np.full((8000, 1), 1.5)])
    sphere = ends / np.linalg.norm(ends, axis=1, keepdims=True)
    noisy = [sphere + 0.01 * normal(8000, 4, name=side) for side in "xt"]
    found = shared_dimension(*noisy, rng=split())
    assert (found.directions, found.dimension) == (4, 3)


def test_nothing_shared_is_zero():
    found = shared_dimension(normal(N, 5), normal(N, 5, name="other"), rng=split())
    assert (found.directions, found.intrinsic, found.dimension) == (0, 0.0, 0)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: canonical(normal(50, 3), normal(49, 3), rng=split()), "shapes"),
        (lambda: canonical(normal(12, 3), normal(12, 3), rng=split()), "12 rows are too few"),
        (lambda: canonical(np.ones((50, 2)), normal(50, 2), rng=split()), "constant"),
        (lambda: canonical(np.full((50, 2), np.nan), normal(50, 2), rng=split()), "NaN"),
        (lambda: intrinsic_dimension(normal(20, 2)), "neighbors is 20 with 20 points"),
        (lambda: intrinsic_dimension(normal(20, 2), neighbors=1), "neighbors is 1"),
        (lambda: intrinsic_dimension(normal(20)), "shape"),
        (
            lambda: shared_dimension(normal(99, 2), normal(99, 2), rng=split(), threshold=1.0),
            "threshold is 1.0",
        ),
    ],
)
def test_wrong_calls_are_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()


# The experiment


def test_content_itself_wins_all_there_is_whatever_its_dimension():
    content = torch.from_numpy(normal(1024, 4))
    for k in (1, 2, 4):
        assert experiment.copied_gain(content[:, :k], 128) == pytest.approx(math.log(128), abs=1e-6)


def test_the_elbow_is_where_growth_falls_most():
    assert experiment.bend({1: 2.0, 2: 4.0, 3: 4.2, 4: 4.3}) == 2
    assert experiment.bend({1: 2.0, 2: 3.9, 3: 5.7, 4: 5.8, 8: 5.9}) == 3
    assert experiment.bend({1: 1.0, 2: 2.0, 4: 3.9, 8: 4.0}) == 4  # growth is per dimension


def test_the_table_is_complete_and_tidy():
    table = experiments.run("shared_dimension", profile="smoke")
    sizes = [1, 2, 8]
    for code in ("contrastive", "copied"):
        gains = table[table.code.eq(code) & table.metric.eq("gain")]
        assert gains["size"].tolist() == sizes
    kept = table[table.metric.eq("correlation")]
    assert kept.place.tolist() == list(range(1, 9))
    answers = table[table.metric.eq("dimension")].set_index("code")["size"]
    assert answers.to_dict() == {"contrastive": 8, "loss curve": 0}
    assert table.value.notna().all()
    alone = experiments.run("shared_dimension", profile="smoke", sizes=[8])
    assert "loss curve" not in set(alone.code)


def test_unknown_codes_are_refused():
    with pytest.raises(ValueError, match="codes 'spheres'; did you mean 'sphere'"):
        experiments.run("shared_dimension", profile="smoke", codes="spheres")


@pytest.mark.parametrize(("codes", "directions"), [("unbounded", 4), ("sphere", 5)])
def test_four_content_dimensions_are_counted_where_the_sphere_takes_five(codes, directions):
    torch.set_num_threads(1)
    change = {"content": 4, "codes": codes, "sizes": [12], "steps": 400, "seed": 100}
    table = experiments.run("shared_dimension", **change)
    found = table[table.code.eq("contrastive")].set_index("metric").value
    assert found["directions"] == directions
    assert found["dimension"] == 4


# Pictures


@pytest.fixture(autouse=True)
def _closed():
    yield
    plt.close("all")


def drawn(axes):
    return {line.get_label(): line.get_ydata() for line in axes.lines}


def test_correlations_are_drawn_with_their_threshold():
    places = pd.Index([1, 2, 3], name="place")
    table = pd.DataFrame({2: [0.9, 0.8, 0.1], 3: [0.99, 0.97, 0.95]}, index=places)
    (axes,) = pictures.correlations(table, 0.85).axes
    lines = drawn(axes)
    for name, values in table.items():
        np.testing.assert_array_equal(lines[str(name)], values)
    assert axes.lines[-1].get_ydata()[0] == 0.85


def test_gains_are_drawn_with_a_ring_at_the_true_number():
    sizes = pd.Index([1, 2, 3], name="size")
    table = pd.DataFrame({2: [2.0, 4.0, 4.1], 5: [1.0, 2.0, 3.0]}, index=sizes)
    copied = pd.Series([6.2] * 3, index=sizes)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        (axes,) = pictures.gains(table, 6.24, copied).axes
    np.testing.assert_array_equal(drawn(axes)["content itself"], copied)
    (ring,) = [line for line in axes.lines if line.get_markersize() == 13]
    assert (list(ring.get_xdata()), list(ring.get_ydata())) == ([2], [4.0])


def test_who_counts_right_is_drawn_seed_by_seed():
    table = pd.DataFrame({"content": [2, 2, 3, 3], "found": [2, 2, 3, 4]})
    right = table.assign(found=table.content)
    left, other = pictures.recovered({"curve": table, "ours": right}).axes
    assert (left.get_title(), other.get_title()) == ("curve: 75%", "ours: 100%")
    points = {
        (*line.get_xdata(), *line.get_ydata()) for line in left.lines if len(line.get_xdata()) == 1
    }
    assert points == {(2, 2), (3, 3), (3, 4)}
