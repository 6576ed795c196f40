"""The parts of a chapter, their order, and its size."""

import ast
import re
import statistics
from collections.abc import Iterator
from dataclasses import dataclass

from mmcl_book.lint import Cell, Finding, Source, markdown

PARTS = (
    "You will be able to",
    "You need",
    "The question",
    "Break it",
    "Exercises",
    "What you can now claim",
    "Sources",
)
DEFAULTS = {"PROFILE": "default", "SEED": 0, "OUT": None}
CELLS, LINES, MEDIAN, WORDS, OBJECTIVES = (10, 30), 30, 6, (2000, 3500), 4
HINT = re.compile(r"[*_]{1,2}Hints?\b[^*_\n]*[*_]{1,2}")
Problems = Iterator[tuple[str, str, str]]  # (rule, what was found, what is wanted)
ENDS_IN_CLAIM = re.compile(r"\{claim\}`[^`]+`\W*$")


@dataclass(frozen=True)
class Part:
    """A section of a chapter: its title, where it starts, its Markdown."""

    title: str
    cell: Cell
    text: str


def parts_of(source: Source) -> list[Part]:
    """The chapter's sections, by second-level headings, with all Markdown up to the next one."""
    found: list[Part] = []
    for cell in source.of_kind("markdown"):
        pieces = re.split(r"(?m)^(?=##\s)", cell.source)
        for piece in pieces:
            titles = [title for level, title in markdown.headings(piece) if level == 2]
            if titles and piece.startswith("##"):
                found.append(Part(titles[0], cell, piece))
            elif found:
                last = found[-1]
                found[-1] = Part(last.title, last.cell, f"{last.text}\n\n{piece}")
    return found


def findings(source: Source) -> Iterator[Finding]:
    """What a chapter lacks, and what it has too much of."""
    parts = parts_of(source)
    starts = [part.title.lower() for part in parts]
    by_name: dict[str, Part] = {}
    for wanted in PARTS:
        place = next((i for i, t in enumerate(starts) if t.startswith(wanted.lower())), None)
        if place is None:
            text = f"no section '## {wanted}'"
            yield source.finding(None, "anatomy", text, "add it, with this heading")
        else:
            by_name[wanted] = parts[place]
    order = [parts.index(part) for part in by_name.values()]
    if order != sorted(order):
        wanted = f"put them in this order: {', '.join(PARTS)}"
        yield source.finding(None, "anatomy", "the sections are in another order", wanted)
    prose = source.of_kind("markdown")
    titles = [cell.number for cell in prose for n, _ in markdown.headings(cell.source) if n == 1]
    if titles != [1]:
        text = f"titles ('# ...') in the cells {titles}"
        yield source.finding(None, "anatomy", text, "give the chapter one title, in its first cell")
    for name, part in by_name.items():
        for rule, found, wanted in CHECKS.get(name, lambda text: ())(part.text):
            yield source.finding(part.cell, rule, found, wanted)
    question = by_name.get("The question")
    yield from check_prediction(source, question)
    yield from check_parameters(source, question)
    yield from check_size(source)


def objectives(text: str) -> Problems:
    """At most four verbs."""
    if not 1 <= (count := len(markdown.bullets(text))) <= OBJECTIVES:
        wanted = f"list 1 to {OBJECTIVES} things, each starting with a verb"
        yield "anatomy", f"{count} objectives", wanted


def needs(text: str) -> Problems:
    """A table of prerequisites."""
    if not markdown.inner(text, "table_open"):
        wanted = "list concept, necessary or helpful, and a link in a table"
        yield "anatomy", "'You need' has no table", wanted


def predicts(text: str) -> bool:
    """Whether Markdown holds a box that asks for a prediction."""
    boxes = ("admonition", "dropdown", "card")
    found = [each for each in markdown.directives(text) if each.name in boxes]
    return any("predict" in each.argument.lower() for each in found)


def check_prediction(source: Source, question: Part | None) -> Iterator[Finding]:
    """A prediction box in the question, before any code has run."""
    if question is None:
        return
    if not predicts(question.text):
        wanted = "add an admonition whose title says 'predict', before any result"
        text = "'The question' has no prediction box"
        yield source.finding(question.cell, "anatomy", text, wanted)
        return
    places = [cell.number for cell in source.of_kind("markdown") if predicts(cell.source)]
    place = min(number for number in places if number >= question.cell.number)
    early = [c for c in source.of_kind("code") if c.number < place and "parameters" not in c.tags]
    if early:
        wanted = "move it before all code but the parameters"
        yield source.finding(early[0], "anatomy", "code comes before the prediction box", wanted)


def exercises(text: str) -> Problems:
    """At least two exercises, each with hints and a solution in a dropdown."""
    all_of_it = markdown.directives(text)
    given = [each for each in all_of_it if each.name in ("exercise", "exercise-start")]
    solutions = {e.argument: e for e in all_of_it if e.name in ("solution", "solution-start")}
    boxes = [each for each in all_of_it if "hint" in f"{each.name} {each.argument}".lower()]
    hints = len(boxes) + len(HINT.findall(text))
    if len(given) < 2:
        yield "exercises", f"{len(given)} exercises", "give at least two {exercise} blocks"
    for exercise in given:
        label = exercise.options.get("label", "")
        solution = solutions.get(label)
        if not label or solution is None:
            found = f"the exercise with the label {label!r} has no solution"
            yield "exercises", found, "give it a :label:, and add a {solution} of that label"
        elif "dropdown" not in solution.options.get("class", ""):
            found = f"the solution of {label!r} is open"
            yield "exercises", found, "add ':class: dropdown' to it"
    if hints < len(given):
        wanted = "give each one a line '*Hint:* ...', a {hint} block, or a dropdown named 'Hint'"
        yield "exercises", f"{hints} hints for {len(given)} exercises", wanted


def learned(text: str) -> Problems:
    """Each thing learned ends in a number of the ledger."""
    bullets = markdown.bullets(text)
    if not bullets:
        wanted = "list what was shown, with its {claim}s"
        yield "anatomy", "'What you can now claim' has no list", wanted
    for bullet in bullets:
        if not ENDS_IN_CLAIM.search(bullet):
            found = f"no claim at the end of {bullet[:50]!r}"
            yield "anatomy", found, "end the line with {claim}`id`"


def sources(text: str) -> Problems:
    """The section says something."""
    if markdown.words(text) < 5:
        yield "anatomy", "'Sources' is empty", "name the sources and what to read next"


CHECKS = {
    "You will be able to": objectives,
    "You need": needs,
    "Exercises": exercises,
    "What you can now claim": learned,
    "Sources": sources,
}


def check_parameters(source: Source, question: Part | None) -> Iterator[Finding]:
    """One cell of literals: PROFILE, SEED, OUT and at most three more."""
    marked = [cell for cell in source.of_kind("code") if "parameters" in cell.tags]
    if len(marked) != 1:
        text = f"{len(marked)} cells are tagged parameters"
        yield source.finding(None, "parameters", text, "tag exactly one")
        return
    cell = marked[0]
    if question is not None and cell.number < question.cell.number:
        text = "the parameters come before the question"
        yield source.finding(cell, "parameters", text, "move them after it")
    values = {}
    try:
        for node in ast.parse(cell.source).body:
            assert isinstance(node, ast.Assign)
            values[ast.unparse(node.targets[0])] = ast.literal_eval(node.value)
    except (AssertionError, ValueError, SyntaxError):
        wanted = "only assign plain values, one on each line"
        yield source.finding(cell, "parameters", "the parameters do more than assign", wanted)
        return
    for name, default in DEFAULTS.items():
        if name not in values or values[name] != default:
            found = f"{name} is {values.get(name, 'missing')!r}"
            yield source.finding(cell, "parameters", found, f"write {name} = {default!r}")
    if (count := len(values.keys() - DEFAULTS.keys())) > 3:
        text = f"{count} parameters besides {', '.join(DEFAULTS)}"
        wanted = "keep at most three; put others in a settings.py"
        yield source.finding(cell, "parameters", text, wanted)


def check_size(source: Source) -> Iterator[Finding]:
    """Number and length of code cells, words of prose."""
    code = source.of_kind("code")
    lengths = [len(cell.source.strip().splitlines()) for cell in code]
    for cell, length in zip(code, lengths, strict=True):
        if length > LINES:
            wanted = f"have at most {LINES} in a cell"
            yield source.finding(cell, "size", f"{length} lines of code", wanted)
    half = statistics.median(lengths or [0])
    words = sum(markdown.words(cell.source) for cell in source.of_kind("markdown"))
    for size, (least, most), what in (
        (len(code), CELLS, "code cells"),
        (half, (0, MEDIAN), "lines or more in half of the code cells"),
        (words, WORDS, "words of prose"),
    ):
        if not least <= size <= most:
            text = f"{size:g} {what}"
            yield source.finding(None, "size", text, f"have {least} to {most}")
