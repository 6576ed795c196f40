"""What provenance says of the processor's instructions."""

import os
import subprocess
import sys

import pytest

from mmcl_experiments import provenance

LOADED = "import torch; from mmcl_experiments import provenance as p; print(p.instructions())"


def said(program, **environment):
    """What a program prints in a new process."""
    done = subprocess.run(
        [sys.executable, "-c", program],
        env=os.environ | environment, capture_output=True, text=True, check=True,
    )  # fmt: skip
    return done.stdout.strip()


def test_the_instructions_that_are_set_are_those_that_are_said():
    import platform

    if platform.machine() not in ("x86_64", "AMD64"):
        pytest.skip("the kernels have other names on this processor")
    given = {"OPENBLAS_CORETYPE": "Nehalem", "ATEN_CPU_CAPABILITY": "default", "MKL_CBWR": "AVX2"}
    found = said(LOADED, **given).split(", mkl ")
    assert found in (["numpy Nehalem, torch DEFAULT", *end] for end in ([], ["CBWR=AVX2"]))


def test_nothing_is_imported_to_find_out():
    program = "import sys; from mmcl_experiments import provenance as p; before = set(sys.modules)"
    program += "; p.instructions(); print({each.split('.')[0] for each in sys.modules} - before"
    assert said(program + ", 'torch' in sys.modules)") == "{'threadpoolctl'} False"


def test_a_cost_says_the_instructions(monkeypatch):
    monkeypatch.setattr(provenance, "instructions", lambda: "numpy SkylakeX, torch AVX512")
    assert provenance.cost(1.0)["instructions"] == "numpy SkylakeX, torch AVX512"


def test_only_values_of_mkl_are_said(monkeypatch):
    import torch

    monkeypatch.setattr(torch.backends.mkl, "is_available", lambda: True)
    monkeypatch.setenv("MKL_CBWR", "/home/somebody")
    assert provenance.instructions().endswith("mkl CBWR=unknown")


@pytest.mark.parametrize(("given", "count"), [("3", 3), ("4,2", 4), ("many", None), ("", None)])
def test_threads_are_read_from_whatever_is_set(monkeypatch, given, count):
    monkeypatch.setitem(sys.modules, "torch", None)
    monkeypatch.setenv("OMP_NUM_THREADS", given)
    assert provenance.threads() == (count or os.cpu_count())
