"""Arrays of all kinds are read as the numbers that they hold, or refused by name."""

from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
import torch

from mmcl import metrics
from mmcl.errors import InputError
from mmcl.metrics import geometry, paired, stability
from mmcl.metrics.dimension import canonical, intrinsic_dimension
from mmcl.metrics.reading import numbers, read
from mmcl.randomness import stream

# Quarters are numbers of every type, bfloat16 too.
Z = stream(0, "z").integers(-40, 40, (400, 3)) / 4
LABELS = stream(0, "labels").integers(3, size=(400, 1))
NAMES = np.array(["cone", "cube", "ball"], dtype=object)[LABELS]


def split():
    return stream(0, "split")


KINDS = {
    "list": Z.tolist(),
    "float32": Z.astype(np.float32),
    "objects": Z.astype(object),
    "decimals": np.vectorize(Decimal, otypes=[object])(Z),
    "tensor": torch.tensor(Z, requires_grad=True),
    "half": torch.tensor(Z).half(),
    "bfloat16": torch.tensor(Z).bfloat16(),
    "real of complex": torch.tensor(Z + 1j).conj().real,
    "frame": pd.DataFrame(Z),
    "Float64": pd.DataFrame(Z).astype("Float64"),
    "mixed frame": pd.DataFrame(Z).astype({0: "Float32", 1: "float32", 2: object}),
    "array of frame": pd.DataFrame(Z).astype("Float64").to_numpy(dtype=object),
    "masked": np.ma.masked_array(Z, mask=False),
}


@pytest.mark.parametrize("kind", KINDS)
def test_numbers_of_each_kind_score_as_those_of_numpy(kind):
    values = KINDS[kind]
    assert (numbers(values, "codes") == Z).all()
    assert metrics.mcc(values, Z) == metrics.mcc(Z, values) == metrics.mcc(Z, Z)
    for measure in (metrics.linear_r2, metrics.sap):
        assert measure(values, values, rng=split()) == measure(Z, Z, rng=split())
    both = canonical(values, values, rng=split())
    assert (both.correlations == canonical(Z, Z, rng=split()).correlations).all()
    assert geometry.uniformity(values) == geometry.uniformity(Z)


def test_whole_numbers_are_codes_and_as_latents_labels_whatever_their_type():
    codes, whole = LABELS + 0.1 * Z, pd.DataFrame(LABELS).astype("Int64")
    assert read(whole, "latents").dtype == np.int64
    assert metrics.linear_r2(Z, codes, rng=split()) == metrics.linear_r2(
        Z, pd.DataFrame(codes).astype("Float64"), rng=split()
    )
    for labels in (LABELS, whole, torch.tensor(LABELS), LABELS.astype(object)):
        with pytest.raises(InputError, match=r"latents are int64, .* takes for labels"):
            metrics.mcc(labels, codes)
        for discrete in (False, True):
            found = metrics.mig(labels, codes, bins=5, discrete=discrete)
            assert found == metrics.mig(LABELS, codes, bins=5, discrete=discrete)


@pytest.mark.parametrize("kind", ["category", "string", "object"])
def test_labels_are_labels_though_they_look_like_numbers(kind):
    labels = pd.DataFrame(LABELS.astype(str)).astype(kind)
    found = metrics.linear_accuracy(labels, LABELS + 0.1 * Z, rng=split())
    assert found == metrics.linear_accuracy(LABELS, LABELS + 0.1 * Z, rng=split())
    with pytest.raises(InputError, match="which is no number; say discrete=True"):
        metrics.mig(labels, Z, bins=5)
    with pytest.raises(InputError, match="takes for labels"):
        metrics.linear_r2(labels, Z, rng=split())


def test_categories_of_numbers_are_labels():
    labels = pd.DataFrame(LABELS * 1.5).astype("category")
    with pytest.raises(InputError, match="takes for labels"):
        metrics.linear_r2(labels, Z, rng=split())
    found = metrics.linear_accuracy(labels, LABELS + 0.1 * Z, rng=split())
    assert found == metrics.linear_accuracy(LABELS, LABELS + 0.1 * Z, rng=split())


def test_measurements_beside_labels_in_a_frame():
    frame = pd.DataFrame({"place": pd.array(Z[:, 0], dtype="Float64"), "shape": NAMES[:, 0]})
    kinds = {"bins": 5, "discrete": (False, True)}
    found = metrics.mig(frame, Z, **kinds)
    assert found == metrics.mig(np.column_stack([Z[:, 0], LABELS]), Z, **kinds)
    with pytest.raises(InputError, match=r"latent shape holds '(cone|cube|ball)', .* no number"):
        metrics.mig(frame, Z, bins=5)


@pytest.mark.parametrize(
    "values",
    [
        pd.DataFrame(Z).astype("Float64").mask(Z > 9),
        pd.DataFrame((4 * Z).astype(int)).astype("Int64").mask(Z > 9),
        np.ma.masked_greater(Z, 9),
        np.where(Z > 9, None, Z),
    ],
    ids=["Float64", "Int64", "masked", "None"],
)
def test_what_is_missing_is_not_a_number(values):
    with pytest.raises(InputError, match="codes hold NaN"):
        metrics.mcc(Z, values)
    with pytest.raises(InputError, match="latents hold NaN"):
        metrics.mcc(values, Z)


CALLS = {
    "latents": lambda v: metrics.mcc(v, Z),
    "codes": lambda v: metrics.dci(Z, v, rng=split()),
    "points": intrinsic_dimension,
    "features": geometry.participation_ratio,
    "scores": geometry.recall_at_1,
    "sources": stability.gaussianity,
    "arms": lambda v: paired.difference(v, Z),
    "importances": metrics.dci_scores,
}


@pytest.mark.parametrize("name", CALLS)
def test_an_imaginary_part_is_never_lost(name):
    for values in (Z + 0j, (Z + 1j).astype(object), torch.tensor(Z + 1j), pd.DataFrame(Z + 1j)):
        with pytest.raises(InputError, match=f"{name} are complex; give real and imaginary parts"):
            CALLS[name](values)


@pytest.mark.parametrize("name", sorted(set(CALLS) - {"latents", "scores"}))
def test_text_and_dates_are_no_numbers(name):
    for values in (Z.astype(str), NAMES, Z.astype("datetime64[s]")):
        with pytest.raises(InputError, match=f"{name} are .*, not real numbers"):
            CALLS[name](values)


def test_ragged_rows_are_refused():
    with pytest.raises(InputError, match=r"codes are no table .* rows of one length"):
        metrics.mcc(Z, [[1.0], [1.0, 2.0]])
