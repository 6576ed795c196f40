"""`mmcl doctor`: what is installed, which device and data there are, what is missing."""

import importlib.metadata
import os
import platform
import re
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Literal, NamedTuple

from mmcl import data as outside

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
INSTALL = "pip install -c constraints.txt -e '.[book,clip,sweep,test]'"
EXTRAS = ("book", "clip", "sweep", "test")


class Finding(NamedTuple):
    """One thing looked at. `missing` means that the book can't be built."""

    state: Literal["ok", "note", "missing"]
    subject: str
    text: str


def python() -> Iterator[Finding]:
    """The interpreter."""
    good = sys.version_info >= (3, 11)
    text = f"{platform.python_version()} on {platform.system()} {platform.machine()}"
    yield Finding(
        "ok" if good else "missing", "python", text + ("" if good else "; wanted >= 3.11")
    )


def constraints(root: Path) -> dict[str, str]:
    """The pinned versions of constraints.txt by lower-case name."""
    file = root / "constraints.txt"
    text = file.read_text(encoding="utf-8") if file.is_file() else ""
    pins = re.findall(r"^([A-Za-z0-9._-]+)==([^\s;#]+)", text, re.MULTILINE)
    return {plain(name): version for name, version in pins}


def plain(name: str) -> str:
    """A distribution's name in its normal form."""
    return re.sub(r"[-_.]+", "-", name).lower()


def installed(name: str) -> str | None:
    """A distribution's version, None when it isn't installed."""
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return None


def packages(root: Path) -> Iterator[Finding]:
    """What the package asks for, by extra, against what is installed and what is pinned."""
    from packaging.requirements import Requirement

    pins = constraints(root)
    for line in importlib.metadata.requires("mmcl") or []:
        wanted = Requirement(line)
        marker = wanted.marker
        extra = next((e for e in EXTRAS if marker is None or marker.evaluate({"extra": e})), None)
        if extra is None:
            continue
        version, lacks = installed(wanted.name), "missing" if extra == "book" else "note"
        pin = pins.get(plain(wanted.name))
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
    except ImportError as error:
        yield Finding("missing", "device", f"torch can't be imported ({error}); run: {INSTALL}")
        return
    chosen = os.environ.get("MMCL_DEVICE", "not set")
    if torch.cuda.is_available():
        yield Finding(
            "ok", "device", f"cuda: {torch.cuda.get_device_name()} (MMCL_DEVICE: {chosen})"
        )
    else:
        yield Finding("ok", "device", f"cpu (MMCL_DEVICE: {chosen})")
    text = f"{os.cpu_count()} cores, torch uses {torch.get_num_threads()} threads here"
    yield Finding("ok", "processor", f"{text}, 1 in each chapter")
    try:
        import psutil

        memory = psutil.virtual_memory()
        free, total = memory.available / 2**30, memory.total / 2**30
        state = "ok" if free >= 2 else "note"
        yield Finding(
            state, "memory", f"{free:.1f} GiB free of {total:.1f} GiB; a chapter takes < 2"
        )
    except ImportError:
        pass  # reported among the packages


def data() -> Iterator[Finding]:
    """Outside files: how many of the registry are here, and right."""
    states = [outside.state(name) for name in outside.names()]
    there = f"{states.count('right')} of {len(states)} outside files in {outside.folder()}"
    if set(states) == {"right"}:
        yield Finding("ok", "data", there)
    else:
        yield Finding("note", "data", f"{there}; see which: mmcl data list")


def browser() -> Iterator[Finding]:
    """A browser for the tests of the built pages."""
    path = next(filter(None, map(shutil.which, BROWSERS)), None)
    if path:
        yield Finding("ok", "browser", path)
    else:
        how = "apt-get install chromium fonts-liberation"
        text = f"none found, so the browser tests are skipped; on Debian or Ubuntu run: {how}"
        yield Finding("note", "browser", text)


def report(root: Path) -> int:
    """Print all findings; return 0 when the book can be built, else 1."""
    findings = [*python(), *packages(root), *device(), *data(), *browser()]
    for finding in findings:
        print(f"{finding.state:<8}{finding.subject:<24}{finding.text}")
    missing = [finding.subject for finding in findings if finding.state == "missing"]
    if missing:
        print(f"\nthe book can't be built yet; missing: {', '.join(missing)}")
    else:
        print("\nthe book can be built: run mmcl book")
    return int(bool(missing))
