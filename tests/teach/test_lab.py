"""Chapters in JupyterLab: theorem boxes, numbers in the text, a reader's own changes kept."""

import json
import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from mmcl import files
from mmcl_book import notebooks
from mmcl_book.teach import lab

ROOT = Path(__file__).parents[2]
FIRST = "04_hypersphere"
PATIENCE = 180_000  # ms for the application to start on a busy machine
UNKNOWN = """() => [...document.querySelectorAll(".jp-Notebook :is(summary, .error, aside)")]
  .map(box => box.innerText).filter(said => said.includes("Unknown"))"""


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("lab")
    assert lab.write(ROOT, out) == []
    return out


def text_of(path: Path) -> str:
    cells = notebooks.read(path)["cells"]
    return "\n".join(each["source"] for each in cells if each["cell_type"] == "markdown")


def test_boxes_stay_and_the_rest_is_written_out(written: Path) -> None:
    text = text_of(written / "notebooks" / f"{FIRST}.ipynb")
    assert ":::{prf:theorem} Identification on the sphere\n:label: thm-hypersphere\n" in text
    assert "```{exercise}\n:label: ex-sphere-mirror\n:enumerator: 11\n" in text
    assert "````{solution} ex-sphere-mirror\n:class: dropdown\n" in text
    assert "The statement is Theorem 4.1 with Corollary 1 of Liu et al. (2026)" in text
    assert "](05_convex_body.ipynb)" in text
    for left in ("{claim}", "{holds}", "{doc}", "{cite", "{badge}", "{checked}"):
        assert left not in text


def test_code_is_as_it_was_but_for_the_checked_exercise(written: Path) -> None:
    ours, theirs = (
        [notebooks.text_of(cell) for cell in notebooks.code_cells(notebooks.read(path))]
        for path in (written / f"notebooks/{FIRST}.ipynb", ROOT / f"notebooks/{FIRST}.ipynb")
    )
    (added,) = [cell for cell in ours if cell not in theirs]
    assert [cell for cell in ours if cell != added] == theirs
    done = subprocess.run(
        [sys.executable, "-c", added], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.startswith("Nothing yet: turn(")


def test_what_a_reader_changed_is_kept_and_the_rest_renewed(written: Path, tmp_path: Path) -> None:
    folder = tmp_path / "notebooks"
    mine, other = folder / f"{FIRST}.ipynb", folder / "02_contrastive_objective.ipynb"
    for path in (mine, other):
        files.write_text(path, files.read_text(written / "notebooks" / path.name))
    sums = {path.stem: files.sha256(path) for path in (mine, other)}
    files.write_json(tmp_path / lab.WRITTEN, {**sums, other.stem: "of an older book"})
    assert lab.write(ROOT, tmp_path) == [other.stem]  # as good as changed
    mine.write_text(files.read_text(mine).replace("hypersphere", "globe"))
    before = mine.read_bytes()
    other.unlink()
    assert lab.write(ROOT, tmp_path) == [FIRST]
    assert mine.read_bytes() == before
    assert other.is_file()


@contextmanager
def jupyter(folder: Path, scratch: Path) -> Iterator[str]:
    """The address of a JupyterLab that shows a folder, with settings of its own."""
    kinds = ("CONFIG", "DATA", "RUNTIME")
    own = {f"JUPYTER_{kind}_DIR": str(scratch / kind.lower()) for kind in kinds}
    settings = scratch / "settings"
    tracker = settings / "@jupyterlab" / "notebook-extension" / "tracker.jupyterlab-settings"
    files.write_text(tracker, json.dumps({"windowingMode": "none"}))  # all cells at once
    own |= {
        "JUPYTERLAB_SETTINGS_DIR": str(settings),
        "JUPYTERLAB_WORKSPACES_DIR": str(scratch / "workspaces"),
        "IPYTHONDIR": str(scratch / "ipython"),
    }
    command = [sys.executable, "-m", "jupyter", "lab", "--no-browser", "--allow-root",
               "--ServerApp.ip=127.0.0.1", "--ServerApp.port=0", "--IdentityProvider.token=t",
               f"--ServerApp.root_dir={folder}"]  # fmt: skip
    log = scratch / "log.txt"
    with log.open("w") as said:
        server = subprocess.Popen(command, env={**os.environ, **own}, stdout=said, stderr=said)
    try:
        yield address(server, scratch / "runtime", log)
    finally:
        server.terminate()
        server.wait(timeout=60)


def address(server: subprocess.Popen[Any], runtime: Path, log: Path) -> str:
    """Where a server that was started answers."""
    for _ in range(600):
        assert server.poll() is None, log.read_text()
        for about in runtime.glob("jpserver-*.json"):
            url = files.read_json(about)["url"]
            with urllib.request.urlopen(f"{url}api?token=t", timeout=60):
                return url
        time.sleep(0.2)
    raise AssertionError(log.read_text())


@pytest.mark.nightly
def test_jupyterlab_shows_a_theorem_and_its_math(
    browser: Any, written: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "shown"
    chapter = notebooks.read(written / "notebooks" / f"{FIRST}.ipynb")
    spoiled = {**chapter["cells"][0], "source": "```{badge} 60\n```"}  # which it can't show
    for name, cells in (("chapter", chapter["cells"]), ("spoiled", [spoiled])):
        files.write_text(folder / f"{name}.ipynb", json.dumps({**chapter, "cells": cells}))
    asked: list[str] = []
    with jupyter(folder, tmp_path / "own") as base:
        page = browser.new_page()
        page.set_default_timeout(PATIENCE)
        page.on("request", lambda request: asked.append(request.url))
        page.goto(f"{base}lab/tree/chapter.ipynb?token=t&reset")
        page.wait_for_selector(".jp-Notebook aside#thm-hypersphere .katex-display")
        page.wait_for_selector(".jp-Notebook #ex-sphere-fails")
        box = page.inner_text("#thm-hypersphere")
        assert box.startswith("Theorem 1 (Identification on the sphere)")
        assert page.locator("#thm-hypersphere .katex-error").count() == 0
        assert "Exercise 11" in page.inner_text("#ex-sphere-mirror")
        assert page.evaluate(UNKNOWN) == []
        page.goto(f"{base}lab/tree/spoiled.ipynb?token=t&reset")
        page.wait_for_selector(".jp-Notebook summary")
        assert len(page.evaluate(UNKNOWN)) == 1
        page.close()
    outside = [url for url in asked if not url.startswith((base, "data:", "blob:"))]
    assert outside == []
