"""What can go wrong in a run: chapters that fail, kernels and runs that are killed, Ctrl-C."""

import json
import os
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import psutil
import pytest

from mmcl_book.records import store as records

SLOW = 'import time, random\ntime.sleep(3)\nnote("answer", 2 * SIZE)\nprint("done", SIZE)'
PATIENCE = 60.0


def start(folder: Path, *arguments: str) -> subprocess.Popen:
    """Start `mmcl run` in a process group of its own.

    A shell's background jobs ignore Ctrl-C, and so would what they start: this one doesn't.
    """
    command = [sys.executable, "-m", "mmcl_book.cli", "run", *arguments]
    log = (folder / "log").open("w+")
    listen = partial(signal.signal, signal.SIGINT, signal.SIG_DFL)
    return subprocess.Popen(
        command, cwd=folder, stderr=log, start_new_session=True, preexec_fn=listen
    )


def run(folder: Path, *arguments: str) -> tuple[int, str]:
    """Run `mmcl run`: (exit code, messages)."""
    code = start(folder, *arguments).wait(PATIENCE * 2)
    return code, (folder / "log").read_text()


def wait_until(condition, what: str) -> None:
    """Wait for a condition, and fail when it doesn't come."""
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, f"waited {PATIENCE} s in vain: {what}"
        time.sleep(0.1)


def processes(folder: Path) -> list[psutil.Process]:
    """All processes that are in a folder or below it."""
    found = psutil.process_iter(["cmdline", "cwd"])
    return [each for each in found if (each.info["cwd"] or "").startswith(str(folder))]


def kernels(root: Path) -> list[psutil.Process]:
    """The kernels that run in a project: forked ones, or others."""
    known = ("mmcl_book.run.kernel", "mmcl_book.run.forked")
    found = [(each, " ".join(each.info["cmdline"] or [])) for each in processes(root / "notebooks")]
    return [each for each, line in found if any(name in line for name in known)]


def contents(base: Path) -> dict[str, object]:
    """What a run produced, without times, places and costs.

    Folders of processes that are just ending stand beside these and may vanish meanwhile.
    """
    found: dict[str, object] = {}
    for path in sorted([*base.glob("records/*.json"), *base.glob("*/records/*.json")]):
        record = records.load(path)
        del record["provenance"]
        found[path.name] = record
    executed = [*base.glob("executed/*/*.ipynb"), *base.glob("*/executed/*/*.ipynb")]
    for path in sorted(executed):
        cells = json.loads(path.read_text())["cells"]
        own = [
            cell for cell in cells if "injected-parameters" not in cell["metadata"].get("tags", [])
        ]
        found[path.name] = [(c.get("id"), c["source"], c.get("outputs")) for c in own]
    return found


def half_written(root: Path) -> list[Path]:
    """Files that a reader could take for results and that are none."""
    leftovers = [p for p in root.rglob("*") if p.suffix == ".tmp" or ".staging" in p.parts[:-1]]
    for path in root.rglob("_build/**/*"):
        if path.suffix in (".json", ".ipynb") and path.is_file():
            json.loads(path.read_text())
    return leftovers


def interrupt(book, number: int) -> int:
    """Signal a run while its second chapter executes, and wait until all of it is gone."""
    process = start(book.root, "--jobs", "1")
    log = book.root / "log"
    wait_until(lambda: "02_slow: started" in log.read_text(), "the second chapter starts")
    wait_until(lambda: kernels(book.root), "its kernel starts")
    time.sleep(1)
    assert process.poll() is None
    os.kill(process.pid, number)
    code = process.wait(PATIENCE)
    wait_until(lambda: not processes(book.root), "no process is left")
    return code


@pytest.fixture
def two(book):
    """A quick and a slow chapter."""
    book.add("01_tiny")
    book.add("02_slow", book.tiny("02_slow", SLOW))
    return book


def test_a_killed_run_resumes_and_ends_as_an_undisturbed_one(two):
    interrupt(two, signal.SIGKILL)
    assert list(contents(two.root / "_build")) == ["01_tiny.json", "01_tiny.ipynb"]
    code, log = run(two.root)
    assert code == 0, log
    assert "01_tiny: unchanged, reused" in log
    assert "02_slow: finished" in log
    assert half_written(two.root) == []
    base = two.root / "_build" / "default"
    resumed = contents(base)
    assert len(resumed) == 4
    code, log = run(two.root)
    assert (code, log.count("unchanged, reused")) == (0, 2)
    code, log = run(two.root, "--force", "--jobs", "1")  # undisturbed
    assert (code, log.count(": finished")) == (0, 2)
    assert contents(base) == resumed


@pytest.mark.parametrize("chapters", [(), ("02",)])  # a forked kernel, or one that stands alone
def test_a_killed_worker_leaves_nothing_behind(two, chapters):
    process, log = start(two.root, "--jobs", "1", *chapters), two.root / "log"
    wait_until(lambda: "02_slow: started" in log.read_text(), "the slow chapter starts")
    wait_until(lambda: kernels(two.root), "its kernel starts")
    (kernel,) = kernels(two.root)
    forked = "mmcl_book.run.forked" in " ".join(kernel.cmdline())
    assert forked == (sys.platform == "linux" and not chapters)
    (kernel.parents()[1] if forked else kernel.parent()).kill()
    assert process.wait(PATIENCE) == 1
    assert "did the machine run out of memory?" in log.read_text()
    wait_until(lambda: not processes(two.root), "no process is left")


def test_ctrl_c_ends_in_order(two):
    assert interrupt(two, signal.SIGINT) == 1
    log = (two.root / "log").read_text()
    assert "interrupted; what was finished is kept" in log
    assert "Traceback" not in log
    assert list(contents(two.root / "_build")) == ["01_tiny.json", "01_tiny.ipynb"]


def test_a_failed_chapter_fails_the_run_and_the_others_finish(book):
    book.add("01_bad", book.tiny("01_bad", 'note("a", 1)\n1 / 0'))
    book.add("02_nan", book.tiny("02_nan", 'note("a", float("nan"))'))
    book.add("03_good", book.tiny("03_good", 'import os\nnote("a", os.environ["OMP_NUM_THREADS"])'))
    book.add(
        "04_dies", book.tiny("04_dies", "import os, signal\nos.kill(os.getpid(), signal.SIGKILL)")
    )
    book.add("05_forgets", book.tiny("05_forgets", end="chapter"))
    code, log = run(book.root, "--jobs", "1")
    assert code == 1
    assert "ZeroDivisionError: division by zero" in log
    assert "give a finite number" in log
    assert "DeadKernelError" in log
    assert "05_forgets wrote no record" in log
    base = book.root / "_build" / "default"
    assert list(contents(base)) == ["03_good.json", "03_good.ipynb"]
    assert contents(base)["03_good.json"]["values"] == {"a": {"value": "1"}}
    assert (base / "failed" / "01_bad.ipynb").is_file()
    assert half_written(book.root) == []
    book.add("01_bad")
    code, log = run(book.root, "1")
    assert code == 0, log
    assert not (base / "failed" / "01_bad.ipynb").exists()


def test_seed_settings_and_folder_reach_the_chapter(book, tmp_path):
    book.add("01_tiny")
    out = tmp_path / "elsewhere"
    code, log = run(
        book.root, "--seed", "7", "--set", "SIZE=5", "--profile", "smoke", "--out", str(out)
    )
    assert code == 0, log
    record = records.load(out / "records" / "01_tiny.json")
    assert (record["seed"], record["profile"], record["parameters"]) == (7, "smoke", {"SIZE": 5})
    assert record["values"] == {"answer": {"value": 45}}
    assert record["provenance"]["threads"] == 1
    assert not (book.root / "_build").exists()
