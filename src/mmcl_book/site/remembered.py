"""What pages show of records, kept beside them: a page is rendered again when that changes."""

from collections.abc import Callable
from typing import Any

from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective, SphinxRole

from mmcl.errors import UserError

LOG = logging.getLogger(__name__)


def warn(what: SphinxDirective | SphinxRole, kind: str, message: object) -> None:
    """A warning of a role or directive, which says where it stands."""
    LOG.warning("%s", message, location=what.get_location(), type="mmcl", subtype=kind)


def remember(env: BuildEnvironment, kind: str, target: Any, what: Any) -> None:
    """Note what the page that is being read shows of a target, such as a claim."""
    of_kind(env, kind).setdefault(env.docname, {})[target] = what


def of_kind(env: BuildEnvironment, kind: str) -> dict[str, dict[Any, Any]]:
    """Of each page, what it shows by target; Sphinx stores it with the pages."""
    if not hasattr(env, "mmcl_remembered"):
        env.mmcl_remembered = {}  # type: ignore[attr-defined]
    return env.mmcl_remembered.setdefault(kind, {})  # type: ignore[attr-defined]


def watch(app: Sphinx, kind: str, show: Callable[[Sphinx, Any], Any]) -> None:
    """Render a page again when show(app, target) isn't what was remembered, or fails.

    show: raises KeyError or UserError for a target that is no longer there.
    """

    def changed(app: Sphinx, target: Any, what: Any) -> bool:
        try:
            return show(app, target) != what
        except (KeyError, UserError):
            return True

    def outdated(app: Sphinx, env: BuildEnvironment, *changes: set[str]) -> list[str]:
        return [
            doc
            for doc, seen in of_kind(env, kind).items()
            if any(changed(app, *item) for item in seen.items())
        ]

    def forget(app: Sphinx, env: BuildEnvironment, docname: str) -> None:
        of_kind(env, kind).pop(docname, None)

    app.connect("env-get-outdated", outdated)
    app.connect("env-purge-doc", forget)
