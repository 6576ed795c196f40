"""Every page of the site in a browser, and canaries that the same checks must reject."""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import sample_book
from site_checks import SCHEMES, WIDTHS, examine, first_paint, served

from mmcl_book import project
from mmcl_experiments import figures, results
from mmcl_experiments.figures import interactive
from mmcl_experiments.one_minute import figures as minute
from mmcl_experiments.one_minute import readings

SAMPLE = ("book/index", "book/notation", "book/results", "notebooks/04_sample", "search")
REAL = (*project.docnames(sample_book.PROJECT), "search", "index")

VIEWS = [(scheme, width) for scheme in SCHEMES for width in WIDTHS]
CROSSED = VIEWS[0], VIEWS[3]  # both schemes and both widths


def turned(views: Sequence[tuple[str, int]], page: str, pages: Sequence[str]) -> list[Any]:
    """Views to look at a page in; which of them it is opened in goes round with the pages."""
    first = pages.index(page) % len(views)
    return [*views[first:], *views[:first]]


@pytest.fixture(scope="module")
def sample_site(browser: Any, built_sample: Path) -> Iterator[str]:
    with served(built_sample / "_build/default/site/html") as base:
        yield base


@pytest.fixture(scope="module")
def real_site(browser: Any, real: Path) -> Iterator[str]:
    with served(real / "_build/smoke/site/html") as base:
        yield base


@pytest.mark.parametrize("page", REAL)
def test_the_real_site(browser: Any, real_site: str, page: str) -> None:
    views = turned(CROSSED, page, REAL)[: 1 if page == "index" else None]  # it leads to the first
    assert examine(browser, real_site, f"{page}.html", *views) == []


@pytest.mark.parametrize("page", SAMPLE)
def test_one_of_everything(browser: Any, sample_site: str, page: str) -> None:
    assert examine(browser, sample_site, f"{page}.html", *turned(VIEWS, page, SAMPLE)) == []


@pytest.mark.nightly
@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("page", REAL)
def test_the_real_site_opened_in_each_view(
    browser: Any, real_site: str, page: str, view: tuple[str, int]
) -> None:
    assert examine(browser, real_site, f"{page}.html", view, every=True) == []


@pytest.mark.nightly
@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("page", SAMPLE)
def test_one_of_everything_opened_in_each_view(
    browser: Any, sample_site: str, page: str, view: tuple[str, int]
) -> None:
    assert examine(browser, sample_site, f"{page}.html", view, every=True) == []


SOON = 2000  # ms until a processor four times as slow shows the front page's first text


@pytest.mark.nightly
def test_the_front_page_shows_text_soon(browser: Any, real_site: str, tmp_path: Path) -> None:
    assert first_paint(browser, f"{real_site}/book/index.html") < SOON
    busy = f"<script>const from = Date.now(); while (Date.now() - from < {SOON});</script>"
    (tmp_path / "index.html").write_text(f"<!doctype html><head>{busy}</head><p>Text.</p>")
    with served(tmp_path) as base:
        assert first_paint(browser, f"{base}/index.html", tries=1) >= SOON


def test_no_script_stands_before_the_text(built_sample: Path) -> None:
    page = (built_sample / "_build/default/site/html/book/index.html").read_text()
    head = page.partition("</head>")[0]
    waited = re.findall(r'<script(?![^>]*\bdefer\b)[^>]*\bsrc="([^"?]+)', head)
    assert waited  # what Sphinx and the theme load at once is small
    folder = built_sample / "_build/default/site/html/book"
    sizes = {path: (folder / path).stat().st_size for path in waited}
    assert {path: size for path, size in sizes.items() if size > 20_000} == {}


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


def test_the_coupling_is_dragged_by_pointer_and_by_keys(browser: Any, tmp_path: Path) -> None:
    table = results.recorded("one_minute", profile="default", root=sample_book.PROJECT)
    script = (sample_book.PROJECT / "book/_static/minute.js").read_text()
    shown = minute.minute(table)._repr_html_()
    (tmp_path / "page.html").write_text(f"<!doctype html>{shown}<script>{script}</script>")
    context = browser.new_context(reduced_motion="reduce")
    page = context.new_page()
    page.goto((tmp_path / "page.html").as_uri())
    for world, steps in readings.steps(table).items():
        page.check(f"input[value={world}]")
        page.focus("input[type=range]")
        for key, step in (("Home", steps[0]), ("ArrowRight", steps[1]), ("End", steps[-1])):
            page.keyboard.press(key)
            assert page.inner_text(".mmcl-coupling output") == step.name
            assert page.inner_text(".mmcl-said") == step.sentence
            page.evaluate("() => new Promise(requestAnimationFrame)")
            last = page.locator("svg").nth(3).locator("circle").last  # the ringed pair's code
            wanted = minute.places(step.clouds["code"])[0].tolist()
            assert [int(last.get_attribute(name) or 0) for name in ("cx", "cy")] == wanted
    box = page.locator("input[type=range]").bounding_box()
    assert box
    page.mouse.move(box["x"] + box["width"] - 5, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(box["x"] + 3, box["y"] + box["height"] / 2)
    page.mouse.up()
    assert page.inner_text(".mmcl-coupling output") == "No coupling"
    context.close()


# What must be found on three pages, each by its own words: {words of the problem: markup}.
CANARIES: tuple[dict[str, str], ...] = (
    {
        "request outside the site: http://127.0.0.1:9/picture.png": (
            '<img src="http://127.0.0.1:9/picture.png" alt="A picture.">'
        ),
        "console error: said by a canary": '<script>console.error("said by a canary")</script>',
        "page error: thrown by a canary": '<script>throw new Error("thrown by a canary")</script>',
        'image without alt text: <img id="bare"': (
            '<img id="bare" src="data:image/gif;base64,R0lGODlhAQABAAAAACw=">'
        ),
        "axe color-contrast: ['#gray']": (
            '<p id="gray" style="color:#999;background:#888">Hard to read.</p>'
        ),
        'px too wide: <div id="wide"': '<div id="wide" style="width:2000px">Too wide.</div>',
        "math that is not rendered: x^2": '<span class="math mathjax_ignore">x^2</span>',
        "markup left in the text: with $": "<p>with $</p>",
        "the page stays light": (
            "<script>new MutationObserver(() => { const {dataset} = document.documentElement; "
            'if (dataset.theme !== "light") dataset.theme = "light"; '
            "}).observe(document.documentElement, {attributes: true})</script>"
        ),
    },
    {
        "answer 404: ": '<img src="missing-file.png" alt="A picture.">',
        'figure without an opaque background: <img id="clear"': (
            '<div class="cell_output"><img id="clear" alt="A band." '
            'style="background:none!important" '
            f'src="data:image/png;base64,{sample_book.png()}"></div>'
        ),
        "axe empty-table-header": "<table><tr><th></th><th>a</th></tr><tr><td>1</td></tr></table>",
        "axe color-contrast: ['.pale']": (
            '<div class="highlight" style="background:#fff">'
            "<style>.pale{color:#ccc!important}</style><pre>"
            '<span class="n">one</span> <span class="n">two</span> <span class="pale">pale</span>'
            "</pre></div>"
        ),
        "markup left in the text: {claim}": "<p>{claim}one.two</p>",
        'image without alt text: <img id="named"': (
            '<img id="named" src="data:image/gif;base64,R0lGODlhAQABAAAAACw=" alt="a/b.png">'
        ),
        'text of 3.7 px in a figure: <img id="shrunk"': (
            '<figure><img id="shrunk" alt="A band." style="background:#fff;width:180px!important" '
            f'src="data:image/png;base64,{sample_book.png()}"></figure>'
        ),
        "text of 8.0 px in a figure: <figcaption": (
            '<figure><figcaption style="font-size:8px!important">Small words.</figcaption></figure>'
        ),
        "text of 5.0 px in a figure: <text": (
            '<svg viewBox="0 0 200 100" width="100" height="50" role="img" aria-label="Letters.">'
            '<text y="50" style="font-size:10px">small</text></svg>'
        ),
        "dark, 390 px: the page is 8": (  # thousand and more too wide, when it was turned
            "<style>@media (max-width:500px){#broad{width:9000px}}</style>"
            '<div id="broad">Too wide for a telephone.</div>'
        ),
    },
    {
        "axe color-contrast: ['#codecell1": (
            "<style>.gray{color:#444!important}.dark pre{background:#333!important}</style>"
            '<div class="highlight" style="background:#fff"><pre><span class="gray">gray</span>'
            '</pre></div><div class="highlight dark"><pre><span class="gray">gray</span></pre>'
            "</div>"
        ),
        "axe color-contrast: ['#last']": (  # the only cell of its row's color
            "<table><tr><td>one</td><td>two</td></tr>"
            '<tr style="background:#555"><td id="last" style="color:#444">three</td></tr></table>'
        ),
        "axe color-contrast: ['#dim']": (  # after the page was turned to the other scheme
            "<style>[data-theme=dark] #dim{color:#333;background:#222}</style>"
            '<p id="dim">Hard to read in the dark.</p>'
        ),
        "axe color-contrast: ['.two']": (  # there a word that looked like another before
            "<style>.one,.two{color:#333!important}[data-theme=dark] .one{color:#fff!important}"
            '</style><div class="highlight"><pre><span class="one">one</span> '
            '<span class="two">two</span></pre></div>'
        ),
    },
)


@pytest.fixture(scope="module")
def canaries(browser: Any, built_sample: Path, tmp_path_factory: Any) -> Iterator[str]:
    """A site whose pages are a good page with canaries in it."""
    html = built_sample / "_build/default/site/html"
    site = tmp_path_factory.mktemp("canaries")
    for folder in ("_static", "_images"):
        if (html / folder).is_dir():
            (site / folder).symlink_to(html / folder)
    (site / "index.html").write_text("")
    (site / "book").mkdir()
    head, mark, tail = (html / "book/notation.html").read_text().rpartition("</article>")
    assert mark
    for number, page in enumerate(CANARIES):
        (site / f"book/{number}.html").write_text(f"{head}{''.join(page.values())}{mark}{tail}")
    with served(site) as base:
        yield base


@pytest.mark.parametrize("every", [False, pytest.param(True, marks=pytest.mark.nightly)])
@pytest.mark.parametrize("number", range(len(CANARIES)))
def test_canaries_are_rejected_by_name(
    browser: Any, canaries: str, number: int, every: bool
) -> None:
    problems = examine(browser, canaries, f"book/{number}.html", *CROSSED, every=every)
    names = {name for page in CANARIES for name in page}
    found = {name for name in names if any(name in problem for problem in problems)}
    assert found == {*CANARIES[number]}, "\n".join(problems)
