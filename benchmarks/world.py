"""Pictures and captions: how many a second, what tracing them at once saves, and a whole world."""

import json
import subprocess
import sys
import tempfile
import time
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks._measure import ROOT, Sheet, in_turns, ratios, spread
from mmcl.randomness import stream
from mmcl.world import factors, store
from mmcl.world.render import render
from mmcl_experiments import provenance

SIZES: dict[str, dict[str, Any]] = {
    "full": {"pictures": 400, "singles": 40, "side": 64, "pairs": 20_000, "repeats": 5},
    "tiny": {"pictures": 4, "singles": 2, "side": 16, "pairs": 8, "repeats": 2},
}
PROBE = "import sys; from benchmarks import world; print(world.made(*sys.argv[1:]))"


def run(size: dict[str, Any], device: str) -> Sheet:
    """Antialiased pictures with shadows a second, at once and one by one; then pairs on disk."""
    sheet = Sheet("world", size, device)
    table = factors.draw(size["pictures"], stream(0, "factors"))
    look = {"size": size["side"], "device": device}
    works = {
        "at once": partial(render, table, **look),
        "one by one": partial(one_by_one, table.iloc[: size["singles"]], **look),
    }
    times = in_turns(works, size["repeats"], device)
    counts = {"at once": size["pictures"], "one by one": size["singles"]}
    speeds = {name: [counts[name] / t for t in found] for name, found in times.items()}
    sheet.note("pictures.per_second", speeds["at once"])
    share = size["pictures"] / size["singles"]
    sheet.note("one_by_one.ratio", [share * r for r in ratios(times, "one by one", "at once")])
    seconds, mib = in_a_process(size, device)
    sheet.note("pairs.seconds", seconds)
    sheet.note("pairs.mib", mib)
    rows = [{"pictures": name, "a second": spread(found, 0)} for name, found in speeds.items()]
    made_too = f"{size['pairs'] / seconds:.0f}"
    rows.append({"pictures": f"{size['pairs']} with captions, on disk", "a second": made_too})
    caption = (
        f"Pictures of {size['side']} x {size['side']} pixels, 2 x 2 rays a pixel, with shadows"
    )
    sheet.table("pictures", caption, rows)
    return sheet


def one_by_one(table: Any, **look: Any) -> None:
    """A picture at a time, as a renderer without batches would."""
    for row in range(len(table)):
        render(table.iloc[row : row + 1], **look)


def made(size: str, device: str) -> str:
    """Make a world in a folder of its own: seconds on the wall and this process's peak MiB."""
    chosen = json.loads(size)
    with tempfile.TemporaryDirectory() as folder:
        start = time.perf_counter()
        spec = store.Spec(size=chosen["side"])
        store.make(Path(folder), spec, chosen["pairs"], device=device)
        seconds = time.perf_counter() - start
    return f"{seconds} {provenance.peak_mib() or float('nan')}"


def in_a_process(size: dict[str, Any], device: str) -> tuple[float, float]:
    """`made` in a fresh process, whose memory nothing else has touched."""
    command = [sys.executable, "-c", PROBE, json.dumps(size), device]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    seconds, mib = map(float, done.stdout.split()[-2:])
    return seconds, mib
