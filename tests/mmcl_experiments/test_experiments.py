import json
from dataclasses import dataclass, field, fields, is_dataclass
from typing import Any

import numpy as np
import pandas as pd
import pytest

import mmcl_experiments as experiments
from mmcl_experiments import rooms


@pytest.mark.parametrize("name", experiments.names())
def test_profiles_have_known_settings_of_the_right_types(name):
    stated = rooms.stated(name)
    assert is_dataclass(stated["Settings"])
    assert set(stated["SEEDS"]) == set(experiments.PROFILES)
    assert all(type(count) is int and count > 0 for count in stated["SEEDS"].values())
    default = experiments.settings(name)
    assert set(default) == {each.name for each in fields(stated["Settings"])} | {"device"}
    for profile in ("smoke", "paper"):
        changes = stated[profile.upper()]
        other = experiments.settings(name, profile=profile)  # an unknown name is refused
        assert list(other) == list(default)
        assert shape(other) == shape(default)
        assert all(other[key] != default[key] for key in changes), "leave out what is the same"


def shape(value: Any) -> Any:
    """The type of a value and of what is in it, however many there are."""
    if isinstance(value, dict):
        return {key: shape(each) for key, each in value.items()}
    if isinstance(value, list):
        return {repr(shape(each)) for each in value}
    return type(value)


def test_settings_are_what_json_has_of_them():
    for name in experiments.names():
        found = experiments.settings(name)
        assert json.loads(json.dumps(found)) == found
    assert experiments.settings("walls")["scales"] == [0.05, 0.1, 0.2, 0.5]
    assert experiments.settings("walls", scales=[0.3])["scales"] == [0.3]


def test_a_setting_that_came_later_leaves_no_trace_where_all_is_as_before(monkeypatch):
    @dataclass(frozen=True)
    class Settings:
        n: int = 1
        later: int = field(default=2, metadata={"before": 0})

    stated = {"Settings": Settings, "SEEDS": {"default": 1, "smoke": 1}, "SMOKE": {"later": 0}}
    default, smoke = (rooms.entry(stated, profile) for profile in ("default", "smoke"))
    assert rooms.counted(stated, default) == {"n": 1, "later": 2, "seeds": 1}
    assert rooms.counted(stated, smoke) == {"n": 1, "seeds": 1}
    monkeypatch.setattr(rooms, "stated", lambda name: stated)

    class Run:
        run = staticmethod(lambda chosen, seed: chosen)

    monkeypatch.setattr(rooms, "module", lambda name: Run)
    assert rooms.run_alone("any", {"n": 5}, 0) == {"n": 5, "later": 0}
    assert rooms.run_alone("any", {"n": 5, "later": 2}, 0) == {"n": 5, "later": 2}


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
