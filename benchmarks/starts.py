"""What several starts of ICA cost, and how much memory rows larger than it take."""

import json
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks._measure import ROOT, Sheet, in_turns, ratios, seconds, spread
from mmcl.ica import LinearICA
from mmcl.randomness import stream

SIZES: dict[str, dict[str, Any]] = {
    "full": {"rows": 20_000, "mapped": 1_000_000, "columns": 512, "components": 20,
             "starts": 10, "repeats": 5},
    "tiny": {"rows": 600, "mapped": 3_000, "columns": 24, "components": 4,
             "starts": 3, "repeats": 1},
}  # fmt: skip
PROBE = "import sys; from benchmarks import starts; starts.mapped(*sys.argv[1:])"
STEP = 10_000  # rows that are written at once


def run(size: dict[str, Any], device: str) -> Sheet:
    """One start against several in turns; then one fit of a memory map in a fresh process."""
    sheet = Sheet("starts", size, device)
    X = np.concatenate(list(features(size, size["rows"])))
    names = {"one": 1, "several": size["starts"]}
    works = {name: search(X, size, count) for name, count in names.items()}
    times = in_turns(works, size["repeats"], device)
    sheet.note("ratio", ratios(times, "several", "one"))
    rows = [
        {"starts": str(count), "rows": f"{size['rows']:,}", "seconds": spread(times[name])}
        for name, count in names.items()
    ]
    for dtype in ("float64", "float32"):
        found = in_a_process(size, dtype)
        sheet.note(f"{dtype}.mib", found["mib"])
        sheet.note(f"{dtype}.seconds", found["seconds"])
        sheet.note(f"{dtype}.converged", found["converged"])
        last = {"starts": f"1, in {dtype}", "rows": f"{size['mapped']:,}, mapped"}
        rows.append({**last, "seconds": f"{found['seconds']:.0f}"})
    sheet.table("fits", f"{size['components']} components of {size['columns']} columns", rows)
    return sheet


def features(size: dict[str, Any], n: int) -> Any:
    """Laplace sources in noise, float32, some rows after others."""
    rng = stream(0, "rows")
    mixing = rng.standard_normal((size["components"], size["columns"]))
    for at in range(0, n, STEP):
        shape = min(STEP, n - at), size["components"]
        noise = 0.1 * rng.standard_normal((shape[0], size["columns"]))
        yield (rng.laplace(size=shape) @ mixing + noise).astype(np.float32)


def search(X: np.ndarray, size: dict[str, Any], count: int) -> Callable[[], Any]:
    """A fit from so many starts."""
    return lambda: LinearICA(size["components"], n_init=count, random_state=0).fit(X)


def in_a_process(size: dict[str, Any], dtype: str) -> dict[str, Any]:
    """What `mapped` says in a fresh process, whose memory nothing else has touched."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "rows.npy"
        shape = size["mapped"], size["columns"]
        X: Any = np.lib.format.open_memmap(path, "w+", np.float32, shape)
        at = 0
        for piece in features(size, size["mapped"]):
            X[at : at + len(piece)] = piece
            at += len(piece)
        X.flush()
        command = [sys.executable, "-c", PROBE, str(path), json.dumps(size), dtype]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return json.loads(done.stdout.splitlines()[-1])


def mapped(path: str, size: str, dtype: str) -> None:
    """Print what fitting a memory map and transforming it took: MiB beyond the map, seconds."""
    X, made = np.load(path, mmap_mode="r"), json.loads(size)
    search(np.concatenate(list(features(made, 3_000))), made, 1)()  # loads what it needs
    ica = LinearICA(made["components"], random_state=0, dtype=dtype)
    before, most, done = private(), [0.0], threading.Event()

    def watch() -> None:
        while not done.wait(0.005):
            most[0] = max(most[0], private())

    watcher = threading.Thread(target=watch)
    watcher.start()
    took = seconds(lambda: ica.fit(X).transform(X))
    done.set()
    watcher.join()
    found = {"mib": max(most[0] - before, 0.0), "seconds": took, "converged": ica.converged_}
    print(json.dumps(found))


def private() -> float:
    """MiB that the process holds beside files that it has mapped. Linux alone tells."""
    status = Path("/proc/self/status").read_text(encoding="utf-8")
    return int(status.split("RssAnon:")[1].split()[0]) / 2**10
