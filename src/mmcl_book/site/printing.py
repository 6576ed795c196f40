"""The book as a PDF: Chromium prints the whole, and what it made is looked through.

A PDF is finished when nothing is cut off, every internal link goes somewhere, and each page of the
site is in the contents, with its number, and in the bookmarks.
"""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from mmcl.errors import InputError
from mmcl_book.site import paper
from mmcl_book.site.build import BuildError
from mmcl_book.terminal import count, say

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")
FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync")
PATIENCE = 600_000  # ms for a page with all formulas of the book
FOOT = (
    '<div style="font-size:8px;width:100%;text-align:center"><span class="pageNumber"></span></div>'
)
MOST = 20  # problems that are listed


def write(root: Path, profile: str, target: Path) -> Path:
    """Print the built site of a profile into one PDF; return the file, which is made anew.

    Errors: InputError when there is no site, no browser, or a package is missing; BuildError
    lists what is cut off and which links lead nowhere, and leaves no file.
    """
    source = paper.assemble(root, profile)
    draft = target.with_name(f".{target.name}")
    target.parent.mkdir(parents=True, exist_ok=True)
    target.unlink(missing_ok=True)
    try:
        with opened(source) as page:
            print_to(page, draft)
            page.evaluate("pages => paper.number(pages)", numbers(draft))
            print_to(page, draft)
            wanted = page.evaluate("() => paper.targets()")
            heads = page.evaluate("() => document.querySelectorAll('h1').length")
        if found := problems(draft, set(wanted), heads):
            raise refused(found)
        draft.replace(target)
    finally:
        draft.unlink(missing_ok=True)
        source.unlink(missing_ok=True)
    return target


@contextmanager
def opened(source: Path) -> Iterator[Any]:
    """The whole in a browser, laid out for paper. Errors: as `write`."""
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        raise InputError("playwright is missing; run pip install -e '.[test]'") from None
    if found is None:
        raise InputError(f"no browser that prints was found; install {BROWSERS[0]}")
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=found, args=list(FLAGS))
        try:
            page = browser.new_page(viewport={"width": 800, "height": 1100})
            page.set_default_timeout(PATIENCE)
            page.emulate_media(media="print", color_scheme="light", reduced_motion="reduce")
            say("pdf: laying out the book; minutes")
            page.goto(source.as_uri(), wait_until="load", timeout=PATIENCE)
            page.evaluate("() => paper.ready()")
            page.evaluate("() => paper.fit()")
            if found := page.evaluate("() => paper.problems()"):
                raise refused(found)
            yield page
        finally:
            browser.close()


def print_to(page: Any, target: Path) -> None:
    """Print a page as it is laid out."""
    page.pdf(path=target, prefer_css_page_size=True, print_background=True, outline=True,
             tagged=True, display_header_footer=True, header_template="<span></span>",
             footer_template=FOOT)  # fmt: skip


def refused(found: list[str]) -> BuildError:
    """The error of a PDF with problems."""
    more = [f"and {len(found) - MOST} more"] if len(found) > MOST else []
    lines = "\n".join(f"  {line}" for line in [*found[:MOST], *more])
    return BuildError(f"the PDF has {count(len(found), 'problem')}:\n{lines}", found)


def reader(path: Path) -> Any:
    """A PDF, open. Errors: InputError without pypdf."""
    try:
        from pypdf import PdfReader
    except ImportError:
        raise InputError("pypdf is missing; run pip install -e '.[test]'") from None
    return PdfReader(path)


def numbers(path: Path) -> dict[str, int]:
    """The number of the leaf that each place that is linked to is on."""
    book = reader(path)
    return {
        name.lstrip("/"): (book.get_destination_page_number(place) or 0) + 1
        for name, place in book.named_destinations.items()
    }


def problems(path: Path, wanted: set[str], heads: int) -> list[str]:
    """Links that lead nowhere, and what lacks of `wanted` places and of a bookmark a head."""
    book = reader(path)
    known = {name.lstrip("/") for name in book.named_destinations}
    found = [f"no leaf has the place {name}" for name in sorted(wanted - known)]
    for number, leaf in enumerate(book.pages, 1):
        for note in leaf.get("/Annots") or ():
            link = note.get_object()
            if link.get("/Subtype") == "/Link" and (wrong := astray(link, known)):
                found.append(f"leaf {number} links to {wrong}, which isn't in the book")
    marks = sum(not isinstance(each, list) for each in book.outline)
    if marks < heads:
        found.append(f"it has {count(marks, 'bookmark')} for {count(heads, 'page')}")
    return found


def astray(link: Any, known: set[str]) -> str:
    """Where a link leads that leads nowhere; empty if it is in order."""
    action = link.get("/A") or {}
    target = link.get("/Dest", action.get("/D"))
    if target is not None:
        name = str(target).lstrip("/")
        return "" if not isinstance(target, str) or name in known else name
    address = str(action.get("/URI", "nothing"))
    return "" if address.startswith(("https://", "http://", "mailto:")) else address
