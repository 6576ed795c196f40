"""The front of the book: {one-minute}, a picture to drag; {from-chapter}, a chapter's figure."""

from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from mmcl.errors import UserError
from mmcl_book.site import standing
from mmcl_book.site.cells import address, executed, figures_of
from mmcl_book.site.remembered import remember, warn
from mmcl_experiments import results
from mmcl_experiments.one_minute import figures
from mmcl_experiments.recorded.places import sweep_path

SWEEP = "default", "one_minute"
MARK, SCRIPT = 'class="mmcl-minute"', "minute.js"


class OneMinuteDirective(SphinxDirective):
    """`{one-minute}`: the picture of the recorded sweep, and where its numbers come from."""

    def run(self) -> list[nodes.Node]:
        """Build the picture; a missing sweep is a warning."""
        root, (profile, experiment) = Path(self.env.srcdir), SWEEP
        self.env.note_dependency(str(sweep_path(root, profile, experiment)))
        try:
            table = results.recorded(experiment, profile=profile, root=root)
            about = results.about(experiment, profile=profile, root=root)
        except UserError as error:
            warn(self, "one-minute", error)
            return []
        remember(self.env, "sweep", SWEEP, standing.words(self.env.app, SWEEP))
        markup = figures.minute(table).markup + about._repr_html_()
        return [nodes.raw("", markup, format="html")]


class FromChapterDirective(SphinxDirective):
    """`{from-chapter} 04_hypersphere look`: the figure of a chapter's cell; the body is its text.

    A link to the cell follows. A site without executed chapters shows text and link.
    """

    required_arguments = 2
    has_content = True

    def run(self) -> list[nodes.Node]:
        """Build text and figure; a cell without a figure is a warning."""
        root, profile = Path(self.env.srcdir), self.config.mmcl_profile
        chapter, cell = self.arguments
        self.env.note_dependency(str(executed(root, profile, chapter)))
        drawn = ""
        if executed(root, profile, chapter).is_file():
            known = figures_of(root, chapter, profile)
            if cell not in known:
                wanted = f"give the id of one that has: {', '.join(known)}"
                warn(
                    self, "from-chapter", f"{chapter} has no figure in its cell {cell!r}; {wanted}"
                )
                return []
            drawn = known[cell]
        up = "../" * self.env.docname.count("/")
        place = f"{up}notebooks/{chapter}.html#{address(cell)}"
        link = f'<p class="mmcl-from"><a href="{place}">Chapter {chapter[:2]}, its cell</a></p>'
        text = self.parse_text_to_nodes("\n".join(self.content), offset=self.content_offset)
        return [*text, nodes.raw("", drawn + link, format="html")]


def add_script(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: Any
) -> None:
    """Load the picture's script where the picture is."""
    if MARK in (context.get("body") or ""):
        app.add_js_file(SCRIPT, loading_method="defer")


def setup(app: Sphinx) -> None:
    """Register the directives and connect to the build."""
    app.add_directive("one-minute", OneMinuteDirective)
    app.add_directive("from-chapter", FromChapterDirective)
    app.connect("html-page-context", add_script)
