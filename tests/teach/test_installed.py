"""The student's edition where nothing but the release is installed, solved, from top to bottom.

A virtual environment gets the wheel that the edition brings, and of this machine's packages the
ones that its requirements ask for, nothing else; no file of the checkout is in reach.
"""

import importlib.metadata
import os
import subprocess
import tomllib
import venv
import zipfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from mmcl_book import notebooks, project
from mmcl_book.notebooks import Notebook
from mmcl_book.teach import assessed, editions, exercises, install, leaks
from tests.book.solved_book import solutions

ROOT = Path(__file__).parents[2]
QUICK = "02_contrastive_objective"
KEY = "a course"
FROM = """import mmcl, mmcl_book, mmcl_experiments
print(mmcl.__file__, mmcl_book.__file__, mmcl_experiments.__file__)"""


def needed() -> set[str]:
    """The distributions that an edition's requirements bring, the release itself left out."""
    (line,) = [each for each in install.REQUIREMENTS.splitlines() if each.startswith("mmcl")]
    seen, waiting = set(), [("mmcl", tuple(sorted(Requirement(line).extras)))]
    while waiting:
        name, extras = waiting.pop()
        if (name, extras) in seen:
            continue
        seen.add((name, extras))
        lines = stated(extras) if name == "mmcl" else importlib.metadata.requires(name) or []
        for wanted in map(Requirement, lines):
            marker = wanted.marker
            if marker is None or any(marker.evaluate({"extra": each}) for each in ("", *extras)):
                waiting.append((canonicalize_name(wanted.name), tuple(sorted(wanted.extras))))
    return {name for name, _ in seen} - {"mmcl"}


def stated(extras: tuple[str, ...]) -> list[str]:
    """What the release asks for, as it is now: an editable install may remember less."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    optional = project["optional-dependencies"]
    return [*project["dependencies"], *(line for each in extras for line in optional[each])]


def parts(name: str) -> Iterator[Path]:
    """The files and folders of a distribution that stand side by side with others."""
    found = importlib.metadata.distribution(name)
    tops = {path.parts[0] for path in found.files or () if ".." not in path.parts}
    return (Path(str(found.locate_file(top))) for top in tops - {"__pycache__"})


class Place(NamedTuple):
    """An edition, the Python that has only the release, and what it is started with."""

    edition: Path
    python: Path
    around: dict[str, str]


def installed(base: Path) -> Place:
    """Both, in a folder far from the checkout."""
    edition, env = base / "edition", base / "env"
    editions.write(ROOT, edition, teacher=False, key=KEY)
    venv.create(env, with_pip=False, symlinks=True)
    (site,) = env.glob("lib/python3*/site-packages")
    for part in {part for name in needed() for part in parts(name)}:
        if part.exists():
            (site / part.name).symlink_to(part)
    (wheel,) = (edition / "wheels").glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(site)
    (base / "data").mkdir()
    kept = {"PATH": f"{env / 'bin'}:{os.defpath}", "LANG": "C.UTF-8"}
    own = {
        "HOME": str(base),
        # Features from outside, as a student fetches them; chapter 14 can't do without.
        "MMCL_DATA": os.environ.get("MMCL_DATA", str(base / "data")),
        "OMP_NUM_THREADS": "1",
        "MMCL_JOBS": "1",
    }
    return Place(edition, env / "bin" / "python", kept | own)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Place:
    """Where nothing but the release is installed."""
    return installed(tmp_path_factory.mktemp("installed"))


@cache
def right(chapter: str) -> object:
    """A right answer to an assessed exercise."""
    exercise = exercises.load(chapter, ROOT / "exercises")
    numbers = assessed.numbers(exercise, chapter, KEY)
    return next(each for each in exercise.candidates(numbers) if not exercise.grade(numbers, each))


def solved(path: Path) -> Notebook:
    """A notebook of the edition with all of its exercises solved."""
    content, chapter = notebooks.read(path), path.stem
    solution = exercises.answers(chapter, ROOT / "exercises").SOLUTION.strip()
    for cell in content["cells"]:
        if cell["id"] == "checked-stub":
            cell["source"] = f"{solution}\n\n\n{notebooks.text_of(cell).splitlines()[-1]}"
        if cell["id"] == assessed.CELL:
            cell["source"] = f"answer = {right(chapter)!r}"
    given = {"open-" + str(n): each for n, each in enumerate(solutions(source_of(chapter)))}
    content["cells"] += [editions.code(name, each) for name, each in given.items()]
    content["cells"].append(editions.code("from", FROM))
    return content


def source_of(chapter: str) -> Path:
    """The chapter as the checkout has it, solutions included."""
    return project.notebook(ROOT, chapter)


def executed(place: Place, chapter: str) -> dict[str, str]:
    """What each cell of a solved chapter prints, where only the release is."""
    path = place.edition / "notebooks" / f"{chapter}.ipynb"
    editions.files.write_json(path.with_suffix(".solved.ipynb"), solved(path))
    done = path.with_suffix(".done.ipynb")
    command = ["-m", "papermill", path.with_suffix(".solved.ipynb").name, done.name,
               "-p", "PROFILE", "smoke", "--no-progress-bar"]  # fmt: skip
    run = subprocess.run([place.python, *command], cwd=path.parent, env=place.around,
                         capture_output=True, text=True, check=False)  # fmt: skip
    assert run.returncode == 0, run.stderr[-3000:]
    return {cell["id"]: "".join("".join(each.get("text", "")) for each in cell["outputs"])
            for cell in notebooks.code_cells(notebooks.read(done))}  # fmt: skip


def stands(place: Place, chapter: str) -> None:
    """A solved chapter runs, its checker says right, and its grade is right."""
    said = executed(place, chapter)
    assert said["checked-stub"].startswith("Right.")
    packages = said["from"].split()
    assert [Path(each).is_relative_to(place.python.parents[1]) for each in packages] == [True] * 3
    (grade,) = [each for each in assessed.graded(place.edition / "notebooks", KEY)
                if each.file == f"{chapter}.done.ipynb"]  # fmt: skip
    assert grade.wrong == ""


def test_a_solved_chapter_runs_where_only_the_release_is(place: Place) -> None:
    stands(place, QUICK)


@pytest.mark.nightly
@pytest.mark.parametrize("chapter", project.chapters(ROOT))
def test_every_solved_chapter_runs_where_only_the_release_is(place: Place, chapter: str) -> None:
    stands(place, chapter)


def test_nothing_of_the_checkout_is_in_reach(place: Place) -> None:
    code = "import sys; print(*sys.path); import pytest"
    run = subprocess.run([place.python, "-c", code], cwd=place.edition, env=place.around,
                         capture_output=True, text=True, check=False)  # fmt: skip
    assert "No module named 'pytest'" in run.stderr  # which isn't in the requirements
    assert str(ROOT) not in run.stdout


def test_the_wheel_gives_no_solution_away(place: Place, tmp_path: Path) -> None:
    (wheel,) = (place.edition / "wheels").glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path)
    assert list(tmp_path.rglob("exercises/*.py"))
    assert not list(tmp_path.rglob("answers"))
    assert leaks.scan(tmp_path, ROOT, open_ones=False) == []
