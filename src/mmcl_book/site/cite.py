"""How to cite the book, {citation}, and when a page's source last changed, as git has it."""

import subprocess
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from mmcl import files

FILE = "CITATION.cff"


def citation(root: Path) -> tuple[str, str]:
    """The book in one line, and as BibTeX. Errors: as reading the citation file."""
    about = files.read_yaml(root / FILE)
    authors = [each.get("name") or named(each) for each in about["authors"]]
    year, title, version = about["date-released"][:4], about["title"], about["version"]
    address = about.get("doi") or about.get("repository-code") or about.get("url") or ""
    line = f"{', '.join(authors)} ({year}). {title}. Version {version}. {address}".strip()
    fields = {
        "title": f"{{{title}}}",
        "author": " and ".join(f"{{{each}}}" for each in authors),
        "year": year,
        "version": version,
        **({"url": address} if address else {}),
    }
    inside = ",\n".join(f"  {name} = {{{value}}}" for name, value in fields.items())
    return line, f"@software{{mmcl,\n{inside}\n}}"


def named(person: dict[str, str]) -> str:
    """A person's name."""
    return " ".join(person[part] for part in ("given-names", "family-names") if part in person)


class CitationDirective(SphinxDirective):
    """`{citation}`: the book in one line, and as BibTeX, from `CITATION.cff`."""

    def run(self) -> list[nodes.Node]:
        """Build both."""
        root = Path(self.env.srcdir)
        self.env.note_dependency(str(root / FILE))
        line, bibtex = citation(root)
        return [nodes.paragraph("", line), nodes.literal_block(bibtex, bibtex, language="text")]


def changes(root: Path) -> dict[str, str]:
    """The day of the last commit of each file, as 2026-11-27; empty without git or commits."""
    command = ["git", "-C", str(root), "log", "--format=%x00%cs", "--name-only", "--relative"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=True)
    except (OSError, subprocess.SubprocessError):
        return {}
    found: dict[str, str] = {}
    for commit in done.stdout.split("\0")[1:]:
        day, *names = [line for line in commit.splitlines() if line]
        for name in names:
            found.setdefault(name, day)
    return found


def add_day(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: Any
) -> None:
    """Put the day into the page's footer."""
    if not hasattr(app, "mmcl_changes"):
        app.mmcl_changes = changes(Path(app.srcdir))  # type: ignore[attr-defined]
    known = app.mmcl_changes  # type: ignore[attr-defined]
    days = [known[name] for end in (".md", ".ipynb") if (name := f"{pagename}{end}") in known]
    context["mmcl_changed"] = days[0] if days else ""
    context["mmcl_cite"] = "book/cite" in app.env.found_docs if app.env else False


def setup(app: Sphinx) -> None:
    """Register the directive and connect to the build."""
    app.add_directive("citation", CitationDirective)
    app.connect("html-page-context", add_day)
