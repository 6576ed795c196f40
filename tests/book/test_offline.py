"""The zip, opened by double click where there is no network: pages, formulas, figures, search."""

import zipfile
from pathlib import Path
from typing import Any

import pytest

from mmcl_book import project
from mmcl_book.site import copies

PAGES = ("book/index", "book/notation", "book/results", "notebooks/04_sample")
MOST = 40 * 2**20  # bytes of the zip
HIT = "#search-results .search li a"
BROKEN = """() => [
  ...[...document.images].filter(image => image.src && image.complete && !image.naturalWidth)
    .map(image => `a picture that isn't there: ${image.src.slice(0, 80)}`),
  ...[...document.querySelectorAll(".math")].filter(box => !box.querySelector("mjx-container"))
    .map(box => `a formula that isn't set: ${box.textContent.slice(0, 60)}`),
  ...[...document.querySelectorAll("canvas")].filter(canvas =>
    !canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data.some(Boolean))
    .map(() => "a figure that isn't drawn"),
]"""


def unpacked(zipped: Path, folder: Path) -> Path:
    """The folder that a reader finds in the zip."""
    with zipfile.ZipFile(zipped) as archive:
        archive.extractall(folder)
    return folder / copies.OFFLINE


def wrong(browser: Any, file: Path) -> list[str]:
    """What is wrong with a page that is read from a disk, with the network off."""
    context = browser.new_context(offline=True)
    problems: list[str] = []
    try:
        page = context.new_page()
        page.on("requestfailed", lambda request: problems.append(f"not found: {request.url}"))
        page.on("pageerror", lambda error: problems.append(f"page error: {error}"))
        page.goto(file.as_uri(), wait_until="load")
        if page.evaluate("() => !!(window.MathJax && window.MathJax.startup)"):
            page.evaluate("() => window.MathJax.startup.promise.then(() => null)")
        return problems + page.evaluate(BROKEN)
    finally:
        context.close()


def hits(browser: Any, folder: Path, word: str) -> list[str]:
    """The pages that the search names."""
    context = browser.new_context(offline=True)
    try:
        page = context.new_page()
        page.goto(f"{(folder / 'search.html').as_uri()}?q={word}")
        page.wait_for_selector(HIT, timeout=60_000)
        return page.eval_on_selector_all(HIT, "all => all.map(link => link.href)")
    finally:
        context.close()


def moved(browser: Any, folder: Path) -> list[str]:
    """What the front page's interactive picture says at both ends of its slider."""
    context = browser.new_context(offline=True)
    try:
        page = context.new_page()
        page.goto((folder / "index.html").as_uri())
        page.wait_for_selector(".mmcl-coupling input")
        page.focus(".mmcl-coupling input")
        said = []
        for key in ("Home", "End"):
            page.keyboard.press(key)
            said.append(page.inner_text(".mmcl-coupling output"))
        return said
    finally:
        context.close()


@pytest.fixture(scope="module")
def taken(browser: Any, built_sample: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("taken")
    return unpacked(copies.offline(built_sample, folder / "zip"), folder / "read")


def test_every_page_shows_its_formulas_and_figures(browser: Any, taken: Path) -> None:
    for page in PAGES:
        assert wrong(browser, taken / f"{page}.html") == []


def test_the_search_finds_what_is_there(browser: Any, taken: Path) -> None:
    found = hits(browser, taken, "orthogonal")
    assert any("04_sample.html" in address for address in found)


def test_what_is_missing_is_seen(browser: Any, taken: Path) -> None:
    page = taken / "canary.html"
    page.write_text(
        '<canvas width="9" height="9"></canvas><img src="gone.png"><span class="math">x</span>'
    )
    found = wrong(browser, page)
    assert len(found) == 4  # the picture twice: asked for, and not shown


@pytest.mark.nightly
def test_the_real_zip(browser: Any, real: Path, tmp_path: Path) -> None:
    zipped = copies.offline(real, tmp_path / "zip", "smoke")
    assert zipped.stat().st_size <= MOST
    folder = unpacked(zipped, tmp_path / "read")
    found = {page: wrong(browser, folder / f"{page}.html") for page in project.docnames(real)}
    assert {page: problems for page, problems in found.items() if problems} == {}
    assert any("04_hypersphere.html" in address for address in hits(browser, folder, "hypersphere"))
    assert moved(browser, folder) == ["No coupling", "Coupling with kappa 20"]
