"""The chapters of the book: they pass the gates, and papermill runs them from anywhere."""

import os
import re
import subprocess
import sys
from pathlib import Path

from mmcl_book import lint, notebooks, project
from mmcl_book.ledger import claims, readme

ROOT = Path(__file__).parents[2]
CHAPTERS = [path.stem for path in sorted((ROOT / "notebooks").glob("*.ipynb"))]


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


def test_papermill_runs_a_chapter_of_the_tree_from_another_folder(tmp_path):
    papermill(ROOT / "notebooks" / f"{CHAPTERS[0]}.ipynb", "-p", "SEED", "7", cwd=tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["out.ipynb"]


def test_all_chapters_are_in_the_table_of_contents():
    assert project.chapters(ROOT) == CHAPTERS


def test_the_sidebar_shows_the_number_of_the_file_and_the_chapters_title():
    titles = re.findall(r"file: notebooks/(\w+)\n +title: (.+)", (ROOT / "_toc.yml").read_text())
    assert [name for name, _ in titles] == CHAPTERS
    for name, title in titles:
        first = notebooks.read(ROOT / "notebooks" / f"{name}.ipynb")["cells"][0]
        heading = notebooks.text_of(first).splitlines()[0].removeprefix("# ")
        assert title == f"{name[:2]} {heading.split(':')[0]}"


def test_no_chapter_and_no_benchmark_is_missing_in_the_ledger_or_on_the_landing_page():
    index, ledger, fast = (
        (ROOT / f"book/{name}.md").read_text() for name in ("index", "ledger", "how_fast")
    )
    titles = re.findall(r"file: notebooks/(\w+)\n +title: (.+)", (ROOT / "_toc.yml").read_text())
    section = r"^## (\d\d): (.+)\n\n```\{claims\} (\w+)\n```$"
    wanted = [(name[:2], title[3:], name) for name, title in titles]
    assert re.findall(section, ledger, re.MULTILINE) == wanted
    (shown,) = re.findall(r"^```\{chapters\}\n(.+?)\n```$", index, re.MULTILINE | re.DOTALL)
    asked = [re.fullmatch(r"(\d\d) .+\?", line) for line in shown.splitlines()]
    assert [each and each[1] for each in asked] == [name[:2] for name in CHAPTERS]
    benchmarks = {claim.record for claim in claims.load(ROOT).values()} - set(CHAPTERS)
    for page in (ledger, fast):
        (shown,) = re.findall(r"^```\{claims\} (cpu.*)$", page, re.MULTILINE)
        assert sorted(shown.split()) == sorted(benchmarks)


def test_chapters_and_pages_pass_the_gates():
    assert [str(finding) for finding in lint.project_findings(ROOT)] == []


def test_the_readme_shows_what_the_ledger_and_the_records_say():
    assert readme.agrees(ROOT), "run: mmcl record show"


def test_the_readme_fits_one_screen_and_shows_misses():
    text = (ROOT / "README.md").read_text()
    assert len(text.splitlines()) <= 50
    table = text.partition(readme.BEGIN)[2].partition(readme.END)[0]
    assert table.count("misses") >= 2
