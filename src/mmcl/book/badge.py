"""The {badge} directive: what a chapter costs its reader, measured, not guessed."""

from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective

from mmcl import records

LOG = logging.getLogger(__name__)


def measured(root: Path, profile: str, chapter: str) -> list[str]:
    """Run time and memory from the chapter's live record; empty where there is none."""
    try:
        provenance = records.load(records.live_path(root, profile, chapter))["provenance"]
    except (OSError, ValueError):
        return []
    found = []
    seconds, peak = provenance.get("wall_s"), provenance.get("peak_mib")
    if isinstance(seconds, int | float):
        found.append(f"Run: {seconds:.0f} s" if seconds < 90 else f"Run: {seconds / 60:.1f} min")
    if isinstance(peak, int | float):
        found.append(f"Memory: {peak / 1024:.1f} GiB")
    if found and provenance.get("device"):
        found.append(f"Device: {provenance['device']}")
    return found


def parts(root: Path, profile: str, chapter: str, minutes: str) -> tuple[str, ...]:
    """All that a badge says."""
    return (f"Learn: {minutes} min", *measured(root, profile, chapter), f"Profile: {profile}")


class BadgeDirective(SphinxDirective):
    """`{badge} 60`: minutes to learn, then run time, memory and profile of the run shown."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        """Build the list of badges; a wrong number of minutes is a warning."""
        minutes = self.arguments[0].strip()
        if not minutes.isdigit():
            message = f"{{badge}} was given {minutes!r}; give the minutes to learn, such as 60"
            LOG.warning(message, location=self.get_location(), type="mmcl", subtype="badge")
            return []
        docname = self.env.docname
        chapter = docname.rpartition("/")[2]
        said = parts(Path(self.env.srcdir), self.config.mmcl_profile, chapter, minutes)
        if not hasattr(self.env, "mmcl_badges"):
            self.env.mmcl_badges = {}  # type: ignore[attr-defined]
        self.env.mmcl_badges[docname] = (chapter, minutes, said)  # type: ignore[attr-defined]
        items = [nodes.list_item("", nodes.paragraph("", text)) for text in said]
        return [nodes.bullet_list("", *items, classes=["mmcl-badge"])]


def outdated(app: Sphinx, env: BuildEnvironment, *changes: set[str]) -> list[str]:
    """Pages whose badge would say something else now."""
    root, profile = Path(app.srcdir), app.config.mmcl_profile
    badges: dict[str, Any] = getattr(env, "mmcl_badges", {})
    return [doc for doc, (*what, said) in badges.items() if parts(root, profile, *what) != said]


def forget(app: Sphinx, env: BuildEnvironment, docname: str) -> None:
    """Drop a page's badge before the page is read again."""
    getattr(env, "mmcl_badges", {}).pop(docname, None)


def setup(app: Sphinx) -> None:
    """Register the directive and its events."""
    app.add_directive("badge", BadgeDirective)
    app.connect("env-get-outdated", outdated)
    app.connect("env-purge-doc", forget)
