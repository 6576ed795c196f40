"""Slides: a deck a chapter, from Markdown, the ledger's numbers and the executed chapter's figures.

A deck is `book/teach/slides/CHAPTER.md`: slides between lines of `---`, each with a heading, and
speaker's notes after a line that begins with `Note: N min.` A line {figure}`CELL` shows the figure
of that cell; {claim}`ID` is a number of the ledger. A prediction's heading begins with `Predict:`.
The decks go into one folder, `slides/` of the site or of `mmcl slides --out`, and fetch nothing.
"""

import html
import re
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from markdown_it import MarkdownIt
from mdit_py_plugins.dollarmath import dollarmath_plugin

from mmcl import files
from mmcl.errors import InputError
from mmcl_book import notebooks, project
from mmcl_book.teach.plain import ROLE, Plain

SOURCES = Path("book") / "teach" / "slides"
STATIC = ("reveal", "slides.css", "slides.js", "favicon.svg")  # what decks need of book/_static
PAGE = Path(__file__).with_name("slides.html")
NOTE = re.compile(r"^Note: (?P<minutes>\d+) min\.\s*", re.MULTILINE)
FIGURE = re.compile(r'<figure class="mmcl-figure">(.*)<figcaption>.*?</figcaption></figure>', re.S)
RULE = re.compile(r"^---\s*$", re.MULTILINE)


@dataclass(frozen=True)
class Slide:
    """One slide: its Markdown, its notes, and for how many minutes it is meant to stand."""

    text: str
    notes: str
    minutes: int

    @property
    def title(self) -> str:
        """Its heading, without marks."""
        return self.text.splitlines()[0].lstrip("# ")

    @property
    def predicts(self) -> bool:
        """Whether it asks for a prediction."""
        return self.title.startswith("Predict:")

    @property
    def results(self) -> bool:
        """Whether it shows a number of the ledger."""
        return "{claim}`" in self.text


def decks(root: Path) -> list[str]:
    """The chapters that have a deck, in the order of the book."""
    return [name for name in project.chapters(root) if (root / SOURCES / f"{name}.md").is_file()]


def read(path: Path) -> list[Slide]:
    """The slides of a source. Errors: InputError for a slide without heading, notes or minutes."""
    found = []
    for number, part in enumerate(RULE.split(files.read_text(path)), 1):
        text, *rest = NOTE.split(part.strip(), maxsplit=1)
        if not text.startswith("#") or len(rest) != 2 or not rest[1].strip():
            wanted = "a heading first, and at the end a line 'Note: N min. ...'"
            raise InputError(f"{path.name}: slide {number} is not whole; give it {wanted}")
        found.append(Slide(text.strip(), rest[1].strip(), int(rest[0])))
    return found


def figures_of(root: Path, chapter: str, profile: str) -> dict[str, str]:
    """The figures of a chapter's last run by cell, as HTML without their captions.

    Errors: InputError when the chapter wasn't run at this profile.
    """
    path = root / "_build" / profile / "executed" / "notebooks" / f"{chapter}.ipynb"
    if not path.is_file():
        again = f"run mmcl run {chapter} --profile {profile}, or without a name for all chapters"
        raise InputError(f"{chapter} was not executed; {again}")
    found = {}
    for cell in notebooks.code_cells(notebooks.read(path)):
        for output in cell.get("outputs", []):
            shown = "".join(output.get("data", {}).get("text/html", ""))
            if match := FIGURE.search(shown):
                found[str(cell.get("id"))] = f'<figure class="mmcl-figure">{match[1]}</figure>'
    return found


def parser() -> MarkdownIt:
    """Markdown with tables and TeX."""
    found = MarkdownIt("commonmark", {"html": True}).enable("table")
    return found.use(dollarmath_plugin, renderer=formula)


class Renderer:
    """Turns slides of one chapter into HTML."""

    def __init__(self, root: Path, chapter: str, profile: str, plain: Plain) -> None:
        self.chapter, self.plain = chapter, plain
        self.figures = figures_of(root, chapter, profile)
        self.parser = parser()

    def role(self, match: re.Match[str]) -> str:
        """What a role shows: a number, a figure, or as in plain text."""
        name, target = match["name"], match["target"].strip()
        if name == "figure":
            if target not in self.figures:
                known = ", ".join(self.figures)
                raise InputError(f"{self.chapter} has no figure {target!r}; it has {known}")
            return f"\n{self.figures[target]}\n"
        if name != "claim":
            return self.plain.role(match)
        try:
            shown = self.plain.ledger.show(target)
        except KeyError:
            raise InputError(f"slides of {self.chapter}: unknown claim {target!r}") from None
        if shown.css == "claim-missing":
            raise InputError(f"slides of {self.chapter}: the claim {target!r} has no value")
        words = f" {shown.words}" if shown.loud and shown.words != shown.text else ""
        title = html.escape(shown.title)
        return f'<span class="claim" title="{title}">{html.escape(shown.text + words)}</span>'

    def markdown(self, text: str) -> str:
        """Markdown with roles, as HTML; figures come last, since their HTML is no Markdown."""
        kept: list[str] = []

        def keep(match: re.Match[str]) -> str:
            kept.append(self.role(match))
            return f"%%{len(kept) - 1}%%"

        made = str(self.parser.render(ROLE.sub(keep, text)))
        made = re.sub(r"<p>\s*(%%\d+%%)\s*</p>", alone(kept), made)
        return re.sub(r"%%(\d+)%%", lambda match: kept[int(match[1])], made)

    def section(self, slide: Slide) -> str:
        """A slide as reveal.js wants it."""
        kind = ' class="predict"' if slide.predicts else ""
        notes = self.markdown(f"**{slide.minutes} min.** {slide.notes}")
        return (
            f'<section data-timing="{slide.minutes * 60}"{kind}><div class="slide">'
            f'{self.markdown(slide.text)}</div><aside class="notes">{notes}</aside></section>'
        )


def alone(kept: list[str]) -> Any:
    """A paragraph of nothing but a figure is that figure."""

    def replaced(match: re.Match[str]) -> str:
        figure = kept[int(match[1].strip("%"))].lstrip().startswith("<figure")
        return match[1] if figure else match[0]

    return replaced


def formula(content: str, options: dict[str, Any]) -> str:
    """TeX for MathJax."""
    marks = r"\[{}\]" if options["display_mode"] else r"\({}\)"
    return marks.replace("{}", html.escape(content.strip()))


def page(root: Path, chapter: str, profile: str, plain: Plain) -> str:
    """A chapter's deck as one HTML page."""
    slides = read(root / SOURCES / f"{chapter}.md")
    renderer = Renderer(root, chapter, profile, plain)
    title = html.escape(slides[0].title)
    sections = "\n".join(renderer.section(slide) for slide in slides)
    total = sum(slide.minutes for slide in slides)
    filled = {"TITLE": title, "SLIDES": sections, "TOTAL": str(total * 60)}
    text = files.read_text(PAGE)
    for name, value in filled.items():
        text = text.replace(f"@{name}@", value)
    return text


def write(root: Path, out: Path, profile: str = "default") -> list[Path]:
    """Write all decks into `out/slides`; return their pages. `out/_static` has what they load."""
    plain = Plain(root, profile)
    written = []
    for chapter in decks(root):
        path = out / "slides" / f"{chapter}.html"
        files.write_text(path, page(root, chapter, profile, plain))
        written.append(path)
    return written


def bundle(root: Path, out: Path, profile: str = "default") -> list[Path]:
    """Decks with all that they load, in a folder of their own."""
    from mmcl_book.site.sphinx import mathjax

    written = write(root, out, profile)
    for name in STATIC:
        source, target = root / "book" / "_static" / name, out / "_static" / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target, dirs_exist_ok=True)
        else:
            shutil.copy(source, target)
    mathjax(out / "_static" / "mathjax")
    return written
