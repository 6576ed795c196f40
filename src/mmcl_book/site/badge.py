"""The {badge} directive: what a chapter costs its reader, measured, not guessed."""

from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from mmcl.errors import UserError
from mmcl_book.records import store as records
from mmcl_book.site.remembered import remember, warn, watch


def measured(root: Path, profile: str, chapter: str) -> list[str]:
    """Run time and memory from the chapter's live record; empty where there is none."""
    try:
        provenance = records.load(records.live_path(root, profile, chapter))["provenance"]
    except UserError:
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


def show(app: Sphinx, target: tuple[str, str]) -> tuple[str, ...]:
    """What the badge of a chapter with its minutes to learn says."""
    (chapter, minutes), profile = target, app.config.mmcl_profile
    found = measured(Path(app.srcdir), profile, chapter)
    return (f"Learn: {minutes} min", *found, f"Profile: {profile}")


class BadgeDirective(SphinxDirective):
    """`{badge} 60`: minutes to learn, then run time, memory and profile of the run shown."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        """Build the list of badges; a wrong number of minutes is a warning."""
        minutes = self.arguments[0].strip()
        if not minutes.isdigit():
            wanted = "give the minutes to learn, such as 60"
            warn(self, "badge", f"{{badge}} was given {minutes!r}; {wanted}")
            return []
        target = self.env.docname.rpartition("/")[2], minutes
        said = show(self.env.app, target)
        remember(self.env, "badges", target, said)
        items = [nodes.list_item("", nodes.paragraph("", text)) for text in said]
        return [nodes.bullet_list("", *items, classes=["mmcl-badge"])]


def setup(app: Sphinx) -> None:
    """Register the directive and its events."""
    app.add_directive("badge", BadgeDirective)
    watch(app, "badges", show)
