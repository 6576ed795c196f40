"""Every solution of an exercise runs in its chapter and shows something."""

from pathlib import Path

import pytest
import sample_book
from solved_book import solutions

from mmcl_book import notebooks, project


@pytest.mark.parametrize("chapter", project.chapters(sample_book.PROJECT))
def test_the_solutions_of_a_chapter_show_something(chapter: str, real: Path) -> None:
    blocks = solutions(sample_book.PROJECT / "notebooks" / f"{chapter}.ipynb")
    assert len(blocks) >= 2
    executed = real / "_build/smoke/executed/notebooks" / f"{chapter}.ipynb"
    for source, cell in zip(blocks, notebooks.read(executed)["cells"][-len(blocks) :], strict=True):
        assert notebooks.text_of(cell) == source
        assert cell["outputs"], source
