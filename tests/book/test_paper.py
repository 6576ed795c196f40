"""The book on paper: all pages in one PDF; its links, numbers and bookmarks."""

import re
import shutil
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from mmcl.errors import InputError
from mmcl_book import project
from mmcl_book.site import paper, printing
from mmcl_book.site.build import BuildError, folders

PAGES = [
    "A sample book", "Notation", "Glossary", "How to cite", "04 A chapter", "05 Another chapter",
    "Results",
]  # fmt: skip


def write(root: Path, target: Path, profile: str = "default") -> Path:
    """Print in a thread of its own: the tests' browser has this one."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(printing.write, root, profile, target).result()


@pytest.fixture(scope="module")
def printed(browser: Any, built_sample: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(built_sample, tmp_path_factory.mktemp("paper") / "book.pdf")


@pytest.fixture
def spoiled(built_sample: Path, tmp_path: Path) -> Callable[..., Path]:
    """The sample book with something put before a page's title; its root."""

    def spoil(markup: str) -> Path:
        root = Path(shutil.copytree(built_sample, tmp_path / "spoiled"))
        page = folders(root, "default").html / "book" / "notation.html"
        page.write_text(page.read_text().replace("<h1>Notation", f"{markup}<h1>Notation"))
        return root

    return spoil


def test_every_page_has_a_bookmark_and_its_number_in_the_contents(printed: Path) -> None:
    book = printing.reader(printed)
    marks = {
        mark.title: book.get_destination_page_number(mark)
        for mark in book.outline
        if not isinstance(mark, list)
    }
    assert list(marks) == ["Contents", *PAGES, "Bibliography"]
    listed = book.pages[marks["Contents"]].extract_text()
    for title in PAGES:
        number = re.search(rf"{title.removeprefix('04 ').removeprefix('05 ')}\s+(\d+)", listed)
        assert number, title
        assert int(number[1]) == marks[title] + 1
        assert title in book.pages[marks[title]].extract_text()


def test_theorems_figures_and_math_are_there_and_nothing_refers_nowhere(printed: Path) -> None:
    book = printing.reader(printed)
    text = " ".join(" ".join(leaf.extract_text() for leaf in book.pages).split())
    for wanted in ("Theorem 1", "(Rotation)", "Fig. 1", "that does not fit a narrow screen", "(1)"):
        assert wanted in text
    assert "??" not in text
    assert "\\mathcal" not in text  # formulas, not their source
    links = [note.get_object() for leaf in book.pages for note in leaf.get("/Annots") or ()]
    inside = [link for link in links if "/Dest" in link]
    assert len(inside) > 10
    known = {name.lstrip("/") for name in book.named_destinations}
    assert [link for link in links if printing.astray(link, known)] == []


def test_ids_are_unique_and_the_file_is_removed(built_sample: Path, printed: Path) -> None:
    whole = paper.assemble(built_sample, "default")
    counts = Counter(paper.ID.findall(whole.read_text(encoding="utf-8")))
    whole.unlink()
    assert "page-book-notation" in counts
    assert [name for name, count in counts.items() if count > 1] == []
    assert [path.name for path in printed.parent.iterdir()] == ["book.pdf"]


@pytest.mark.parametrize(
    ("markup", "said"),
    [
        ('<pre style="max-width:none;width:900px">code</pre>', "cuts off <pre"),
        ('<div style="overflow:hidden;width:90px"><p style="width:200px">a</p></div>', "cuts off"),
        ("<p>As Theorem ?? says.</p>", "reference without a target: As Theorem ??"),
        ('<p><a href="#nowhere">here</a></p>', "links to a missing #nowhere"),
        ('<p><a href="../notebooks/04_sample.html#no">there</a></p>', "links to a missing #no"),
    ],
)
def test_a_spoiled_page_is_refused_and_leaves_no_file(
    browser: Any, spoiled: Callable[..., Path], tmp_path: Path, markup: str, said: str
) -> None:
    target = tmp_path / "out" / "book.pdf"
    target.parent.mkdir()
    target.write_bytes(b"an older one")
    with pytest.raises(BuildError, match=re.escape(said)):
        write(spoiled(markup), target)
    assert list(target.parent.iterdir()) == []


def test_what_only_the_site_has_is_no_link_on_paper(built_sample: Path) -> None:
    html = folders(built_sample, "default").html
    whole = paper.Whole(html, ["book/index", "book/notation"])
    assert whole.link("book/index", "notation.html") == "#page-book-notation"
    assert whole.link("book/index", "../_static/data/a.csv") is None
    assert whole.link("book/index", "https://example.org/a") == "https://example.org/a"


def test_a_pdf_without_places_or_bookmarks_is_seen(printed: Path) -> None:
    found = printing.problems(printed, {"page-book-index", "elsewhere"}, heads=99)
    assert found == ["no leaf has the place elsewhere", "it has 9 bookmarks for 99 pages"]
    link = {"/Subtype": "/Link", "/A": {"/URI": "file:///home/someone/book.html"}}
    assert printing.astray(link, set()) == "file:///home/someone/book.html"
    assert printing.astray({"/Dest": "/gone"}, {"here"}) == "gone"


def test_without_a_site_or_a_browser_it_says_what_to_do(
    built_sample: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "_toc.yml").write_text("root: book/index\n")
    with pytest.raises(InputError, match="run make book first"):
        printing.write(tmp_path, "default", tmp_path / "book.pdf")
    monkeypatch.setattr(printing, "BROWSERS", ("no-such-browser",))
    with pytest.raises(InputError, match="install no-such-browser"):
        write(built_sample, tmp_path / "book.pdf")


@pytest.mark.nightly
def test_the_real_book_on_paper(browser: Any, real: Path, tmp_path: Path) -> None:
    book = printing.reader(write(real, tmp_path / "book.pdf", "smoke"))  # refused if not in order
    marks = [mark.title for mark in book.outline if not isinstance(mark, list)]
    assert len(marks) > len(project.docnames(real))  # and the contents
    assert "The package, in the order of the chapters" in marks
    assert "The package by module" in marks
    assert len(book.pages) > 400
