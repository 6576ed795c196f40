"""Every chapter of the book: it passes the gates, and runs through papermill from anywhere."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from mmcl import notebooks
from mmcl.book import lint, project, readme

ROOT = Path(__file__).parents[2]
CHAPTERS = [path.stem for path in sorted((ROOT / "notebooks").glob("*.ipynb"))]
PYTHON = re.compile(r"^```python\n(.*?)^```$", re.DOTALL | re.MULTILINE)
IGNORED = (".", "_build", "__pycache__")


def snapshot() -> dict[str, tuple[int, int]]:
    """All files of the project by name, and the sources and records with time and size."""
    found: dict[str, tuple[int, int]] = {}
    for folder, folders, files in os.walk(ROOT):
        folders[:] = [name for name in folders if not name.startswith(IGNORED)]
        for path in (Path(folder) / name for name in files):
            counts = path.relative_to(ROOT).parts[0] in ("notebooks", "results")
            found[str(path)] = (path.stat().st_mtime_ns, path.stat().st_size) if counts else (0, 0)
    return found


def papermill(notebook: Path | str, *options: str, cwd: Path) -> None:
    """Run a notebook at smoke with papermill's command, from a folder, to out.ipynb there."""
    command = [sys.executable, "-m", "papermill", "--no-progress-bar", "--kernel", "python3"]
    done = subprocess.run(
        [*command, str(notebook), "out.ipynb", "-p", "PROFILE", "smoke", *options],
        cwd=cwd,
        env={**os.environ, "OMP_NUM_THREADS": "1", "JUPYTER_PREFER_ENV_PATH": "1"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr[-4000:]


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_a_chapter_and_its_solutions_run_elsewhere_and_leave_the_tree_clean(chapter, tmp_path):
    notebook = notebooks.read(ROOT / "notebooks" / f"{chapter}.ipynb")
    prose = [cell for cell in notebook["cells"] if cell["cell_type"] == "markdown"]
    blocks = [b for c in prose for b in PYTHON.findall(notebooks.text_of(c))]
    assert len(blocks) >= 2
    empty = {"cell_type": "code", "metadata": {}, "outputs": [], "execution_count": None}
    notebook["cells"] += [{**empty, "id": f"s{i}", "source": b} for i, b in enumerate(blocks)]
    (tmp_path / "in.ipynb").write_text(json.dumps(notebook))
    before = snapshot()
    papermill("in.ipynb", "-p", "SEED", "7", cwd=tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in.ipynb", "out.ipynb"]
    assert snapshot() == before
    for cell in notebooks.read(tmp_path / "out.ipynb")["cells"][-len(blocks) :]:
        assert cell["outputs"], notebooks.text_of(cell)  # a solution shows something


def test_papermill_runs_a_chapter_of_the_tree_from_another_folder(tmp_path):
    papermill(ROOT / "notebooks" / f"{CHAPTERS[0]}.ipynb", cwd=tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["out.ipynb"]


def test_all_chapters_are_in_the_table_of_contents():
    assert project.chapters(ROOT) == CHAPTERS


def test_chapters_and_pages_pass_the_gates():
    assert [str(finding) for finding in lint.project_findings(ROOT)] == []


def test_the_readme_shows_what_the_ledger_and_the_records_say():
    assert readme.agrees(ROOT), "run: mmcl record show"
