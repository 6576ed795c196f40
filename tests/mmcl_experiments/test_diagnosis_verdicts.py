"""The diagnosis where the answer is known, and on COCO's pairs, as a command and in the book."""

import json

import numpy as np
import pandas as pd
import pytest

import mmcl_experiments as experiments
from mmcl.features.tagged import pairs
from mmcl_book import cli
from mmcl_experiments import results
from mmcl_experiments.coco_axes import run as coco
from mmcl_experiments.verdicts import run as verdicts
from mmcl_experiments.verdicts.settings import Settings
from tests.outside import real


def test_every_case_of_the_table_is_run_and_asks_what_can_be_read():
    assert set(Settings().cases) == set(verdicts.CASES)
    assert {case.asked for case in verdicts.CASES.values()} == set(verdicts.ASKED)
    rows = {name: case.rows for name, case in verdicts.CASES.items()}
    assert (rows["few Laplace"], rows["Laplace"], rows["copied block"]) == (500, 5000, 5000)


def test_the_experiment_says_what_is_right():
    asked = {"cases": ["few Laplace", "shifted", "captions"]}
    table = experiments.run("verdicts", profile="smoke", seed=100, **asked)
    assert list(table.columns) == ["case", "rows", "asked", "expected", "said", "right", "seed"]
    assert table.said.tolist() == ["can't say", "-1", "named"]
    assert table.right.all()


def test_fresh_weights_are_a_network_and_another_one_for_each_seed():
    one, two = (verdicts.fresh_weights(8, np.random.default_rng(seed)) for seed in (1, 2))
    assert one[0].shape == one[1].shape == (8, 32)
    assert not np.allclose(one[0], two[0], atol=0.1)


@real
def test_the_command_and_the_book_say_the_same_of_coco(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    for name, side in zip(("images", "texts"), pairs("clip"), strict=True):
        np.save(f"{name}.npy", side.values)
    assert cli.main(["diagnose", "images.npy", "texts.npy", "--seed", "0"]) == 0
    assert "Of single axes it can't say anything" in capsys.readouterr().out
    said = coco.table(json.loads((tmp_path / "diagnosis.json").read_text()))
    recorded = results.recorded("coco_axes", profile="default").query("seed == 0")
    both = said.merge(recorded, on=["k", "metric"], suffixes=("", "_book"), how="outer")
    assert both.notna().all(axis=None)
    exact = both[both.metric.isin(["rotation", "pca", "cca", "meet", "enough", "chance"])]
    assert exact.value.to_numpy() == pytest.approx(exact.value_book.to_numpy(), abs=1e-6)
    near = both[both.metric.isin(["apart", "ica"])]  # a search may end elsewhere by rounding
    assert near.value.to_numpy() == pytest.approx(near.value_book.to_numpy(), abs=0.03)
    assert pd.Series(both.k.unique()).gt(20).any()
