import numpy as np
import pandas as pd
import pytest

import mmcl_experiments as experiments
from mmcl.files import read_yaml


def test_names_and_profiles_agree():
    for profile in experiments.PROFILES:
        file = f"{experiments.__path__[0]}/../profiles/{profile}.yml"
        assert sorted(read_yaml(file)) == experiments.names()
    for name in experiments.names():
        first, *others = (experiments.settings(name, profile=p) for p in experiments.PROFILES)
        for other in others:
            kinds = [{key: type(value) for key, value in each.items()} for each in (first, other)]
            assert kinds[0] == kinds[1], name


def test_the_table_is_tidy_and_a_seed_means_the_same_numbers():
    small = {"profile": "smoke", "baselines": False, "steps": 3}
    first, again, other = (experiments.run("hypersphere", seed=s, **small) for s in (1, 1, 2))
    pd.testing.assert_frame_equal(first, again)
    assert {"code", "modality", "metric", "value", "seed", "kappa"} <= set(first.columns)
    assert np.isfinite(first.value).all()
    assert not np.allclose(first.value, other.value)


def test_runs_over_seeds_equal_single_runs_however_many_processes(monkeypatch):
    variants = [{"baselines": False, "steps": 3}, {"baselines": False, "steps": 3, "kappa": 2.0}]
    tables = []
    for jobs in ("1", "2"):
        monkeypatch.setenv("MMCL_JOBS", jobs)
        tables.append(experiments.run_seeds("hypersphere", *variants, profile="smoke", seed=3))
    pd.testing.assert_frame_equal(*tables, rtol=1e-4, atol=1e-6)
    assert sorted(tables[0].seed.unique()) == [3, 4]
    assert tables[0].groupby("variant").kappa.unique().map(list).tolist() == [[5.0], [2.0]]
    one = experiments.run("hypersphere", profile="smoke", seed=4, **variants[1])
    part = tables[0].query("seed == 4 and variant == 1").drop(columns="variant")
    pd.testing.assert_frame_equal(part.reset_index(drop=True), one, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        ({"name": "hyperspere"}, "did you mean 'hypersphere'"),
        ({"profile": "papre"}, "did you mean 'paper'"),
        ({"kapa": 5.0}, "did you mean 'kappa'"),
        ({"kappa": "five"}, "give a float"),
        ({"steps": 2.5}, "give a int"),
        ({"seed": -1}, "seed is -1"),
        ({"seed": True}, "seed is True"),
        ({"d": 0}, "d = 0"),
    ],
)
def test_wrong_calls_are_refused(call, message):
    arguments = {"name": "hypersphere", "profile": "smoke", **call}
    with pytest.raises(ValueError, match=message):
        experiments.run(arguments.pop("name"), **arguments)


def test_an_integer_will_do_for_a_float():
    assert experiments.settings("hypersphere", kappa=2)["kappa"] == 2.0


def test_the_device_comes_from_the_environment(monkeypatch):
    monkeypatch.setenv("MMCL_DEVICE", "cuda")
    assert experiments.settings("hypersphere")["device"] == "cuda"
    monkeypatch.delenv("MMCL_DEVICE")
    assert experiments.settings("hypersphere")["device"] == "cpu"


def test_a_variant_says_how_many_seeds_it_gets(monkeypatch):
    monkeypatch.setenv("MMCL_JOBS", "1")
    small = {"scales": [0.2], "cells": 20, "steps": 3}
    table = experiments.run_seeds("walls", small, small | {"seeds": 3}, profile="smoke", seed=4)
    seeds = table.groupby("variant").seed.unique().map(list)
    assert seeds[0] == [4]
    assert seeds[1] == [4, 5, 6]
