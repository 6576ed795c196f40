"""`mmcl doctor`: what is installed, which device and data there are, what is missing."""

import importlib.metadata
import os
import platform
import re
import shutil
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, Literal, NamedTuple

from mmcl import files

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
INSTALL = "pip install -c constraints.txt -e '.[book,clip,lab,sweep,test]'"
SETTINGS = ("OPENBLAS_CORETYPE", "ATEN_CPU_CAPABILITY", "MKL_CBWR")  # which instructions to use
EXTRAS = ("book", "clip", "lab", "sweep", "test")
WHICH = "; see which: mmcl data list"
WANTED = "; wanted >= 3.11"


class Finding(NamedTuple):
    """One thing looked at. `missing` means that the book can't be built."""

    state: Literal["ok", "note", "missing"]
    subject: str
    text: str


def python() -> Iterator[Finding]:
    """The interpreter."""
    text = f"{platform.python_version()} on {platform.system()} {platform.machine()}"
    good = sys.version_info >= (3, 11)
    yield Finding("ok" if good else "missing", "python", text + ("" if good else WANTED))


def constraints(root: Path) -> dict[str, str]:
    """The pinned versions of constraints.txt by lower-case name."""
    from packaging.utils import canonicalize_name

    file = root / "constraints.txt"
    text = file.read_text(encoding="utf-8") if file.is_file() else ""
    pins = re.findall(r"^([A-Za-z0-9._-]+)==([^\s;#]+)", text, re.MULTILINE)
    return {canonicalize_name(name): version for name, version in pins}


def installed(name: str) -> str | None:
    """A distribution's version, None when it isn't installed."""
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return None


def packages(root: Path) -> Iterator[Finding]:
    """What the package asks for, by extra, against what is installed and what is pinned."""
    from packaging.requirements import Requirement
    from packaging.utils import canonicalize_name

    pins = constraints(root)
    for line in importlib.metadata.requires("mmcl") or []:
        wanted = Requirement(line)
        marker = wanted.marker
        extra = next((e for e in EXTRAS if marker is None or marker.evaluate({"extra": e})), None)
        if extra is None:
            continue
        version, lacks = installed(wanted.name), "missing" if extra == "book" else "note"
        pin = pins.get(canonicalize_name(wanted.name))
        if version is None:
            yield Finding(lacks, wanted.name, f"not installed ({extra}); run: {INSTALL}")
        elif not wanted.specifier.contains(version, prereleases=True):
            text = f"{version}, but {wanted.specifier} is wanted; run: {INSTALL}"
            yield Finding(lacks, wanted.name, text)
        elif pin is not None and version.split("+")[0] != pin:
            yield Finding("note", wanted.name, f"{version}; the book was tested with {pin}")
        else:
            yield Finding("ok", wanted.name, version)


def device() -> Iterator[Finding]:
    """Where computations run, and with how much."""
    try:
        import torch
    except Exception as error:  # a library that it links may be missing or broken, too
        yield Finding("missing", "device", f"torch can't be imported ({error}); run: {INSTALL}")
        return
    name = f"cuda: {torch.cuda.get_device_name()}" if torch.cuda.is_available() else "cpu"
    chosen = os.environ.get("MMCL_DEVICE", "not set")
    yield Finding("ok", "device", f"{name} (MMCL_DEVICE: {chosen})")
    text = f"{os.cpu_count()} cores, torch uses {torch.get_num_threads()} threads here"
    yield Finding("ok", "processor", f"{text}, 1 in each chapter")
    with suppress(ImportError):  # reported among the packages
        import psutil

        memory = psutil.virtual_memory()
        free, total = memory.available / 2**30, memory.total / 2**30
        text = f"{free:.1f} GiB free of {total:.1f} GiB; a chapter takes < 2"
        yield Finding("ok" if free >= 2 else "note", "memory", text)


def instructions() -> Iterator[Finding]:
    """The processor's instructions that each library computes with, and what is set of them."""
    import numpy  # noqa: F401 (its libraries have to be loaded to be asked)
    import torch

    from mmcl_experiments import provenance

    mkl = "with MKL" if torch.backends.mkl.is_available() else "without MKL"
    found = provenance.instructions() or "unknown"
    yield Finding("ok", "instructions", f"{found}; this torch is {mkl}")
    names = [*SETTINGS, *sorted(name for name in os.environ if name.endswith("_NUM_THREADS"))]
    given = [f"{name}={os.environ[name]}" for name in names if name in os.environ]
    yield Finding("ok", "settings", ", ".join(given) or f"none of {', '.join(SETTINGS)} is set")


def home() -> Iterator[Finding]:
    """The home folder, in which Jupyter keeps what it needs and downloads are kept."""
    place = files.home()
    if place is None:
        text = "unknown for this user; set HOME to a folder that you may write to"
        yield Finding("missing", "home", text)
    elif not os.access(place, os.W_OK):
        text = f"you may not write to {place}; set HOME, or MMCL_DATA for the outside files"
        yield Finding("note", "home", text)
    else:
        yield Finding("ok", "home", str(place))


def data() -> Iterator[Finding]:
    """Outside files: how many of the registry are here, and right."""
    from mmcl import data as outside

    states = [outside.state(name) for name in outside.names()]
    there = f"{states.count('right')} of {len(states)} outside files in {outside.folder()}"
    whole = set(states) == {"right"}
    yield Finding("ok" if whole else "note", "data", there + ("" if whole else WHICH))


def browser() -> Iterator[Finding]:
    """A browser for the tests of the built pages."""
    path = next(filter(None, map(shutil.which, BROWSERS)), None)
    how = "on Debian or Ubuntu run: apt-get install chromium fonts-liberation"
    lacks = f"none found, so the browser tests are skipped; {how}"
    yield Finding("ok" if path else "note", "browser", path or lacks)


def place() -> Path:
    """The project's folder; where there is none, or pandas is missing, that of this checkout."""
    try:
        from mmcl_book import project

        return project.root()
    except Exception:  # what is missing is told by the packages
        return Path(__file__).resolve().parents[3]


def guarded(subject: str, look: Callable[[], Iterable[Finding]]) -> Iterator[Finding]:
    """What a look finds; one that breaks is a finding too, for whatever is wrong is asked here."""
    try:
        yield from look()
    except Exception as error:
        reason = f"{type(error).__name__}: {error}".splitlines()[0].removesuffix(": ")
        yield Finding("note", subject, f"could not be found out: {reason}")


def run(options: Any = None, root: Path | None = None) -> int:
    """Print all findings; return 0 when the book can be built, else 1. Whatever breaks is said.

    root: the project's folder, looked for where it isn't given.
    """
    looks = {
        "python": python, "packages": lambda: packages(root or place()), "device": device,
        "instructions": instructions, "home": home, "data": data, "browser": browser,
    }  # fmt: skip
    findings = [finding for subject, look in looks.items() for finding in guarded(subject, look)]
    for finding in findings:
        print(f"{finding.state:<8}{finding.subject:<24}{finding.text}")
    missing = [finding.subject for finding in findings if finding.state == "missing"]
    lacks = f"the book can't be built yet; missing: {', '.join(missing)}"
    print(f"\n{lacks if missing else 'the book can be built: run mmcl book'}")
    return int(bool(missing))
