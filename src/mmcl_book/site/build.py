"""Renders the site from sources and executed copies: strict, incremental, offline."""

import hashlib
import os
import re
import shutil
import time
from io import StringIO
from pathlib import Path
from typing import Any, NamedTuple

from mmcl import files
from mmcl.errors import UserError
from mmcl_book.site import address
from mmcl_book.terminal import count, say, uncolored

UNUSED = ("sphinx_thebe", "sphinx_comments")  # Thebe throws an error on every page, even off
REDIRECT = Path(__file__).with_name("redirect.html")


class BuildError(UserError):
    """The site could not be built, or only with warnings; `warnings` lists them."""

    def __init__(self, message: str, warnings: list[str] | None = None) -> None:
        super().__init__(message)
        self.warnings = warnings or []


class Folders(NamedTuple):
    """Where a profile's site goes."""

    site: Path
    html: Path
    doctrees: Path
    rejected: Path  # pages of a build that warned
    look: Path  # the checksum of what the doctrees were rendered with, once they are whole


def folders(root: Path, profile: str) -> Folders:
    """The folders of a profile's build."""
    base = root / "_build" / profile
    site, doctrees = base / "site", base / "doctrees"
    return Folders(site, site / "html", doctrees, base / "rejected", doctrees / ".look")


def build(root: Path, profile: str, *, clean: bool = False) -> Path:
    """Render the site of a profile; return the page to open.

    Only pages that changed are rendered again; `clean`, another look (style sheets, templates,
    the renderer itself) or other packages render all.
    Errors: BuildError lists every warning. The next build then starts afresh, and the pages
    are kept in `_build/<profile>/rejected` to look at, not in `site`.
    """
    root = Path(root).resolve()
    where = folders(root, profile)
    look = look_of(root)
    whole = where.html.is_dir() and where.look.is_file() and where.look.read_text() == look
    if clean or not whole:
        drop(where)
    where.doctrees.mkdir(parents=True, exist_ok=True)
    where.look.unlink(missing_ok=True)
    started = time.perf_counter()
    try:
        written, warnings = render(root, profile, where)
    except Exception as error:
        reject(where)
        if isinstance(error, BuildError) or not of_sources(error):
            raise
        raise BuildError(f"the site could not be built: {error}") from error
    if warnings:
        reject(where)
        raise BuildError(report(warnings, where), warnings)
    files.write_text(where.look, look)
    say(f"book: {count(written, 'page')} rendered in {time.perf_counter() - started:.1f} s")
    return where.html / "index.html"


def look_of(root: Path) -> str:
    """A checksum of what every page depends on and Sphinx doesn't watch."""
    static = [p for name in ("_static", "_templates") for p in (root / "book" / name).rglob("*")]
    watched = [*static, *Path(__file__).parent.glob("*.py"), root / "constraints.txt"]
    found = sorted(str(path) for path in watched if path.is_file())
    return hashlib.sha256("".join(p + files.sha256(p) for p in found).encode()).hexdigest()


def of_sources(error: Exception) -> bool:
    """Whether a build failed because of what is built; else it is a fault of the program.

    Sphinx wraps whatever an extension raises, ours among them, and keeps it as `orig_exc`.
    """
    from sphinx.errors import SphinxError

    inner = getattr(error, "orig_exc", None) or error
    return isinstance(inner, SphinxError | UserError)


def render(root: Path, profile: str, where: Folders) -> tuple[int, list[str]]:
    """Run Sphinx; return the number of pages written and the warnings."""
    from sphinx.application import Sphinx
    from sphinx.util.docutils import docutils_namespace, patch_docutils

    settings = configuration(root, profile)
    stream = StringIO()
    with patch_docutils(str(root)), docutils_namespace():
        app = Sphinx(root, None, where.html, where.doctrees, "html", settings, status=None,
                     warning=stream, keep_going=True)  # fmt: skip
        pages = watch(app)
        app.build()
        write_redirect(where.html, app.config)
    return len(pages), warning_lines(stream.getvalue())


def configuration(root: Path, profile: str) -> dict[str, Any]:
    """Jupyter Book's translation of `_config.yml`, with the profile and without Thebe."""
    from jsonschema import ValidationError
    from jupyter_book.config import get_final_config
    from yaml import YAMLError

    for name in ("_config.yml", "_toc.yml"):
        if not (root / name).is_file():
            raise BuildError(f"{root} has no {name}; build from the book's own folder")
    ours = {"external_toc_path": str(root / "_toc.yml"), "latex_individualpages": False,
            "nitpicky": True, "mmcl_profile": profile}  # fmt: skip
    try:
        settings, _ = get_final_config(user_yaml=root / "_config.yml", cli_config=ours,
                                       sourcedir=root, raise_on_invalid=True)  # fmt: skip
    except (ValueError, YAMLError, ValidationError) as error:
        raise BuildError(f"{root / '_config.yml'} is refused: {error}") from error
    theme: dict[str, Any] = settings["html_theme_options"]  # type: ignore[assignment]
    theme |= address.options(root)
    extensions: list[str] = settings["extensions"]  # type: ignore[assignment]
    settings["extensions"] = [name for name in extensions if name not in UNUSED]
    settings.pop("comments_config", None)  # belongs to sphinx_comments
    return settings


def watch(app: Any) -> set[str]:
    """Say which pages are read, and collect the names of those that are written."""
    pages: set[str] = set()

    def reading(app: Any, env: Any, docnames: list[str]) -> None:
        if docnames:
            say(f"book: reading {count(len(docnames), 'page')}")

    def writing(app: Any, pagename: str, template: str, context: Any, doctree: Any) -> None:
        if doctree is not None:
            pages.add(pagename)

    app.connect("env-before-read-docs", reading)
    app.connect("html-page-context", writing)
    return pages


def write_redirect(html: Path, config: Any) -> None:
    """Make `index.html` lead to the book's first page."""
    icon, page = Path(config.html_favicon or "").name, f"{config.root_doc}.html"
    text = files.read_text(REDIRECT).format(title=config.html_title, page=page, icon=icon)
    files.write_text(html / "index.html", text)


def warning_lines(output: str) -> list[str]:
    """Sphinx's warnings without colors; a further line belongs to the one before."""
    lines = "\n".join(line for line in uncolored(output).splitlines() if line.strip())
    parts = re.split(r"\n(?=.*\b(?:WARNING|ERROR|CRITICAL|SEVERE)\b)", lines)
    return [part.replace("\n", "\n    ") for part in parts if part]


def report(warnings: list[str], where: Folders) -> str:
    """The message of a build with warnings."""
    lines = "\n".join(f"  {line}" for line in warnings)
    return (
        f"the site has {count(len(warnings), 'warning')}, and a warning is an error:\n{lines}\n"
        f"The pages are in {os.path.relpath(where.rejected)} to look at; "
        "mend what is listed and build again."
    )


def drop(where: Folders) -> None:
    """Remove site and doctrees, so that the next build is clean."""
    for folder in (where.site, where.doctrees, where.rejected):
        shutil.rmtree(folder, ignore_errors=True)


def reject(where: Folders) -> None:
    """Drop the doctrees and take the pages out of `site`, so that nobody serves them."""
    shutil.rmtree(where.doctrees, ignore_errors=True)
    shutil.rmtree(where.rejected, ignore_errors=True)
    if where.html.is_dir():
        where.html.replace(where.rejected)
    shutil.rmtree(where.site, ignore_errors=True)
