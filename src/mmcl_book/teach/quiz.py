"""The quiz bank: questions with an answer to every mistake, stored once, exported, and checked.

`book/teach/quiz/CHAPTER.yml` is a list of questions:
    id, ask, right, because    `because` is what whoever answers rightly is told
    wrong                      pairs of a wrong answer and what it shows, in words to its giver
    check                      Python whose last line is true; or, for numbers, a mapping of
                               `value` (Python) and `answers` (Python: right first, then the wrong)
    derived                    in place of `check`: a second derivation in words
Text is Markdown with $TeX$ and {claim}`id`. `check` sees `np`, and `claim(id)`, a recorded value.
"""

import ast
import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from string import ascii_uppercase
from typing import Any
from xml.etree import ElementTree

import numpy as np

from mmcl import files
from mmcl.errors import InputError
from mmcl.randomness import stream
from mmcl_book.teach.plain import Plain
from mmcl_book.teach.slides import parser

SOURCES = Path("book") / "teach" / "quiz"
NEEDED = ("id", "ask", "right", "because", "wrong")
FIELDS = {*NEEDED, "check", "derived"}
PLACE = re.compile(r"```\{quiz\} (?P<chapter>\w+)\n```")
CATEGORY = "$course$/top/What multimodal contrastive learning recovers/"
SPECIAL = "\\~=#{}:"  # what GIFT reads as a sign


@dataclass(frozen=True)
class Question:
    """One question, as its file has it."""

    id: str
    chapter: str
    ask: str
    right: str
    because: str
    wrong: tuple[tuple[str, str], ...]
    check: str | Mapping[str, str] | None = None
    derived: str = ""

    def answers(self) -> list[tuple[str, str, bool]]:
        """(answer, what its giver is told, whether it is right), in an order that tells nothing."""
        given = [(self.right, self.because, True), *((*pair, False) for pair in self.wrong)]
        order = stream(0, f"quiz {self.id}").permutation(len(given))
        return [given[place] for place in order]


def load(root: Path, plain: Plain | None = None) -> list[Question]:
    """All questions, chapter by chapter.

    plain: fills in numbers of the ledger; without it roles stay.
    Errors: InputError says which question lacks what.
    """
    found: list[Question] = []
    for path in sorted((root / SOURCES).glob("*.yml")):
        found += [question(raw, path.stem, plain) for raw in files.read_yaml(path)]
    names = [each.id for each in found]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise InputError(f"questions share the id {twice[0]!r}; give each its own")
    return found


def question(raw: Any, chapter: str, plain: Plain | None) -> Question:
    """A question of a file, checked for its form."""
    name = raw.get("id", "?") if isinstance(raw, dict) else "?"

    def wanted(what: str) -> InputError:
        return InputError(f"quiz/{chapter}.yml: question {name!r}: {what}")

    if not isinstance(raw, dict) or set(raw) - FIELDS:
        raise wanted(f"give fields among {', '.join(sorted(FIELDS))}, and no others")
    if lacks := [key for key in NEEDED if raw.get(key) in (None, "", [])]:
        raise wanted(f"it lacks {', '.join(lacks)}")
    if ("check" in raw) == ("derived" in raw):
        raise wanted("give either check or derived")
    if len(raw["wrong"]) < 2 or any(len(pair) != 2 or None in pair for pair in raw["wrong"]):
        raise wanted("wrong is two or more pairs of an answer and what it shows")

    def said(text: Any) -> str:
        return (plain.text(str(text)) if plain else str(text)).strip()

    texts = {key: said(raw[key]) for key in ("ask", "right", "because")}
    wrong = tuple((said(answer), said(says)) for answer, says in raw["wrong"])
    if len({texts["right"], *(answer for answer, _ in wrong)}) != 1 + len(wrong):
        raise wanted("two answers are the same")
    rest = {"check": raw.get("check"), "derived": str(raw.get("derived", ""))}
    return Question(id=raw["id"], chapter=chapter, wrong=wrong, **texts, **rest)


def holds(one: Question, claim: Callable[[str], Any]) -> bool:
    """Whether a question's check confirms its key, and no other answer.

    For numbers: the value is the right answer's (to a hundredth of it) and no wrong one's.
    """
    space = {"np": np, "math": math, "claim": claim}
    if one.check is None:
        return bool(one.derived)
    if isinstance(one.check, str):
        return bool(value_of(one.check, space))
    value = value_of(one.check["value"], space)
    right, *wrong = value_of(one.check["answers"], space)
    near = [math.isclose(value, each, rel_tol=0.01, abs_tol=1e-9) for each in (right, *wrong)]
    return near == [True, *[False] * len(one.wrong)]


def value_of(code: str, space: dict[str, Any]) -> Any:
    """The value of the last line of some Python."""
    space, body = dict(space), ast.parse(code.strip()).body
    last = body.pop()
    if not isinstance(last, ast.Expr):
        raise InputError(f"a check ends with a value, not with {ast.unparse(last)!r}")
    exec(compile(ast.Module(body, []), "<check>", "exec"), space)
    return eval(compile(ast.Expression(last.value), "<check>", "eval"), space)


def as_html(text: str) -> str:
    """Markdown with TeX as HTML for MathJax, which learning platforms have as well."""
    return str(parser().render(text)).strip()


def inserted(text: str, root: Path, plain: Plain) -> str:
    """A page whose quizzes are Markdown; the answers open on a click."""
    if not PLACE.search(text):
        return text
    return PLACE.sub(partial(folded, load(root, plain)), text)


def folded(questions: list[Question], place: re.Match[str]) -> str:
    """The questions of a chapter, each answer a `details` of HTML, as in JupyterLab and Colab."""
    asked = [each for each in questions if each.chapter == place["chapter"]]
    parts = []
    for number, one in enumerate(asked, 1):
        parts.append(f"**{number}.** {one.ask} (`{one.id}`)")
        for letter, (answer, says, right) in zip(ascii_uppercase, one.answers(), strict=False):
            verdict = f"**{'Right.' if right else 'Not yet.'}** {says}"
            opens = f"<details><summary>{letter}: {as_html(answer)[3:-4]}</summary>"
            parts.append(f"{opens}\n\n{verdict}\n\n</details>")
    return "\n\n".join(parts)


def moodle(questions: list[Question]) -> str:
    """Moodle's XML: multiple choice, one right answer, a category a chapter."""
    quiz = ElementTree.Element("quiz")
    for chapter in dict.fromkeys(each.chapter for each in questions):
        category = ElementTree.SubElement(quiz, "question", type="category")
        add(category, "category", CATEGORY + chapter)
        for each in questions:
            if each.chapter == chapter:
                quiz.append(choice(each))
    ElementTree.indent(quiz)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ElementTree.tostring(quiz, "unicode") + "\n"


def choice(one: Question) -> ElementTree.Element:
    """A question of Moodle's type `multichoice`."""
    found = ElementTree.Element("question", type="multichoice")
    add(found, "name", one.id)
    add(found, "questiontext", as_html(one.ask), format="html")
    add(found, "generalfeedback", "", format="html")
    for name, value in {"defaultgrade": "1", "penalty": "0.5", "hidden": "0", "single": "true",
                        "shuffleanswers": "true", "answernumbering": "abc"}.items():  # fmt: skip
        ElementTree.SubElement(found, name).text = value
    for answer, says, right in one.answers():
        how = {"fraction": "100" if right else "0", "format": "html"}
        given = add(found, "answer", as_html(answer), **how)
        add(given, "feedback", as_html(says), format="html")
    return found


def add(parent: ElementTree.Element, tag: str, text: str, **how: str) -> ElementTree.Element:
    """An element with a text inside, as Moodle wants texts."""
    found = ElementTree.SubElement(parent, tag, how)
    ElementTree.SubElement(found, "text").text = text
    return found


def gift(questions: list[Question]) -> str:
    """GIFT, which Moodle, Canvas (by converters) and others read; text is HTML."""
    parts = []
    for place, one in enumerate(questions):
        if not place or questions[place - 1].chapter != one.chapter:
            parts.append(f"$CATEGORY: {CATEGORY}{one.chapter}\n")
        lines = [
            f"{'=' if right else '~'}{signs(as_html(answer))}#{signs(as_html(says))}"
            for answer, says, right in one.answers()
        ]
        parts.append(f"::{signs(one.id)}::[html]{signs(as_html(one.ask))}{{\n" + "\n".join(lines))
        parts[-1] += "\n}\n"
    return "\n".join(parts)


def signs(text: str) -> str:
    """A text on one line, with GIFT's signs escaped."""
    line = " ".join(text.split())
    return "".join(f"\\{each}" if each in SPECIAL else each for each in line)


def write(root: Path, out: Path) -> list[Path]:
    """Write the bank in both formats; return the files."""
    questions = load(root, Plain(root))
    paths = [out / "quiz.xml", out / "quiz.gift"]
    for path, made in zip(paths, (moodle, gift), strict=True):
        files.write_text(path, made(questions))
    return paths
