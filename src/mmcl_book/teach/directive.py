"""The {checked} directive: a chapter's checked exercise on a page that can't run it.

The site shows the task, where to run it, and each known wrong answer's misconception on a click.
"""

from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from mmcl.errors import UserError
from mmcl_book.site.remembered import warn
from mmcl_book.teach import exercises

WHERE = (
    "Run it in the student edition (`mmcl student --out FOLDER`): "
    "its notebook says at once whether an answer is right. "
    "Here each wrong answer that it knows can be opened."
)


class CheckedDirective(SphinxDirective):
    """`{checked}`: the exercise of the chapter that it stands in."""

    def run(self) -> list[nodes.Node]:
        """Build the box; a chapter without an exercise is a warning."""
        chapter = self.env.docname.rpartition("/")[2]
        where = Path(self.env.srcdir) / exercises.FOLDER
        try:
            exercise = exercises.load(chapter, where)
        except UserError as error:
            warn(self, "checked", str(error))
            return []
        self.env.note_dependency(str(where / f"{chapter}.py"))
        title = f"Checked exercise: {exercise.TITLE}"
        box = nodes.admonition("", nodes.title("", title), classes=["mmcl-checked"])
        stub = nodes.literal_block(exercise.STUB.strip(), exercise.STUB.strip(), language="python")
        box += self.parse_text_to_nodes(exercise.STATEMENT.strip())
        box += stub
        box += self.parse_text_to_nodes(WHERE)
        for number, (_, says) in enumerate(exercise.MISCONCEPTIONS.values(), 1):
            opens = f"<details><summary>Wrong answer {number}</summary>"
            box += nodes.raw("", opens, format="html")
            box += self.parse_text_to_nodes(says)
            box += nodes.raw("", "</details>", format="html")
        return [box]


def setup(app: Sphinx) -> None:
    """Register the directive."""
    app.add_directive("checked", CheckedDirective)
