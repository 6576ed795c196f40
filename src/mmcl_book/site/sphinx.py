"""The book's own Sphinx extension: outputs, claims, local math, build stamp, accessibility."""

import importlib.util
import os
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.builders.html import StandaloneHTMLBuilder
from sphinx.environment import BuildEnvironment
from sphinx.errors import ExtensionError
from sphinx.util import logging
from sphinx.util.fileutil import copy_asset

from mmcl.errors import UserError
from mmcl_book.records import store as records
from mmcl_book.site import (
    address,
    api,
    badge,
    bench,
    beside,
    cells,
    cite,
    downloads,
    front,
    graft,
    paths,
    pictures,
    shown,
    standing,
    terms,
)
from mmcl_experiments.provenance import commit_of

LOG = logging.getLogger(__name__)

# What pages with TeX need of MathJax: the component, its fonts, and what it loads on demand.
MATHJAX_PARTS = ("tex-chtml.js", "input/tex/extensions", "output/chtml/fonts", "a11y", "sre")
MATHJAX_PACKAGE = "sphinx-mathjax-offline"

# docutils gives these to lists of citations; ARIA 1.2 deprecates the one and forbids the other
OLD_ROLES = (' role="doc-biblioentry"', ' role="list"')

SMOKE_BANNER = (
    '<div class="mmcl-banner" role="note"><strong>Smoke run.</strong> '
    "Numbers on this page were computed at smoke size: they prove that the code runs, "
    "and say nothing about the claims. For real numbers, run <code>mmcl book</code>.</div>"
)


def add_outputs(app: Sphinx, docname: str, content: list[str]) -> None:
    """Replace a notebook's text by itself plus the outputs of its executed copy."""
    assert app.env is not None
    if not str(app.env.doc2path(docname)).endswith(".ipynb"):
        return
    profile = app.config.mmcl_profile
    if not records.executed(Path(app.srcdir), profile):
        return  # `say_bare` has said so once
    copy = Path(app.srcdir) / "_build" / profile / "executed" / f"{docname}.ipynb"
    app.env.note_dependency(str(copy))
    advice = f"run mmcl run {Path(docname).name} --profile {profile}"
    try:
        text, problems = graft.with_outputs(content[0], f"{docname}.ipynb", copy, advice)
    except UserError as error:
        LOG.warning("%s; %s", error, advice, location=docname, type="mmcl", subtype="outputs")
        return
    for problem in problems:
        LOG.warning(problem, location=docname, type="mmcl", subtype="outputs")
    content[0] = text


def say_bare(app: Sphinx) -> None:
    """Say once that pages have recorded numbers and no outputs, where nothing was executed."""
    profile = app.config.mmcl_profile
    if not records.executed(Path(app.srcdir), profile):
        text = "no chapter was executed at the profile %s: pages have recorded numbers, no figures"
        LOG.warning(f"{text}; for the whole book run: mmcl book", profile, type="mmcl")


def mathjax(target: Path) -> None:
    """Put what pages need of MathJax into a folder, so that no page asks the network for it."""
    found = importlib.util.find_spec(MATHJAX_PACKAGE)
    if found is None or found.origin is None:
        text = f"the package {MATHJAX_PACKAGE} is missing, so math can't be shown offline"
        raise ExtensionError(f"{text}; run pip install -e '.[book]'")
    folder = Path(found.origin).parent / "static" / "mathjax"
    for part in MATHJAX_PARTS:
        copy_asset(folder / part, target / part if (folder / part).is_dir() else target)


def copy_mathjax(app: Sphinx) -> None:
    """Put MathJax into the site."""
    mathjax(Path(app.outdir) / "_static" / "mathjax")


def stamp(root: Path) -> str:
    """Short commit of a checkout, "with local changes" where there are some; empty without git."""
    commit, changed = commit_of(root, paths=(":/",))
    return f"{(commit or '')[:7]}{' with local changes' if changed else ''}"


def add_stamp(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: Any
) -> None:
    """Put profile and commit into the page's footer, and the smoke banner above its text."""
    if not hasattr(app, "mmcl_commit"):
        app.mmcl_commit = stamp(Path(app.srcdir))  # type: ignore[attr-defined]
    context["default_mode"] = "auto"  # left empty, the theme logs a console error on a first visit
    context["mmcl_profile"] = app.config.mmcl_profile
    context["mmcl_commit"] = app.mmcl_commit  # type: ignore[attr-defined]
    body = context.get("body")
    if body:
        for role in OLD_ROLES:
            body = body.replace(role, "")
        banner = SMOKE_BANNER if app.config.mmcl_profile == "smoke" else ""
        context["body"] = banner + body


def signature(env: BuildEnvironment) -> tuple[Any, ...]:
    """What other pages show of a page: titles in the sidebar, labels in cross-references."""
    titles = sorted((name, title.astext()) for name, title in env.titles.items())
    labels = sorted(env.get_domain("std").data["labels"].items())  # type: ignore[attr-defined]
    return (tuple(titles), tuple(labels))


def pages_to_rewrite(app: Sphinx, env: BuildEnvironment) -> list[str]:
    """All pages when a title or a label changed, since every sidebar shows the titles."""
    new = signature(env)
    old, env.mmcl_signature = getattr(env, "mmcl_signature", new), new  # type: ignore[attr-defined]
    return [] if old == new else sorted(env.found_docs)


class BookBuilder(StandaloneHTMLBuilder):
    """The HTML builder, but for one habit: to write the root page again at every build."""

    wanted: frozenset[str] | None = None  # None: all pages

    def write(self, build_docnames: Any, updated_docnames: Any, method: Any = "update") -> None:
        """Note which pages have to be written; titles are looked after by `pages_to_rewrite`."""
        if build_docnames is None or build_docnames == ["__all__"]:
            self.wanted = None
        else:
            self.wanted = frozenset(build_docnames) | frozenset(updated_docnames)
        super().write(build_docnames, updated_docnames, method)

    def write_doc(self, docname: str, doctree: nodes.document) -> None:
        """Write a page that has changed."""
        if self.wanted is None or docname in self.wanted:
            super().write_doc(docname, doctree)


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the extension."""
    profile = os.environ.get("MMCL_PROFILE", "default")
    app.add_config_value("mmcl_profile", profile, "env", types=frozenset({str}))
    app.add_builder(BookBuilder, override=True)
    app.connect("builder-inited", say_bare)
    app.connect("builder-inited", copy_mathjax)
    app.connect("source-read", add_outputs)
    app.connect("env-updated", pages_to_rewrite)
    app.connect("html-page-context", add_stamp)
    parts = (
        shown,
        address,
        api,
        badge,
        bench,
        beside,
        standing,
        downloads,
        front,
        cells,
        paths,
        terms,
        cite,
        pictures,
    )
    for part in parts:
        part.setup(app)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
