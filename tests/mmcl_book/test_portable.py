"""The processor settings of `make portable`: each makes the libraries round otherwise."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests import portable

PROBE = """
import hashlib, json
import numpy as np, torch
from mmcl_experiments.provenance import instructions
torch.set_num_threads(1)
rng = np.random.default_rng(0)
a, b = (rng.standard_normal((257, 263)).astype(np.float32) for _ in range(2))
products = {"numpy": a @ b.T, "torch": (torch.tensor(a) @ torch.tensor(b).T).numpy()}
exact = a.astype(np.float64) @ b.T.astype(np.float64)
every = {**products, "torch's loops": torch.softmax(torch.tensor(a).flatten(), 0).numpy()}
print(json.dumps({
    "digests": {k: hashlib.sha256(v.tobytes()).hexdigest() for k, v in every.items()},
    "error": max(float(np.abs(v - exact).max()) for v in products.values()),
    "instructions": instructions(),
}))
"""


@pytest.fixture(scope="module")
def products():
    """What a product of numpy and one of torch are under each setting."""
    found = {}
    for setting in portable.SETTINGS:
        env = portable.environment(setting) | portable.ONE_THREAD
        done = subprocess.run(
            [sys.executable, "-c", PROBE], env=env, capture_output=True, text=True, check=True
        )
        found[setting] = json.loads(done.stdout)
    return found


def processor():
    try:
        return Path("/proc/cpuinfo").read_text(encoding="utf-8")
    except OSError:
        return ""


def test_the_oldest_setting_changes_last_bits_of_numpy_and_of_torch(products):
    for library in ("numpy", "torch", "torch's loops"):
        native, oldest = (products[name]["digests"][library] for name in ("native", "oldest"))
        assert native != oldest, library
    assert "Nehalem" in products["oldest"]["instructions"]
    assert max(each["error"] for each in products.values()) < 1e-4  # last bits, and no more


def test_the_second_setting_changes_last_bits_where_the_processor_has_more(products):
    """MKL, with which torch multiplies, takes AVX-512 on Intel's processors alone."""
    native, avx2 = products["native"]["digests"], products["avx2"]["digests"]
    more = "avx512f" in processor()
    assert (native["numpy"] != avx2["numpy"]) == more
    assert (native["torch's loops"] != avx2["torch's loops"]) == more
    assert (native["torch"] != avx2["torch"]) == (more and "GenuineIntel" in processor())
    assert "Haswell" in products["avx2"]["instructions"]


def test_every_setting_names_the_same_variables():
    names = {frozenset(each) for each in portable.SETTINGS.values() if each}
    assert len(names) == 1
    assert portable.SETTINGS["native"] == {}


def test_a_setting_of_the_shell_does_not_leak_into_another(monkeypatch):
    monkeypatch.setenv("MKL_CBWR", "COMPATIBLE")
    monkeypatch.setenv("MMCL_DATA", "somewhere")
    monkeypatch.setenv("MMCL_REQUIRE", "browser,data")
    assert "MKL_CBWR" not in portable.environment("native")
    assert portable.environment("avx2")["MKL_CBWR"] == "AVX2"
    without = portable.environment("native", data=False)
    assert "MMCL_DATA" not in without
    assert without["MMCL_REQUIRE"] == "browser"


def test_a_problem_is_said_and_fails_and_what_is_done_is_not_done_again(
    monkeypatch, tmp_path, capsys
):
    asked = []

    def stage(setting, folder):
        folder.mkdir(parents=True, exist_ok=True)
        asked.append(setting)
        if setting == "avx2":
            yield "a bound that rounding crossed"

    monkeypatch.setattr(portable, "ROOT", tmp_path)
    monkeypatch.setattr(portable, "cut_off", list)
    monkeypatch.setattr(portable, "STAGE", {"chapters": stage})
    code = {"commit": "1" * 40, "dirty": False}
    monkeypatch.setattr(portable, "origin", lambda: code)
    assert portable.main(["--stages", "chapters"]) == 1
    assert "avx2, chapters: a bound that rounding crossed" in capsys.readouterr().err
    assert asked == ["native", "avx2", "oldest"]
    assert portable.main(["native", "avx2", "--stages", "chapters"]) == 1
    assert asked[3:] == ["avx2"]
    assert portable.main(["native", "--stages", "chapters"]) == 0
    assert "green" in capsys.readouterr().err
    assert asked[4:] == []
    for change in ({"dirty": True}, {"dirty": False, "commit": "2" * 40}):
        code |= change
        assert portable.main(["native", "--stages", "chapters"]) == 0
        assert asked.pop() == "native"  # other code: what was done says nothing


def test_an_unknown_setting_or_stage_is_refused(capsys):
    for words in (["arm"], ["--stages", "chapters,lunch"]):
        with pytest.raises(SystemExit) as end:
            portable.main(words)
        assert end.value.code == 2
    assert "unknown: lunch" in capsys.readouterr().err


def test_chapters_that_read_outside_files_are_run_without_them():
    assert "12_clip_features" in portable.readers()
    assert "02_contrastive_objective" not in portable.readers()
