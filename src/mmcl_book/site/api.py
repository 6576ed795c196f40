"""The {api} directive: names with their signatures, docstrings and equations, read from sources.

`{api} chapters` has what chapters use, under the chapter that introduces it, in the order of the
book; `{api} modules` has what is left of `mmcl`. Equations are those of `book/equations.yml`.
"""

import re
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from mmcl import files
from mmcl_book.site import names
from mmcl_book.site.names import Name
from mmcl_book.site.remembered import remember, warn, watch

EQUATIONS = "book/equations.yml"
CODE = re.compile(r"(``?[^`\n]+(?:\n[^`\n]+)?``?)")
SPECIAL = re.compile(r"([\\*_<>$\[\]{}|~^#])")
# A label opens a block or follows a sentence; else it is a line of one that happens to begin so.
LABEL = re.compile(r"(?:\A|(?<=[.:]\n))([A-Z][a-z]+|[a-z_]\w*(?:, [a-z_]\w*){0,3}): ")
WORD = re.compile(r"(?:(?<=\. )|^)(Errors|Cost|Source|Sources|Shapes|Columns|Returns): ", re.M)
SPLIT = re.compile(r"([*/]*\w*)(.*)", re.DOTALL)  # an argument: its name, its type and default
KINDS = ("chapters", "modules")


def prose(doc: str) -> str:
    """A docstring as Markdown: plain text but for code; each thing that it explains on its own."""
    parts = []
    for block in re.split(r"\n\s*\n", doc.strip()):
        if block.lstrip().startswith(">>>"):
            parts.append(f"```pycon\n{block}\n```")
        elif block.startswith("    "):
            parts.append(f"```none\n{block}\n```")
        else:
            block = WORD.sub(r"\n\n\1: ", LABEL.sub(r"\n\1: ", block))
            parts += [plain(each) for each in re.split(r"\n\s*\n", block.strip())]
    return "\n\n".join(parts)


def plain(text: str) -> str:
    """Text in which only code and lists are marked up."""
    pieces = CODE.split(text)
    pieces[::2] = [SPECIAL.sub(r"\\\1", piece) for piece in pieces[::2]]
    return "".join(pieces)


def entry(name: Name, equations: dict[str, str], ticks: int = 6) -> str:
    """A name as Markdown: Sphinx's own directive for it, so that search knows it."""
    fence = "`" * ticks
    called = name.path if name.kind != "method" else name.path.rpartition(".")[2]
    signature = " ".join(name.signature.split())
    parts = [f"{fence}{{py:{name.kind}}} {called}{signature}", "", prose(name.doc), ""]
    if name.path in equations:
        parts += ["$$", equations[name.path].strip(), "$$", ""]
    parts += [entry(each, equations, ticks - 1) for each in name.members]
    return "\n".join([*parts, fence, ""])


def of_chapters(root: Path) -> str:
    """What chapters use, under the chapter that introduces it."""
    equations, parts = equations_of(root), []
    for chapter, found in names.walk(root).items():
        if found:
            link = f"First used in {{doc}}`/notebooks/{chapter}`."
            parts += [f"## Chapter {chapter.partition('_')[0]}", "", link, ""]
            parts += [entry(name, equations) for name in found]
    return "\n".join(parts)


def of_modules(root: Path) -> str:
    """What is left of `mmcl`, by module."""
    equations, parts = equations_of(root), []
    for module, found in names.rest(root):
        parts += [f"## {module.replace('_', chr(92) + '_')}", ""]
        parts += [entry(name, equations) for name in found]
    return "\n".join(parts)


def equations_of(root: Path) -> dict[str, str]:
    """The equation of each name that has one, as TeX."""
    path = root / EQUATIONS
    return files.read_yaml(path) if path.is_file() else {}


def shown(app: Sphinx, what: str) -> str:
    """What the page has, as Markdown."""
    return {"chapters": of_chapters, "modules": of_modules}[what](Path(app.srcdir))


class ApiDirective(SphinxDirective):
    """`{api} chapters` or `{api} modules`."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        """Build the entries; another argument is a warning."""
        what = self.arguments[0]
        if what not in KINDS:
            warn(self, "api", f"{{api}} was given {what!r}; give {' or '.join(KINDS)}")
            return []
        text = shown(self.env.app, what)
        remember(self.env, "api", what, text)
        return self.parse_text_to_nodes(text, allow_section_headings=True)


def lighten(app: Sphinx, doctree: nodes.document) -> None:
    """Make types in signatures plain text: most are of other packages, short names clash, and a
    page with an element for each word of them is slow.
    """
    for part in doctree.findall(addnodes.desc_returns):
        part.children = [nodes.Text("".join(each.astext() for each in part.children))]
    for part in doctree.findall(addnodes.desc_parameter):
        name, rest = SPLIT.fullmatch(part.astext()).groups()  # type: ignore[union-attr]
        part.children = [addnodes.desc_sig_name("", name), nodes.Text(rest)]


def setup(app: Sphinx) -> dict[str, Any] | None:
    """Register the directive and its events."""
    app.add_directive("api", ApiDirective)
    app.connect("doctree-read", lighten)
    watch(app, "api", shown)
