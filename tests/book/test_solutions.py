"""Every solution of an exercise runs in its chapter and shows something."""

import html
import re
from pathlib import Path

import pytest
import sample_book
from solved_book import solutions

from mmcl_book import notebooks, project
from mmcl_book.teach import leaks, plain

NUMBER = re.compile(r'id="(ex-[\w-]+)">.{0,200}?caption-number">(Exercise \d+)', re.DOTALL)


@pytest.mark.parametrize("chapter", project.chapters(sample_book.PROJECT))
def test_the_solutions_of_a_chapter_show_something(chapter: str, real: Path) -> None:
    blocks = solutions(sample_book.PROJECT / "notebooks" / f"{chapter}.ipynb")
    assert len(blocks) >= 2
    executed = real / "_build/smoke/executed/notebooks" / f"{chapter}.ipynb"
    for source, cell in zip(blocks, notebooks.read(executed)["cells"][-len(blocks) :], strict=True):
        assert notebooks.text_of(cell) == source
        assert cell["outputs"], source


def test_exercises_have_one_number_on_the_site_and_in_editions(real: Path) -> None:
    pages = sorted((real / "_build/smoke/site/html/notebooks").glob("*.html"))
    site = dict(pair for page in pages for pair in NUMBER.findall(page.read_text(encoding="utf-8")))
    named = {k: v for k, v in plain.labeled(sample_book.PROJECT).items() if k.startswith("ex-")}
    assert {label: number.lower() for label, number in site.items()} == named


def test_no_answer_to_a_checked_exercise_is_on_the_site(real: Path, tmp_path: Path) -> None:
    wanted = leaks.secrets(sample_book.PROJECT, open_ones=False)
    assert leaks.search(real / "_build/smoke/site/html", wanted) == []
    parts = (html.escape(part) for part in (wanted[0][:9], wanted[0][9:]))
    page = "<pre>" + "".join(f'<span class="n">{part}</span>' for part in parts) + "</pre>"
    (tmp_path / "page.html").write_text(page, encoding="utf-8")
    assert leaks.search(tmp_path, wanted) != []
