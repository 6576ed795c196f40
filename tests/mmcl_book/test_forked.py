"""Kernels that are copies of a process which has imported what chapters import."""

import asyncio
import json
import sys
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace
from typing import Any

import pytest
from jupyter_client.provisioning.local_provisioner import LocalProvisioner

from mmcl import files
from mmcl_book.run import execute, forked, worker

NOTED = """import psutil
note("forked", "forkserver" in " ".join(psutil.Process().parent().cmdline()))
"""
# What an import outside of a kernel, a place or an environment of another process would change.
SHOWN = """import os, sys, pandas as pd, matplotlib.pyplot as plt
note("session", os.getsid(0) == os.getpid())
print(os.getcwd(), *sys.path, hash("a"), __name__, len(sys.argv), sep="\\n")
own = ("JPY_PARENT_PID", "IPYTHONDIR", "JUPYTER_RUNTIME_DIR")  # of this worker
print(*sorted(each for each in os.environ.items() if each[0] not in own), sep="\\n")
display(pd.DataFrame([[number] * 15 for number in range(90)]))
plt.plot([1, 2]);"""


def shown(root: Any, name: str) -> list[str]:
    """What the cells of an executed chapter show, in lines."""
    text = (root / f"_build/default/executed/notebooks/{name}.ipynb").read_text()
    outputs = [cell.get("outputs") for cell in json.loads(text)["cells"]]
    return json.dumps(outputs, indent=1).splitlines()


def values(root: Any, name: str) -> dict[str, Any]:
    """What a chapter noted."""
    found = files.read_json(root / f"_build/default/records/{name}.json")["values"]
    return {key: entry["value"] for key, entry in found.items()}


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere no kernel is forked")
def test_a_forked_kernel_shows_what_any_other_shows(book):
    names = ("01_one", "02_two")
    for name in names:
        book.add(name, book.tiny(name, NOTED + SHOWN))
    first = execute.run(book.root, jobs=1, force=True)
    assert [each.status for each in first] == ["ran", "ran"]
    assert [values(book.root, name) for name in names] == [{"forked": True, "session": True}] * 2
    lines = shown(book.root, "01_one")
    assert "image/png" in "".join(lines)
    (alone,) = execute.run(book.root, ["01_one"], jobs=1, force=True)  # so nothing is gained
    assert alone.status == "ran"
    assert values(book.root, "01_one") == {"forked": False, "session": True}
    assert shown(book.root, "01_one") == lines


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere no kernel is forked")
def test_what_half_of_the_chapters_import_is_imported_before(book):
    extra = {"01_a": "torch", "02_b": "torch", "03_c": "wave", "04_d": "scipy.stats"}
    for name, module in extra.items():
        book.add(name, book.tiny(name, f"import {module}\nnote('a', 1)"))
    notebooks = sorted((book.root / "notebooks").glob("*.ipynb"))
    found = worker.imported_once(notebooks, 2)
    assert found[:2] == ["ipykernel.kernelapp", "torch._dynamo"]
    assert "mmcl_experiments.chapter.Chapter" in found
    assert "torch" in found
    assert not {"wave", "scipy.stats"} & {*found}
    assert worker.imported_once(notebooks, 4) == []  # a chapter each


def test_a_kernel_starts_as_any_other_where_none_can_be_forked(monkeypatch):
    def refuse() -> None:
        raise EOFError

    async def launch(self: Any, cmd: list[str], **given: Any) -> Any:
        return cmd, given

    process = SimpleNamespace(start=refuse, pid=None)
    context = SimpleNamespace(Process=lambda **given: process)
    monkeypatch.setattr(forked, "get_context", lambda name: context)
    monkeypatch.setattr(LocalProvisioner, "launch_kernel", launch)
    command = [sys.executable, "-m", "mmcl_book.run.kernel", "-f", "file"]
    started = forked.Provisioner().launch_kernel(command, env={"A": "b"})
    with ThreadPoolExecutor(1) as pool:  # a browser's tests leave a loop in this thread
        assert pool.submit(asyncio.run, started).result() == (command, {"env": {"A": "b"}})


def test_a_run_needs_no_fork_server(book, tmp_path, monkeypatch):
    """A socket's name has about a hundred characters at most."""
    names = ("01_one", "02_two")
    for name in names:
        book.add(name, book.tiny(name, NOTED))
    (place := tmp_path / ("long" * 30)).mkdir()
    monkeypatch.setenv("TMPDIR", str(place))
    found = execute.run(book.root, jobs=1)
    assert [each.status for each in found] == ["ran", "ran"]
    assert [values(book.root, name)["forked"] for name in names] == [False, False]
