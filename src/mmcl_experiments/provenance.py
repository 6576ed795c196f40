"""Where numbers come from: code, versions, device and cost; nothing of the person or the host."""

import importlib.metadata
import os
import platform
import re
import subprocess
import sys
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from mmcl import __version__

LIBRARIES = ("torch", "numpy", "scipy", "pandas", "scikit-learn", "matplotlib")
CODE = (":/src", ":/notebooks", ":/pyproject.toml", ":/constraints.txt")  # what numbers depend on


def provenance(wall_s: float) -> dict[str, Any]:
    """Where numbers come from: code, versions, device, cost. Nothing of the person or the host."""
    return origin() | cost(wall_s)


def origin(paths: tuple[str, ...] = CODE) -> dict[str, Any]:
    """The code: commit of the checkout, whether `paths` differ from it, versions of libraries."""
    commit, dirty = commit_of(Path(__file__).parents[2], paths)
    return {"commit": commit, "dirty": dirty, "versions": versions()}


def cost(wall_s: float) -> dict[str, Any]:
    """What a computation took that ended just now; peak memory is the process's so far."""
    return {
        "device": device(),
        "threads": threads(),
        "instructions": instructions(),
        "wall_s": round(wall_s, 3),
        "peak_mib": peak_mib(),
        "finished": datetime.now(UTC).isoformat(timespec="seconds"),
    }


def commit_of(root: Path, paths: tuple[str, ...] = CODE) -> tuple[str | None, bool | None]:
    """The commit of a checkout, and whether `paths` differ from it; (None, None) without git."""
    git = ["git", "-C", str(root)]
    options: dict[str, Any] = {"capture_output": True, "text": True, "timeout": 30}
    try:
        head = subprocess.run([*git, "rev-parse", "HEAD"], **options)
        if head.returncode:
            return None, None
        status = subprocess.run([*git, "status", "--porcelain", "--", *paths], **options)
    except (OSError, subprocess.TimeoutExpired):
        return None, None
    return head.stdout.strip(), bool(status.stdout.strip()) if status.returncode == 0 else None


def versions() -> dict[str, str]:
    """Versions of Python, this package and the libraries that compute."""
    found = {"python": platform.python_version(), "mmcl": __version__}
    for name in LIBRARIES:
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    return found


def device() -> str:
    """The accelerator in use, else the processor's model: "cpu, <model>"."""
    torch = sys.modules.get("torch")
    if torch is not None and torch.cuda.is_initialized():
        return f"cuda, {torch.cuda.get_device_name()}"
    try:
        text = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace")
        model = re.search(r"^model name\s*:\s*(.+)$", text, re.MULTILINE)
    except OSError:
        model = None
    name = model.group(1).strip() if model else platform.machine()
    return f"cpu, {name}"


def instructions() -> str:
    """The processor's instructions that libraries compute with, of those that are loaded.

    Such as "numpy SkylakeX, torch AVX512, mkl CBWR=AVX2": the kernels of numpy's linear algebra,
    those of torch's own loops, and what MKL_CBWR holds torch's MKL to, where it is set. Where they
    differ, sums are taken in another order, and numbers differ in their last digits.
    """
    found, torch = [], sys.modules.get("torch")
    if "numpy" in sys.modules and (kernels := blas()):
        found.append(f"numpy {kernels}")
    if torch is not None:
        found.append(f"torch {torch.backends.cpu.get_cpu_capability()}")
        if torch.backends.mkl.is_available() and (held := os.environ.get("MKL_CBWR")):
            known = re.fullmatch(r"[A-Z0-9_,]{1,40}", held)
            found.append(f"mkl CBWR={held if known else 'unknown'}")
    return ", ".join(found)


@lru_cache(maxsize=1)
def blas() -> str | None:
    """The kernels of numpy's BLAS, which stay as they were when it was loaded; None if unknown."""
    from threadpoolctl import threadpool_info

    found = [each for each in threadpool_info() if each.get("user_api") == "blas"]
    found.sort(key=lambda each: "numpy" not in str(each.get("filepath")))  # scipy has its own
    return str(found[0].get("architecture") or found[0].get("internal_api")) if found else None


def threads() -> int:
    """How many threads the computation used."""
    torch = sys.modules.get("torch")
    if torch is not None:
        return torch.get_num_threads()
    given = os.environ.get("OMP_NUM_THREADS", "").split(",")[0]  # "4,2" is one a level
    return (int(given) if given.isdecimal() else 0) or os.cpu_count() or 1


def peak_mib() -> float | None:
    """The process's largest resident memory so far, in MiB; None where it can't be known.

    Linux hands on the peak of the process that started this one in ru_maxrss, but not in VmHWM.
    """
    try:
        status = Path("/proc/self/status").read_text(encoding="utf-8")
        return round(int(status.split("VmHWM:")[1].split()[0]) / 2**10, 1)
    except (OSError, IndexError):
        pass
    try:
        import resource
    except ImportError:  # Windows
        import psutil

        peak = getattr(psutil.Process().memory_info(), "peak_wset", None)
        return None if peak is None else round(peak / 2**20, 1)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return round(peak / (2**20 if sys.platform == "darwin" else 2**10), 1)
