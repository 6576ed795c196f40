"""Every page of the site in a browser, and canaries that the same checks must reject."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import sample_book
from site_checks import SCHEMES, WIDTHS, examine, served

from mmcl_book import project
from mmcl_experiments import figures
from mmcl_experiments.figures import interactive

SAMPLE = ("book/index", "book/notation", "book/results", "notebooks/04_sample", "search")
REAL = (*project.docnames(sample_book.PROJECT), "search", "index")

VIEWS = [(scheme, width) for scheme in SCHEMES for width in WIDTHS]
# Of each page both schemes and both widths; the other two views are for the night.
CROSSED = [
    pytest.param(*view, marks=() if view in (VIEWS[0], VIEWS[3]) else pytest.mark.nightly)
    for view in VIEWS
]


@pytest.fixture(scope="module")
def sample_site(browser: Any, built_sample: Path) -> Iterator[str]:
    with served(built_sample / "_build/default/site/html") as base:
        yield base


@pytest.fixture(scope="module")
def real_site(browser: Any, real: Path) -> Iterator[str]:
    with served(real / "_build/smoke/site/html") as base:
        yield base


@pytest.mark.parametrize(("scheme", "width"), CROSSED)
@pytest.mark.parametrize("page", REAL)
def test_the_real_site(browser: Any, real_site: str, page: str, scheme: str, width: int) -> None:
    assert examine(browser, real_site, f"{page}.html", scheme=scheme, width=width) == []


@pytest.mark.parametrize(("scheme", "width"), VIEWS)
@pytest.mark.parametrize("page", SAMPLE)
def test_one_of_everything(
    browser: Any, sample_site: str, page: str, scheme: str, width: int
) -> None:
    assert examine(browser, sample_site, f"{page}.html", scheme=scheme, width=width) == []


def test_pages_read_from_a_folder_show_math_in_its_own_fonts(
    browser: Any, built_sample: Path
) -> None:
    page = browser.new_page()
    page.goto((built_sample / "_build/default/site/html/book/notation.html").as_uri())
    page.wait_for_selector("mjx-container")
    page.evaluate("document.fonts.ready.then(() => null)")
    fonts = "[...document.fonts].filter(f => f.family.startsWith('MJX') && f.status === 'loaded')"
    assert page.evaluate(f"{fonts}.length") > 0
    page.close()


def test_folded_numbers_open_without_a_script_and_are_on_paper(
    browser: Any, sample_site: str
) -> None:
    seen = "table => table.checkVisibility({contentVisibilityAuto: true})"
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{sample_site}/book/results.html")
    table = page.locator("details.claims-more table")
    assert not table.is_visible()
    page.locator("details.claims-more summary").click()
    assert table.is_visible()
    context.close()
    page = browser.new_page()
    page.goto(f"{sample_site}/book/results.html")
    table = page.locator("details.claims-more table")
    assert not table.evaluate(seen)
    page.emulate_media(media="print")
    assert table.evaluate(seen)
    page.close()


def test_a_slider_is_moved_by_keys_and_shows_one_picture(browser: Any, tmp_path: Path) -> None:
    table = pd.DataFrame({"a": [0.2, 0.4]})
    frames = {f"{k}": figures.dots(table * k, "score") for k in (0.5, 1.0, 2.0)}
    shown = interactive.slider(frames, "kappa", alt="Two dots.", caption="Dots that move.")
    (tmp_path / "page.html").write_text(f"<!doctype html><body>{shown._repr_html_()}</body>")
    page = browser.new_page()
    page.goto((tmp_path / "page.html").as_uri())
    visible = "[...document.images].filter(i => i.offsetParent).map(i => i.alt)"
    seen = [page.evaluate(visible)]
    page.focus("input")
    for key in ("ArrowRight", "ArrowRight", "Home"):
        page.keyboard.press(key)
        seen.append(page.evaluate(visible))
        text = page.evaluate("document.querySelector('input').getAttribute('aria-valuetext')")
        assert page.inner_text("output") == text
        assert seen[-1] == [f"Two dots. kappa: {text}."]
    assert [alts[0].split(": ")[1] for alts in seen] == ["0.5.", "1.0.", "2.0.", "0.5."]
    page.close()


CANARIES = {
    "request outside the site": '<img src="http://127.0.0.1:9/picture.png" alt="A picture.">',
    "console error": '<script>console.error("broken")</script>',
    "page error": '<script>throw new Error("broken")</script>',
    "answer 404": '<img src="missing-file.png" alt="A picture.">',
    "image without alt text": '<img src="data:image/gif;base64,R0lGODlhAQABAAAAACw=">',
    "figure without an opaque": (
        '<div class="cell_output"><img alt="A band." style="background:none!important" '
        f'src="data:image/png;base64,{sample_book.png()}"></div>'
    ),
    "axe color-contrast": '<p style="color:#999;background:#888">Hard to read.</p>',
    "axe empty-table-header": "<table><tr><th></th><th>a</th></tr><tr><td>1</td></tr></table>",
    "axe color-contrast: ['.pale']": (
        '<div class="highlight" style="background:#fff"><style>.pale{color:#ccc!important}</style>'
        '<pre><span class="n">one</span> <span class="n">two</span> <span class="pale">pale</span>'
        "</pre></div>"
    ),
    "axe color-contrast: ['#codecell1": (
        "<style>.gray{color:#444!important}.dark pre{background:#333!important}</style>"
        '<div class="highlight" style="background:#fff"><pre><span class="gray">gray</span></pre>'
        '</div><div class="highlight dark"><pre><span class="gray">gray</span></pre></div>'
    ),
    "px too wide": '<div style="width:2000px">Too wide.</div>',
    "math that is not rendered": '<span class="math mathjax_ignore">x^2</span>',
    "markup left in the text: with $": "<p>with $</p>",
    "markup left in the text: {claim}": "<p>{claim}one.two</p>",
    "alt text: <img src=": '<img src="data:image/gif;base64,R0lGODlhAQABAAAAACw=" alt="a/b.png">',
}


@pytest.mark.parametrize("name", CANARIES)
def test_a_canary_is_rejected(browser: Any, built_sample: Path, tmp_path: Path, name: str) -> None:
    good = (built_sample / "_build/default/site/html/book/notation.html").read_text()
    site = tmp_path / "site"
    site.mkdir()
    for folder in ("_static", "_images"):
        target = built_sample / "_build/default/site/html" / folder
        if target.is_dir():
            (site / folder).symlink_to(target)
    (site / "index.html").write_text("")
    (site / "book").mkdir()
    head, mark, tail = good.rpartition("</article>")
    assert mark
    (site / "book/canary.html").write_text(f"{head}{CANARIES[name]}{mark}{tail}")
    with served(site) as base:
        problems = examine(browser, base, "book/canary.html", scheme="light", width=390)
    assert any(name in problem for problem in problems), problems
