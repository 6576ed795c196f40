"""Behind each sentence on a recorded sweep: whether the code has changed since it was made."""

import re
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx

from mmcl.errors import UserError
from mmcl_book.records import standing
from mmcl_book.site.remembered import remember, watch

SWEEP = re.compile(r'data-sweep=\\?"([a-z]+)/([a-z0-9_]+)\\?"')
SPAN = re.compile(r'<span data-sweep="([a-z]+)/([a-z0-9_]+)"></span>')


def words(app: Sphinx, sweep: tuple[str, str]) -> str:
    """What a page says of a sweep; UserError where there is none."""
    profile, experiment = sweep
    return standing.sentence(experiment, profile, Path(app.srcdir))


def note(app: Sphinx, docname: str, content: list[str]) -> None:
    """Remember the sweeps of a page, so that it is rendered again when they stand otherwise."""
    assert app.env is not None
    for sweep in set(SWEEP.findall(content[0])):
        try:
            said = words(app, sweep)
        except UserError:
            said = ""
        remember(app.env, "sweep", sweep, said)


def fill(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: Any
) -> None:
    """Write the sentences into a page."""

    def filled(found: re.Match[str]) -> str:
        try:
            return words(app, (found[1], found[2]))
        except UserError as error:
            return f"{error}"

    if body := context.get("body"):
        context["body"] = SPAN.sub(filled, body)


def setup(app: Sphinx) -> None:
    """Connect to the build; after outputs were joined to their sources."""
    app.connect("source-read", note, priority=600)
    app.connect("html-page-context", fill)
    watch(app, "sweep", words)
