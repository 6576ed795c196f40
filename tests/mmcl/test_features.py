"""Features with a tag: what is refused, what is read, and what stands in."""

import numpy as np
import pytest

from mmcl import data
from mmcl.features import tagged as features
from mmcl.features.tagged import Basis, Features
from mmcl.ica import LinearICA
from mmcl.randomness import stream
from tests.outside import real


def made(model="one", n=200, d=6, normalized=False):
    values = stream(0, model).laplace(size=(n, d))
    found = Features(values, model, "image", False)
    return found.on_sphere() if normalized else found


def fitted(some):
    return Basis.fit(LinearICA(3, random_state=0), some)


def test_components_are_those_of_the_transformer():
    some = made()
    direct = LinearICA(3, random_state=0).fit(some.values).transform(some.values)
    np.testing.assert_array_equal(fitted(some).components(some), direct)


def test_features_of_another_model_are_refused_though_the_shapes_agree():
    with pytest.raises(ValueError, match=r"'one'.*'two'.*two spaces"):
        fitted(made("one")).components(made("two"))


def test_the_other_modality_of_the_same_model_is_read():
    text = Features(made().values, "one", "text", False)
    assert fitted(made()).components(text).shape == (200, 3)


def test_features_on_another_scale_are_refused():
    with pytest.raises(ValueError, match=r"normalized=False.*normalized=True.*on_sphere"):
        fitted(made()).components(made(normalized=True))


@pytest.mark.parametrize(
    ("values", "model", "normalized", "words"),
    [
        (np.ones(3), "one", False, "shape"),
        (np.full((2, 3), np.nan), "one", False, "finite"),
        (np.ones((2, 3)), "", False, "model"),
        (np.ones((2, 3)), "one", True, "normalized=False"),
    ],
)
def test_wrong_features_are_refused(values, model, normalized, words):
    with pytest.raises(ValueError, match=words):
        Features(values, model, "image", normalized)


def test_on_sphere_keeps_directions():
    before, after = made(), made().on_sphere()
    np.testing.assert_allclose(np.linalg.norm(after.values, axis=1), 1)
    lengths = np.linalg.norm(before.values, axis=1, keepdims=True)
    np.testing.assert_allclose(after.values * lengths, before.values)
    assert (after.model, after.modality) == (before.model, before.modality)


def test_pairs_are_of_one_model_and_one_shape():
    features.paired(made(), made())
    with pytest.raises(ValueError, match="no pairs"):
        features.paired(made("one"), made("two"))
    with pytest.raises(ValueError, match="shapes"):
        features.paired(made(), made(n=100))


def test_unknown_names_are_refused():
    with pytest.raises(ValueError, match="clip"):
        features.pairs("klip")
    with pytest.raises(ValueError, match="lvis"):
        features.vocabulary("imagenet")


def test_another_source_plugs_in(monkeypatch):
    monkeypatch.setitem(features.PAIRS, "mine", lambda: (made(), made()))
    assert features.pairs("mine")[0].model == "one"


def test_what_stands_in_is_no_clip_and_its_pairs_belong_together():
    x, t = features.stand_in(stream(0, "stand-in"))
    assert x.model == t.model == "stand-in"
    assert x.normalized
    a, b = (f.values - f.values.mean(axis=0) for f in (x, t))
    own = (a * b).sum(axis=1).mean()
    assert own > 3 * abs((a * np.roll(b, 1, axis=0)).sum(axis=1).mean())


@real
def test_the_real_pairs_have_the_figures_that_were_seen():
    x, t = features.pairs("clip")
    assert x.values.shape == t.values.shape == (500, 512)
    assert (x.values * t.values).sum(axis=1).mean() == pytest.approx(0.310, abs=5e-4)
    gap = np.linalg.norm(x.values.mean(axis=0) - t.values.mean(axis=0))
    assert gap == pytest.approx(0.851, abs=5e-4)
    assert features.pairs("untrained")[0].model != x.model


@real
def test_vocabularies_have_a_word_for_each_feature_and_the_same_space():
    (lvis, words), (other, names) = map(features.vocabulary, ("lvis", "objects365"))
    assert (len(words), len(names)) == (1203, 365)
    assert lvis.model == other.model != features.pairs("clip")[0].model
    shared = [word for word in words if word in {name.lower() for name in names}][:50]
    a, b = lvis.on_sphere().values, other.on_sphere().values
    low = [name.lower() for name in names]
    own = [a[words.index(word)] @ b[low.index(word)] for word in shared]
    assert np.median(own) > 0.95  # rows and words go together


@real
def test_components_of_the_vocabulary_refuse_the_pairs():
    basis = fitted(features.vocabulary("lvis")[0].on_sphere())
    with pytest.raises(ValueError, match=r"B/32.*B/16"):
        basis.components(features.pairs("clip")[1])


def test_what_cannot_be_had_is_an_os_error(monkeypatch, tmp_path):
    monkeypatch.setenv("MMCL_DATA", str(tmp_path))
    with pytest.raises(OSError, match="MMCL_DATA"):
        features.pairs("clip")
    assert data.state("clip_coco500/features_clip.npy") == "absent"
