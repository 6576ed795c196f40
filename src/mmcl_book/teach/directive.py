"""What the site shows of the course: checked exercises, quiz questions, and the decks of slides.

A page runs nothing. {checked} shows the task, where to run it, and each known wrong answer's
misconception on a click; {quiz} shows questions whose answers open on a click; {decks} links to
the slides, which are written into the site at the end of its build.
"""

from pathlib import Path
from string import ascii_uppercase

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective

from mmcl.errors import UserError
from mmcl_book.site.remembered import warn
from mmcl_book.teach import exercises, quiz, slides

LOG = logging.getLogger(__name__)
WHERE = (
    "Run it in the student edition (`mmcl student --out FOLDER`): "
    "its notebook says at once whether an answer is right. "
    "Without a machine, write your answer on paper first: "
    "here each wrong answer that the notebook knows can be opened."
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


class QuizDirective(SphinxDirective):
    """`{quiz} CHAPTER`: its questions; a click on an answer says what it shows.

    What a reader opens is HTML's own `details`, so it needs no script.
    """

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        """Build the list; a chapter without questions is a warning."""
        chapter, root = self.arguments[0], Path(self.env.srcdir)
        self.env.note_dependency(str(root / quiz.SOURCES / f"{chapter}.yml"))
        try:
            found = [each for each in quiz.load(root) if each.chapter == chapter]
        except UserError as error:
            warn(self, "quiz", str(error))
            return []
        if not found:
            warn(self, "quiz", f"no questions of {chapter!r} in {quiz.SOURCES}")
        items = nodes.enumerated_list()
        for one in found:
            items += nodes.list_item("", *self.question(one))
        return [items]

    def question(self, one: quiz.Question) -> list[nodes.Node]:
        """A question with its name, as teachers' pages call it; its answers, which are closed."""
        box = self.parse_text_to_nodes(one.ask)
        if isinstance(box[-1], nodes.paragraph):
            box[-1].extend([nodes.Text(" "), nodes.literal("", one.id)])
        for letter, (answer, says, right) in zip(ascii_uppercase, one.answers(), strict=False):
            # The letter is a name for those who hear the page, also where an answer is a formula.
            opens = f'<details class="mmcl-quiz"><summary><strong>{letter}</strong> '
            box.append(nodes.raw("", opens, format="html"))
            box += self.state.inline_text(answer, self.lineno)[0]
            box.append(nodes.raw("", "</summary>", format="html"))
            box += self.parse_text_to_nodes(f"**{'Right.' if right else 'Not yet.'}** {says}")
            box.append(nodes.raw("", "</details>", format="html"))
        return box


class DecksDirective(SphinxDirective):
    """`{decks}`: links to all decks of slides, or to those of the chapters that are named."""

    optional_arguments = 17

    def run(self) -> list[nodes.Node]:
        """Build the list; a chapter without a deck is a warning."""
        root, up = Path(self.env.srcdir), "../" * self.env.docname.count("/")
        known = slides.decks(root)
        items = nodes.bullet_list()
        for chapter in self.arguments or known:
            if chapter not in known:
                warn(self, "decks", f"{chapter!r} has no deck in {slides.SOURCES}")
                continue
            path = root / slides.SOURCES / f"{chapter}.md"
            self.env.note_dependency(str(path))
            deck = slides.read(path)
            minutes = sum(slide.minutes for slide in deck)
            words = f"{chapter[:2]} {deck[0].title}"
            link = f'<a href="{up}slides/{chapter}.html">{words}</a>: {len(deck)} slides, '
            text = nodes.raw("", f"{link}{minutes} minutes", format="html")
            items += nodes.list_item("", nodes.paragraph("", "", text))
        return [items]


def write_slides(app: Sphinx, error: Exception | None) -> None:
    """Write the decks into the site; what they lack is a warning."""
    if error is None and app.builder.format == "html":
        try:
            slides.write(Path(app.srcdir), Path(app.outdir), app.config.mmcl_profile)
        except UserError as problem:
            LOG.warning("%s", problem, type="mmcl", subtype="slides")


def setup(app: Sphinx) -> None:
    """Register the directives, and what is written with the site."""
    app.add_directive("checked", CheckedDirective)
    app.add_directive("quiz", QuizDirective)
    app.add_directive("decks", DecksDirective)
    app.connect("build-finished", write_slides)
