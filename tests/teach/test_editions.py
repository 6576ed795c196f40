"""The editions: plain text, set-up, no solution for students, all of them for teachers."""

import html
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from mmcl.errors import InputError
from mmcl_book import notebooks, project
from mmcl_book.cli import main
from mmcl_book.teach import assessed, editions, exercises, install, leaks
from mmcl_book.teach.plain import Plain

ROOT = Path(__file__).parents[2]
SPHINX = re.compile(
    r"(?<![\\$\w{])\{(?:claim|holds|doc|cite(?::[tp])?|prf:ref|eq|ref|math)\}`|^[`:]{3,}\{"
)
WHEEL = install.wheel
FIRST = exercises.names(ROOT / "exercises")[0]


@pytest.fixture(scope="module", autouse=True)
def no_wheel() -> Iterator[None]:
    """Editions without their wheel, which takes ten seconds; `test_installed` has the real one."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(install, "wheel", lambda root, out: out / "mmcl.whl")
        yield


@pytest.fixture(scope="module")
def student(tmp_path_factory) -> Path:
    """A student's edition."""
    out = tmp_path_factory.mktemp("student") / "edition"
    editions.write(ROOT, out, teacher=False, key="a course")
    return out


@pytest.fixture(scope="module")
def teacher(tmp_path_factory) -> Path:
    """A teacher's edition."""
    out = tmp_path_factory.mktemp("teacher") / "edition"
    editions.write(ROOT, out, teacher=True, key="a course")
    return out


def cells(path: Path) -> dict[str, str]:
    """The cells of a notebook by id."""
    return {cell["id"]: notebooks.text_of(cell) for cell in notebooks.read(path)["cells"]}


@pytest.mark.parametrize("edition", ["student", "teacher"])
def test_no_directive_or_role_is_left(edition, request):
    folder = request.getfixturevalue(edition)
    found = sorted(path.stem for path in (folder / "notebooks").glob("*.ipynb"))
    assert found == project.chapters(ROOT)
    for path in (folder / "notebooks").glob("*.ipynb"):
        for name, text in cells(path).items():
            for line in text.splitlines():
                assert not SPHINX.search(line), (path.name, name, line)


def test_all_cells_have_ids_of_their_own_and_students_see_no_output(student):
    for path in (student / "notebooks").glob("*.ipynb"):
        content = notebooks.read(path)
        ids = [cell["id"] for cell in content["cells"]]
        assert len(set(ids)) == len(ids)
        assert not any(cell.get("outputs") for cell in content["cells"])
        for cell in notebooks.code_cells(content):
            compile(notebooks.text_of(cell), path.name, "exec")


def test_code_is_the_chapters_and_a_cell_sets_up(student):
    for chapter in project.chapters(ROOT):
        before = notebooks.code_cells(notebooks.read(project.notebook(ROOT, chapter)))
        after = cells(student / "notebooks" / f"{chapter}.ipynb")
        assert "from mmcl_book.teach import check" in after["set-up"]
        for cell in before:
            assert after[cell["id"]] == notebooks.text_of(cell)


def test_students_get_stubs_and_teachers_solutions(student, teacher):
    theirs, ours = (cells(each / "notebooks" / f"{FIRST}.ipynb") for each in (student, teacher))
    assert f'check("{FIRST}", ' in theirs["checked-stub"]
    assert "checked-solution" not in theirs
    solution = exercises.answers(FIRST, ROOT / "exercises").SOLUTION.strip()
    assert solution in ours["checked-solution"]
    assert "**Solution" in ours["exercises"]
    assert "**Solution" not in theirs["exercises"]
    assert not (student / "exercises" / "answers").exists()
    assert (teacher / "exercises" / "answers" / f"{FIRST}.py").is_file()


def test_numbers_of_assessed_exercises_come_from_the_key(tmp_path, student):
    editions.write(ROOT, tmp_path / "other", teacher=False, key="another course")
    place = f"notebooks/{FIRST}.ipynb"
    assert cells(student / place)["assessed"] != cells(tmp_path / "other" / place)["assessed"]


def test_nothing_leaks_to_students(student):
    assert leaks.scan(student, ROOT) == []


@pytest.fixture(scope="module")
def wanted() -> list[str]:
    """The lines that students shouldn't see."""
    return leaks.secrets(ROOT, open_ones=True)


def line_of(kind: str, wanted: list[str]) -> str:
    """A line of a solution, of a rubric, or of an open exercise's solution."""
    answers = exercises.answers(FIRST, ROOT / "exercises")
    cells = notebooks.read(project.notebook(ROOT, FIRST))["cells"]
    bodies = [body for cell in cells for body in leaks.solutions(notebooks.text_of(cell))]
    texts = {"code": answers.SOLUTION, "rubric": answers.RUBRIC, "open": "\n".join(bodies)}
    return next(line for line in texts[kind].splitlines() if leaks.squeezed(line) in wanted)


def cell_with(source: str = "", printed: str = "") -> str:
    """A notebook of one cell."""
    output = {"output_type": "stream", "name": "stdout", "text": [printed, "\n"]}
    cell = {"cell_type": "code", "id": "a", "source": source, "outputs": [output]}
    return json.dumps({"cells": [cell]})


PLACES = {
    "a.ipynb": lambda text: cell_with(source=text),
    "b.ipynb": lambda text: cell_with(printed=text),
    "a.md": lambda text: f"Some words.\n\n    {text}\n",
    "a.html": lambda text: f"<p><b>{html.escape(text)[:1]}</b>{html.escape(text)[1:]}</p>",
    "a.py": lambda text: text.replace(" ", "   "),
}


@pytest.mark.parametrize("kind", ["code", "rubric", "open"])
@pytest.mark.parametrize("place", PLACES)
def test_a_leak_is_found(tmp_path, kind, place, wanted):
    text = line_of(kind, wanted)
    (tmp_path / place).write_text(PLACES[place](text), encoding="utf-8")
    assert leaks.search(tmp_path, wanted)
    (tmp_path / place).write_text(PLACES[place]("harmless words"), encoding="utf-8")
    assert leaks.search(tmp_path, wanted) == []


def test_an_edition_with_a_leak_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(editions, "HIDDEN", ())
    with pytest.raises(InputError, match="give solutions away"):
        editions.write(ROOT, tmp_path / "new", teacher=False, key="k")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_with_something_else_is_left_alone(tmp_path, capsys):
    (tmp_path / "thesis.txt").write_text("mine")
    assert main(["student", "--out", str(tmp_path)]) == 1
    assert "something else" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]
    assert main(["student"]) == 1
    assert main(["student", "--out", str(tmp_path / "new"), "--key", " "]) == 1


def test_an_earlier_edition_is_replaced(tmp_path, capsys):
    out = tmp_path / "unit"
    assert main(["student", "--out", str(out)]) == 0
    (out / "notebooks" / "old.ipynb").write_text("{}")
    assert main(["student", "--out", str(out)]) == 0
    assert not (out / "notebooks" / "old.ipynb").exists()
    assert "01_latent_partial_causal_model.ipynb" in capsys.readouterr().out


def test_grades_of_what_was_handed_in(tmp_path, student, capsys):
    exercise = exercises.load(FIRST, ROOT / "exercises")
    numbers = assessed.numbers(exercise, FIRST, "a course")
    right = next(a for a in exercise.candidates(numbers) if not exercise.grade(numbers, a))
    given = {"ann": f"answer = {right!r}", "bob": "answer = -3", "cy": "import os\nanswer = os.x"}
    for who, source in given.items():
        content = notebooks.read(student / "notebooks" / f"{FIRST}.ipynb")
        for cell in content["cells"]:
            if cell["id"] == assessed.CELL:
                cell["source"] = source
        (tmp_path / who).mkdir()
        (tmp_path / who / f"{FIRST}.ipynb").write_text(json.dumps(content))
    assert main(["teacher", "--grade", str(tmp_path), "--key", "a course"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split("\t")[2] == "right" for line in lines] == [True, False, False]
    assert "no answer" in lines[2]
    content = notebooks.read(tmp_path / "ann" / f"{FIRST}.ipynb")
    content["cells"] = [{k: v for k, v in each.items() if k != "id"} for each in content["cells"]]
    (tmp_path / "ann" / f"{FIRST}.ipynb").rename(tmp_path / "ann" / "homework.ipynb")
    (tmp_path / "ann" / "homework.ipynb").write_text(json.dumps(content))
    (tmp_path / "dee.ipynb").write_text(json.dumps({"cells": []}))
    assert main(["teacher", "--grade", str(tmp_path), "--key", "a course"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split("\t")[2] == "right" for line in lines] == [True, False, False, False]
    assert lines[0].startswith("ann/homework.ipynb")
    assert assessed.NONE in lines[3]
    (tmp_path / "none").mkdir()
    assert main(["teacher", "--grade", str(tmp_path / "none")]) == 1


def test_both_editions_say_how_to_install_and_what_marks_mean(student, teacher):
    for folder in (student, teacher):
        wanted = (folder / "requirements.txt").read_text()
        for line in (
            "--find-links wheels",
            "-c constraints.txt",
            "mmcl[book,clip] == ",
            "jupyterlab",
        ):
            assert line in wanted
        text = (folder / "README.md").read_text(encoding="utf-8")
        assert "pip install -r requirements.txt" in text
        assert "| ⊘ | fails, as was expected |" in text
    assert "--key 'a course'" in (teacher / "README.md").read_text(encoding="utf-8")
    assert "a course" not in (student / "README.md").read_text(encoding="utf-8")


def test_versions_are_the_books(student):
    pins = (student / "constraints.txt").read_text()
    assert pins == (ROOT / "constraints.txt").read_text()
    assert "\njupyterlab==" in pins


def test_a_wheel_that_cannot_be_built_says_why(tmp_path):
    for name in ("src", "results", "exercises", "book/predictions"):
        (tmp_path / name).mkdir(parents=True)
    for name in ("setup.py", "MANIFEST.in", "README.md", "LICENSE"):
        (tmp_path / name).write_text("")
    (tmp_path / "pyproject.toml").write_text("[project]\nname = 3\n")
    with pytest.raises(InputError, match="can't be built"):
        WHEEL(tmp_path, tmp_path / "wheels")


def test_an_exercise_has_one_number_in_chapter_solution_and_teachers_page(student, teacher):
    for folder in (student, teacher):
        assert "> **Exercise 11**" in cells(folder / "notebooks/04_hypersphere.ipynb")["exercises"]
    assert "**Solution 11**" in cells(teacher / "notebooks/04_hypersphere.ipynb")["exercises"]
    page = (teacher / "teach/teaching_04.md").read_text(encoding="utf-8")
    assert "| exercise 11 |" in page
    assert not re.search(r"\bex-[a-z]", page)


def test_students_get_refresher_quiz_and_capstone_and_no_teachers_page(student, teacher):
    assert sorted(path.name for path in (student / "course").iterdir()) == sorted(editions.OPEN)
    assert not (student / "teach").exists()
    assert (student / "results/clip/default-0/model.safetensors").is_file()
    assert "CHECKPOINT" in cells(student / "notebooks/17_your_own_modalities.ipynb")["set-up"]
    assert (teacher / "teach/index.md").is_file()
    quiz = (student / "course/quiz.md").read_text(encoding="utf-8")
    assert quiz.count("<details>") == quiz.count("</details>") >= 300
    assert quiz.count("**Right.**") >= 100
    assert "**1.** " in (student / "course/refresher.md").read_text(encoding="utf-8")
    capstone = (student / "course/capstone.md").read_text(encoding="utf-8")
    assert "`capstone_sample.py`, beside this file" in capstone


def test_a_record_of_older_code_is_said_once_and_not_in_the_text(tmp_path, monkeypatch, capsys):
    from mmcl_book.records import store

    monkeypatch.setattr(store, "executed", lambda root, profile: False)
    monkeypatch.setattr(store, "current_key", lambda root, record: "of other code")
    monkeypatch.setattr(editions, "expected", lambda root, chapter: {})
    editions.write(ROOT, tmp_path / "new", teacher=True, key="k")
    said = capsys.readouterr().err
    assert said.count("older code") == 1
    assert "no expected figures in 17 chapters" in said
    for path in (tmp_path / "new").rglob("*.ipynb"):
        assert "stale record" not in path.read_text(encoding="utf-8")


PLAIN = {
    "See {doc}`03_measuring_identification`.": "See Measuring identification",
    "See {doc}`the measures <03_measuring_identification>`.": "See the measures.",
    "```{badge} 60\n```\n\nText.": "Text.",
    "````{note}\nOuter.\n\n```{hint}\nInner.\n```\n````": (
        "> **Note**\n>\n> Outer.\n>\n> > **Hint**"
    ),
    "```{prf:theorem} Of use\n:label: a\nAll $x$.\n```": "> **Theorem (Of use)**\n>\n> All $x$.",
    "The $\\mathrm{do}(z)$ and {math}`a_b`.": "The $\\mathrm{do}(z)$ and $a_b$.",
    "```python\nx = {1}\n```": "```python\nx = {1}\n```",
}


@pytest.mark.parametrize("source", PLAIN)
def test_plain_text(source):
    assert Plain(ROOT).text(source).startswith(PLAIN[source])
