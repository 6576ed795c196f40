"""CSV files of a page: found by their links, read by pandas, refused where they are too large."""

import re
import shutil
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import sample_book
from sample_book import CODE, STORY, display

from mmcl_book.site import downloads
from mmcl_book.site.build import BuildError, build, folders
from mmcl_experiments import figures, results
from mmcl_experiments.recorded import sheets

WORDS = {"alt": "A line that falls, with a mark.", "caption": "A line that falls."}
TABLE = pd.DataFrame({"kappa": [1.0, 5.0], "R² of z": [0.1 + 0.2, 1 / 3]})


def fill(root: Path, *shown: str) -> None:
    """Give the sample's chapter a cell that shows these, and an accepted sweep."""
    sweep = Path("results/paper/sweeps/tables.json")
    (root / sweep).parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(sample_book.PROJECT / sweep, root / sweep)
    outputs = [display({"text/html": each, "text/plain": "shown"}) for each in shown]
    sample_book.write_chapter(root, "04_sample", STORY, code={**CODE, "more": ("more", outputs)})


@pytest.fixture
def offering(sample: Path) -> Path:
    """A book whose chapter shows two figures, one of them drawn from a table, and a sweep."""
    plain = figures.show(figures.matrices({"A": [[1.0]]}), **WORDS)
    drawn = figures.show(figures.lines(TABLE.set_index("kappa"), "score"), **WORDS)
    about = results.about("tables", root=sample_book.PROJECT)
    fill(sample, *(each._repr_html_() for each in (plain, drawn, about)))
    build(sample, "default")
    return sample


def links(root: Path) -> list[Path]:
    """The files that the chapter's page links to."""
    page = folders(root, "default").html / "notebooks/04_sample.html"
    found = re.findall(r'class="mmcl-data" download href="([^"]+)"', page.read_text())
    assert "data:text/csv" not in page.read_text()
    return [(page.parent / each).resolve() for each in found]


def test_a_figure_and_a_sweep_offer_their_rows(offering: Path) -> None:
    figure, sweep = links(offering)
    assert figure.name == "04_sample-figure-3.csv"
    pd.testing.assert_frame_equal(pd.read_csv(figure), TABLE)
    assert figure.read_bytes().decode("utf-8").startswith("kappa,R² of z\n1.0,")
    assert sweep.name == "sweep-tables-paper.csv"
    rows = results.recorded("tables", root=sample_book.PROJECT)
    found = pd.read_csv(sweep)
    assert len(found) == len(rows) > 100
    for name in rows:
        if name in found:
            pd.testing.assert_series_equal(found[name], rows[name], check_dtype=False)
        else:
            assert rows[name].map(str).nunique() == 1


def test_files_follow_what_the_page_shows(offering: Path) -> None:
    other = figures.show(figures.lines(2 * TABLE.set_index("kappa"), "score"), **WORDS)
    fill(offering, other._repr_html_())
    build(offering, "default")
    (figure,) = links(offering)
    assert pd.read_csv(figure)["R² of z"].iloc[0] == pytest.approx(0.6)
    fill(offering, "<p>Nothing to draw.</p>")
    build(offering, "default")
    assert links(offering) == []
    assert not figure.exists()


def test_a_sweep_that_was_not_accepted_has_no_link(offering: Path) -> None:
    (offering / "results/paper/sweeps/tables.json").unlink()
    build(offering, "default", clean=True)
    assert [file.name for file in links(offering)] == ["04_sample-figure-3.csv"]


def test_a_table_too_large_to_offer_is_refused_where_readers_would_miss_it(
    sample: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sheets, "LIMIT", 20)
    large = figures.show(figures.lines(TABLE, "score"), **WORDS)._repr_html_()
    assert "too large to offer (CSV, 1 kB)" in large
    fill(sample, large)
    with pytest.raises(BuildError) as info:
        build(sample, "default")
    assert "the table of figure 2 is too large to offer; give show(..., data=)" in str(info.value)
    build(sample, "smoke")


def test_a_site_with_too_much_of_it_is_refused(
    offering: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(downloads, "MOST", 1000)
    with pytest.raises(BuildError, match="at most 1000 are wanted"):
        build(offering, "default", clean=True)


def test_the_real_site_stays_within_the_limit() -> None:
    """The sweeps leave a fifth for figures; their sizes are known without a build of the book."""
    found = (sample_book.PROJECT / "results").glob("*/sweeps/*.json")
    sizes = {
        file.stem: len(downloads.rows_of(file.stem, file.parts[-3], sample_book.PROJECT).encode())
        for file in found
    }
    assert sum(sizes.values()) < 0.8 * downloads.MOST, sizes


def test_every_file_that_a_page_offers_is_there(real: Path) -> None:
    """Pages of one name in two folders, such as index, delete no files of each other."""
    html, offered = folders(real, "smoke").html, []
    for page in html.rglob("*.html"):
        found = re.findall(r'download href="([^"]+\.csv)"', page.read_text("utf-8"))
        offered += [(page.parent / each).resolve() for each in found]
    assert html / "_static/data/index-figure-1.csv" in offered
    assert [path for path in offered if not path.is_file()] == []


def test_the_files_are_had_without_a_server(offering: Path, browser: Any, tmp_path: Path) -> None:
    page = browser.new_page(accept_downloads=True)
    page.goto((folders(offering, "default").html / "notebooks/04_sample.html").as_uri())
    with page.expect_download() as waiting:
        page.click("figcaption a.mmcl-data")
    waiting.value.save_as(tmp_path / "had.csv")
    pd.testing.assert_frame_equal(pd.read_csv(tmp_path / "had.csv"), TABLE)
    page.close()
