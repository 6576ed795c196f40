"""What can go wrong in a sweep: workers that are killed, Ctrl-C, failing tasks, no scheduler."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest

import mmcl

PATIENCE = 60.0
TINY = """
import os, signal, time
import numpy as np
import pandas as pd


def run(settings, seed):
    time.sleep(settings["nap"])
    if seed == settings["fails"]:
        raise RuntimeError(f"seed {seed} is not liked")
    if seed == settings["kills"]:
        os.kill(os.getpid(), signal.SIGKILL)
    draw = settings["scale"] * np.random.default_rng(seed).normal()
    threads = os.environ["OMP_NUM_THREADS"]
    return pd.DataFrame([
        {"metric": "draw", "threads": threads, "value": draw},
        {"metric": "double", "threads": threads, "value": 2.0 * seed},
    ])
"""
# The tiny experiment needs no torch, whose import is most of a worker's start.
TORCH = """
from types import SimpleNamespace

cuda = SimpleNamespace(is_initialized=lambda: False)
backends = SimpleNamespace(
    cpu=SimpleNamespace(get_cpu_capability=lambda: "DEFAULT"),
    mkl=SimpleNamespace(is_available=lambda: False),
)


def set_num_threads(count):
    global threads
    threads = count


def get_num_threads():
    return threads
"""
SETTINGS = """
from dataclasses import dataclass


@dataclass(frozen=True)
class Settings:
    nap: float = 0.0
    fails: int = -1
    kills: int = -1
    scale: float = 1.0


SEEDS = dict.fromkeys(("smoke", "default", "paper"), 3)
SMOKE = PAPER = {}
"""
CLUSTER = """
import sys
from distributed import LocalCluster
options = {"host": "127.0.0.1", "dashboard_address": "127.0.0.1:0", "local_directory": sys.argv[1]}
if __name__ == "__main__":
    with LocalCluster(n_workers=1, threads_per_worker=1, **options) as cluster:
        (worker,) = cluster.scheduler_info["workers"]
        print(cluster.scheduler_address, worker, flush=True)
        sys.stdin.read()
"""


class Lab:
    """A copy of the package with a tiny experiment, and a folder to sweep in."""

    def __init__(self, folder: Path):
        self.folder, self.package = folder, folder / "package"
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(Path(mmcl.__file__).parents[1], self.package, ignore=ignored)
        self.tiny = self.package / "mmcl_experiments" / "tiny" / "run.py"
        self.tiny.parent.mkdir()
        for name, text in (("__init__", ""), ("run", TINY), ("settings", SETTINGS)):
            (self.tiny.parent / f"{name}.py").write_text(text)
        (self.package / "torch.py").write_text(TORCH)
        for name in ("home", "temporary", "work"):
            (folder / name).mkdir()

    def popen(self, *command: str, **options: Any) -> subprocess.Popen:
        """Start Python in a process group of its own, which listens to Ctrl-C."""
        environment = {
            **os.environ,
            "PYTHONPATH": str(self.package),
            "HOME": str(self.folder / "home"),
            "TMPDIR": str(self.folder / "temporary"),
        }
        listen = partial(signal.signal, signal.SIGINT, signal.SIG_DFL)
        return subprocess.Popen(
            [sys.executable, *command],
            cwd=self.folder / "work",
            env=environment,
            start_new_session=True,
            preexec_fn=listen,
            **options,
        )

    def start(self, *arguments: str, out: str = "out") -> subprocess.Popen:
        """Start `mmcl sweep tiny`; its messages go to the file OUT.log."""
        log = (self.folder / f"{out}.log").open("w")
        command = ("-m", "mmcl_book.cli", "sweep", "tiny", *arguments, "--out", out)
        return self.popen(*command, stdout=log, stderr=log)

    def run(self, *arguments: str, out: str = "out") -> tuple[int, str]:
        """Run `mmcl sweep tiny`: (exit code, messages)."""
        code = self.start(*arguments, out=out).wait(PATIENCE * 2)
        return code, self.log(out)

    def log(self, out: str = "out") -> str:
        return (self.folder / f"{out}.log").read_text()

    def files(self, out: str = "out") -> list[Path]:
        return sorted((self.folder / "work" / out / "sweeps" / "tiny").glob("*.json"))

    def contents(self, out: str = "out") -> dict[str, Any]:
        """What a sweep produced, without times, places and costs."""
        found = {path.name: json.loads(path.read_text()) for path in self.files(out)}
        for content in found.values():
            assert content.pop("provenance")["threads"] == 1
        return found

    def seeds(self, out: str = "out") -> list[int]:
        return sorted(content["seed"] for content in self.contents(out).values())

    def leftovers(self) -> list[Path]:
        """Files outside OUT, and half-written ones in it."""
        outside = [*(self.folder / "home").iterdir(), *(self.folder / "temporary").iterdir()]
        return [*outside, *(self.folder / "work").rglob("*.tmp")]


@pytest.fixture
def lab(tmp_path: Path) -> Lab:
    return Lab(tmp_path)


def wait_until(condition: Callable[[], Any], what: str) -> None:
    """Wait for a condition, and fail when it doesn't come."""
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, f"waited {PATIENCE} s in vain: {what}"
        time.sleep(0.05)


def family(process: subprocess.Popen) -> list[psutil.Process]:
    """A process and all below it."""
    top = psutil.Process(process.pid)
    return [top, *top.children(recursive=True)]


def workers(process: subprocess.Popen) -> list[psutil.Process]:
    """The worker processes of a sweep."""
    return [p for p in family(process)[1:] if "multiprocessing.spawn" in " ".join(p.cmdline())]


def ended(processes: list[psutil.Process]) -> bool:
    """Whether none of these processes runs; those that nobody waited for don't."""
    return not [p for p in processes if p.is_running() and p.status() != psutil.STATUS_ZOMBIE]


def addresses(processes: list[psutil.Process]) -> set[str]:
    """Where processes listen."""
    sockets = [each for p in processes for each in p.net_connections("inet")]
    return {each.laddr.ip for each in sockets if each.status == psutil.CONN_LISTEN}


CHOICE = ("--jobs", "2", "--seeds", "0:7", "--set", "nap=0.2", "--set", "scale=1,2")


def lose_a_worker(lab: Lab, out: str) -> None:
    """Kill a worker in the midst of a sweep, which goes on to its end."""
    process = lab.start(*CHOICE, out=out)
    wait_until(lambda: len(lab.files(out)) >= 4, "some tasks are done")
    everyone = family(process)
    assert addresses(everyone) == {"127.0.0.1"}
    workers(process)[0].send_signal(signal.SIGKILL)
    assert process.wait(PATIENCE) == 0, lab.log(out)
    wait_until(lambda: ended(everyone), "all processes end")
    assert "Traceback" not in lab.log(out)


def interrupt(lab: Lab, out: str) -> None:
    """Press Ctrl-C in the midst of a sweep; it ends in order and resumes, a torn file or not."""
    process = lab.start(*CHOICE, out=out)
    wait_until(lambda: len(lab.files(out)) >= 3, "some tasks are done")
    everyone = family(process)
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does it: to everyone
    assert process.wait(PATIENCE) == 1
    wait_until(lambda: ended(everyone), "all processes end")
    log = lab.log(out)
    assert "interrupted; what was finished is kept" in log
    assert "Traceback" not in log
    before = {path: path.stat().st_mtime_ns for path in lab.files(out)}
    assert 3 <= len(before) < 14
    assert lab.leftovers() == []
    lab.files(out)[0].write_text('{"schema": 1, "rows": [{"metr')  # and one file is torn
    code, log = lab.run(*CHOICE, out=out)
    assert code == 0, log
    assert f"tiny: 14 tasks, {len(before) - 1} of them done before" in log
    assert "is not valid JSON" in log
    kept = [path for path, when in before.items() if path.stat().st_mtime_ns == when]
    assert len(kept) == len(before) - 1


def test_what_is_killed_or_interrupted_costs_nothing(lab):
    """Two disturbed sweeps end alike, with the numbers of the experiment."""
    lose_a_worker(lab, "killed")
    interrupt(lab, "interrupted")
    found = lab.contents("killed")
    assert found == lab.contents("interrupted")
    assert len(found) == 14
    draws = {
        (content["settings"].get("scale", 1.0), content["seed"]): content["rows"][0]["value"]
        for content in found.values()
    }
    assert draws == {
        (scale, seed): pytest.approx(scale * np.random.default_rng(seed).normal())
        for scale in (1, 2)
        for seed in range(7)
    }
    outs = ("killed", "interrupted")
    summaries = [(lab.files(out)[0].parent / "summary.csv") for out in outs]
    assert len({path.read_text().count("\n") for path in summaries}) == 1
    assert lab.leftovers() == []
    assert sorted(path.name for path in (lab.folder / "work").iterdir()) == sorted(outs)
    code, log = lab.run(*CHOICE, out="killed")
    assert (code, "14 of them done before" in log, "worker" in log) == (0, True, False)


def test_a_failed_task_fails_the_sweep_and_the_others_finish(lab):
    code, log = lab.run("--jobs", "2", "--seeds", "0:6", "--set", "fails=1", "--set", "kills=4")
    assert code == 1
    assert "tiny: FAILED: seed 1\n" in log
    assert "    RuntimeError: seed 1 is not liked" in log
    assert "tiny: FAILED: seed 4\n    its process was killed each time" in log
    assert "4 tasks run, 0 done before, 2 failed" in log
    assert lab.seeds() == [0, 2, 3, 5]
    (folder,) = {path.parent for path in lab.files()}
    assert (folder / "summary.csv").read_text().startswith("metric,threads,row,")
    assert {row["threads"] for c in lab.contents().values() for row in c["rows"]} == {"1"}


def test_no_scheduler_is_said_within_seconds(lab):
    with socket.socket() as silent, socket.socket() as closed:
        for each in (silent, closed):
            each.bind(("127.0.0.1", 0))
        silent.listen()
        started = time.monotonic()
        runs = {}
        for name, listener in (("silent", silent), ("closed", closed)):
            address = f"tcp://127.0.0.1:{listener.getsockname()[1]}"
            runs[name] = lab.start("--scheduler", address, out=name)
        for name, process in runs.items():
            assert process.wait(PATIENCE) == 1
            assert "no scheduler answers at tcp://127.0.0.1:" in lab.log(name)
            assert "Traceback" not in lab.log(name)
        assert time.monotonic() - started < 30


@pytest.fixture
def running(lab: Lab) -> Iterator[tuple[str, str]]:
    """The addresses of a scheduler and of its worker."""
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    process = lab.popen("-c", CLUSTER, str(lab.folder / "dask"), **pipes)
    assert process.stdout is not None
    scheduler, worker = process.stdout.readline().split()
    yield scheduler, worker
    process.communicate("", timeout=PATIENCE)


def test_an_existing_scheduler_whose_workers_have_the_same_code(lab, running):
    scheduler, worker = running
    code, log = lab.run("--scheduler", scheduler)
    assert code == 0, log
    assert lab.seeds() == [0, 1, 2]
    code, log = lab.run("--scheduler", worker, out="worker")
    assert code == 1
    assert "there is a Worker, and no scheduler" in log
    changed = lab.tiny
    changed.write_text(TINY.replace("2.0 * seed", "3.0 * seed"))
    code, log = lab.run("--scheduler", scheduler)
    assert code == 1
    assert "a worker has other code for tiny (mmcl_experiments.tiny.run)" in log
    assert lab.seeds() == [0, 1, 2]


@pytest.mark.parametrize("count", [400, pytest.param(2000, marks=pytest.mark.nightly)])
def test_many_tiny_tasks_lose_none_and_memory_is_flat(lab, count):
    process = lab.start("--jobs", "2", "--seeds", f"0:{count}")
    memory: dict[int, list[float]] = {}
    processes: list[psutil.Process] = []
    while process.poll() is None:
        done = len(lab.files())
        if done >= count // 10 and not processes:
            processes = [psutil.Process(process.pid), *workers(process)]
        if count // 10 <= done < count:
            memory[done] = [p.memory_info().rss / 2**20 for p in processes]
        time.sleep(0.1)
    log = lab.log()
    assert process.returncode == 0, log
    assert lab.seeds() == list(range(count))
    assert len(memory) >= 4
    first, last = memory[min(memory)], memory[max(memory)]
    assert max(memory) >= 0.75 * count
    assert max(b - a for a, b in zip(first, last, strict=True)) < 12, memory
    assert log.count("\n") < 60
