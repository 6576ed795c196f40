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
    by_name: dict[str, Part] = {}
    order: list[int] = []
    for wanted in PARTS:
        at = [i for i, part in enumerate(parts) if part.title.lower().startswith(wanted.lower())]
        if at:
            by_name[wanted] = parts[at[0]]
            order.append(at[0])
        else:
            text = f"no section '## {wanted}'"
            yield source.finding(None, "anatomy", text, "add it, with this heading")
    if order != sorted(order):
        wanted = f"put them in this order: {', '.join(PARTS)}"
        yield source.finding(None, "anatomy", "the sections are in another order", wanted)
    yield from check_title(source)
    for name, check in CHECKS.items():
        if name in by_name:
            yield from check(source, by_name[name])
    yield from check_parameters(source, by_name.get("The question"))
    yield from check_size(source)


def check_title(source: Source) -> Iterator[Finding]:
    """One title, in the first cell."""
    titles = [
        cell
        for cell in source.of_kind("markdown")
        for level, _ in markdown.headings(cell.source)
        if level == 1
    ]
    if len(titles) != 1 or titles[0].number != 1:
        text = f"{len(titles)} titles ('# ...')" if len(titles) != 1 else "the title comes late"
        yield source.finding(None, "anatomy", text, "give the chapter one title, in its first cell")


def check_objectives(source: Source, part: Part) -> Iterator[Finding]:
    """At most four verbs."""
    count = len(markdown.bullets(part.text))
    if not 1 <= count <= OBJECTIVES:
        wanted = f"list 1 to {OBJECTIVES} things, each starting with a verb"
        yield source.finding(part.cell, "anatomy", f"{count} objectives", wanted)


def check_needs(source: Source, part: Part) -> Iterator[Finding]:
    """A table of prerequisites."""
    if not re.search(r"(?m)^\s*\|.*\|\s*$\n\s*\|[\s:|-]+\|", part.text):
        wanted = "list concept, necessary or helpful, and a link in a table"
        yield source.finding(part.cell, "anatomy", "'You need' has no table", wanted)


def predicts(text: str) -> bool:
    """Whether Markdown holds a box that asks for a prediction."""
    boxes = ("admonition", "dropdown", "card")
    found = [each for each in markdown.directives(text) if each.name in boxes]
    return any("predict" in each.argument.lower() for each in found)


def check_question(source: Source, part: Part) -> Iterator[Finding]:
    """A prediction box before any code has run."""
    places = [cell.number for cell in source.of_kind("markdown") if predicts(cell.source)]
    if not predicts(part.text):
        wanted = "add an admonition whose title says 'predict', before any result"
        yield source.finding(part.cell, "anatomy", "'The question' has no prediction box", wanted)
        return
    place = min(number for number in places if number >= part.cell.number)
    early = [c for c in source.of_kind("code") if c.number < place and "parameters" not in c.tags]
    if early:
        wanted = "move it before all code but the parameters"
        yield source.finding(early[0], "anatomy", "code comes before the prediction box", wanted)


def check_exercises(source: Source, part: Part) -> Iterator[Finding]:
    """At least two exercises, each with hints and a solution in a dropdown."""
    all_of_it = markdown.directives(part.text)
    exercises = [each for each in all_of_it if each.name in ("exercise", "exercise-start")]
    solutions = {
        each.argument: each for each in all_of_it if each.name in ("solution", "solution-start")
    }
    boxes = [each for each in all_of_it if "hint" in f"{each.name} {each.argument}".lower()]
    hints = [*boxes, *HINT.findall(part.text)]
    if len(exercises) < 2:
        text = f"{len(exercises)} exercises"
        yield source.finding(part.cell, "exercises", text, "give at least two {exercise} blocks")
    for exercise in exercises:
        label = exercise.options.get("label", "")
        solution = solutions.get(label)
        if not label or solution is None:
            text = f"the exercise with the label {label!r} has no solution"
            wanted = "give it a :label:, and add a {solution} of that label"
            yield source.finding(part.cell, "exercises", text, wanted)
        elif "dropdown" not in solution.options.get("class", ""):
            text = f"the solution of {label!r} is open"
            yield source.finding(part.cell, "exercises", text, "add ':class: dropdown' to it")
    if len(hints) < len(exercises):
        text = f"{len(hints)} hints for {len(exercises)} exercises"
        wanted = "give each one a line '*Hint:* ...', a {hint} block, or a dropdown named 'Hint'"
        yield source.finding(part.cell, "exercises", text, wanted)


def check_claims(source: Source, part: Part) -> Iterator[Finding]:
    """Each thing learned ends in a number of the ledger."""
    found = markdown.bullets(part.text)
    if not found:
        text = "'What you can now claim' has no list"
        yield source.finding(part.cell, "anatomy", text, "list what was shown, with its {claim}s")
    for bullet in found:
        if not ENDS_IN_CLAIM.search(bullet):
            text = f"no claim at the end of {bullet[:50]!r}"
            yield source.finding(part.cell, "anatomy", text, "end the line with {claim}`id`")


def check_sources(source: Source, part: Part) -> Iterator[Finding]:
    """The section says something."""
    if markdown.words(part.text) < 5:
        wanted = "name the sources and what to read next"
        yield source.finding(part.cell, "anatomy", f"{part.title!r} is empty", wanted)


CHECKS = {
    "You will be able to": check_objectives,
    "You need": check_needs,
    "The question": check_question,
    "Exercises": check_exercises,
    "What you can now claim": check_claims,
    "Sources": check_sources,
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
    if len(values.keys() - DEFAULTS.keys()) > 3:
        text = f"{len(values.keys() - DEFAULTS.keys())} parameters besides {', '.join(DEFAULTS)}"
        yield source.finding(
            cell, "parameters", text, "keep at most three; put others in a settings.py"
        )


def check_size(source: Source) -> Iterator[Finding]:
    """Number and length of code cells, words of prose."""
    code = source.of_kind("code")
    lengths = {cell.number: len(cell.source.strip().splitlines()) for cell in code}
    if not CELLS[0] <= len(code) <= CELLS[1]:
        text = f"{len(code)} code cells"
        yield source.finding(None, "size", text, f"have {CELLS[0]} to {CELLS[1]}")
    for cell in code:
        if lengths[cell.number] > LINES:
            text = f"{lengths[cell.number]} lines of code"
            yield source.finding(cell, "size", text, f"have at most {LINES} in a cell")
    if lengths and statistics.median(lengths.values()) > MEDIAN:
        text = f"half of the code cells have {statistics.median(lengths.values()):g} lines or more"
        yield source.finding(None, "size", text, f"keep the median at {MEDIAN} or less")
    count = sum(markdown.words(cell.source) for cell in source.of_kind("markdown"))
    if not WORDS[0] <= count <= WORDS[1]:
        text = f"{count} words of prose"
        yield source.finding(None, "size", text, f"write {WORDS[0]} to {WORDS[1]}")
