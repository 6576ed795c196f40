"""GeoCLIP's towers: the forward pass against another one, precision, speed, and bad input."""

import math
import time

import numpy as np
import pytest
import torch

from mmcl import data
from mmcl.features import places
from mmcl.metrics.geometry import normalized
from mmcl.randomness import stream
from tests.outside import places as published

pytestmark = published  # what is asked here is asked of the published tower


@pytest.fixture(scope="module")
def points():
    """1,000 points, even on the globe, and the corners of the map among them."""
    rng = stream(0, "points")
    latitude = np.degrees(np.arcsin(rng.uniform(-1, 1, 994)))
    even = np.column_stack([latitude, rng.uniform(-180, 180, 994)])
    return np.vstack([even, [[90, 0], [-90, 180], [0, 180], [0, -180], [0, 0], [45, -180]]])


@pytest.fixture(scope="module")
def tensors():
    path = data.path("places/location_encoder_weights.pth")
    return {k: v.double().numpy() for k, v in torch.load(path, weights_only=True).items()}


@pytest.fixture(scope="module")
def exact():
    return places.place_tower(torch.float64)


def flat(latitude: float, longitude: float) -> tuple[float, float]:
    """The map's equation as Savric, Patterson and Jenny print it, one point at a time."""
    a1, a2, a3, a4 = 1.340264, -0.081106, 0.000893, 0.003796
    t = math.asin(math.sqrt(3) / 2 * math.sin(math.radians(latitude)))
    x = 2 * math.sqrt(3) * math.radians(longitude) * math.cos(t)
    x /= 3 * (9 * a4 * t**8 + 7 * a3 * t**6 + 3 * a2 * t**2 + a1)
    y = a4 * t**9 + a3 * t**7 + a2 * t**3 + a1 * t
    return x * 66.50336 / 180, y * 66.50336 / 180


def slow(tensors, points) -> np.ndarray:
    """Codes by NumPy alone, from the tensors' names: one point and one frequency after another."""
    total = np.zeros((len(points), 512))
    for name in ("LocEnc0", "LocEnc1", "LocEnc2"):
        waves = tensors[f"{name}.capsule.0.b"]
        x = np.empty((len(points), 512))
        for row, (latitude, longitude) in enumerate(points):
            east, north = flat(latitude, longitude)
            for place, (u, v) in enumerate(waves.tolist()):
                angle = 2 * math.pi * (u * east + v * north)
                x[row, place], x[row, 256 + place] = math.cos(angle), math.sin(angle)
        for layer in ("capsule.1", "capsule.3", "capsule.5"):
            x = np.maximum(x @ tensors[f"{name}.{layer}.weight"].T
                           + tensors[f"{name}.{layer}.bias"], 0)  # fmt: skip
        total += x @ tensors[f"{name}.head.0.weight"].T + tensors[f"{name}.head.0.bias"]
    return total


def test_the_forward_pass_is_that_of_an_independent_one(points, tensors, exact):
    found, wanted = exact(points), slow(tensors, points)
    assert found.dtype == np.float64
    np.testing.assert_allclose(found, wanted, rtol=0, atol=1e-9)
    single = places.place_tower()(points)
    assert single.dtype == np.float32
    np.testing.assert_allclose(normalized(single), normalized(wanted), rtol=0, atol=2e-4)


def test_without_its_highest_frequencies_it_is_another_function(points, tensors, exact):
    """A canary of the test above: what it compares depends on each capsule."""
    for missing in range(3):
        less = {k: v * (not k.startswith(f"LocEnc{missing}.head")) for k, v in tensors.items()}
        assert np.abs(exact(points[:20]) - slow(less, points[:20])).max() > 0.01


def test_the_parts_add_up(points, exact):
    parts = exact.parts(points[:50])
    assert parts.shape == (3, 50, 512)
    np.testing.assert_allclose(parts.sum(axis=0), exact(points[:50]), atol=1e-12)


def test_a_batch_ends_anywhere(points):
    tower = places.place_tower()
    np.testing.assert_allclose(tower(points)[7:9], tower(points[7:9]), atol=1e-5)


def test_twenty_thousand_places_take_less_than_half_a_minute():
    rng, tower = stream(1, "many"), places.place_tower()
    many = rng.uniform((-90, -180), (90, 180), (20_000, 2))
    started = time.process_time()
    assert tower(many).shape == (20_000, 512)
    assert time.process_time() - started < 60  # on two cores: 30 s


def test_the_untrained_twin_has_the_same_frequencies_and_fresh_layers(points, exact):
    one, other = (exact.untrained(stream(seed, "untrained")) for seed in (0, 1))
    for own, fresh in zip(exact.capsules, one.capsules, strict=True):
        assert own.frequencies is fresh.frequencies
        for (weights, biases), (a, b) in zip(own.layers, fresh.layers, strict=True):
            reach = weights.shape[1] ** -0.5
            assert (weights.shape, biases.shape) == (a.shape, b.shape)
            assert a.abs().max() <= reach
            assert a.std() == pytest.approx(reach / 3**0.5, rel=0.02)
    assert one.model != exact.model
    assert np.abs(one(points[:9]) - other(points[:9])).max() > 0.01
    again = exact.untrained(stream(0, "untrained"))
    np.testing.assert_array_equal(one(points[:9]), again(points[:9]))


def test_features_carry_the_models_tag_and_have_length_one(points, exact):
    found = exact.features(points[:9])
    assert (found.model, found.modality, found.normalized) == ("GeoCLIP", "place", True)
    np.testing.assert_allclose(np.linalg.norm(found.values, axis=1), 1, atol=1e-12)


def test_photographs_go_through_two_layers():
    path = data.path("places/image_encoder_mlp_weights.pth")
    known = {k: v.double().numpy() for k, v in torch.load(path, weights_only=True).items()}
    photos = data.load("things200/clip_feature_maps_test.npy")[:5, 0].astype(float)
    hidden = np.maximum(photos @ known["0.weight"].T + known["0.bias"], 0)
    wanted = hidden @ known["2.weight"].T + known["2.bias"]
    found = places.photo_head(torch.float64)(photos)
    np.testing.assert_allclose(found, wanted, rtol=0, atol=1e-12)
    assert 0.02 < places.temperature() < 0.03


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ([[139.7, 35.7]], "first latitude"),
        ([[0.0, 181.0]], "longitude 181"),
        ([[np.nan, 0.0]], "nan"),
        ([1.0, 2.0], r"give \(n, 2\)"),
        (np.empty((0, 2)), r"give \(n, 2\)"),
    ],
)
def test_what_is_no_place_is_refused(exact, given, said):
    with pytest.raises(ValueError, match=said):
        exact(given)


def test_photographs_of_another_model_are_refused():
    with pytest.raises(ValueError, match=r"\(n, 768\)"):
        places.photo_head()(np.ones((3, 512)))
