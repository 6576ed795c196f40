"""The unit's pages agree with the book: goals, exercises, questions, decks; the sample runs."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from mmcl_book import notebooks, project
from mmcl_book.teach import exercises, leaks, quiz, slides

ROOT = Path(__file__).parents[2]
PAGES = sorted((ROOT / "book/teach").glob("teaching_*.md"))
SECTIONS = ["What to skip", "Wrong predictions to expect", "Discussion", "Goals and exercises"]
QUESTIONS = {one.id: one.chapter for one in quiz.load(ROOT)}


def chapter_of(page: Path) -> str:
    """The chapter that a teacher's page is about."""
    return project.chapter(ROOT, page.stem[-2:])


def text_of(chapter: str) -> str:
    """All words of a chapter."""
    cells = notebooks.read(project.notebook(ROOT, chapter))["cells"]
    return "\n".join(notebooks.text_of(cell) for cell in cells if cell["cell_type"] == "markdown")


def test_every_chapter_has_a_page_in_the_contents() -> None:
    pages = {f"book/teach/{page.stem}" for page in PAGES}
    assert pages <= set(project.docnames(ROOT))
    assert [chapter_of(page) for page in PAGES] == project.chapters(ROOT)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_page_has_all_its_parts(page: Path) -> None:
    text, chapter = page.read_text(encoding="utf-8"), chapter_of(page)
    assert re.findall(r"^## (.*)$", text, re.MULTILINE) == SECTIONS
    assert f"notebooks/{chapter}`" in text
    minutes = [int(m) for m in re.findall(r"^\| (\d+) \|", text, re.MULTILINE)]
    assert 45 <= sum(minutes) <= 90
    talk = text.split("## Discussion")[1].split("## Goals")[0]
    questions = re.findall(r"^\*\*[^*]+\*\*$", talk, re.MULTILINE)
    assert len(questions) >= 3
    assert len(re.findall(r"^- ", text.split("## Wrong")[1].split("## Dis")[0], re.M)) >= 3
    if chapter in slides.decks(ROOT):
        assert f"{{decks}} {chapter}" in text


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_goals_are_the_chapters_and_exercises_exist(page: Path) -> None:
    text, chapter = page.read_text(encoding="utf-8"), chapter_of(page)
    words = text_of(chapter)
    goals = re.findall(r"^- \*\*(.+?)\*\*", words.split("## You will")[1].split("## You need")[0],
                       re.MULTILINE)  # fmt: skip
    table = text.split("## Goals and exercises")[1]
    assert re.findall(r"^\| \*\*(.+?)\*\*", table, re.MULTILINE) == goals
    labels = set(re.findall(r"^:label: (ex-[\w-]+)$", words, re.MULTILINE))
    assert set(re.findall(r"\{ref\}`([\w-]+)`", table)) == labels
    named = re.findall(r"`([a-z]+-[\w-]+)`", re.sub(r"\{\w+\}`[^`]+`", "", table))
    assert {QUESTIONS[name] for name in named} == {chapter}
    where = ROOT / exercises.FOLDER
    if chapter in exercises.names(where):
        assert f"checked: *{exercises.load(chapter, where).TITLE}*" in table


def test_proofs_are_named_in_six_chapters_or_more_and_have_a_rubric() -> None:
    text = (ROOT / "book/teach/index.md").read_text(encoding="utf-8")
    part = text.split("## Proofs and derivations")[1].split("\n## ")[0]
    rows = re.findall(r"^\| (\d\d) \| \{ref\}`(ex-[\w-]+)` \|", part, re.MULTILINE)
    assert {"02", "04", "05", "08", "09"} <= {chapter for chapter, _ in rows}
    assert len(rows) >= 6
    for chapter, label in rows:
        assert f":label: {label}\n" in text_of(project.chapter(ROOT, chapter))
    assert len(re.findall(r"^\| [1-4] \| ", part, re.MULTILINE)) == 4


PLANS = {"Sitting 1.": 90, "Sitting 2.": 90, "Sitting 3.": 90, "One sitting of 45": 45}
ROW = re.compile(r"^\| (?P<minutes>\d+) \| .* \| (?P<how>.*) \|$", re.MULTILINE)
SLIDES = re.compile(r"deck (?P<deck>\d\d), slides? (?P<those>[\d, -]+)")


def shown(how: str) -> int:
    """The minutes of the slides that a row of a plan names, by the notes of its deck."""
    match = SLIDES.search(how)
    if match is None:
        return 0
    deck = slides.read(ROOT / slides.SOURCES / f"{project.chapter(ROOT, match['deck'])}.md")
    spans = [list(map(int, part.split("-"))) for part in match["those"].strip(" ,").split(",")]
    return sum(slide.minutes for span in spans for slide in deck[span[0] - 1 : span[-1]])


@pytest.mark.parametrize("plan", PLANS)
def test_minutes_of_a_plan_add_up_and_its_slides_fit(plan: str) -> None:
    text = (ROOT / "book/teach/index.md").read_text(encoding="utf-8").split(plan)[1]
    rows = list(ROW.finditer(text.split("\n\n**Sitting")[0].split("\n## ")[0]))
    assert sum(int(row["minutes"]) for row in rows) == PLANS[plan]
    for row in rows:
        assert ("deck" in row["how"]) == (shown(row["how"]) > 0), row[0]
        assert shown(row["how"]) <= int(row["minutes"]), row[0]


def test_slides_that_do_not_fit_a_plan_are_noticed() -> None:
    assert shown("deck 04, slides 2-3") == shown("deck 04, slide 2") + shown("deck 04, slide 3")
    assert shown("deck 04, slides 2-18") > 45
    assert shown("deck 04 up to the theorem") == 0


@pytest.mark.parametrize("real", [True, False])
def test_the_sample_submission_runs(tmp_path: Path, real: bool) -> None:
    folder = os.environ.get("MMCL_DATA", "")
    if real and not (Path(folder) / "clip_coco500/features_clip.npy").is_file():
        if "data" in os.environ.get("MMCL_REQUIRE", ""):
            pytest.fail("MMCL_DATA has no features of CLIP")
        pytest.skip("no features of CLIP on this machine")
    where = {**os.environ, "MMCL_DATA": folder if real else str(tmp_path)}
    sample = ROOT / "book/teach/capstone_sample.py"
    ran = subprocess.run([sys.executable, sample, "--smoke"], env=where, cwd=tmp_path,
                         capture_output=True, text=True, check=True)  # fmt: skip
    found = json.loads(ran.stdout[ran.stdout.index("{\n") :])
    assert found["real features"] is real
    held = {name: row["holds"] for name, row in found["table"].items()}
    assert len(held) == 5
    assert held["broken pairs: share of the best correlation that is left"]
    assert held["shuffled captions: the best direction correlates"]
    assert not real or not held["directions that pass for copied"]  # and the sample says why


def test_nothing_of_a_solution_is_in_slides_pages_or_quiz(tmp_path: Path) -> None:
    wanted = leaks.secrets(ROOT, open_ones=False)
    assert leaks.search(ROOT / "book/teach", wanted) == []
    for path in sorted((ROOT / quiz.SOURCES).glob("*.yml")):
        (tmp_path / f"{path.stem}.txt").write_text(path.read_text(encoding="utf-8"))
    assert leaks.search(tmp_path, wanted) == []
    (tmp_path / "deck.html").write_text(f"<p>{wanted[0]}</p>")
    assert leaks.search(tmp_path, wanted) != []
