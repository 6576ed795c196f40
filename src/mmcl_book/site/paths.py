"""Which chapter needs which: {chapters}, the map of the book, and the way forward from each.

A chapter's table *You need* names others; read the other way, it says where a chapter leads.
"""

import html
import re
from pathlib import Path
from typing import NamedTuple

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from mmcl.errors import InputError, UserError
from mmcl_book import notebooks, project
from mmcl_book.site.remembered import remember, warn, watch

NEED = re.compile(r"^## You need$(.*?)(?=^## |\Z)", re.MULTILINE | re.DOTALL)
ROW = re.compile(r"^\|.*\|\s*(necessary|helpful)\s*\|(.*)\|\s*$", re.MULTILINE)
CHAPTER = re.compile(r"\{doc\}`(?:[^`<]*<)?(?:\.\./notebooks/)?(\d\d_\w+)>?`")
TITLE = re.compile(r"^# (.+)$", re.MULTILINE)
FORWARD = "Chapters that build on this one: "


class Stop(NamedTuple):
    """A chapter on the map: its title and the chapters that it needs, necessary ones or helpful."""

    title: str
    necessary: tuple[str, ...]
    helpful: tuple[str, ...]


def stops(root: Path) -> dict[str, Stop]:
    """The chapters of the table of contents by name. Errors: UserError for one that isn't there."""
    return {name: stop(project.notebook(root, name)) for name in project.chapters(root)}


def stop(path: Path) -> Stop:
    """A chapter by what its first cell and its table of needs say."""
    texts = [notebooks.text_of(cell) for cell in notebooks.read(path)["cells"]]
    title = next((found[1] for text in texts if (found := TITLE.search(text))), path.stem)
    needs = "\n".join(NEED.findall("\n\n".join(texts)))
    named = [(kind, name) for kind, cell in ROW.findall(needs) for name in CHAPTER.findall(cell)]
    necessary = {name: None for kind, name in named if kind == "necessary"}
    helpful = {name: None for kind, name in named if kind == "helpful" and name not in necessary}
    return Stop(title, tuple(sorted(necessary)), tuple(sorted(helpful)))


def onward(known: dict[str, Stop], chapter: str) -> list[str]:
    """The chapters that name this one among their needs."""
    return [name for name, each in known.items() if chapter in each.necessary + each.helpful]


def levels(known: dict[str, Stop]) -> list[list[str]]:
    """Chapters in rows: each stands below all that are necessary for it."""
    depth: dict[str, int] = {}

    def of(name: str, path: tuple[str, ...] = ()) -> int:
        if name in path:
            way = " -> ".join([*path, name])
            raise InputError(f"chapters need each other: {way}; call one of these needs helpful")
        if name not in depth:
            before = [each for each in known[name].necessary if each in known]
            depth[name] = 1 + max((of(each, (*path, name)) for each in before), default=-1)
        return depth[name]

    rows = [[name for name in known if of(name) == row] for row in range(len(known))]
    return [row for row in rows if row]


def map_of(app: Sphinx, what: str = "map") -> dict[str, Stop]:
    """What the map shows, read once a build."""
    if not hasattr(app, "mmcl_stops"):
        app.mmcl_stops = stops(Path(app.srcdir))  # type: ignore[attr-defined]
    return app.mmcl_stops  # type: ignore[attr-defined]


def forward(app: Sphinx, chapter: str) -> list[str]:
    """Where a chapter leads."""
    return onward(map_of(app), chapter)


class ChaptersDirective(SphinxDirective):
    """`{chapters}`: the chapters in rows, each below what it needs; its body has their questions.

    A line of the body is a chapter's number, a space, and its question.
    """

    has_content = True

    def run(self) -> list[nodes.Node]:
        """Build the map; a chapter without a question is a warning."""
        try:
            known = map_of(self.env.app)
            rows = levels(known)
        except UserError as error:
            warn(self, "chapters", error)
            return []
        remember(self.env, "chapters", "map", known)
        asked = dict(line.split(maxsplit=1) for line in self.content if line.strip())
        for name in known:
            if name[:2] not in asked:
                warn(self, "chapters", f"{name} has no question; give a line '{name[:2]} QUESTION'")
        up = "../" * self.env.docname.count("/")
        cards = [[card(name, known, asked.get(name[:2], ""), up) for name in row] for row in rows]
        lists = [f'<ul class="mmcl-row">{"".join(row)}</ul>' for row in cards]
        return [nodes.raw("", f'<div class="mmcl-map">{"".join(lists)}</div>', format="html")]


def card(name: str, known: dict[str, Stop], question: str, up: str) -> str:
    """A chapter on the map."""

    def link(other: str, text: str) -> str:
        return f'<a href="{up}notebooks/{other}.html">{text}</a>'

    def numbers(names: tuple[str, ...]) -> str:
        there = [each for each in names if each in known]
        return ", ".join(link(each, each[:2]) for each in there)

    each = known[name]
    needs = [
        f"{word} {found}"
        for word, names in (("needs", each.necessary), ("better after", each.helpful))
        if (found := numbers(names))
    ]
    said = f"<small>{'; '.join(needs) or 'a place to begin'}</small>"
    title = link(name, f"{name[:2]} {html.escape(each.title.partition(':')[0])}")
    return f'<li id="map-{name[:2]}">{title}<p>{html.escape(question)}</p>{said}</li>'


def lead(app: Sphinx, doctree: nodes.document) -> None:
    """End a chapter's last section with links to the chapters that need it."""
    env = app.env
    assert env is not None
    folder, _, chapter = env.docname.rpartition("/")
    whole = doctree[0] if len(doctree) else None
    if folder != "notebooks" or not isinstance(whole, nodes.section):
        return
    names = forward(app, chapter)
    remember(env, "forward", chapter, names)
    if not names:
        return
    sections = [each for each in whole.children if isinstance(each, nodes.section)]
    last = sections[-1] if sections else whole
    end = len(last)
    while end > 1 and isinstance(last[end - 1], nodes.container):  # cells that only store
        end -= 1
    text = nodes.paragraph("", FORWARD, *joined(names, env.docname), classes=["mmcl-on"])
    last.insert(end, text)


def joined(names: list[str], docname: str) -> list[nodes.Node]:
    """References to chapters, with commas between them and a full stop."""
    found: list[nodes.Node] = []
    for place, name in enumerate(names):
        about = {"refdomain": "std", "reftype": "doc", "reftarget": name, "refexplicit": False}
        text = nodes.inline("", name, classes=["std", "std-doc"])
        found.append(addnodes.pending_xref("", text, refdoc=docname, refwarn=True, **about))
        found.append(nodes.Text("." if place == len(names) - 1 else ", "))
    return found


def setup(app: Sphinx) -> None:
    """Register the directive and connect to the build."""
    app.add_directive("chapters", ChaptersDirective)
    app.connect("doctree-read", lead)
    watch(app, "chapters", map_of)
    watch(app, "forward", forward)
