"""Decks: whole, short enough, a prediction before results, nothing too large, nothing fetched."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from mmcl.errors import InputError
from mmcl_book import project
from mmcl_book.cli import main
from mmcl_book.teach import slides
from mmcl_book.teach.plain import Plain

ROOT = Path(__file__).parents[2]
DECKS = slides.decks(ROOT)
NEW: list[str] = []  # chapters that wait for their decks
MOST = 3  # results in a row without a prediction
SIZE = {"width": 1280, "height": 720}

# What is wrong with the slide that is shown: larger than the page, a squeezed figure, broken math.
FAULTS = """() => {
  const slide = Reveal.getCurrentSlide().querySelector(".slide"), scale = Reveal.getScale();
  const page = slide.getBoundingClientRect(), found = [];
  if (slide.scrollHeight > 721 || slide.scrollWidth > 1281) found.push("too large");
  for (const box of slide.querySelectorAll("*")) {
    if (box.closest("mjx-assistive-mml")) continue;
    const {bottom, right, width} = box.getBoundingClientRect();
    if (width && (bottom - page.top) / scale > 712) found.push(`too low: ${box.tagName}`);
    if (width && (right - page.left) / scale > 1280) found.push(`too wide: ${box.tagName}`);
  }
  for (const figure of slide.querySelectorAll("figure"))
    if (figure.getBoundingClientRect().height / scale < 180) found.push("a figure too small");
  if (slide.querySelector("mjx-merror")) found.push("math that is wrong");
  if (/\\$|\\{[a-z]+\\}`|%%/.test(slide.innerText)) found.push("markup that is left");
  return found;
}"""
READY = "() => window.MathJax && MathJax.startup && MathJax.startup.promise && Reveal.isReady()"


@pytest.mark.parametrize("chapter", DECKS)
def test_results_come_after_a_prediction_and_all_fits_a_sitting(chapter: str) -> None:
    deck = slides.read(ROOT / slides.SOURCES / f"{chapter}.md")
    assert 10 <= len(deck) <= 20
    assert 30 <= sum(slide.minutes for slide in deck) <= 90
    since = MOST
    for slide in deck:
        since = 0 if slide.predicts else since + slide.results
        assert not (slide.results and since > MOST), slide.title
    assert sum(slide.predicts for slide in deck) >= 3


@pytest.mark.parametrize("chapter", DECKS)
def test_no_result_is_typed(chapter: str) -> None:
    from mmcl_book.lint import prose

    text = (ROOT / slides.SOURCES / f"{chapter}.md").read_text(encoding="utf-8")
    assert list(prose.typed_results(text)) == []


def test_every_chapter_has_a_deck() -> None:
    assert [name for name in project.chapters(ROOT) if name not in DECKS + NEW] == []


BROKEN = {
    "no heading": "words\n\nNote: 1 min. Say it.",
    "no notes": "# A title\n\nNote: 1 min.",
    "no minutes": "# A title\n\nwords",
}


@pytest.mark.parametrize("what", BROKEN)
def test_a_slide_that_is_not_whole_is_refused(tmp_path: Path, what: str) -> None:
    path = tmp_path / "deck.md"
    path.write_text(f"# First\n\nNote: 1 min. Words.\n---\n{BROKEN[what]}\n")
    with pytest.raises(InputError, match="slide 2 is not whole"):
        slides.read(path)


@pytest.fixture(scope="module")
def renderer() -> slides.Renderer:
    """Of a chapter that isn't executed here: one figure, made by hand."""
    return canary(Plain(ROOT))


def canary(plain: Plain) -> slides.Renderer:
    """A renderer with a figure of its own, for any machine."""
    found = slides.Renderer.__new__(slides.Renderer)
    found.chapter, found.plain, found.parser = "a chapter", plain, slides.parser()
    found.figures = {"look": '<figure class="mmcl-figure"><img alt="A line." src=""></figure>'}
    return found


def test_roles_become_figures_and_numbers(renderer: slides.Renderer) -> None:
    made = renderer.markdown("R2 {claim}`sphere.r2.mean` of $z_x$\n\n{figure}`look`")
    assert '<figure class="mmcl-figure">' in made
    assert "<p><figure" not in made
    assert r"\(z_x\)" in made
    value = renderer.plain.ledger.show("sphere.r2.mean").text
    assert f">{value}</span>" in made


@pytest.mark.parametrize("role", ["{figure}`nowhere`", "{claim}`no.such`"])
def test_what_a_chapter_lacks_is_said(renderer: slides.Renderer, role: str) -> None:
    with pytest.raises(InputError, match=r"nowhere|no\.such"):
        renderer.markdown(role)


class Stand(dict[str, str]):
    """Gray figures for all cells of a chapter that was not run on this machine."""

    def __contains__(self, cell: object) -> bool:
        return True

    def __missing__(self, cell: str) -> str:
        gray = "<svg xmlns='http://www.w3.org/2000/svg' width='1000' height='420'/>"
        return (
            f'<figure class="mmcl-figure"><img alt="gray" src="data:image/svg+xml,{gray}"></figure>'
        )


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All decks with what they load, by the command."""
    out = tmp_path_factory.mktemp("decks")
    real = slides.figures_of

    def figures(root: Path, chapter: str, profile: str) -> dict[str, str]:
        try:
            return real(root, chapter, profile)
        except InputError:
            return Stand()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(slides, "figures_of", figures)
        assert main(["slides", "--out", str(out)]) == 0
    return out


def test_a_chapter_that_was_not_run_is_said(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="mmcl run 04_hypersphere"):
        slides.figures_of(tmp_path, "04_hypersphere", "default")


@pytest.fixture(scope="module")
def pages(browser: Any, built: Path) -> Iterator[Any]:
    """A browser's page of the size of a projector, which asks no host for anything."""
    page = browser.new_page(viewport=SIZE)
    page.said = []
    page.on("console", lambda m: page.said.append(m.text) if m.type == "error" else None)
    page.on("pageerror", lambda error: page.said.append(str(error)))
    page.on("request", lambda r: None if r.url.startswith(("file:", "data:", "blob:"))
            else page.said.append(f"asks for {r.url}"))  # fmt: skip
    yield page
    page.close()


def opened(page: Any, path: Path, query: str = "") -> None:
    """Open a deck and wait for its math."""
    page.goto(path.as_uri() + query)
    page.wait_for_function(READY, timeout=120_000)
    page.evaluate("MathJax.startup.promise.then(() => null)")


def faults(page: Any) -> list[str]:
    """What is wrong with any slide of the deck that is open."""
    found = []
    for number in range(page.evaluate("Reveal.getTotalSlides()")):
        page.evaluate(f"Reveal.slide({number})")
        page.evaluate("new Promise(done => requestAnimationFrame(() => setTimeout(done, 30)))")
        found += [f"slide {number + 1}: {each}" for each in page.evaluate(FAULTS)]
    return found


@pytest.mark.parametrize("chapter", DECKS)
def test_a_deck_fits_its_page_and_asks_nobody(pages: Any, built: Path, chapter: str) -> None:
    pages.said.clear()
    opened(pages, built / "slides" / f"{chapter}.html")
    assert faults(pages) == []
    assert pages.said == []


def test_a_slide_that_is_too_large_is_noticed(pages: Any, built: Path, tmp_path: Path) -> None:
    text = (built / "slides" / f"{DECKS[0]}.html").read_text(encoding="utf-8")
    lines = "<p>one more line</p>" * 40
    spoiled = text.replace('<div class="slide">', f'<div class="slide">{lines}', 1)
    path = built / "slides" / "canary.html"
    path.write_text(spoiled.replace("</section>", r"<p>\(\nosuch\)</p></section>", 1))
    opened(pages, path)
    assert any("too large" in each for each in faults(pages))
    path.unlink()


def serious(page: Any, path: Path, **options: Any) -> list[tuple[str, str, str]]:
    """What axe finds serious on any slide of a deck, or can't judge: rule, element, slide.

    Where axe can't judge, such as a contrast under a layer of reveal.js, silence says nothing.
    """
    from axe_playwright_python.sync_playwright import Axe

    opened(page, path)
    bad, kinds = [], ["violations", "incomplete"]
    for number in range(page.evaluate("Reveal.getTotalSlides()")):
        page.evaluate(f"Reveal.slide({number})")
        found = Axe().run(page, options={"resultTypes": kinds, **options}).response
        for each in found["violations"] + found["incomplete"]:
            if each["impact"] in ("serious", "critical"):
                slide = f"slide {number + 1}"
                bad += [(each["id"], node["html"][:120], slide) for node in each["nodes"]]
    return bad


@pytest.mark.parametrize("chapter", DECKS[:: max(1, len(DECKS) // 3)])
def test_axe_finds_nothing_serious(pages: Any, built: Path, chapter: str) -> None:
    assert serious(pages, built / "slides" / f"{chapter}.html") == []


@pytest.mark.nightly
@pytest.mark.parametrize("chapter", DECKS)
def test_axe_finds_nothing_serious_on_any_deck(pages: Any, built: Path, chapter: str) -> None:
    assert serious(pages, built / "slides" / f"{chapter}.html") == []


def test_a_serious_fault_is_noticed(pages: Any, built: Path) -> None:
    text = (built / "slides" / f"{DECKS[0]}.html").read_text(encoding="utf-8")
    path = built / "slides" / "mute.html"
    mute = '<div class="slide"><img src="../_static/favicon.svg">'  # which nobody can hear
    path.write_text(text.replace('<div class="slide">', mute, 1), encoding="utf-8")
    assert "image-alt" in {rule for rule, *_ in serious(pages, path)}
    path.unlink()


PALE = '<p style="color: {}">Pale words.</p>'


def pale(built: Path, color: str) -> Path:
    """A deck with words of a color below the heading of each slide."""
    text = (built / "slides" / f"{DECKS[0]}.html").read_text(encoding="utf-8")
    path = built / "slides" / "pale.html"
    words = PALE.format(color)
    path.write_text(re.sub(r"</h[12]>", lambda end: end[0] + words, text), encoding="utf-8")
    return path


def test_pale_words_are_noticed_on_each_slide(pages: Any, built: Path) -> None:
    count = len(slides.read(ROOT / slides.SOURCES / f"{DECKS[0]}.md"))
    for color, wanted in {"#bbb": count, "#555": 0}.items():
        path = pale(built, color)
        found = serious(pages, path, runOnly=["color-contrast"])
        path.unlink()
        places = [slide for _, html, slide in found if html == PALE.format(color)]
        assert len(set(places)) == len(places) == wanted


def test_a_layer_under_which_axe_sees_nothing_is_noticed(pages: Any, built: Path) -> None:
    path = pale(built, "#555")
    text = path.read_text(encoding="utf-8")
    shown = "<style>.reveal > .backgrounds { display: block !important; }</style></head>"
    path.write_text(text.replace("</head>", shown), encoding="utf-8")
    found = serious(pages, path, runOnly=["color-contrast"])
    path.unlink()
    assert {rule for rule, *_ in found} == {"color-contrast"}


def test_a_deck_prints_a_page_a_slide(pages: Any, built: Path) -> None:
    opened(pages, built / "slides" / f"{DECKS[0]}.html", "?print-pdf")
    pages.wait_for_selector(".pdf-page", timeout=60_000)
    count = len(slides.read(ROOT / slides.SOURCES / f"{DECKS[0]}.md"))
    assert pages.locator(".pdf-page").count() == count
    printed = pages.pdf(prefer_css_page_size=True, print_background=True)
    assert printed.startswith(b"%PDF")
    assert printed.count(b"/Type /Page\n") in (count, 0)
