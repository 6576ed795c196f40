"""What chapter 13 shows of known factors: arms over networks, the decoder, its pictures."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
import torch

from mmcl.clip import decoder
from mmcl.features import tagged as features
from mmcl.randomness import stream
from mmcl_experiments.clip_factors import figures as pictures
from mmcl_experiments.clip_factors import readings as reading
from mmcl_experiments.clip_factors.run import PRIMARY, SECONDARY, SHARED
from tests import bounds


@pytest.fixture(scope="module")
def table():
    """Five networks in which PCA + ICA is ahead of every other arm, but not in SAP."""
    rng, rows = stream(0, "table"), []
    for seed in range(5):
        for tower in ("image", "text"):
            for arm in pictures.LOOKS:
                for metric in reading.MEASURES:
                    lead = 0.5 if arm == "PCA + ICA" and metric != "SAP" else 0.0
                    for factor in ("all", *SHARED):
                        value = 0.2 + lead + 0.02 * rng.standard_normal()
                        rows.append((tower, arm, metric, factor, value, seed))
    columns = ["tower", "arm", "metric", "factor", "value", "seed"]
    return pd.DataFrame(rows, columns=columns).sample(frac=1, random_state=0)


def test_arms_are_paired_by_network(table):
    wanted = table.query("arm == 'PCA' and metric == 'MIG' and tower == 'text' and factor == 'x'")
    found = reading.values(table, "MIG", "PCA", tower="text", factor="x")
    np.testing.assert_array_equal(found, wanted.sort_values("seed").value)
    bounds.within((reading.compared(table, PRIMARY).mean - 0.5) / (0.02 * (2 / 5) ** 0.5))


def test_what_is_missing_or_there_twice_is_refused(table):
    with pytest.raises(ValueError, match="0 rows"):
        reading.values(table, "MIG", "nothing")
    with pytest.raises(ValueError, match="one a seed"):
        reading.values(pd.concat([table, table]), "MIG", "PCA")


def test_secondary_questions_are_corrected_together(table):
    found = reading.secondary(table)
    assert list(found.index) == list(SECONDARY)
    assert (found.p_holm >= found.p).all()
    assert found.p_holm.drop("SAP").max() < 1e-3
    bounds.plausible(found.p["SAP"])


def test_the_picture_of_arms_draws_means_and_intervals(table):
    means, reach = reading.by_factor(table, "MCC", list(pictures.LOOKS))
    assert means.loc["all", "PCA"] == pytest.approx(reading.values(table, "MCC", "PCA").mean())
    axes = pictures.arms(means, reach, "MCC").axes[0]
    drawn = next(bar for bar in axes.containers if bar.get_label() == "box")
    np.testing.assert_allclose(drawn.lines[0].get_ydata().astype(float), means["box"])
    plt.close("all")


def test_a_decoder_learns_what_components_tell_and_repeats():
    rng = stream(0, "pictures")
    bright = rng.uniform(0, 255, 60)
    images = torch.from_numpy(np.tile(bright[:, None, None, None], (1, 3, 32, 32))).byte()
    codes = np.column_stack([bright / 128 - 1, rng.standard_normal(60)])
    one, two = (
        decoder.fitted(codes, images, steps=60, batch=16, rng=stream(1, "decoder"))
        for _ in range(2)
    )
    found = decoder.pictures(one, codes)
    np.testing.assert_array_equal(found, decoder.pictures(two, codes))
    assert np.corrcoef(found.mean(axis=(1, 2, 3)), bright)[0, 1] > 0.95
    with pytest.raises(ValueError, match="32, 32"):
        decoder.fitted(codes, images[:5], steps=1, rng=stream(1, "decoder"))


def test_sevenths_hold_as_many_and_one_component_moves():
    component = stream(0, "component").standard_normal(70)
    stops, values = decoder.sevenths(component)
    assert np.bincount(stops).tolist() == [10] * 7
    assert (np.diff(values) > 0).all()
    rows = decoder.moved(np.zeros(3), 1, values)
    np.testing.assert_array_equal(rows[:, 1], values)
    assert not rows[:, [0, 2]].any()


def test_explained_is_one_for_what_a_stop_says_and_near_zero_for_what_it_does_not():
    stops = np.arange(700) % 7
    assert decoder.explained(np.eye(7)[stops], stops) == pytest.approx(1)
    other = stream(0, "other").standard_normal((700, 2))
    assert decoder.explained(other, stops) == pytest.approx(6 / 700, abs=0.03)  # errors: 0.004


def test_pictures_of_importances_and_of_the_best_component():
    matrix = stream(0, "matrix").uniform(size=(4, 2))
    image = pictures.importances({"one": matrix, "two": matrix}, ["x", "y"]).axes[0].images[0]
    assert sorted(map(tuple, image.get_array().tolist())) == sorted(map(tuple, matrix.tolist()))
    panels = {"x": (np.arange(3), np.arange(3.0), 7), "hue": (np.arange(3) / 3, np.arange(3.0), 2)}
    one, two = pictures.best(panels, stream(0, "jitter")).axes
    assert one.get_title() == "component 7"
    np.testing.assert_allclose(two.lines[0].get_xdata(), np.arange(3) / 3)
    frame = pictures.moving(np.zeros((7, 32, 32, 3)), pd.Series({"x": 0.5, "y": 0.1}), "one")
    assert [bar.get_width() for bar in frame.axes[1].patches] == [0.5, 0.1]
    plt.close("all")


def test_our_own_pairs_lie_on_the_sphere_at_their_own_temperature():
    images, texts = features._ours(40)
    features.paired(images, texts)
    assert images.model == features.OURS != features.B16
    assert images.values.shape == (40, 32)
    assert 0.01 < images.temperature < 0.1
    own = (images.values * texts.values).sum(axis=1).mean()
    assert own > 0.7 > abs((images.values * np.roll(texts.values, 1, axis=0)).sum(axis=1).mean())
