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
    """What a page says of a sweep, or why there is nothing to say."""
    profile, experiment = sweep
    try:
        return standing.sentence(experiment, profile, Path(app.srcdir))
    except UserError as error:
        return str(error)


def note(app: Sphinx, docname: str, content: list[str]) -> None:
    """Remember the sweeps of a page, so that it is rendered again when they stand otherwise."""
    assert app.env is not None
    for sweep in set(SWEEP.findall(content[0])):
        remember(app.env, "sweep", sweep, words(app, sweep))


def fill(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: Any
) -> None:
    """Write the sentences into a page."""
    if body := context.get("body"):
        context["body"] = SPAN.sub(lambda found: words(app, (found[1], found[2])), body)


def setup(app: Sphinx) -> None:
    """Connect to the build; after outputs were joined to their sources."""
    app.connect("source-read", note, priority=600)
    app.connect("html-page-context", fill)
    watch(app, "sweep", words)
