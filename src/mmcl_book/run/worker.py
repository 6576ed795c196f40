"""A process that executes chapters: its threads, folders, end, and what its kernels begin with."""

import atexit
import os
import shutil
import signal
import sys
import threading
from collections import Counter
from collections.abc import Sequence
from multiprocessing.connection import Connection
from pathlib import Path

from mmcl_book import keys
from mmcl_book.run.kernel import MEMORY

# One thread for each kernel, on every machine: numbers must not depend on the number of cores.
THREADS = ("OMP", "MKL", "OPENBLAS", "NUMEXPR", "VECLIB_MAXIMUM")


def imported_once(notebooks: Sequence[Path], workers: int) -> list[str]:
    """What a worker imports once for all of its kernels: dotted names.

    What kernels need, and what at least half of the notebooks import, and two of them; with torch
    also what its first optimizer would import. Nothing if no worker has more than one to execute.
    """
    if sys.platform != "linux" or len(notebooks) <= workers:
        return []
    found = [keys.cells_of(notebook).facts.imports for notebook in notebooks]
    counts = Counter(name for names in found for name in names)
    often = [name for name, count in counts.items() if count >= max(2, len(found) / 2)]
    return ["ipykernel.kernelapp", *["torch._dynamo"] * ("torch" in often), *sorted(often)]


def start(watched: Connection, staging: Path, share: int, force: bool, imports: list[str]) -> None:
    """Prepare a worker process: threads, private Jupyter folders, and the watch on its parent.

    imports: what its fork server imports, see `mmcl_book.run.forked`; without any, it has none.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C: the parent ends the workers in order
    for name in THREADS:
        os.environ[f"{name}_NUM_THREADS"] = "1"
    os.environ.update({"PYTHONHASHSEED": "0", **MEMORY})
    os.environ["MMCL_JOBS"] = str(share)  # see mmcl_experiments.run_seeds
    os.environ["MMCL_FORCE"] = "1" * force  # see mmcl_experiments.recorded.live
    private = staging / f"{os.getpid()}-jupyter"
    private.mkdir(mode=0o700, parents=True, exist_ok=True)
    os.environ.update({"IPYTHONDIR": str(private), "JUPYTER_RUNTIME_DIR": str(private)})

    def watch() -> None:
        watched.poll(None)
        stop_children()
        shutil.rmtree(private, ignore_errors=True)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()
    atexit.register(shutil.rmtree, private, ignore_errors=True)
    os.environ["MMCL_IMPORTS"] = " ".join(imports)
    if imports:
        from mmcl_book.run import forked

        forked.start()


def stop_children() -> None:
    """Kill this process's kernels and all that they started."""
    import psutil

    for child in psutil.Process().children(recursive=True):
        try:
            child.kill()
        except psutil.NoSuchProcess:
            continue
