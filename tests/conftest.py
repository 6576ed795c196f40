"""Small books to test with: a project in a temporary folder, with notebooks of a few cells."""

import json
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

for library in ("OMP", "OPENBLAS", "MKL"):  # tests run side by side: before numpy is imported
    os.environ.setdefault(f"{library}_NUM_THREADS", "1")

from tests import bounds  # noqa: E402 (threads first)

REPOSITORY = Path(__file__).parents[1]
CHROMIUM = Path("/usr/bin/chromium")
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)

PARAMETERS = 'PROFILE = "default"\nSEED = 0\nOUT = None\nSIZE = 3'
OPEN = """from mmcl_experiments.chapter import Chapter
chapter = Chapter("{name}", profile=PROFILE, seed=SEED, out=OUT)
note, expect = chapter.note, chapter.expect"""


def code(source: str, name: str, *tags: str) -> dict[str, Any]:
    """A code cell without outputs."""
    return {
        "cell_type": "code",
        "id": name,
        "metadata": {"tags": list(tags)} if tags else {},
        "source": source,
        "outputs": [],
        "execution_count": None,
    }


def text(source: str, name: str) -> dict[str, Any]:
    """A Markdown cell."""
    return {"cell_type": "markdown", "id": name, "metadata": {}, "source": source}


def notebook(*cells: dict[str, Any]) -> dict[str, Any]:
    """A notebook of cells."""
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return {
        "nbformat": 4,
        "nbformat_minor": 5,
        "metadata": {"kernelspec": kernel, "language_info": {"name": "python"}},
        "cells": list(cells),
    }


def tiny(name: str, body: str = 'note("answer", 40 + SIZE)', end: str = "chapter.save();") -> dict:
    """A chapter that runs in a second."""
    return notebook(
        text(f"# {name}", "title"),
        code(PARAMETERS, "parameters", "parameters"),
        code(OPEN.format(name=name), "open"),
        code(body, "body"),
        code(end, "save"),
    )


class Book:
    """A project in a folder: chapters, a table of contents, a ledger."""

    code, text, notebook, tiny = map(staticmethod, (code, text, notebook, tiny))

    def __init__(self, root: Path):
        self.root = root
        (root / "book").mkdir(parents=True)
        (root / "notebooks").mkdir()
        self.chapters: list[str] = []
        self.write("book/index.md", "# A small book\n")
        self.ledger()
        self.write_toc()

    def write(self, name: str, content: str) -> Path:
        """Write a file of the project."""
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")
        return path

    def write_toc(self) -> None:
        """List the chapters in the table of contents."""
        names = [{"file": f"notebooks/{name}"} for name in self.chapters]
        part = {"caption": "Chapters", "chapters": names}
        toc = {"format": "jb-book", "root": "book/index", "parts": [part] if names else []}
        self.write("_toc.yml", yaml.safe_dump(toc, sort_keys=False))

    def add(self, name: str, content: dict[str, Any] | None = None) -> Path:
        """Add a chapter, a tiny one unless its content is given."""
        if name not in self.chapters:
            self.chapters.append(name)
            self.write_toc()
        return self.write(f"notebooks/{name}.ipynb", json.dumps(content or tiny(name), indent=1))

    def ledger(self, *claims: dict[str, Any]) -> Path:
        """Write the ledger, a file a record; its folder."""
        folder, records = self.root / "book" / "claims", {}
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        for claim in claims:
            own = {key: value for key, value in claim.items() if key not in ("id", "record")}
            records.setdefault(claim["record"], {})[claim["id"]] = own
        for record, content in records.items():
            self.write(f"book/claims/{record}.yml", yaml.safe_dump(content, sort_keys=False))
        return folder

    def record(self, name: str, values: dict[str, Any], where: str = "", **changes: Any) -> Path:
        """Write a record, by default the live one at `default`; of values or of whole entries."""
        content = {
            "schema": 1,
            "chapter": name,
            "profile": "default",
            "seed": 0,
            "parameters": {},
            "values": {k: v if isinstance(v, dict) else {"value": v} for k, v in values.items()},
            "key": "0" * 64,
            "provenance": {"commit": "1" * 40, "dirty": False, "wall_s": 61.0, "device": "cpu"},
        }
        where = where or f"_build/default/records/{name}.json"
        return self.write(where, json.dumps({**content, **changes}))


@pytest.fixture
def book(tmp_path: Path) -> Book:
    """A book without chapters."""
    return Book(tmp_path / "book")


@pytest.fixture
def entry() -> Callable[..., dict[str, Any]]:
    """A maker of ledger entries: sensible, but for what is given."""

    def make(**changes: Any) -> dict[str, Any]:
        base = {
            "id": "sphere.r2",
            "sentence": "Held-out R2",
            "place": "Corollary 1",
            "record": "01_tiny",
            "metric": "r2",
            "published": {"value": 0.995, "evidence": "S"},
            "bar": ">= 0.9",
            "tolerance": 0.01,
            "profiles": ["default"],
            "format": ".3f",
            "headline": True,
        }
        return {**base, **changes}

    return make


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """One a process, talking to nobody; missing: a skip, or a failure if MMCL_REQUIRE has it."""
    if not CHROMIUM.exists():
        message = f"no browser at {CHROMIUM}; install Debian's chromium"
        if "browser" in os.environ.get("MMCL_REQUIRE", "").split(","):
            pytest.fail(message)
        pytest.skip(message)
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=str(CHROMIUM), args=list(FLAGS))
        yield found
        found.close()


# How much of its bound each statistical test used: shown at the end, the largest by name.

SHARES = bounds.shares


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup() -> None:
    SHARES.clear()


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Iterator[None]:
    yield
    item.user_properties += [("share", used) for _, used in SHARES]
    SHARES.clear()


def pytest_terminal_summary(terminalreporter: Any) -> None:
    found = [
        (used, report.nodeid)
        for reports in terminalreporter.stats.values()
        for report in reports
        for name, used in getattr(report, "user_properties", [])
        if name == "share" and report.when == "call"
    ]
    if found:
        used, test = max(found)
        terminalreporter.write_line(
            f"{len(found)} statistical bounds (false alarm {bounds.FALSE_ALARM:g} each); "
            f"the largest share used is {used:.2f}: {test}"
        )
